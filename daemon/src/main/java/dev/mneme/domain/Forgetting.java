package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// One act of forgetting, as it is kept: when, by which way of choosing, how much; never what.
public record Forgetting(
        long id,
        String chosenBy,
        State state,
        Instant forgottenAt,
        Instant restorableUntil,
        @Nullable Instant finalizedAt,
        Counts counts) {

    public enum State {
        RESTORABLE,
        RESTORED,
        ERASED
    }

    /// How many rows of each kind; `spooled` counts files of the spool.
    public record Counts(
            int observations,
            int events,
            int jobs,
            int prompts,
            int summaries,
            int sessions,
            int projects,
            int spooled,
            int lessons) {

        public static final Counts NOTHING = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0);

        public boolean isNothing() {
            return equals(NOTHING);
        }
    }
}
