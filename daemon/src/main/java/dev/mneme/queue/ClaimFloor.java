package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.store.JobStore.Horizon;

import java.time.Duration;
import java.util.List;

/// Below which id a worker need not look for fresh jobs.
///
/// A queue table's index keeps the entries of finished jobs for as long as any transaction holds an
/// old snapshot, and a claim that starts at the index's beginning walks all of them each time. So a
/// worker remembers where the unfinished jobs begin.
///
/// Ids are handed out before they are committed: job 6 may be seen, and even finished, before job 5
/// is. The floor is therefore raised in two steps. What was seen becomes a candidate together with
/// the first transaction that had not begun by then; it becomes the floor once every transaction
/// before that one has ended, and never above an unfinished job that is seen at that moment, those
/// of open turns among them, which become due where they lie. Now
/// and then everything is looked at all the same, so that a job which came by a way of its own
/// waits that long at worst.
///
/// For one thread.
final class ClaimFloor {

    /// How often everything is looked at.
    static final Duration FULL_LOOK_INTERVAL = Duration.ofSeconds(30);

    private long floor;
    private long candidate;
    private long candidateXmax = Long.MAX_VALUE;
    private long afterHighestClaimed;
    private long fullLookNanos = System.nanoTime();

    /// Where the next claim begins.
    long next() {
        long now = System.nanoTime();
        if (now - fullLookNanos >= FULL_LOOK_INTERVAL.toNanos()) {
            fullLookNanos = now;
            floor = 0;
        }
        return floor;
    }

    /// Takes note of what a claim saw from [#next] on.
    void saw(Horizon horizon) {
        if (horizon.xmin() >= candidateXmax) {
            floor = Math.max(floor, candidate);
            candidateXmax = Long.MAX_VALUE;
        }
        if (horizon.lowest().isPresent()) {
            floor = Math.min(floor, horizon.lowest().getAsLong());
        }
        if (candidateXmax == Long.MAX_VALUE) {
            candidate = horizon.lowest().orElse(afterHighestClaimed);
            candidateXmax = horizon.xmax();
        }
    }

    void claimed(List<ClaimedTurn> turns) {
        for (ClaimedTurn turn : turns) {
            for (ClaimedJob job : turn.jobs()) {
                afterHighestClaimed = Math.max(afterHighestClaimed, job.id() + 1);
            }
        }
    }
}
