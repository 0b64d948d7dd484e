package dev.mneme.domain;

import java.util.Locale;

/// When a session is told a memory: at a start of its, or with a prompt.
public enum Occasion {
    STARTUP,
    RESUME,
    CLEAR,
    COMPACT,
    FORK,
    PROMPT;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Occasion of(StartSource start) {
        return switch (start) {
            case STARTUP -> STARTUP;
            case RESUME -> RESUME;
            case CLEAR -> CLEAR;
            case COMPACT -> COMPACT;
            case FORK -> FORK;
        };
    }

    public static Occasion ofWireName(String name) {
        for (Occasion occasion : values()) {
            if (occasion.wireName().equals(name)) {
                return occasion;
            }
        }
        throw new IllegalArgumentException("no occasion: " + name);
    }
}
