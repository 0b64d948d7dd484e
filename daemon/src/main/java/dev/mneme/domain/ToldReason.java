package dev.mneme.domain;

import java.util.Locale;

/// Why a session was told a memory; of those at a start the first that holds counts.
public enum ToldReason {
    PINNED("you pinned it"),
    CHANGED_FILE("it is about a file that is being changed"),
    BRANCH("it was learned on this branch"),
    NEXT_STEP("the last session left a step to do there"),
    SAVED("it was saved by hand"),
    DECISION("it is a decision that still holds"),
    LAST_SESSION("it is from the last session here"),
    ASKED("a prompt asked for what it is about");

    private final String words;

    ToldReason(String words) {
        this.words = words;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// As a person reads it.
    public String words() {
        return words;
    }

    public static ToldReason ofWireName(String name) {
        for (ToldReason reason : values()) {
            if (reason.wireName().equals(name)) {
                return reason;
            }
        }
        throw new IllegalArgumentException("no reason: " + name);
    }
}
