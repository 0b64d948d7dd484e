package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.QueueStore;
import dev.mneme.store.RetentionStore;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

/// What is removed when its time is over, and what is not.
@Timeout(60)
final class RetentionIT {

    private static final Duration PAYLOADS_KEPT = Duration.ofDays(30);
    private static final Duration JOBS_KEPT = Duration.ofDays(60);
    private static final Duration EVENTS_KEPT = Duration.ofDays(365);
    private static final Duration CLOSED_KEPT = Duration.ofDays(100);

    @Test
    void onlyWhatIsOldAndOverIsRemovedAndInBoundedShares() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase);
                Connection connection = testDatabase.connect()) {
            execute(
                    connection,
                    """
                    INSERT INTO mem_projects (name) VALUES ('p');
                    INSERT INTO mem_sessions (session_id, project_id)
                        SELECT 's', id FROM mem_projects;
                    """);
            events(connection, "fresh", 3, "completed", 29);
            events(connection, "old", 700, "completed", 31);
            events(connection, "oldest", 5, "completed", 61);
            events(connection, "waiting", 2, "available", 90);
            events(connection, "dead", 2, "discarded", 90);
            execute(
                    connection,
                    """
                    INSERT INTO mem_idempotency_keys (key, observation_ids, created_at) VALUES
                        ('new', '{}', now() - interval '6 days'),
                        ('old', '{}', now() - interval '8 days')
                    """);
            var retention =
                    new Retention(
                            new Database(pool),
                            new RetentionStore(),
                            new QueueStore(),
                            Instant::now,
                            new Retention.Kept(PAYLOADS_KEPT, JOBS_KEPT, EVENTS_KEPT, CLOSED_KEPT));

            assertThat(retention.runOnce()).as("there is more").isTrue();
            assertThat(count(connection, "mem_events WHERE payload IS NULL"))
                    .isEqualTo(Retention.BATCH_ROWS_MAX);
            assertThat(retention.runOnce()).isFalse();

            assertThat(count(connection, "mem_events")).as("none is forgotten").isEqualTo(712);
            assertThat(count(connection, "mem_events WHERE payload IS NULL")).isEqualTo(705);
            for (String kept : new String[] {"fresh", "waiting", "dead"}) {
                assertThat(
                                count(
                                        connection,
                                        "mem_events WHERE payload IS NULL AND dedupe_key LIKE '"
                                                + kept
                                                + "%'"))
                        .as(kept)
                        .isZero();
            }
            assertThat(count(connection, "mem_jobs")).isEqualTo(707);
            assertThat(count(connection, "mem_jobs WHERE state IN ('available', 'discarded')"))
                    .isEqualTo(4);
            assertThat(count(connection, "mem_idempotency_keys WHERE key = 'new'")).isEqualTo(1);
            assertThat(count(connection, "mem_idempotency_keys")).isEqualTo(1);
        }
    }

    @Test
    void anEventGoesAsAWholeWhenItsTimeIsOverAndASessionWithTheLastThingInIt() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase);
                Connection connection = testDatabase.connect()) {
            execute(
                    connection,
                    """
                    INSERT INTO mem_projects (name) VALUES ('p');
                    INSERT INTO mem_sessions
                            (session_id, project_id, status, completed_at, last_event_at)
                        SELECT old.session, mem_projects.id, 'completed', now() - age, now() - age
                        FROM mem_projects, (VALUES
                            ('empty', interval '366 days'),
                            ('asked', interval '366 days'),
                            ('remembered', interval '366 days'),
                            ('young', interval '364 days')) AS old (session, age);
                    INSERT INTO mem_sessions (session_id, project_id, last_event_at)
                        SELECT 's', id, now() - interval '366 days' FROM mem_projects;
                    INSERT INTO mem_observations (session_id, project_id, title, made_by)
                        SELECT id, project_id, 'kept', 'api' FROM mem_sessions
                        WHERE session_id = 'remembered';
                    """);
            events(connection, "ancient", 3, "completed", 366);
            events(connection, "aged", 3, "completed", 364);
            events(connection, "dead", 1, "discarded", 366);
            execute(
                    connection,
                    """
                    INSERT INTO mem_events
                        (session_id, kind, dedupe_key, occurred_at, received_at, payload_hash)
                    SELECT id, 'user-prompt-submit', 'asked', now(), now() - interval '366 days',
                        sha256('x')
                    FROM mem_sessions WHERE session_id = 'asked';
                    INSERT INTO mem_user_prompts (session_id, event_id, prompt_number, prompt_text)
                    SELECT session_id, id, 1, 'why' FROM mem_events WHERE dedupe_key = 'asked';
                    """);
            var retention =
                    new Retention(
                            new Database(pool),
                            new RetentionStore(),
                            new QueueStore(),
                            Instant::now,
                            new Retention.Kept(PAYLOADS_KEPT, JOBS_KEPT, EVENTS_KEPT, CLOSED_KEPT));

            while (retention.runOnce()) {
                assertThat(count(connection, "mem_events")).isPositive();
            }

            assertThat(count(connection, "mem_events WHERE dedupe_key LIKE 'ancient%'")).isZero();
            assertThat(count(connection, "mem_events WHERE dedupe_key LIKE 'aged%'")).isEqualTo(3);
            assertThat(count(connection, "mem_events WHERE dedupe_key LIKE 'dead%'")).isEqualTo(1);
            assertThat(count(connection, "mem_user_prompts WHERE event_id IS NULL"))
                    .as("what was asked outlives its event")
                    .isEqualTo(1);
            assertThat(count(connection, "mem_sessions WHERE session_id = 'empty'")).isZero();
            assertThat(count(connection, "mem_sessions"))
                    .as("with a prompt, with an observation, too young, still active")
                    .isEqualTo(4);
        }
    }

    @Test
    void aClosedObservationGoesWhenItsTimeIsOverAndAnOpenOneNever() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase);
                Connection connection = testDatabase.connect()) {
            execute(
                    connection,
                    """
                    INSERT INTO mem_projects (name) VALUES ('p');
                    INSERT INTO mem_sessions (session_id, project_id)
                        SELECT 's', id FROM mem_projects;
                    INSERT INTO mem_observations
                            (session_id, project_id, title, made_by, created_at, closed_at)
                        SELECT id, project_id, title, 'api', now() - interval '9 years', closed
                        FROM mem_sessions, (VALUES
                            ('open', NULL),
                            ('closed lately', now() - interval '99 days'),
                            ('closed long ago', now() - interval '101 days')
                        ) AS wanted (title, closed);
                    UPDATE mem_observations
                        SET superseded_by =
                            (SELECT id FROM mem_observations WHERE title = 'closed long ago')
                        WHERE title = 'closed lately';
                    """);
            var retention =
                    new Retention(
                            new Database(pool),
                            new RetentionStore(),
                            new QueueStore(),
                            Instant::now,
                            new Retention.Kept(PAYLOADS_KEPT, JOBS_KEPT, EVENTS_KEPT, CLOSED_KEPT));

            assertThat(retention.runOnce()).isFalse();

            assertThat(count(connection, "mem_observations WHERE title = 'closed long ago'"))
                    .isZero();
            assertThat(count(connection, "mem_observations")).isEqualTo(2);
        }
    }

    private static void events(
            Connection connection, String key, int count, String state, int daysAgo)
            throws SQLException {
        execute(
                connection,
                """
                WITH events AS (
                    INSERT INTO mem_events
                        (session_id, kind, dedupe_key, occurred_at, received_at, payload_hash,
                        payload)
                    SELECT id, 'stop', '%1$s-' || n, now(), now() - interval '%4$d days',
                        sha256('x'), '{}'
                    FROM mem_sessions, generate_series(1, %2$d) AS n
                    WHERE session_id = 's'
                    RETURNING id, session_id
                )
                INSERT INTO mem_jobs
                    (event_id, session_id, state, outcome, skip_reason, last_error, finalized_at)
                SELECT id, session_id, '%3$s',
                    CASE WHEN '%3$s' = 'completed' THEN 'skipped' END,
                    CASE WHEN '%3$s' = 'completed' THEN 'x' END,
                    CASE WHEN '%3$s' = 'discarded' THEN 'x' END,
                    CASE WHEN '%3$s' <> 'available' THEN now() - interval '%4$d days' END
                FROM events
                """
                        .formatted(key, count, state, daysAgo));
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 2);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(Connection connection, String from) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM " + from)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
