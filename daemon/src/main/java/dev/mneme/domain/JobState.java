package dev.mneme.domain;

import java.util.Locale;
import java.util.Optional;

/// Where a job stands, in River's words.
public enum JobState {
    AVAILABLE,
    SCHEDULED,
    RUNNING,
    RETRYABLE,
    COMPLETED,
    CANCELLED,
    DISCARDED;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<JobState> ofWireName(String name) {
        for (JobState state : values()) {
            if (state.wireName().equals(name)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
