package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;
import dev.mneme.store.StoreException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Claims a batch of due jobs, has each handled, and completes them.
///
/// Three steps, never one: a short transaction claims and commits; the work runs outside any
/// transaction; another transaction stores results and completes the jobs, where every completion
/// re-checks that the job is still ours. A worker that was too slow finds its job gone and throws
/// its results away, so nothing is stored twice. A batch that cannot be completed together (one bad
/// result) is completed job by job.
public final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /// Jobs claimed at once.
    static final int BATCH_JOBS_MAX = 20;

    /// How long a claimed batch is ours; past it the rescuer gives its jobs to others.
    static final Duration LEASE = Duration.ofMinutes(5);

    private final Database database;
    private final JobStore jobs;
    private final JobHandler handler;
    private final RetrySchedule retries;
    private final InstantSource clock;
    private final String name;
    private final Runnable resultsStored;

    /// @param name unique among living workers; written into every job it claims
    /// @param resultsStored called after results were committed
    public Worker(
            Database database,
            JobStore jobs,
            JobHandler handler,
            RetrySchedule retries,
            InstantSource clock,
            String name,
            Runnable resultsStored) {
        this.database = database;
        this.jobs = jobs;
        this.handler = handler;
        this.retries = retries;
        this.clock = clock;
        this.name = name;
        this.resultsStored = resultsStored;
    }

    /// A job with what its handler made of it.
    private sealed interface Finished {

        ClaimedJob job();

        record Handled(ClaimedJob job, HandlerResult result) implements Finished {}

        record Failed(ClaimedJob job, Exception failure) implements Finished {}
    }

    /// Claims and finishes one batch.
    ///
    /// @return true when there may be more
    public boolean runOnce() throws InterruptedException {
        Instant now = clock.instant();
        List<ClaimedJob> claimed =
                database.inTransaction(
                        tx -> jobs.claim(tx, name, now, now.plus(LEASE), BATCH_JOBS_MAX));
        if (claimed.isEmpty()) {
            return false;
        }
        var finished = new ArrayList<Finished>(claimed.size());
        for (ClaimedJob job : claimed) {
            if (Thread.interrupted()) {
                giveBack(claimed.subList(finished.size(), claimed.size()));
                complete(finished);
                throw new InterruptedException("stopped between two jobs");
            }
            finished.add(handle(job));
        }
        complete(finished);
        return claimed.size() == BATCH_JOBS_MAX;
    }

    private Finished handle(ClaimedJob job) {
        try {
            return new Finished.Handled(job, handler.handle(job));
        } catch (Exception failure) {
            return new Finished.Failed(job, failure);
        }
    }

    private void complete(List<Finished> finished) {
        try {
            database.useTransaction(tx -> finished.forEach(one -> store(tx, one)));
        } catch (StoreException together) {
            if (together.unreachable()) {
                throw together;
            }
            // One result the database refuses must not take the others with it.
            for (Finished one : finished) {
                completeAlone(one);
            }
        }
        resultsStored.run();
    }

    private void completeAlone(Finished one) {
        try {
            database.useTransaction(tx -> store(tx, one));
        } catch (StoreException refused) {
            if (refused.unreachable()) {
                throw refused;
            }
            database.useTransaction(tx -> store(tx, new Finished.Failed(one.job(), refused)));
        }
    }

    private void store(dev.mneme.store.Tx tx, Finished finished) {
        Instant now = clock.instant();
        ClaimedJob job = finished.job();
        switch (finished) {
            case Finished.Handled(_, HandlerResult.Done(var results)) -> {
                if (jobs.completeRemembered(tx, job, name, now)) {
                    results.store(tx);
                } else {
                    LOG.warn("result dropped, job is no longer ours: job={}", job.id());
                }
            }
            case Finished.Handled(_, HandlerResult.Skip(var reason)) ->
                    jobs.completeSkipped(tx, job, name, reason, now);
            case Finished.Failed(_, var failure) -> {
                LOG.warn(
                        "job failed: job={} attempt={} of={} error={}",
                        job.id(),
                        job.attempt(),
                        job.maxAttempts(),
                        failure.getClass().getSimpleName());
                Instant retryAt = now.plus(retries.delayAfter(job.attempt()));
                jobs.fail(tx, job, name, describe(failure), retryAt, now);
            }
        }
    }

    /// The class alone for exceptions of others: their messages may quote content.
    private static String describe(Exception failure) {
        return failure instanceof StoreException
                ? failure.getClass().getSimpleName() + ": " + failure.getMessage()
                : failure.getClass().getSimpleName();
    }

    private void giveBack(List<ClaimedJob> untouched) {
        database.useTransaction(tx -> untouched.forEach(job -> jobs.release(tx, job, name)));
    }
}
