package dev.mneme.recall;

import java.util.Locale;
import java.util.Optional;

/// Which lists a search fuses.
public enum SearchMode {
    HYBRID,
    VECTOR,
    FTS;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SearchMode> ofWireName(String name) {
        for (SearchMode mode : values()) {
            if (mode.wireName().equals(name)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
