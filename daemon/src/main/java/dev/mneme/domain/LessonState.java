package dev.mneme.domain;

import java.util.Locale;
import java.util.Optional;

/// A lesson is told while it is active. A proposal waits for a person; what a person takes back, or
/// does not accept, is retired.
public enum LessonState {
    PROPOSED,
    ACTIVE,
    RETIRED;

    /// The name in the database and on the wire.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<LessonState> ofWireName(String name) {
        for (LessonState state : values()) {
            if (state.wireName().equals(name)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
