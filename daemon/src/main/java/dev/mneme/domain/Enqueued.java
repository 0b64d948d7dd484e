package dev.mneme.domain;

/// What became of an event that was handed in: stored with its job, or known already.
public sealed interface Enqueued {

    long eventId();

    record Inserted(long eventId) implements Enqueued {}

    record AlreadyQueued(long eventId) implements Enqueued {}
}
