package dev.mneme.domain;

import java.util.Locale;
import java.util.Optional;

/// The eight kinds of observation, named as users of the reference systems know them.
public enum ObservationType {
    DECISION,
    BUGFIX,
    FEATURE,
    REFACTOR,
    DISCOVERY,
    CHANGE,
    PATTERN,
    GOTCHA;

    /// The name in the database and on the wire.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<ObservationType> ofWireName(String name) {
        for (ObservationType type : values()) {
            if (type.wireName().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
