package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.store.JobStore.SkippedJob;
import dev.mneme.store.Tx;

import java.util.List;

/// What a handler made of a turn: for each job whether its event went into something that is
/// remembered, or why it did not. Jobs in neither list were not begun, because the turn is too long
/// for one go: they are handed out again, and what follows them in their session waits.
///
/// @param results writes what was made, in the transaction that completes the jobs
public record TurnResult(List<ClaimedJob> remembered, List<SkippedJob> skipped, Results results) {

    public TurnResult {
        remembered = List.copyOf(remembered);
        skipped = List.copyOf(skipped);
    }

    /// Nothing of the turn is worth a memory.
    public static TurnResult skipped(ClaimedTurn turn, String reason) {
        return new TurnResult(
                List.of(),
                turn.jobs().stream().map(job -> new SkippedJob(job, reason)).toList(),
                tx -> {});
    }

    /// Everything of the turn went into what `results` writes.
    public static TurnResult remembered(ClaimedTurn turn, Results results) {
        return new TurnResult(turn.jobs(), List.of(), results);
    }

    /// Writes what a handler made, inside the completing transaction.
    @FunctionalInterface
    public interface Results {

        /// Throws `TurnChanged` when what was made does not fit what is stored any more.
        void store(Tx tx);
    }
}
