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
import java.util.function.ToIntFunction;

/// Removes what has been kept for long enough, a bounded share each round: payloads of events whose
/// job is over, jobs that ended, answers to idempotency keys. Dead jobs stay until a person purges
/// them, and observations until somebody forgets them.
public final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    /// Rows of one kind removed in one transaction, and so in one round.
    static final int BATCH_ROWS_MAX = 500;

    private static final Duration IDEMPOTENCY_KEYS_KEPT = Duration.ofDays(7);

    private final Database database;
    private final RetentionStore retention;
    private final QueueStore queue;
    private final InstantSource clock;
    private final Duration payloadsKept;
    private final Duration jobsKept;

    public Retention(
            Database database,
            RetentionStore retention,
            QueueStore queue,
            InstantSource clock,
            Duration payloadsKept,
            Duration jobsKept) {
        this.database = database;
        this.retention = retention;
        this.queue = queue;
        this.clock = clock;
        this.payloadsKept = payloadsKept;
        this.jobsKept = jobsKept;
    }

    /// Returns true when there may be more to remove.
    public boolean runOnce() {
        Instant now = clock.instant();
        int payloads =
                remove(tx -> retention.forgetPayloads(tx, now.minus(payloadsKept), BATCH_ROWS_MAX));
        int completed = remove(tx -> purge(tx, JobState.COMPLETED, now));
        int cancelled = remove(tx -> purge(tx, JobState.CANCELLED, now));
        int keys =
                remove(
                        tx ->
                                retention.forgetIdempotencyKeys(
                                        tx, now.minus(IDEMPOTENCY_KEYS_KEPT), BATCH_ROWS_MAX));
        if (payloads + completed + cancelled + keys > 0) {
            LOG.info(
                    "removed what was kept long enough: payloads={} jobs={} idempotency_keys={}",
                    payloads,
                    completed + cancelled,
                    keys);
        }
        return payloads == BATCH_ROWS_MAX
                || completed == BATCH_ROWS_MAX
                || cancelled == BATCH_ROWS_MAX
                || keys == BATCH_ROWS_MAX;
    }

    private int purge(Tx tx, JobState state, Instant now) {
        return queue.purge(tx, state, now.minus(jobsKept), BATCH_ROWS_MAX);
    }

    private int remove(ToIntFunction<Tx> step) {
        return database.inTransaction(tx -> step.applyAsInt(tx));
    }
}
