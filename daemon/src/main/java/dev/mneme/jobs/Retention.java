package dev.mneme.jobs;

import dev.mneme.domain.JobState;
import dev.mneme.store.Database;
import dev.mneme.store.QueueStore;
import dev.mneme.store.RetentionStore;
import dev.mneme.store.Tx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.ToIntFunction;

/// Removes what has been kept for long enough, a bounded share each round: payloads of events whose
/// job is over, jobs that ended, then the events themselves and sessions nothing is left of; closed
/// observations; what old turns came to; receipts of what sessions were told; answers to
/// idempotency keys; lessons nobody wants. Dead jobs stay until a person purges them, and open
/// observations until somebody forgets them.
public final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /// Rows of one kind removed in one transaction, and so in one round.
    static final int BATCH_ROWS_MAX = 500;

    private static final Duration IDEMPOTENCY_KEYS_KEPT = Duration.ofDays(7);

    private final Database database;
    private final RetentionStore retention;
    private final QueueStore queue;
    private final InstantSource clock;
    private final Kept kept;

    /// For how long each kind of thing is kept.
    ///
    /// @param payloads what the host sent, once its event's job is over
    /// @param jobs what became of an event, and what a session was told
    /// @param events that there was an event, and the recognition of its copies
    /// @param closedObservations those that something newer replaced; and lessons that are retired,
    ///     or were proposed and never accepted
    public record Kept(
            Duration payloads, Duration jobs, Duration events, Duration closedObservations) {}

    public Retention(
            Database database,
            RetentionStore retention,
            QueueStore queue,
            InstantSource clock,
            Kept kept) {
        this.database = database;
        this.retention = retention;
        this.queue = queue;
        this.clock = clock;
        this.kept = kept;
    }

    /// Returns true when there may be more to remove.
    public boolean runOnce() {
        Instant now = clock.instant();
        int payloads =
                remove(
                        tx ->
                                retention.forgetPayloads(
                                        tx, now.minus(kept.payloads()), BATCH_ROWS_MAX));
        int completed = remove(tx -> purge(tx, JobState.COMPLETED, now));
        int cancelled = remove(tx -> purge(tx, JobState.CANCELLED, now));
        int events =
                remove(tx -> retention.removeEvents(tx, now.minus(kept.events()), BATCH_ROWS_MAX));
        int sessions =
                remove(
                        tx ->
                                retention.removeEmptySessions(
                                        tx, now.minus(kept.events()), BATCH_ROWS_MAX));
        int closed =
                remove(
                        tx ->
                                retention.removeClosedObservations(
                                        tx, now.minus(kept.closedObservations()), BATCH_ROWS_MAX));
        int turns =
                remove(
                        tx ->
                                retention.removeTurnSummaries(
                                        tx, now.minus(kept.events()), BATCH_ROWS_MAX));
        int receipts =
                remove(tx -> retention.removeReceipts(tx, now.minus(kept.jobs()), BATCH_ROWS_MAX));
        int keys =
                remove(
                        tx ->
                                retention.forgetIdempotencyKeys(
                                        tx, now.minus(IDEMPOTENCY_KEYS_KEPT), BATCH_ROWS_MAX));
        int lessons =
                remove(
                        tx ->
                                retention.removeLessons(
                                        tx, now.minus(kept.closedObservations()), BATCH_ROWS_MAX));
        int[] removed = {
            payloads, completed, cancelled, events, sessions, closed, turns, receipts, keys, lessons
        };
        if (Arrays.stream(removed).sum() > 0) {
            LOG.info(
                    "removed what was kept long enough: payloads={} jobs={} events={} sessions={}"
                            + " closed_observations={} turn_summaries={} receipts={}"
                            + " idempotency_keys={} lessons={}",
                    payloads,
                    completed + cancelled,
                    events,
                    sessions,
                    closed,
                    turns,
                    receipts,
                    keys,
                    lessons);
        }
        return Arrays.stream(removed).anyMatch(rows -> rows == BATCH_ROWS_MAX);
    }

    private int purge(Tx tx, JobState state, Instant now) {
        return queue.purge(tx, state, now.minus(kept.jobs()), BATCH_ROWS_MAX);
    }

    private int remove(ToIntFunction<Tx> step) {
        return database.inTransaction(tx -> step.applyAsInt(tx));
    }
}
