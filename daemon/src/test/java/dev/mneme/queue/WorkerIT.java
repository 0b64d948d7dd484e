package dev.mneme.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.daemon.Looks;
import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.Enqueued;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Project;
import dev.mneme.domain.SampleEvents;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The queue's promises on a real database, with a clock that the tests move.
final class WorkerIT {

    private static final int ATTEMPTS_MAX = 3;
    private static final Duration TURN_IDLE_MAX = Duration.ofSeconds(60);

    private final MovableClock clock = new MovableClock();
    private final JobStore jobs = new JobStore();
    private final ObservationStore observations = new ObservationStore("english");
    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Database database;
    private Session session;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 6);
        database = new Database(pool);
        session = session("s");
    }

    private Session session(String name) {
        return database.inTransaction(
                tx -> {
                    Project project = new ProjectStore().ensureNamed(tx, "shop");
                    return new SessionStore().ensure(tx, name, project, "test", clock.instant());
                });
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    @Test
    void twoWorkersFinishEveryJobExactlyOnce() throws Exception {
        enqueue(300);
        Set<Long> handled = ConcurrentHashMap.newKeySet();
        var twice = new AtomicInteger();
        TurnHandler handler =
                turn -> {
                    for (ClaimedJob job : turn.jobs()) {
                        if (!handled.add(job.id())) {
                            twice.incrementAndGet();
                        }
                    }
                    return observation(turn);
                };
        try (var both = Executors.newFixedThreadPool(2)) {
            var ends = new ArrayList<Future<Boolean>>();
            for (String name : List.of("one", "two")) {
                ends.add(
                        both.submit(
                                () -> {
                                    Worker worker = worker(name, handler);
                                    while (worker.runOnce()) {
                                        Looks.pause();
                                    }
                                    return true;
                                }));
            }
            for (Future<Boolean> end : ends) {
                assertThat(end.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }
        while (worker("last", handler).runOnce()) {
            Looks.pause();
        }

        assertThat(twice).hasValue(0);
        assertThat(handled).hasSize(300);
        assertThat(count("mem_jobs WHERE state = 'completed' AND outcome = 'remembered'"))
                .isEqualTo(300);
        assertThat(count("mem_observations")).isEqualTo(300);
        assertThat(count("mem_observation_events")).isEqualTo(300);
    }

    @Test
    void aFailingJobWaitsLongerEachTimeAndIsDiscardedWithItsReason() throws Exception {
        enqueue(1);
        Worker worker =
                worker(
                        "w",
                        turn -> {
                            throw new IllegalStateException("content that must not be kept");
                        });

        for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
            worker.runOnce();
            worker.runOnce();
            assertThat(count("mem_jobs WHERE attempt = " + attempt))
                    .as("not before its time")
                    .isEqualTo(1);
            clock.advance(Duration.ofHours(2));
        }

        assertThat(
                        count(
                                "mem_jobs WHERE state = 'discarded' AND last_error = 'IllegalStateException'"))
                .isEqualTo(1);
    }

    @Test
    void aDeadWorkersJobIsRescuedAndItsLateCompletionRefused() throws Exception {
        enqueue(1);
        var late = new ArrayList<ClaimedJob>();
        database.useTransaction(
                tx ->
                        jobs.claim(
                                        tx,
                                        "dead",
                                        clock.instant(),
                                        clock.instant().plus(Leases.LEASE),
                                        0,
                                        1)
                                .forEach(turn -> late.addAll(turn.jobs())));
        var rescuer = new JobRescuer(database, jobs, clock, new Wakeup());

        rescuer.runOnce();
        assertThat(count("mem_jobs WHERE state = 'running'"))
                .as("its lease still holds")
                .isEqualTo(1);
        clock.advance(Leases.LEASE.plusSeconds(1));
        rescuer.runOnce();
        worker("alive", this::observation).runOnce();
        Set<Long> accepted =
                database.inTransaction(
                        tx -> jobs.completeRemembered(tx, "dead", late, clock.instant()));

        assertThat(accepted).isEmpty();
        assertThat(count("mem_jobs WHERE state = 'completed' AND attempted_by = 'alive'"))
                .isEqualTo(1);
        assertThat(count("mem_observations")).isEqualTo(1);
    }

    @Test
    void oneResultTheDatabaseRefusesDoesNotTakeTheOthersWithIt() throws Exception {
        enqueue(5);
        enqueue(session("other"), 2);
        var seen = new AtomicInteger();
        Worker worker =
                worker(
                        "w",
                        turn ->
                                seen.getAndIncrement() == 2
                                        ? titled(turn, " ".repeat(3) + "x".repeat(600))
                                        : observation(turn));

        worker.runOnce();

        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(4);
        assertThat(count("mem_jobs WHERE state = 'available' AND attempt = 0"))
                .as("those after it in its session wait for it")
                .isEqualTo(2);
        assertThat(
                        count(
                                "mem_jobs WHERE state = 'retryable' AND last_error LIKE '%SQL state 23514%'"))
                .isEqualTo(1);
        assertThat(count("mem_observations")).isEqualTo(4);
    }

    @Test
    void aFailedJobHoldsBackItsSessionAndNoOther() throws Exception {
        enqueue(3);
        enqueue(session("other"), 2);
        var order = new ArrayList<String>();
        var broken = new AtomicInteger(1);
        TurnHandler handler =
                ReadTurns.each(
                        database,
                        (turn, read) -> {
                            CapturedEvent event = read.turn().events().getFirst();
                            if (event.sessionId().equals("s") && broken.getAndDecrement() > 0) {
                                throw new IllegalStateException("not now");
                            }
                            order.add(event.sessionId() + ":" + event.toolUseId());
                            return observation(turn);
                        });

        Worker worker = worker("w", handler);
        while (worker.runOnce()) {
            Looks.pause();
        }
        assertThat(order).containsExactly("other:t0", "other:t1");

        clock.advance(Duration.ofMinutes(1));
        while (worker.runOnce()) {
            Looks.pause();
        }
        assertThat(order).containsExactly("other:t0", "other:t1", "s:t0", "s:t1", "s:t2");
        assertThat(count("mem_jobs WHERE attempt > 1")).as("the others lost no try").isEqualTo(1);
    }

    @Test
    void aDiscardedJobHoldsNothingBack() throws Exception {
        enqueue(3);
        TurnHandler handler =
                ReadTurns.each(
                        database,
                        (turn, read) -> {
                            if ("t0".equals(read.turn().events().getFirst().toolUseId())) {
                                throw new IllegalStateException("never");
                            }
                            return observation(turn);
                        });

        for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
            worker("w", handler).runOnce();
            clock.advance(Duration.ofHours(2));
        }

        assertThat(count("mem_jobs WHERE state = 'discarded'")).isEqualTo(1);
        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(2);
    }

    @Test
    void aSessionIsServedByOneWorkerAtATime() throws Exception {
        enqueue(150);
        enqueue(session("other"), 1);
        var meanwhile = new ArrayList<String>();
        Worker second =
                worker(
                        "two",
                        ReadTurns.each(
                                database,
                                (turn, read) -> {
                                    meanwhile.add(read.turn().sessionId());
                                    return observation(turn);
                                }));
        Worker first =
                worker(
                        "one",
                        turn -> {
                            second.runOnce();
                            return observation(turn);
                        });

        first.runOnce();

        assertThat(meanwhile).containsExactly("other");
        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(151);
    }

    @Test
    void theJobsOfATurnAreClaimedRescuedAndCompletedTogether() throws Exception {
        openTurn(session, 30);
        Session other = session("other");
        openTurn(other, 30);
        assertThat(worker("early", this::observation).runOnce()).as("open turns").isFalse();
        assertThat(count("mem_jobs WHERE state = 'scheduled'")).isEqualTo(60);
        clock.advance(TURN_IDLE_MAX);
        var closer = new TurnCloser(database, jobs, clock, TURN_IDLE_MAX, () -> {});
        closer.runOnce();
        List<ClaimedTurn> dead =
                database.inTransaction(
                        tx -> {
                            jobs.beginClaim(tx, 0);
                            return jobs.claim(
                                    tx,
                                    "dead",
                                    clock.instant(),
                                    clock.instant().plus(Leases.LEASE),
                                    0,
                                    20);
                        });
        assertThat(dead).as("a turn as a whole, although it is more than was wanted").hasSize(1);
        assertThat(dead.getFirst().jobs()).hasSize(30);

        var seen = new ArrayList<Integer>();
        TurnHandler handler =
                turn -> {
                    seen.add(turn.jobs().size());
                    return observation(turn);
                };
        while (worker("one", handler).runOnce()) {
            Looks.pause();
        }
        assertThat(seen).as("the other session's turn").containsExactly(30);
        clock.advance(Leases.LEASE.plusSeconds(1));
        new JobRescuer(database, jobs, clock, new Wakeup()).runOnce();
        while (worker("two", handler).runOnce()) {
            Looks.pause();
        }

        assertThat(seen).containsExactly(30, 30);
        assertThat(count("mem_jobs WHERE state = 'completed' AND outcome = 'remembered'"))
                .isEqualTo(60);
        assertThat(count("mem_observations")).isEqualTo(2);
        assertThat(count("mem_observation_events")).isEqualTo(60);
    }

    @Test
    void whatWasMadeOfATurnIsThrownAwayWhenSomeOfItIsForgottenMeanwhile() throws Exception {
        openTurn(session, 3);
        database.useTransaction(
                tx -> jobs.closeIdleTurns(tx, clock.instant().plus(TURN_IDLE_MAX), TURN_IDLE_MAX));
        var seen = new ArrayList<Integer>();
        Worker worker =
                worker(
                        "w",
                        turn -> {
                            seen.add(turn.jobs().size());
                            try (var connection = testDatabase.connect();
                                    var statement = connection.createStatement()) {
                                statement.execute(
                                        "DELETE FROM mem_events WHERE tool_use_id = 'c1'");
                            }
                            return observation(turn);
                        });
        while (worker.runOnce()) {
            Looks.pause();
        }

        assertThat(seen).containsExactly(3, 2);
        assertThat(count("mem_jobs WHERE state = 'completed' AND attempt = 1")).isEqualTo(2);
        assertThat(count("mem_observations")).isEqualTo(1);
        assertThat(count("mem_observation_events")).isEqualTo(2);
    }

    @Test
    void aHeartbeatKeepsTheJobsOfASlowHandler() throws Exception {
        enqueue(1);
        var leases = new Leases(database, jobs, clock, "slow");
        var rescuer = new JobRescuer(database, jobs, clock, new Wakeup());
        TurnHandler slow =
                turn -> {
                    for (int i = 0; i < 10; i++) {
                        clock.advance(Leases.HEARTBEAT_INTERVAL);
                        leases.runOnce();
                        rescuer.runOnce();
                    }
                    return observation(turn);
                };

        new Worker(database, jobs, slow, new RetrySchedule(new Random(7)), clock, leases, () -> {})
                .runOnce();

        assertThat(count("mem_jobs WHERE state = 'completed' AND attempt = 1")).isEqualTo(1);
        assertThat(count("mem_observations")).isEqualTo(1);
    }

    /// Ids are handed out before they are committed: a worker may see, claim and finish a younger
    /// job first, also of the same session.
    @Test
    void aJobThatIsCommittedLateIsNotPassedOver() throws Exception {
        Worker worker = worker("w", this::observation);
        Session other = session("other");
        try (var slow = testDatabase.connect();
                var statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            statement.execute(
                    """
                    WITH event AS (
                        INSERT INTO mem_events
                            (session_id, kind, dedupe_key, occurred_at, payload_hash)
                        VALUES (%d, 'stop', 'late', now(), sha256('late'))
                        RETURNING id, session_id
                    )
                    INSERT INTO mem_jobs (event_id, session_id)
                    SELECT id, session_id FROM event
                    """
                            .formatted(session.id()));
            for (int i = 0; i < 3; i++) {
                enqueue(other, "round-" + i, 3);
                while (worker.runOnce()) {
                    Looks.pause();
                }
            }
            assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(9);

            slow.commit();
        }

        assertThat(worker.runOnce()).isTrue();
        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, 3_600})
    void aClockThatJumpsLosesNoJobAndStopsNone(long seconds) throws Exception {
        enqueue(3);
        enqueue(session("other"), 3);
        clock.advance(Duration.ofHours(3));
        database.useTransaction(
                tx -> {
                    jobs.beginClaim(tx, 0);
                    jobs.claim(
                            tx, "dead", clock.instant(), clock.instant().plus(Leases.LEASE), 0, 3);
                });
        worker(
                        "failing",
                        turn -> {
                            throw new IllegalStateException("not now");
                        })
                .runOnce();
        assertThat(count("mem_jobs WHERE state = 'retryable'")).isEqualTo(1);
        assertThat(count("mem_jobs WHERE state = 'running'")).isEqualTo(3);

        clock.advance(Duration.ofSeconds(seconds));
        var rescuer = new JobRescuer(database, jobs, clock, new Wakeup());
        for (int round = 0; round < 3; round++) {
            rescuer.runOnce();
            Worker worker = worker("alive" + round, this::observation);
            while (worker.runOnce()) {
                Looks.pause();
            }
            clock.advance(Leases.LEASE.plusSeconds(1));
        }

        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(6);
        assertThat(count("mem_observations")).isEqualTo(6);
    }

    @Test
    void anEventThatIsTooMuchFailsAlone() throws Exception {
        enqueue(3);
        var seen = new AtomicInteger();

        worker(
                        "w",
                        turn -> {
                            if (seen.getAndIncrement() == 2) {
                                throw new StackOverflowError();
                            }
                            return observation(turn);
                        })
                .runOnce();

        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(2);
        assertThat(count("mem_jobs WHERE state = 'retryable'")).isEqualTo(1);
    }

    @Test
    void aSkippedJobSaysWhy() throws Exception {
        enqueue(1);

        worker("w", turn -> TurnResult.skipped(turn, "read-only")).runOnce();

        assertThat(
                        count(
                                "mem_jobs WHERE state = 'completed' AND outcome = 'skipped' AND skip_reason = 'read-only'"))
                .isEqualTo(1);
        assertThat(count("mem_observation_queue WHERE status = 'skipped'")).isEqualTo(1);
    }

    /// After each failing statement nothing may be half done, and a retry must complete.
    @Test
    void aFailureOfAnyStatementLeavesTheQueueWhole() throws Exception {
        for (int n = 1; ; n++) {
            try (var connection = testDatabase.connect();
                    var statement = connection.createStatement()) {
                statement.execute("TRUNCATE mem_events, mem_observations, mem_unembedded CASCADE");
            }
            enqueue(2);
            var failing = new FailingDataSource(pool, n);
            boolean failed = false;
            try {
                worker("w", this::observation, new Database(failing)).runOnce();
            } catch (RuntimeException injected) {
                failed = true;
            }
            assertThat(count("mem_observations"))
                    .as("statement " + n)
                    .isEqualTo(count("mem_jobs WHERE state = 'completed'"));
            assertThat(count("mem_unembedded")).isEqualTo(count("mem_observations"));
            clock.advance(Leases.LEASE.plusSeconds(1));
            new JobRescuer(database, jobs, clock, new Wakeup()).runOnce();
            clock.advance(Duration.ofHours(2));
            worker("retry", this::observation).runOnce();
            assertThat(count("mem_jobs WHERE state = 'completed'"))
                    .as("statement " + n)
                    .isEqualTo(2);
            assertThat(count("mem_observations")).as("statement " + n).isEqualTo(2);
            if (!failing.fired()) {
                assertThat(failed).isFalse();
                assertThat(n).as("some statements were really made to fail").isGreaterThan(3);
                return;
            }
        }
    }

    /// A round that ends in a broken connection leaves jobs under the worker's name; it takes them
    /// up again itself as soon as the database answers, long before their leases run out.
    @Test
    void aWorkerThatSurvivesABrokenConnectionFinishesItsJobsAtOnce() throws Exception {
        for (FailingDataSource.Fault fault : FailingDataSource.Fault.values()) {
            boolean fired = true;
            for (int n = 1; fired; n++) {
                try (var connection = testDatabase.connect();
                        var statement = connection.createStatement()) {
                    statement.execute(
                            "TRUNCATE mem_events, mem_observations, mem_unembedded CASCADE");
                }
                enqueue(2);
                var failing = new FailingDataSource(pool, n, fault);
                Worker worker = worker("survivor", this::observation, new Database(failing));
                for (int round = 0; round < 3; round++) {
                    try {
                        worker.runOnce();
                    } catch (StoreException injected) {
                        assertThat(injected.unreachable()).isTrue();
                    }
                    clock.advance(Duration.ofSeconds(1));
                }
                assertThat(count("mem_jobs WHERE state = 'completed'"))
                        .as("%s at statement %d", fault, n)
                        .isEqualTo(2);
                assertThat(count("mem_observations")).isEqualTo(2);
                fired = failing.fired();
            }
        }
    }

    private TurnResult observation(ClaimedTurn turn) {
        return titled(turn, "Observation of job " + turn.jobs().getFirst().id());
    }

    private TurnResult titled(ClaimedTurn turn, String title) {
        return TurnResult.remembered(
                turn,
                tx ->
                        observations.insert(
                                tx,
                                turn.sessionId(),
                                session.project().id(),
                                new NewObservation(
                                        title,
                                        null,
                                        ObservationType.CHANGE,
                                        "n",
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        null,
                                        null,
                                        clock.instant(),
                                        "test",
                                        1,
                                        turn.jobs().stream().map(ClaimedJob::eventId).toList())));
    }

    private void openTurn(Session in, int calls) {
        database.useTransaction(
                tx -> {
                    for (int i = 0; i < calls; i++) {
                        new EventStore(TURN_IDLE_MAX)
                                .enqueue(
                                        tx,
                                        in,
                                        SampleEvents.toolCall(
                                                "call-" + i, "c" + i, clock.instant()),
                                        ATTEMPTS_MAX,
                                        clock.instant());
                    }
                });
    }

    private void enqueue(int count) {
        enqueue(session, count);
    }

    private void enqueue(Session to, int count) {
        enqueue(to, "key", count);
    }

    private void enqueue(Session to, String key, int count) {
        database.useTransaction(
                tx -> {
                    for (int i = 0; i < count; i++) {
                        Enqueued one =
                                new EventStore(TURN_IDLE_MAX)
                                        .enqueue(
                                                tx,
                                                to,
                                                SampleEvents.answer(
                                                        key + "-" + i, "t" + i, clock.instant()),
                                                ATTEMPTS_MAX,
                                                clock.instant());
                        assertThat(one).isInstanceOf(Enqueued.Inserted.class);
                    }
                });
    }

    private Worker worker(String name, TurnHandler handler) {
        return worker(name, handler, database);
    }

    private Worker worker(String name, TurnHandler handler, Database on) {
        return new Worker(
                on,
                jobs,
                handler,
                new RetrySchedule(new Random(7)),
                clock,
                new Leases(on, jobs, clock, name),
                () -> {});
    }

    private long count(String from) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM " + from)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static final class MovableClock implements InstantSource {

        private volatile Instant now = Instant.now().plusSeconds(5);

        void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
