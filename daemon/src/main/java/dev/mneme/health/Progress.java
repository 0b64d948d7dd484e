package dev.mneme.health;

import dev.mneme.store.JobStore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/// How the queue gets on. A daemon that answers may still not get anything done.
///
/// @param oldestJob how long ago the oldest job was made that is due and not done; null when none
/// is
/// @param lastSuccessAt when a job was last done; null when none is known
public record Progress(State state, @Nullable Duration oldestJob, @Nullable Instant lastSuccessAt) {

    /// In one word.
    public enum State {
        /// Nothing is due.
        IDLE,
        WORKING,
        /// Something has been due for long, and nothing was done meanwhile.
        STALLED
    }

    /// The slowest turn of a model and the pauses after some failures take less.
    public static final Duration STALLED_AFTER = Duration.ofMinutes(10);

    /// Jobs that waited while the daemon was down are no sign that it stands still.
    static Progress of(JobStore.Counts jobs, Instant startedAt, Instant now) {
        Instant dueAt = jobs.oldestDueAt();
        Instant successAt = jobs.lastSuccessAt();
        if (dueAt == null) {
            return new Progress(State.IDLE, null, successAt);
        }
        Instant longAgo = now.minus(STALLED_AFTER);
        boolean stalled =
                dueAt.isBefore(longAgo)
                        && startedAt.isBefore(longAgo)
                        && (successAt == null || successAt.isBefore(longAgo));
        Duration age = Duration.between(dueAt, now);
        return new Progress(
                stalled ? State.STALLED : State.WORKING,
                age.isNegative() ? Duration.ZERO : age,
                successAt);
    }
}
