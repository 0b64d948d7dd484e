package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// How a session began, in the host's words.
public enum StartSource {
    STARTUP,
    RESUME,
    CLEAR,
    COMPACT,
    FORK;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What the host calls by a name we do not know is a start like any other.
    public static StartSource of(@Nullable String wireName) {
        for (StartSource source : values()) {
            if (source.wireName().equals(wireName)) {
                return source;
            }
        }
        return STARTUP;
    }

    /// Whether what the session was told before is no longer before the model.
    public boolean hasLostItsContext() {
        return this == CLEAR || this == COMPACT;
    }
}
