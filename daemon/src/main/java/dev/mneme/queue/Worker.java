package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Claims the due jobs of some turns, has each turn handled, and completes its jobs together.
///
/// Three steps, never one: a short transaction claims and commits; the work runs outside any
/// transaction; another transaction stores results and completes the jobs, where every completion
/// re-checks that the job is still ours. A worker that was too slow finds its jobs gone and throws
/// its results away, so nothing is stored twice; one that finds some of a turn's jobs gone gives
/// the others back, because the result speaks of all. Turns that cannot be completed together (one
/// bad result) are completed one by one.
///
/// Order within a session is kept: a claim never takes a session that another worker is at, and
/// when a turn fails, those after it in its session go back to wait until it is done or discarded.
public final class Worker {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /// Turns are claimed until so many jobs are together.
    static final int BATCH_JOBS_MAX = 100;

    /// Finished turns are not kept back for longer than this by slow ones after them.
    private static final Duration COMPLETION_INTERVAL = Duration.ofSeconds(1);

    private final Database database;
    private final JobStore jobs;
    private final TurnHandler handler;
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
            TurnHandler handler,
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

    /// A turn with what its handler made of it.
    private sealed interface Finished {

        ClaimedTurn turn();

        record Handled(ClaimedTurn turn, TurnResult result) implements Finished {

            /// Whether the turn was too long for one go.
            boolean isPart() {
                return result.remembered().size() + result.skipped().size() < turn.jobs().size();
            }

            List<ClaimedJob> notBegun() {
                var left = new ArrayList<>(turn.jobs());
                left.removeAll(result.remembered());
                result.skipped().forEach(one -> left.remove(one.job()));
                return left;
            }
        }

        record Failed(ClaimedTurn turn, Exception failure) implements Finished {}

        /// Not begun, because one before it in its session must be tried again first.
        record Postponed(ClaimedTurn turn) implements Finished {}
    }

    /// Claims and finishes one batch.
    ///
    /// @return true when there may be more: sessions that were ours may have got new jobs
    public boolean runOnce() throws InterruptedException {
        putBackLeftovers();
        leftovers = true;
        List<ClaimedTurn> claimed = claim();
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

    private List<ClaimedTurn> claim() {
        long lowest = floor.next();
        List<ClaimedTurn> claimed =
                database.inTransaction(
                        tx -> {
                            JobStore.Horizon horizon = jobs.beginClaim(tx, lowest);
                            floor.saw(horizon);
                            if (!horizon.claimable()) {
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

    private void work(List<ClaimedTurn> claimed) throws InterruptedException {
        var stalled = new HashSet<Long>();
        Set<ClaimedTurn> torn = tornApart(claimed);
        var finished = new ArrayList<Finished>(claimed.size());
        long completedNanos = System.nanoTime();
        for (int next = 0; next < claimed.size(); next++) {
            if (Thread.interrupted()) {
                claimed.subList(next, claimed.size())
                        .forEach(turn -> finished.add(new Finished.Postponed(turn)));
                complete(finished, stalled);
                throw new InterruptedException("stopped between two turns");
            }
            leases.progressed();
            ClaimedTurn turn = claimed.get(next);
            Finished one =
                    torn.contains(turn) ? new Finished.Postponed(turn) : handle(turn, stalled);
            if (blocksItsSession(one)) {
                stalled.add(turn.sessionId());
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
            throw new InterruptedException("stopped in a turn");
        }
    }

    /// The last turns of sessions of which more jobs are due than were claimed: more of the turn
    /// may be among them. One that is alone in its session is worked on in parts.
    private static Set<ClaimedTurn> tornApart(List<ClaimedTurn> claimed) {
        Map<Long, List<ClaimedTurn>> bySession = new HashMap<>();
        for (ClaimedTurn turn : claimed) {
            bySession.computeIfAbsent(turn.sessionId(), key -> new ArrayList<>()).add(turn);
        }
        var torn = new HashSet<ClaimedTurn>();
        for (List<ClaimedTurn> turns : bySession.values()) {
            int jobCount = turns.stream().mapToInt(turn -> turn.jobs().size()).sum();
            boolean more = turns.getLast().more() || jobCount >= JobStore.SESSION_JOBS_MAX;
            if (turns.size() > 1 && more) {
                torn.add(turns.getLast());
            }
        }
        return torn;
    }

    private Finished handle(ClaimedTurn turn, Set<Long> stalled) {
        if (stalled.contains(turn.sessionId())) {
            return new Finished.Postponed(turn);
        }
        try {
            return new Finished.Handled(turn, handler.handle(turn));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return new Finished.Postponed(turn);
        } catch (StoreException failure) {
            if (failure.unreachable()) {
                throw failure;
            }
            return new Finished.Failed(turn, failure);
        } catch (Exception failure) {
            return new Finished.Failed(turn, failure);
        } catch (StackOverflowError | OutOfMemoryError tooMuch) {
            // One turn that is too much must not leave the others of its batch unfinished.
            return new Finished.Failed(
                    turn, new IllegalStateException(tooMuch.getClass().getSimpleName()));
        }
    }

    /// Whether what follows in the session must wait. Jobs that are discarded now will not be tried
    /// again, so nothing needs to wait for them.
    private static boolean blocksItsSession(Finished finished) {
        return switch (finished) {
            case Finished.Failed(ClaimedTurn turn, _) ->
                    turn.jobs().stream().anyMatch(job -> job.attempt() < job.maxAttempts());
            case Finished.Handled handled -> handled.isPart();
            case Finished.Postponed _ -> true;
        };
    }

    private void complete(List<Finished> finished, Set<Long> stalled) {
        if (finished.isEmpty()) {
            return;
        }
        try {
            database.useTransaction(tx -> store(tx, finished));
        } catch (TurnChanged one) {
            completeOneByOne(finished, stalled);
        } catch (StoreException together) {
            if (together.unreachable()) {
                throw together;
            }
            completeOneByOne(finished, stalled);
        }
        resultsStored.run();
    }

    /// One result the database refuses must not take the others with it; but what follows it in its
    /// session waits.
    private void completeOneByOne(List<Finished> finished, Set<Long> stalled) {
        var refused = new HashSet<Long>();
        for (Finished one : finished) {
            boolean waits =
                    one instanceof Finished.Handled && refused.contains(one.turn().sessionId());
            Finished stored = completeAlone(waits ? new Finished.Postponed(one.turn()) : one);
            if (!stored.equals(one) && blocksItsSession(stored)) {
                refused.add(one.turn().sessionId());
            }
        }
        stalled.addAll(refused);
    }

    /// @return what was stored of it in the end
    private Finished completeAlone(Finished wanted) {
        Finished instead;
        try {
            database.useTransaction(tx -> store(tx, List.of(wanted)));
            return wanted;
        } catch (TurnChanged forgotten) {
            instead = new Finished.Postponed(wanted.turn());
        } catch (StoreException refused) {
            if (refused.unreachable()) {
                throw refused;
            }
            instead = new Finished.Failed(wanted.turn(), refused);
        }
        database.useTransaction(tx -> store(tx, List.of(instead)));
        return instead;
    }

    /// One statement for each kind of ending, whatever the number of jobs.
    private void store(Tx tx, List<Finished> finished) {
        Instant now = clock.instant();
        var done = new ArrayList<Finished.Handled>();
        var failed = new ArrayList<JobStore.FailedJob>();
        var postponed = new ArrayList<ClaimedJob>();
        for (Finished one : finished) {
            switch (one) {
                case Finished.Handled handled -> {
                    done.add(handled);
                    postponed.addAll(handled.notBegun());
                }
                case Finished.Failed(var turn, var failure) ->
                        failed.addAll(failedJobs(turn, failure, now));
                case Finished.Postponed(var turn) -> postponed.addAll(turn.jobs());
            }
        }
        if (!done.isEmpty()) {
            storeResults(tx, done, now);
        }
        if (!failed.isEmpty()) {
            jobs.fail(tx, leases.worker(), failed, now);
        }
        if (!postponed.isEmpty()) {
            jobs.release(tx, leases.worker(), postponed, now);
        }
    }

    private void storeResults(Tx tx, List<Finished.Handled> done, Instant now) {
        var remembered = new ArrayList<ClaimedJob>();
        var skipped = new ArrayList<JobStore.SkippedJob>();
        for (Finished.Handled handled : done) {
            remembered.addAll(handled.result().remembered());
            skipped.addAll(handled.result().skipped());
        }
        var ours = new HashSet<Long>();
        if (!remembered.isEmpty()) {
            ours.addAll(jobs.completeRemembered(tx, leases.worker(), remembered, now));
        }
        if (!skipped.isEmpty()) {
            ours.addAll(jobs.completeSkipped(tx, leases.worker(), skipped, now));
        }
        for (Finished.Handled handled : done) {
            var mine = new ArrayList<>(handled.result().remembered());
            handled.result().skipped().forEach(one -> mine.add(one.job()));
            long left = mine.stream().filter(job -> ours.contains(job.id())).count();
            if (left == mine.size()) {
                handled.result().results().store(tx);
            } else if (left > 0) {
                throw new TurnChanged();
            } else {
                LOG.warn(
                        "result dropped, the turn is no longer ours: jobs={} first={}",
                        mine.size(),
                        handled.turn().jobs().getFirst().id());
            }
        }
    }

    private List<JobStore.FailedJob> failedJobs(ClaimedTurn turn, Exception failure, Instant now) {
        ClaimedJob first = turn.jobs().getFirst();
        LOG.warn(
                "turn failed: jobs={} first={} attempt={} of={} error={}",
                turn.jobs().size(),
                first.id(),
                first.attempt(),
                first.maxAttempts(),
                failure.getClass().getSimpleName());
        int attempt = turn.jobs().stream().mapToInt(ClaimedJob::attempt).max().orElseThrow();
        Instant retryAt = now.plus(retries.delayAfter(attempt));
        return turn.jobs().stream()
                .map(job -> new JobStore.FailedJob(job, describe(failure), retryAt))
                .toList();
    }

    /// The class alone for exceptions of others: their messages may quote content.
    private static String describe(Exception failure) {
        return failure instanceof StoreException
                ? failure.getClass().getSimpleName() + ": " + failure.getMessage()
                : failure.getClass().getSimpleName();
    }
}
