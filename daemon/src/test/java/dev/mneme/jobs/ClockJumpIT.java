package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.SampleEvents;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.queue.JobRescuer;
import dev.mneme.queue.Leases;
import dev.mneme.queue.QueueDesk;
import dev.mneme.queue.RetrySchedule;
import dev.mneme.queue.TurnHandler;
import dev.mneme.queue.TurnResult;
import dev.mneme.queue.Wakeup;
import dev.mneme.queue.Worker;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ProjectStore;
import dev.mneme.store.QueueStore;
import dev.mneme.store.RetentionStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;

/// The daemon's clock jumps by an hour, ahead or back, in the middle of things. The queue and what
/// is kept or closed know no other clock; waiting between two looks uses none at all.
final class ClockJumpIT {

    private static final Duration IDLE_MAX = Duration.ofHours(6);
    private static final Duration KEPT = Duration.ofDays(30);
    private static final int ATTEMPTS_MAX = 3;

    private final JobStore jobs = new JobStore();
    private final SessionStore sessions = new SessionStore();
    private TestDatabase testDatabase;
    private HikariDataSource pool;
    private Database database;
    private Instant now = Instant.parse("2026-11-20T12:00:00Z");

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 3);
        database = new Database(pool);
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    /// As the daemon's loop does it: the own leases first, then those of the dead.
    @Test
    void aLivingWorkerKeepsItsJobsWhenTheClockJumpsAhead() throws Exception {
        Session session = session("s");
        enqueue(session, "one");
        enqueue(session, "two");
        var leases = new Leases(database, jobs, () -> now, "alive");
        var rescuer = new JobRescuer(database, jobs, () -> now, new Wakeup());
        new Worker(
                        database,
                        jobs,
                        turn -> {
                            now = now.plus(Duration.ofHours(1));
                            leases.runOnce();
                            rescuer.runOnce();
                            return TurnResult.skipped(turn, "x");
                        },
                        new RetrySchedule(new Random(7)),
                        () -> now,
                        leases,
                        () -> {})
                .runOnce();

        assertThat(count("mem_jobs WHERE state = 'completed' AND attempt = 1")).isEqualTo(2);
    }

    /// A job that a person retries is due, whatever the clock does until the worker looks.
    @ParameterizedTest
    @ValueSource(longs = {-3_600, 3_600})
    void aRetriedJobIsDueAtOnce(long seconds) throws Exception {
        Session session = session("s");
        enqueue(session, "one");
        for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
            worker(
                            turn -> {
                                throw new IllegalStateException("never");
                            })
                    .runOnce();
            now = now.plus(Duration.ofHours(2));
        }
        assertThat(count("mem_jobs WHERE state = 'discarded'")).isEqualTo(1);
        now = now.plus(Duration.ofDays(1));

        new QueueDesk(database, new QueueStore(), () -> {}, () -> now, ATTEMPTS_MAX)
                .retryDiscarded();
        now = now.plusSeconds(seconds);
        worker(turn -> TurnResult.skipped(turn, "x")).runOnce();

        assertThat(count("mem_jobs WHERE state = 'completed'")).isEqualTo(1);
    }

    @Test
    void aSessionThatTheJumpMadeLookIdleGoesOnWithItsNextEvent() throws Exception {
        Session session = session("s");
        var closer = new SessionCloser(database, sessions, () -> now);

        now = now.plus(IDLE_MAX).minusSeconds(1_800);
        closer.runOnce();
        assertThat(status()).isEqualTo("active");
        now = now.plus(Duration.ofHours(1));
        closer.runOnce();
        assertThat(status()).isEqualTo("completed");

        database.useTransaction(tx -> sessions.touch(tx, session, now));
        assertThat(status()).isEqualTo("active");
        assertThat(count("mem_sessions WHERE completed_at IS NULL AND end_reason IS NULL"))
                .isEqualTo(1);
    }

    /// Its last event then lies in the future. It stays open for the length of the jump longer, not
    /// for ever; and an end that is reported meanwhile looks older than that event and is left to
    /// the same bound.
    @Test
    void aSessionIsStillClosedAfterTheClockWasSetBack() throws Exception {
        Session session = session("s");
        var closer = new SessionCloser(database, sessions, () -> now);
        now = now.minus(Duration.ofHours(1));
        database.useTransaction(tx -> sessions.touch(tx, session, now));
        database.useTransaction(tx -> sessions.complete(tx, session.id(), now, "logout"));

        now = now.plus(IDLE_MAX).plus(Duration.ofHours(1)).plusSeconds(1);
        closer.runOnce();

        assertThat(status()).isEqualTo("completed");
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, 3_600})
    void retentionIsOffByTheJumpAtMost(long seconds) throws Exception {
        enqueue(session("s"), "one");
        worker(turn -> TurnResult.skipped(turn, "x")).runOnce();
        var retention =
                new Retention(
                        database,
                        new RetentionStore(),
                        new QueueStore(),
                        () -> now,
                        new Retention.Kept(KEPT, KEPT, KEPT.multipliedBy(9), KEPT));

        now = now.plusSeconds(seconds).plus(KEPT).minus(Duration.ofHours(1)).minusSeconds(1);
        retention.runOnce();
        assertThat(count("mem_jobs")).isEqualTo(1);
        assertThat(count("mem_events WHERE payload IS NOT NULL")).isEqualTo(1);

        now = now.plus(Duration.ofHours(2)).plusSeconds(2);
        retention.runOnce();
        assertThat(count("mem_jobs")).isZero();
        assertThat(count("mem_events WHERE payload IS NULL")).isEqualTo(1);
    }

    private Worker worker(TurnHandler handler) {
        return new Worker(
                database,
                jobs,
                handler,
                new RetrySchedule(new Random(7)),
                () -> now,
                new Leases(database, jobs, () -> now, "worker"),
                () -> {});
    }

    private Session session(String name) {
        return database.inTransaction(
                tx ->
                        sessions.ensure(
                                tx, name, new ProjectStore().ensureNamed(tx, "p"), "test", now));
    }

    private void enqueue(Session session, String key) {
        database.useTransaction(
                tx ->
                        new EventStore(Duration.ofSeconds(60))
                                .enqueue(
                                        tx,
                                        session,
                                        SampleEvents.answer(key, key, now),
                                        ATTEMPTS_MAX,
                                        now));
    }

    private String status() throws SQLException {
        return text("SELECT status FROM mem_sessions");
    }

    private long count(String from) throws SQLException {
        return Long.parseLong(text("SELECT count(*) FROM " + from));
    }

    private String text(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
