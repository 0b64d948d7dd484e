package dev.mneme.domain;

import java.util.Locale;
import java.util.Optional;

/// A session is active until it ended, by itself or for idleness.
public enum SessionStatus {
    ACTIVE,
    COMPLETED,
    FAILED;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<SessionStatus> ofWireName(String name) {
        for (SessionStatus status : values()) {
            if (status.wireName().equals(name)) {
                return Optional.of(status);
            }
        }
        return Optional.empty();
    }
}
