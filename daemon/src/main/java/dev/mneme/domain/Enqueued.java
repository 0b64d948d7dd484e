package dev.mneme.domain;

/// What became of an event that was handed in: stored with its job, known already, or a late copy
/// of something that was forgotten, which is not stored again.
public sealed interface Enqueued {

    /// Of an event that is not stored.
    long NO_EVENT = 0;

    long eventId();

    record Inserted(long eventId) implements Enqueued {}

    record AlreadyQueued(long eventId) implements Enqueued {}

    record Forgotten() implements Enqueued {

        @Override
        public long eventId() {
            return NO_EVENT;
        }
    }
}
