package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.Tx;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Claims a batch of due jobs, has each handled, and completes them.
///
/// Three steps, never one: a short transaction claims and commits; the work runs outside any
/// transaction; another transaction stores results and completes the jobs, where every completion
/// re-checks that the job is still ours. A worker that was too slow finds its job gone and throws
/// its results away, so nothing is stored twice. Jobs that cannot be completed together (one bad
/// result) are completed job by job.
///
/// Order within a session is kept: a claim never takes a session that another worker is at, and
/// when a job fails, those after it in its session go back to wait until it is done or discarded.
public final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /// Jobs claimed at once.
    static final int BATCH_JOBS_MAX = 100;

    /// Finished jobs are not kept back for longer than this by slow ones after them.
    private static final Duration COMPLETION_INTERVAL = Duration.ofSeconds(1);

    private final Database database;
    private final JobStore jobs;
    private final JobHandler handler;
    private final RetrySchedule retries;
    private final InstantSource clock;
    private final Leases leases;
    private final Runnable resultsStored;
    private final ClaimFloor floor = new ClaimFloor();

    /// True while the database may hold jobs as ours that we do not work on: a round failed.
    private boolean leftovers;

    /// @param leases carries the worker's name, which is unique among living workers and written
    ///     into every job it claims
    /// @param resultsStored called after results were committed
    public Worker(
            Database database,
            JobStore jobs,
            JobHandler handler,
            RetrySchedule retries,
            InstantSource clock,
            Leases leases,
            Runnable resultsStored) {
        this.database = database;
        this.jobs = jobs;
        this.handler = handler;
        this.retries = retries;
        this.clock = clock;
        this.leases = leases;
        this.resultsStored = resultsStored;
    }

    /// A job with what its handler made of it.
    private sealed interface Finished {

        ClaimedJob job();

        record Handled(ClaimedJob job, HandlerResult result) implements Finished {}

        record Failed(ClaimedJob job, Exception failure) implements Finished {}

        /// Not begun, because one before it in its session must be tried again first.
        record Postponed(ClaimedJob job) implements Finished {}
    }

    /// Claims and finishes one batch.
    ///
    /// @return true when there may be more: sessions that were ours may have got new jobs
    public boolean runOnce() throws InterruptedException {
        putBackLeftovers();
        leftovers = true;
        List<ClaimedJob> claimed = claim();
        if (!claimed.isEmpty()) {
            leases.hold(claimed);
            try {
                work(claimed);
            } finally {
                leases.letGo();
            }
        }
        leftovers = false;
        return !claimed.isEmpty();
    }

    /// A round that ended in a broken connection leaves jobs running under our name, claimed
    /// without our knowing or finished without its being stored. Nobody works on them, so nobody
    /// need wait for their leases to run out.
    private void putBackLeftovers() {
        if (!leftovers) {
            return;
        }
        int putBack =
                database.inTransaction(tx -> jobs.rescueFrom(tx, leases.worker(), clock.instant()));
        if (putBack > 0) {
            LOG.warn("put back the jobs of a round that failed: count={}", putBack);
        }
    }

    /// Where the next claim begins, for the test of its plan.
    ClaimFloor floor() {
        return floor;
    }

    private List<ClaimedJob> claim() {
        long lowest = floor.next();
        List<ClaimedJob> claimed =
                database.inTransaction(
                        tx -> {
                            JobStore.Horizon horizon = jobs.beginClaim(tx, lowest);
                            floor.saw(horizon);
                            if (horizon.nothingToClaim()) {
                                return List.of();
                            }
                            Instant now = clock.instant();
                            return jobs.claim(
                                    tx,
                                    leases.worker(),
                                    now,
                                    now.plus(Leases.LEASE),
                                    lowest,
                                    BATCH_JOBS_MAX);
                        });
        floor.claimed(claimed);
        return claimed;
    }

    private void work(List<ClaimedJob> claimed) throws InterruptedException {
        var stalled = new HashSet<Long>();
        var finished = new ArrayList<Finished>(claimed.size());
        long completedNanos = System.nanoTime();
        for (int next = 0; next < claimed.size(); next++) {
            if (Thread.interrupted()) {
                claimed.subList(next, claimed.size())
                        .forEach(job -> finished.add(new Finished.Postponed(job)));
                complete(finished, stalled);
                throw new InterruptedException("stopped between two jobs");
            }
            leases.progressed();
            Finished one = handle(claimed.get(next), stalled);
            if (blocksItsSession(one)) {
                stalled.add(one.job().sessionId());
            }
            finished.add(one);
            long now = System.nanoTime();
            if (now - completedNanos > COMPLETION_INTERVAL.toNanos()) {
                complete(finished, stalled);
                finished.clear();
                completedNanos = now;
            }
        }
        boolean stop = Thread.interrupted();
        complete(finished, stalled);
        if (stop) {
            throw new InterruptedException("stopped in a job");
        }
    }

    private Finished handle(ClaimedJob job, Set<Long> stalled) {
        if (stalled.contains(job.sessionId())) {
            return new Finished.Postponed(job);
        }
        try {
            return new Finished.Handled(job, handler.handle(job));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return new Finished.Postponed(job);
        } catch (Exception failure) {
            return new Finished.Failed(job, failure);
        } catch (StackOverflowError | OutOfMemoryError tooMuch) {
            // One event that is too much must not leave the others of its batch unfinished.
            return new Finished.Failed(
                    job, new IllegalStateException(tooMuch.getClass().getSimpleName()));
        }
    }

    /// A job that is discarded now will not be tried again, so nothing needs to wait for it.
    private static boolean blocksItsSession(Finished finished) {
        return finished instanceof Finished.Failed(ClaimedJob job, _)
                && job.attempt() < job.maxAttempts();
    }

    private void complete(List<Finished> finished, Set<Long> stalled) {
        if (finished.isEmpty()) {
            return;
        }
        try {
            database.useTransaction(tx -> store(tx, finished));
        } catch (StoreException together) {
            if (together.unreachable()) {
                throw together;
            }
            // One result the database refuses must not take the others with it.
            for (Finished one : finished) {
                completeAlone(one, stalled);
            }
        }
        resultsStored.run();
    }

    private void completeAlone(Finished one, Set<Long> stalled) {
        boolean afterRefused =
                one instanceof Finished.Handled && stalled.contains(one.job().sessionId());
        Finished wanted = afterRefused ? new Finished.Postponed(one.job()) : one;
        try {
            database.useTransaction(tx -> store(tx, List.of(wanted)));
        } catch (StoreException refused) {
            if (refused.unreachable()) {
                throw refused;
            }
            var failed = new Finished.Failed(one.job(), refused);
            if (blocksItsSession(failed)) {
                stalled.add(one.job().sessionId());
            }
            database.useTransaction(tx -> store(tx, List.of(failed)));
        }
    }

    /// One statement for each kind of ending, whatever the number of jobs.
    private void store(Tx tx, List<Finished> finished) {
        Instant now = clock.instant();
        var done = new ArrayList<Finished.Handled>();
        var skipped = new ArrayList<JobStore.SkippedJob>();
        var failed = new ArrayList<JobStore.FailedJob>();
        var postponed = new ArrayList<ClaimedJob>();
        for (Finished one : finished) {
            switch (one) {
                case Finished.Handled handled -> {
                    switch (handled.result()) {
                        case HandlerResult.Done _ -> done.add(handled);
                        case HandlerResult.Skip(var reason) ->
                                skipped.add(new JobStore.SkippedJob(handled.job(), reason));
                    }
                }
                case Finished.Failed(var job, var failure) ->
                        failed.add(failedJob(job, failure, now));
                case Finished.Postponed(var job) -> postponed.add(job);
            }
        }
        if (!done.isEmpty()) {
            storeResults(tx, done, now);
        }
        if (!skipped.isEmpty()) {
            jobs.completeSkipped(tx, leases.worker(), skipped, now);
        }
        if (!failed.isEmpty()) {
            jobs.fail(tx, leases.worker(), failed, now);
        }
        if (!postponed.isEmpty()) {
            jobs.release(tx, leases.worker(), postponed, now);
        }
    }

    private void storeResults(Tx tx, List<Finished.Handled> done, Instant now) {
        Set<Long> ours =
                jobs.completeRemembered(
                        tx,
                        leases.worker(),
                        done.stream().map(Finished.Handled::job).toList(),
                        now);
        for (Finished.Handled handled : done) {
            if (!ours.contains(handled.job().id())) {
                LOG.warn("result dropped, job is no longer ours: job={}", handled.job().id());
            } else if (handled.result() instanceof HandlerResult.Done(var results)) {
                results.store(tx);
            }
        }
    }

    private JobStore.FailedJob failedJob(ClaimedJob job, Exception failure, Instant now) {
        LOG.warn(
                "job failed: job={} attempt={} of={} error={}",
                job.id(),
                job.attempt(),
                job.maxAttempts(),
                failure.getClass().getSimpleName());
        return new JobStore.FailedJob(
                job, describe(failure), now.plus(retries.delayAfter(job.attempt())));
    }

    /// The class alone for exceptions of others: their messages may quote content.
    private static String describe(Exception failure) {
        return failure instanceof StoreException
                ? failure.getClass().getSimpleName() + ": " + failure.getMessage()
                : failure.getClass().getSimpleName();
    }
}
