package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// A job this worker holds a lease on, with the event it is about.
public record ClaimedJob(
        long id,
        int attempt,
        int maxAttempts,
        long sessionId,
        long projectId,
        int promptNumber,
        CapturedEvent event) {

    public @Nullable Integer promptNumberOrNull() {
        return promptNumber == 0 ? null : promptNumber;
    }
}
