package dev.mneme.domain;

import java.util.Locale;
import java.util.Optional;

/// How much it matters that a lesson is heeded, the gravest first.
public enum LessonSeverity {
    CRITICAL,
    WARNING,
    INFO;

    /// The name in the database and on the wire.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<LessonSeverity> ofWireName(String name) {
        for (LessonSeverity severity : values()) {
            if (severity.wireName().equals(name)) {
                return Optional.of(severity);
            }
        }
        return Optional.empty();
    }
}
