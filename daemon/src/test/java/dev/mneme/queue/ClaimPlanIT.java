package dev.mneme.queue;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.daemon.Looks;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.Json;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Random;

/// What a claim costs, in pages that PostgreSQL touched, on a table full of finished jobs: alone,
/// and while another transaction holds an old snapshot and dead rows pile up behind it.
@Timeout(120)
final class ClaimPlanIT {

    private static final int FINISHED = 100_000;
    private static final int DUE = 1_000;

    /// Each leaves two dead rows: available, and running.
    private static final int CHURNED = 5_000;

    /// So often, with a look at the cost after each: it must not grow with what piles up.
    private static final int ROUNDS = 5;

    @Test
    void aClaimCostsTheSameWhileAnOldSnapshotIsHeld() throws Exception {
        try (var database = TestDatabase.create();
                var pool = pool(database);
                Connection connection = database.connect()) {
            prepare(connection);
            finished(connection);
            due(connection, "first", DUE);
            execute(connection, "ANALYZE mem_jobs, mem_events");
            var jobs = new JobStore();
            var store = new Database(pool);
            long first = lowestUnfinished(connection);
            long alone = pages(connection, first);
            drain(store, jobs);

            try (Connection holder = database.connect()) {
                holder.setAutoCommit(false);
                holder.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                execute(holder, "SELECT count(*) FROM mem_jobs");
                var held = new ArrayList<Long>();
                var withoutFloor = new ArrayList<Long>();
                for (int round = 1; round <= ROUNDS; round++) {
                    due(connection, "churn-" + round, CHURNED);
                    var floor = drain(store, jobs);
                    execute(connection, "VACUUM mem_jobs");
                    assertThat(dead(database))
                            .as("dead rows are really held")
                            .isGreaterThanOrEqualTo(2L * CHURNED * round);
                    due(connection, "measured-" + round, DUE);
                    held.add(pages(connection, floor.next()));
                    withoutFloor.add(pages(connection, 0));
                }

                System.out.println(
                        "proof: pages of one claim of "
                                + Worker.BATCH_JOBS_MAX
                                + ": alone="
                                + alone
                                + " snapshot held="
                                + held
                                + " snapshot held, without floor="
                                + withoutFloor);
                assertThat(withoutFloor.getLast())
                        .as("the obstacle is real")
                        .isGreaterThan(2 * alone);
                assertThat(held).as("flat").allMatch(pages -> pages < alone * 3 / 2);
                holder.rollback();
            }
        }
    }

    /// Works off everything with an empty handler, and says where a worker would look next.
    private static ClaimFloor drain(Database store, JobStore jobs) throws Exception {
        InstantSource clock = () -> Instant.now().plusSeconds(60);
        var worker =
                new Worker(
                        store,
                        jobs,
                        turn -> TurnResult.skipped(turn, "empty"),
                        new RetrySchedule(new Random(1)),
                        clock,
                        new Leases(store, jobs, clock, "drain"),
                        () -> {});
        while (worker.runOnce()) {
            Looks.pause();
        }
        return worker.floor();
    }

    private static long lowestUnfinished(Connection connection) throws SQLException {
        return Long.parseLong(
                text(connection, "SELECT min(id) FROM mem_jobs WHERE state = 'available'"));
    }

    /// Both statements of a claim, really executed and rolled back.
    private static long pages(Connection connection, long floor) throws Exception {
        connection.setAutoCommit(false);
        try {
            return pages(connection, "begin_claim.sql", floor)
                    + pages(connection, "claim_jobs.sql", floor);
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static long pages(Connection connection, String resource, long floor) throws Exception {
        String plan =
                text(
                        connection,
                        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
                                + sql(resource)
                                        .replace(":floor", Long.toString(floor))
                                        .replace(":limit", Integer.toString(Worker.BATCH_JOBS_MAX))
                                        .replace(
                                                ":window",
                                                Integer.toString(
                                                        Worker.BATCH_JOBS_MAX
                                                                * JobStore.CLAIM_WINDOW_FACTOR))
                                        .replace(
                                                ":sessionMax",
                                                Integer.toString(JobStore.SESSION_JOBS_MAX))
                                        .replace(":now", "now()")
                                        .replace(":leaseUntil", "now()")
                                        .replace(":worker", "'plan'"));
        JsonNode root = Json.tree(plan).at("/0/Plan");
        assertThat(plan).doesNotContain("\"Seq Scan\",\n  \"Relation Name\": \"mem_jobs\"");
        return root.at("/Shared Hit Blocks").asLong() + root.at("/Shared Read Blocks").asLong();
    }

    private static String sql(String resource) throws Exception {
        try (InputStream in = JobStore.class.getResourceAsStream(resource)) {
            assertThat(in).isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void prepare(Connection connection) throws SQLException {
        execute(connection, "INSERT INTO mem_projects (name) VALUES ('plan')");
        execute(
                connection,
                """
                INSERT INTO mem_sessions (session_id, project_id)
                SELECT 'session-' || n, (SELECT id FROM mem_projects)
                FROM generate_series(1, 100) AS n
                """);
    }

    private static void finished(Connection connection) throws SQLException {
        due(connection, "finished", FINISHED);
        execute(
                connection,
                """
                UPDATE mem_jobs
                SET state = 'completed', outcome = 'skipped', skip_reason = 'x',
                    finalized_at = now(), attempt = 1
                """);
        execute(connection, "VACUUM ANALYZE mem_jobs");
    }

    private static void due(Connection connection, String key, int count) throws SQLException {
        execute(
                connection,
                """
                WITH sessions AS (
                    SELECT array_agg(id ORDER BY id) AS ids FROM mem_sessions
                ), events AS (
                    INSERT INTO mem_events
                        (session_id, kind, dedupe_key, occurred_at, payload_hash, payload)
                    SELECT ids[1 + n %% 100], 'stop', '%s-' || n, now(), sha256('x'), '{}'
                    FROM sessions, generate_series(1, %d) AS n
                    RETURNING id, session_id
                )
                INSERT INTO mem_jobs (event_id, session_id)
                SELECT id, session_id FROM events ORDER BY id
                """
                        .formatted(key, count));
    }

    private static long dead(TestDatabase database) throws SQLException {
        try (Connection fresh = database.connect()) {
            return Long.parseLong(
                    text(
                            fresh,
                            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname ="
                                    + " 'mem_jobs'"));
        }
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 2);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
