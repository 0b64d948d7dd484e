package dev.mneme.queue;

import dev.mneme.domain.ClaimedTurn;

/// Does the work of a turn's jobs, outside any transaction. Throwing means: failed, try again
/// later.
@FunctionalInterface
public interface TurnHandler {

    TurnResult handle(ClaimedTurn turn) throws Exception;
}
