package dev.mneme.domain;

import java.util.List;

/// The jobs of one turn, or of as much of it as was due, under one worker's lease. They are
/// completed together.
///
/// @param turnId the event that the turn begins with (its prompt) or behind (the answer before it);
///     0 for what happened before the first of these
/// @param jobs in the order of their ids, at least one
/// @param more whether jobs of the session are due that the claim did not look at
public record ClaimedTurn(long sessionId, long turnId, List<ClaimedJob> jobs, boolean more) {

    public ClaimedTurn {
        jobs = List.copyOf(jobs);
        if (jobs.isEmpty()) {
            throw new IllegalArgumentException("a claimed turn has jobs");
        }
    }
}
