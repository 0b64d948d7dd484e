package dev.mneme.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresException;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.queue.Leases;
import dev.mneme.queue.RetrySchedule;
import dev.mneme.queue.TurnResult;
import dev.mneme.queue.Worker;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;

import org.flywaydb.core.Flyway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// How many jobs with nothing to do the queue gets through: our worker and db-scheduler, by turns,
/// on one server that syncs every commit.
///
/// Ours is the daemon's own code: claim, hand to a handler, complete, with the session's order, the
/// lease and the record that stays. db-scheduler deletes what it has done. Both have one thread,
/// as the daemon has; it gets each of the lock-and-fetch limits that its documentation measures,
/// with immediate execution, and its fastest one counts.
final class QueueBench {

    private static final double RATIO_MIN = 3;
    private static final double SNAPSHOT_SHARE_MIN = 0.9;

    private static final int THREADS = 1;
    private static final int SESSIONS = 200;
    private static final int OUR_JOBS = 20_000;
    private static final int OUR_JOBS_SHORT = 5_000;
    private static final int THEIR_JOBS = 4_000;
    private static final int THEIR_JOBS_SHORT = 1_000;
    private static final int TURNS = 3;
    private static final int SNAPSHOT_SECONDS = 60;
    private static final int SNAPSHOT_SECONDS_SHORT = 10;

    private static final int CONNECTIONS = 10;
    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(3);

    /// The share of its threads below which db-scheduler fetches again, and up to which.
    private record Limits(double lower, double upper) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "lock-and-fetch lower %.1f upper %.1f, immediate execution, %d thread",
                    lower,
                    upper,
                    THREADS);
        }
    }

    private static final List<Limits> DOCUMENTED =
            List.of(
                    new Limits(0.5, 1.0),
                    new Limits(0.5, 4.0),
                    new Limits(2.0, 6.0),
                    new Limits(4.0, 20.0));

    @SuppressWarnings("InlineFormatString") // A statement reads better on its own.
    private static final String FILL_OURS =
            """
            WITH project AS (
                INSERT INTO mem_projects (name) VALUES ('bench') ON CONFLICT (name) DO NOTHING
                RETURNING id
            ), sessions AS (
                INSERT INTO mem_sessions (session_id, project_id)
                SELECT 'bench-' || n, project.id
                FROM project, generate_series(0, %d - 1) AS n
            )
            SELECT 1
            """;

    @SuppressWarnings("InlineFormatString") // A statement reads better on its own.
    private static final String FILL_EVENTS =
            """
            WITH events AS (
                INSERT INTO mem_events (
                    session_id, kind, dedupe_key, tool_name, occurred_at, payload_hash, payload)
                SELECT
                    sessions.id,
                    'post-tool-use',
                    'id:' || gen_random_uuid(),
                    'Edit',
                    now() + n * interval '1 microsecond',
                    sha256(n::text::bytea),
                    '{"tool_name":"Edit"}'
                FROM generate_series(1, %d) AS n
                JOIN mem_sessions AS sessions ON sessions.session_id = 'bench-' || n %% %d
                ORDER BY n
                RETURNING id, session_id
            )
            INSERT INTO mem_jobs (event_id, session_id)
            SELECT id, session_id
            FROM events
            ORDER BY id
            """;

    private static final String UNFINISHED =
            "SELECT count(*) FROM mem_jobs WHERE state IN ('available', 'running', 'retryable')";

    private static final String CREATE_THEIRS =
            """
            CREATE TABLE scheduled_tasks (
                task_name text NOT NULL,
                task_instance text NOT NULL,
                task_data bytea,
                execution_time timestamptz NOT NULL,
                picked boolean NOT NULL,
                picked_by text,
                last_success timestamptz,
                last_failure timestamptz,
                consecutive_failures integer,
                last_heartbeat timestamptz,
                version bigint NOT NULL,
                PRIMARY KEY (task_name, task_instance)
            );
            CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
            CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)
            """;

    @SuppressWarnings("InlineFormatString") // A statement reads better on its own.
    private static final String FILL_THEIRS =
            """
            INSERT INTO scheduled_tasks (
                task_name, task_instance, execution_time, picked, version)
            SELECT 'empty', gen_random_uuid()::text, now() + n * interval '1 microsecond', false, 1
            FROM generate_series(1, %d) AS n
            """;

    private final HikariDataSource pool;
    private final boolean quick;

    /// One for all turns, as a daemon has one for all its days: it knows where the unfinished jobs
    /// begin, and a fresh one would have to find that out in each turn.
    private final Worker worker;

    private QueueBench(HikariDataSource pool, boolean quick) {
        this.pool = pool;
        this.quick = quick;
        this.worker = worker(pool);
    }

    private static Worker worker(HikariDataSource pool) {
        var database = new Database(pool);
        var store = new JobStore();
        InstantSource clock = InstantSource.system();
        return new Worker(
                database,
                store,
                turn -> TurnResult.skipped(turn, "nothing to do"),
                new RetrySchedule(RandomGenerator.getDefault()),
                clock,
                new Leases(database, store, clock, "bench-" + UUID.randomUUID()),
                () -> {});
    }

    static Report run(boolean quick) throws BenchFailure, InterruptedException {
        Path root;
        try {
            root = Files.createTempDirectory("mneme-bench-");
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot make a temporary folder (" + failed.getMessage() + ")",
                    "see that there is room in the folder for temporary files");
        }
        try (EmbeddedPostgres server = server(root);
                HikariDataSource pool = pool(server.connection())) {
            migrate(server.connection());
            return new QueueBench(pool, quick).measure();
        } catch (SQLException failed) {
            throw new BenchFailure(
                    "the database refused a statement (" + failed.getSQLState() + ")",
                    "this is a defect of the benchmark, report it");
        } catch (PostgresException failed) {
            throw new BenchFailure(String.valueOf(failed.getMessage()), failed.hint());
        } finally {
            TemporaryInstallation.deleteTree(root);
        }
    }

    private static EmbeddedPostgres server(Path root)
            throws PostgresException, InterruptedException {
        Path folder = root.resolve("postgres");
        return EmbeddedPostgres.start(
                EmbeddedPostgres.Settings.of(
                        folder,
                        root.resolve("log"),
                        PostgresInstallation.unpack(folder, Progress.SILENT)));
    }

    private static HikariDataSource pool(ConnectionInfo target) {
        var config = new HikariConfig();
        config.setJdbcUrl(target.jdbcUrl());
        config.setUsername(target.user());
        config.setPassword(target.password());
        config.setMaximumPoolSize(CONNECTIONS);
        return new HikariDataSource(config);
    }

    private static void migrate(ConnectionInfo target) {
        Flyway.configure()
                .dataSource(target.jdbcUrl(), target.user(), target.password())
                .locations("classpath:dev/mneme/migrations/core")
                .load()
                .migrate();
    }

    private Report measure() throws SQLException, BenchFailure, InterruptedException {
        var report = new Report("queue");
        execute(FILL_OURS.formatted(SESSIONS));
        execute(CREATE_THEIRS);
        report.comparedWith(
                "db-scheduler 16.12.0 on the same server, fsync on, with the table and indexes of"
                        + " its documentation");
        int ourJobs = quick ? OUR_JOBS_SHORT : OUR_JOBS;
        int theirJobs = quick ? THEIR_JOBS_SHORT : THEIR_JOBS;
        report.figure(
                "our_configuration",
                THREADS
                        + " worker, the daemon's own, whole turns, about 100 jobs a batch, "
                        + SESSIONS
                        + " sessions");
        ours(ourJobs);
        var ours = new ArrayList<Double>();
        Map<Limits, List<Double>> theirs = new LinkedHashMap<>();
        for (int turn = 0; turn < TURNS; turn++) {
            ours.add(ours(ourJobs));
            for (Limits limits : DOCUMENTED) {
                theirs.computeIfAbsent(limits, key -> new ArrayList<>())
                        .add(theirs(limits, theirJobs));
            }
        }
        report.figure("our_jobs_per_second", Report.rounded(Report.median(ours)));
        double best = 0;
        for (Map.Entry<Limits, List<Double>> one : theirs.entrySet()) {
            double median = Report.median(one.getValue());
            report.figure("db_scheduler_jobs_per_second, " + one.getKey(), Report.rounded(median));
            best = Math.max(best, median);
        }
        report.atLeast("ours / db-scheduler's best", Report.median(ours) / best, RATIO_MIN);
        snapshot(report, ourJobs);
        return report;
    }

    /// The same without and with a transaction that holds a snapshot, so that no finished row and
    /// no index entry of it can be removed meanwhile.
    private void snapshot(Report report, int jobs)
            throws SQLException, BenchFailure, InterruptedException {
        int seconds = quick ? SNAPSHOT_SECONDS_SHORT : SNAPSHOT_SECONDS;
        // Half before and half after, so that a table that grows counts for both alike.
        List<Double> without = ratesFor(jobs, seconds / 2);
        List<Double> with;
        try (Connection holder = pool.getConnection()) {
            holder.setAutoCommit(false);
            holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Statement statement = holder.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT count(*) FROM mem_jobs")) {
                rows.next();
            }
            with = ratesFor(jobs, seconds);
            holder.rollback();
        }
        // What the snapshot kept is removed first: that is no part of what comes without one.
        execute("VACUUM (ANALYZE) mem_jobs");
        without.addAll(ratesFor(jobs, seconds / 2));
        report.figure("snapshot_seconds", seconds);
        report.figure("without_snapshot_jobs_per_second", Report.rounded(Report.median(without)));
        report.figure("with_snapshot_jobs_per_second", Report.rounded(Report.median(with)));
        report.figure("with_snapshot_slowest_turn", Report.rounded(Collections.min(with)));
        report.atLeast(
                "with a snapshot held / without",
                Report.median(with) / Report.median(without),
                SNAPSHOT_SHARE_MIN);
    }

    private List<Double> ratesFor(int jobs, int seconds)
            throws SQLException, BenchFailure, InterruptedException {
        var rates = new ArrayList<Double>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        do {
            rates.add(ours(jobs));
        } while (System.nanoTime() < end);
        return rates;
    }

    // ---- ours

    private double ours(int jobs) throws SQLException, BenchFailure, InterruptedException {
        execute(FILL_EVENTS.formatted(jobs, SESSIONS));
        long startedNanos = System.nanoTime();
        while (worker.runOnce()) {
            if (System.nanoTime() - startedNanos > DRAIN_TIMEOUT.toNanos()) {
                throw new BenchFailure(
                        "our queue did not drain", "see what the machine is busy with");
            }
        }
        double rate = jobs / ((System.nanoTime() - startedNanos) / 1e9);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(UNFINISHED)) {
            rows.next();
            if (rows.getLong(1) != 0) {
                throw new BenchFailure(
                        rows.getLong(1) + " of our jobs were left", "report it, this is a defect");
            }
        }
        return rate;
    }

    // ---- theirs

    private double theirs(Limits limits, int jobs)
            throws SQLException, BenchFailure, InterruptedException {
        execute(FILL_THEIRS.formatted(jobs));
        var left = new CountDownLatch(jobs);
        OneTimeTask<Void> task =
                Tasks.oneTime("empty").execute((instance, context) -> left.countDown());
        Scheduler scheduler =
                Scheduler.create(pool, task)
                        .threads(THREADS)
                        .pollUsingLockAndFetch(limits.lower(), limits.upper())
                        .pollingInterval(Duration.ofSeconds(1))
                        .enableImmediateExecution()
                        .build();
        long startedNanos = System.nanoTime();
        scheduler.start();
        try {
            if (!left.await(DRAIN_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new BenchFailure(
                        "db-scheduler did not drain", "see what the machine is busy with");
            }
            return jobs / ((System.nanoTime() - startedNanos) / 1e9);
        } finally {
            scheduler.stop();
            execute("TRUNCATE scheduled_tasks");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
