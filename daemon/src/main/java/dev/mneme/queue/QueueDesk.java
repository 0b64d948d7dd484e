package dev.mneme.queue;

import dev.mneme.domain.JobRecord;
import dev.mneme.domain.JobState;
import dev.mneme.store.Database;
import dev.mneme.store.QueueStore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// What a person may ask of the queue: list, show, retry, purge.
public final class QueueDesk {

    /// Jobs removed in one transaction.
    private static final int PURGE_BATCH_JOBS_MAX = 1_000;

    private final Database database;
    private final QueueStore queue;
    private final Runnable newWork;
    private final InstantSource clock;
    private final int attemptsMax;

    /// @param newWork called after jobs became due
    /// @param attemptsMax how many further tries a retried job gets
    public QueueDesk(
            Database database,
            QueueStore queue,
            Runnable newWork,
            InstantSource clock,
            int attemptsMax) {
        this.database = database;
        this.queue = queue;
        this.newWork = newWork;
        this.clock = clock;
        this.attemptsMax = attemptsMax;
    }

    public List<JobRecord> list(QueueStore.Filter filter) {
        return database.inTransaction(tx -> queue.list(tx, filter));
    }

    public Optional<JobRecord> find(long id) {
        return database.inTransaction(tx -> queue.byId(tx, id));
    }

    public Optional<String> payload(long id) {
        return database.inTransaction(tx -> queue.payload(tx, id));
    }

    /// Returns false when the job is in a state that knows no retry.
    public boolean retry(long id) {
        boolean changed =
                database.inTransaction(tx -> queue.retry(tx, id, attemptsMax, clock.instant()));
        newWork.run();
        return changed;
    }

    /// Gives every dead job a new chance.
    ///
    /// @return how many
    public int retryDiscarded() {
        int changed =
                database.inTransaction(
                        tx -> queue.retryDiscarded(tx, attemptsMax, clock.instant()));
        newWork.run();
        return changed;
    }

    /// Removes the jobs that ended in `state` longer than `age` ago, in batches.
    ///
    /// @return how many
    public long purge(JobState state, Duration age) {
        var before = clock.instant().minus(age);
        long removed = 0;
        while (true) {
            int batch =
                    database.inTransaction(
                            tx -> queue.purge(tx, state, before, PURGE_BATCH_JOBS_MAX));
            removed += batch;
            if (batch < PURGE_BATCH_JOBS_MAX) {
                return removed;
            }
        }
    }
}
