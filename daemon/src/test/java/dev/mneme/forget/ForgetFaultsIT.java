package dev.mneme.forget;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.daemon.Looks;
import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.GitPosition;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Tombstone;
import dev.mneme.domain.TurnWork;
import dev.mneme.ingest.Ingest;
import dev.mneme.ingest.SampleIngest;
import dev.mneme.ingest.SpoolDrain;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.queue.FailingDataSource;
import dev.mneme.queue.Leases;
import dev.mneme.queue.ReadTurns;
import dev.mneme.queue.RetrySchedule;
import dev.mneme.queue.TurnResult;
import dev.mneme.queue.Worker;
import dev.mneme.store.Database;
import dev.mneme.store.ForgetSelection;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.QuarantineStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

/// Forgetting beside work that goes on, with statements that fail, and past its grace time.
@Tag("proof")
@Timeout(180)
final class ForgetFaultsIT {

    private static final int STATEMENTS_MAX = 200;
    private static final Duration KEPT = Duration.ofDays(7);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String[] LIVING = {
        "mem_projects",
        "mem_project_keys",
        "mem_sessions",
        "mem_events",
        "mem_user_prompts",
        "mem_jobs",
        "mem_observations",
        "mem_observation_events",
        "mem_unembedded"
    };

    @TempDir Path folder;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final InstantSource clock = now::get;
    private final ObservationStore observations = new ObservationStore("english");
    private TestDatabase testDatabase;
    private HikariDataSource pool;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 6);
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    @Test
    void aFailureOfAnyStatementForgetsNothingAndTheNextTryEverything() throws Exception {
        for (int n = 1; n <= STATEMENTS_MAX; n++) {
            capture(n, "t1");
            work(this::observed);
            ForgetChoice choice = session(n);
            Map<String, String> before = rows();
            var failing = new FailingDataSource(pool, n);
            boolean failed = false;
            try {
                forgetter(failing).forget(choice, n % 2 == 0);
            } catch (StoreException injected) {
                failed = true;
                assertThat(rows()).as("statement " + n).isEqualTo(before);
                assertThat(count("mem_tombstones")).as("statement " + n).isZero();
                assertThat(count("mem_forgotten")).as("statement " + n).isZero();
                forgetter(pool).forget(choice, n % 2 == 0);
            }
            failed |= failing.fired();
            assertThat(count("mem_events")).as("statement " + n).isZero();
            assertThat(count("mem_observations")).as("statement " + n).isZero();
            assertThat(count("mem_sessions")).as("statement " + n).isZero();
            capture(n, "t1");
            assertThat(count("mem_events")).as("a copy after statement " + n).isZero();
            execute("TRUNCATE mem_forgotten, mem_projects CASCADE");
            if (!failed) {
                assertThat(n).as("some statements were really made to fail").isGreaterThan(20);
                return;
            }
        }
        throw new AssertionError("never passed untouched");
    }

    @Test
    void aFailureOfAnyStatementRestoresNothingAndTheNextTryEverything() throws Exception {
        for (int n = 1; n <= STATEMENTS_MAX; n++) {
            capture(n, "t1");
            work(this::observed);
            Map<String, String> before = rows();
            long batch = forgetter(pool).forget(session(n), false).batch();
            Map<String, String> forgotten = rows();
            boolean failed = false;
            try {
                forgetter(new FailingDataSource(pool, n)).restore(batch);
            } catch (StoreException injected) {
                failed = true;
            }
            if (failed && count("mem_forgotten WHERE state = 'restorable'") == 1) {
                assertThat(rows()).as("statement " + n).isEqualTo(forgotten);
                assertThat(count("mem_tombstones")).as("statement " + n).isPositive();
                forgetter(pool).restore(batch);
            }
            assertThat(rows()).as("statement " + n).isEqualTo(before);
            assertThat(count("mem_tombstones") + count("mem_forgotten_rows")).isZero();
            execute("TRUNCATE mem_forgotten, mem_projects CASCADE");
            if (!failed) {
                assertThat(n).as("some statements were really made to fail").isGreaterThan(20);
                return;
            }
        }
        throw new AssertionError("never passed untouched");
    }

    @Test
    void aJobThatRunsWhileItsEventIsForgottenStoresNothing() throws Exception {
        capture(1, "t1");
        capture(1, "t2");
        work(
                (turn, read) -> {
                    forgetter(pool).forget(session(1), false);
                    return observed(turn, read);
                });

        for (String table : LIVING) {
            if (!table.startsWith("mem_project")) {
                assertThat(count(table)).as(table).isZero();
            }
        }
        assertThat(count("mem_forgotten_rows WHERE table_name = 'mem_jobs'")).isEqualTo(2);

        forgetter(pool).restore(1);
        work(this::observed);
        assertThat(count("mem_observations")).as("what comes back is worked on").isEqualTo(2);
    }

    @Test
    void aResultThatIsBeingStoredIsForgottenAsWell() throws Exception {
        capture(1, "t1");
        var storing = new CountDownLatch(1);
        var waiting = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(2)) {
            Future<Boolean> worker =
                    threads.submit(
                            () -> {
                                work(
                                        (turn, read) ->
                                                TurnResult.remembered(
                                                        turn,
                                                        tx -> {
                                                            observed(turn, read)
                                                                    .results()
                                                                    .store(tx);
                                                            storing.countDown();
                                                            await(waiting);
                                                        }));
                                return true;
                            });
            assertThat(storing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            Future<Forgetter.Forgotten> forgetting =
                    threads.submit(() -> forgetter(pool).forget(session(1), false));
            awaitBlocked();
            waiting.countDown();

            assertThat(worker.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(
                            forgetting
                                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                                    .counts()
                                    .observations())
                    .isEqualTo(1);
        }
        assertThat(count("mem_observations")).isZero();
        assertThat(count("mem_sessions")).isZero();
    }

    @Test
    void anEventThatArrivesDuringAForgettingIsJudgedAfterIt() throws Exception {
        capture(1, "t1");
        work(this::observed);
        var arrived = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(1);
                var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE mem_events IN SHARE ROW EXCLUSIVE MODE");
            Future<Boolean> late =
                    threads.submit(
                            () -> {
                                arrived.countDown();
                                capture(1, "t1-late");
                                return true;
                            });
            assertThat(arrived.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            awaitBlocked();
            statement.execute("DELETE FROM mem_sessions");
            statement.execute(
                    "INSERT INTO mem_tombstones (mark) VALUES ('" + Tombstone.session("s1") + "')");
            connection.commit();
            assertThat(late.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
        assertThat(count("mem_events")).isZero();
        assertThat(count("mem_sessions")).isZero();
    }

    @Test
    void whatIsPastItsGraceTimeIsErasedInBoundedSteps() throws Exception {
        for (int i = 0; i < 400; i++) {
            capture(1, "t" + i);
        }
        long batch = forgetter(pool).forget(session(1), false).batch();
        assertThat(count("mem_forgotten_rows")).isGreaterThan(Forgetter.ERASE_ROWS_MAX);

        Instant then = now.get();
        now.set(then.plus(KEPT).minusSeconds(1));
        forgetter(pool).eraseExpired();
        assertThat(count("mem_forgotten WHERE state = 'restorable'")).isEqualTo(1);
        now.set(then.plus(KEPT).plusSeconds(1));
        // The first step alone; whoever comes next goes on.
        try {
            forgetter(new FailingDataSource(pool, 7)).eraseExpired();
        } catch (StoreException injected) {
            assertThat(count("mem_forgotten_rows")).isPositive();
        }
        forgetter(pool).eraseExpired();

        assertThat(count("mem_forgotten_rows")).isZero();
        assertThat(count("mem_tombstones")).as("they outlive it").isPositive();
        assertThat(count("mem_forgotten WHERE state = 'erased' AND events = 400 AND id = " + batch))
                .isEqualTo(1);
        capture(1, "t1");
        assertThat(count("mem_events")).isZero();
    }

    @Test
    void databaseAndProgramAgreeOnMarks() throws Exception {
        var event =
                new NewEvent(
                        HookEvent.STOP,
                        "id:ü|,1:",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        GitPosition.UNKNOWN,
                        Instant.EPOCH,
                        new byte[] {1, (byte) 0xfe},
                        "{}",
                        null);
        assertThat(Tombstone.ofEvent("s,ß:🦓", event))
                .containsExactly(
                        value("mem_mark('everything')"),
                        value("mem_mark('session', 's,ß:🦓')"),
                        value("mem_mark('event', 's,ß:🦓', 'id:ü|,1:')"),
                        value("mem_mark('twin', 's,ß:🦓', 'stop', '01fe')"));
        assertThat(Tombstone.place("/a")).isEqualTo(value("mem_mark('place', '/a')"));
        assertThat(Tombstone.name("")).isEqualTo(value("mem_mark('name', '')"));
        assertThat(Tombstone.idempotencyKey("k")).isEqualTo(value("mem_mark('key', 'k')"));
        assertThat(
                        Tombstone.observation(
                                "s", Instant.parse("2024-05-01T10:00:00.123456Z"), "t", null))
                .isEqualTo(value("mem_mark('observation', 's', '1714557600123456', 't', '')"));
    }

    private void capture(int session, String toolUse) {
        String payload =
                """
                {"session_id":"s%d","cwd":"/tmp/none/shop","tool_name":"Bash","tool_use_id":"%s",
                 "tool_input":{"command":"true"}}
                """
                        .formatted(session, toolUse);
        ingest(pool)
                .offer(
                        new IncomingEvent(
                                HookEvent.POST_TOOL_USE,
                                payload.getBytes(StandardCharsets.UTF_8),
                                now.get().minusSeconds(5),
                                toolUse,
                                IncomingEvent.CLAUDE_CODE,
                                true,
                                false));
    }

    private Ingest ingest(DataSource source) {
        return SampleIngest.on(new Database(source), () -> {}, clock);
    }

    private Forgetter forgetter(DataSource source) {
        var home = new MnemeHome(folder);
        return new Forgetter(
                home,
                new Database(source),
                new ForgetSelection("english"),
                new QuarantineStore(),
                new SpoolDrain(home, ingest(source)),
                () -> {},
                clock,
                KEPT);
    }

    private ForgetChoice session(int session) {
        return new ForgetChoice(
                List.of(), "s" + session, null, null, null, null, forgetter(pool).newest());
    }

    private void work(ReadTurns.Work work) throws InterruptedException {
        var database = new Database(pool);
        var jobs = new JobStore();
        database.useTransaction(
                tx -> jobs.closeIdleTurns(tx, clock.instant().plus(PATIENCE), Duration.ZERO));
        var worker =
                new Worker(
                        database,
                        jobs,
                        ReadTurns.each(database, work),
                        new RetrySchedule(new Random(1)),
                        clock,
                        new Leases(database, jobs, clock, "w"),
                        () -> {});
        while (worker.runOnce()) {
            Looks.pause();
        }
    }

    private TurnResult observed(ClaimedTurn turn, TurnWork read) {
        return ReadTurns.observed(turn, read, observations, ForgetFaultsIT::observation);
    }

    private static NewObservation observation(CapturedEvent event) {
        return new NewObservation(
                "From " + event.toolUseId(),
                null,
                ObservationType.CHANGE,
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                event.toolName(),
                null,
                event.occurredAt(),
                "test",
                1,
                List.of(event.id()));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /// Until somebody waits for a lock of this database.
    private void awaitBlocked() throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (count(
                        "pg_stat_activity WHERE datname = current_database()"
                                + " AND wait_event_type = 'Lock'")
                == 0) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Looks.pause();
        }
    }

    /// All that is kept, but for the transaction that wrote it last: search must see that a row is
    /// back.
    private Map<String, String> rows() throws SQLException {
        var rows = new LinkedHashMap<String, String>();
        for (String table : LIVING) {
            rows.put(
                    table,
                    value(
                            "coalesce(jsonb_agg(kept ORDER BY kept), '[]') FROM"
                                    + " (SELECT to_jsonb(t) - 'changed_in' AS kept FROM "
                                    + table
                                    + " t) AS rows"));
        }
        return rows;
    }

    private long count(String from) throws SQLException {
        return Long.parseLong(value("count(*) FROM " + from));
    }

    private String value(String expression) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT " + expression)) {
            row.next();
            return row.getString(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
