package dev.mneme.domain;

/// A job this worker holds a lease on.
public record ClaimedJob(long id, int attempt, int maxAttempts, long eventId) {}
