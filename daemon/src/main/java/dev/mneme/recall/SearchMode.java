package dev.mneme.recall;

import java.util.Locale;
import java.util.Optional;

/// Which arms a search asks, and how their answers become one.
public enum SearchMode {
    /// Words and meaning, by the sum of their scores.
    HYBRID,

    /// Words and meaning, by their ranks alone.
    RRF,

    VECTOR,

    /// Words.
    FTS;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean asksWords() {
        return this != VECTOR;
    }

    public boolean asksMeaning() {
        return this != FTS;
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
