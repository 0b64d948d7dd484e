package dev.mneme.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.migrations.testkit.TestMigrations;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(value = 180)
final class MigrationsIT {

    private static final int AT_ONCE = 8;
    private static final String CORE = "core";
    private static final String VECTOR = "vector";

    @Test
    void migratesAnEmptyDatabase() throws Exception {
        try (var database = TestDatabase.createEmpty()) {
            migrate(database);
            assertMigratedOnce(database);
        }
    }

    @Test
    void changesNothingTheSecondTime() throws Exception {
        try (var database = TestDatabase.createEmpty()) {
            migrate(database);
            List<String> before = schema(database);
            migrate(database);
            assertThat(schema(database)).isEqualTo(before);
            assertMigratedOnce(database);
        }
    }

    @Test
    void migratesOnceWhenEightStartAtOnce() throws Exception {
        try (var database = TestDatabase.createEmpty();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var together = new CountDownLatch(AT_ONCE);
            Callable<Void> migration =
                    () -> {
                        together.countDown();
                        together.await(30, TimeUnit.SECONDS);
                        migrate(database);
                        return null;
                    };
            var migrations = new ArrayList<Future<Void>>();
            for (int i = 0; i < AT_ONCE; i++) {
                migrations.add(threads.submit(migration));
            }
            for (Future<Void> done : migrations) {
                done.get(120, TimeUnit.SECONDS);
            }
            assertMigratedOnce(database);
        }
    }

    /// A database of the release before, with events whose payloads are whole, cut and gone.
    @Test
    void learnsWhatStoredEventsMean() throws Exception {
        try (var database = TestDatabase.createEmpty()) {
            TestMigrations.migrateCore(
                    database.jdbcUrl(), database.user(), database.password(), "0003");
            execute(
                    database,
                    """
                    INSERT INTO mem_projects (name) VALUES ('shop');
                    INSERT INTO mem_sessions (session_id, project_id) SELECT 's', id FROM mem_projects;
                    INSERT INTO mem_events (
                        session_id, kind, dedupe_key, tool_name, occurred_at, payload_hash, payload)
                    SELECT id, kind, kind || n, tool, timestamptz '2026-11-20 10:00Z' + n * interval '1 s',
                        sha256('x'), payload
                    FROM mem_sessions, (VALUES
                        (1, 'session-start', NULL, '{"source":"resume"}'),
                        (2, 'user-prompt-submit', NULL, '{"prompt":"Do it"}'),
                        (3, 'user-prompt-submit', NULL, '{"prompt":"<task-notification>"}'),
                        (4, 'post-tool-use', 'mcp__mneme__search', '{}'),
                        (5, 'post-tool-use', 'Bash', NULL),
                        (6, 'subagent-stop', NULL, '{"agent_type":"Explore"}'),
                        (7, 'session-end', NULL, '{"reason":"cl'),
                        (8, 'session-end', NULL, '{"reason":"logout"}')
                    ) AS stored (n, kind, tool, payload);
                    INSERT INTO mem_user_prompts (session_id, event_id, prompt_number, prompt_text)
                    SELECT session_id, id, 1, 'Do it' FROM mem_events WHERE dedupe_key LIKE '%t2';
                    INSERT INTO mem_jobs (event_id, session_id) SELECT id, session_id FROM mem_events;
                    """);

            migrate(database);

            assertThat(
                            rows(
                                    database,
                                    """
                                    SELECT concat_ws('|', events.kind, cause, agent_type, prompt_kind,
                                        jobs.state, jobs.skip_reason)
                                    FROM mem_events AS events
                                    JOIN mem_jobs AS jobs ON jobs.event_id = events.id
                                    ORDER BY events.occurred_at
                                    """))
                    .containsExactly(
                            "session-start|resume|available",
                            "user-prompt-submit|user|available",
                            "user-prompt-submit|available",
                            "post-tool-use|completed|own-tool",
                            "post-tool-use|available",
                            "subagent-stop|Explore|available",
                            "session-end|available",
                            "session-end|logout|available");
            assertThat(
                            rows(
                                    database,
                                    """
                                    SELECT start_source || '|' || extract(second FROM opened_at)::int
                                    FROM mem_sessions
                                    """))
                    .containsExactly("resume|3");
            assertThat(rows(database, "SELECT source || end_reason FROM mem_session_runs"))
                    .containsExactly("resumelogout");
            assertThat(rows(database, "SELECT count(*)::text FROM mem_observation_queue"))
                    .containsExactly("8");
        }
    }

    private static void execute(TestDatabase database, String sql) throws SQLException {
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static void migrate(TestDatabase database) {
        TestMigrations.migrate(database.jdbcUrl(), database.user(), database.password());
    }

    private static void assertMigratedOnce(TestDatabase database) throws Exception {
        assertThat(scripts(CORE)).as("numbered SQL files in the core").isNotEmpty();
        assertThat(applied(database, TestMigrations.CORE_HISTORY)).isEqualTo(scripts(CORE));
        assertThat(database.hasVector()).isTrue();
        assertThat(applied(database, TestMigrations.VECTOR_HISTORY)).isEqualTo(scripts(VECTOR));
    }

    private static List<String> applied(TestDatabase database, String history) throws SQLException {
        return rows(
                database,
                "SELECT script FROM "
                        + history
                        + " WHERE success AND type = 'SQL' ORDER BY installed_rank");
    }

    /// Every object of ours with its definition, so that a repeated migration shows any change.
    private static List<String> schema(TestDatabase database) throws SQLException {
        return rows(
                database,
                """
                SELECT table_name || '.' || column_name || ' ' || data_type || ' '
                    || coalesce(column_default, '')
                FROM information_schema.columns
                WHERE table_schema = 'public'
                UNION ALL
                SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL
                SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
                ORDER BY 1
                """);
    }

    private static List<String> rows(TestDatabase database, String sql) throws SQLException {
        var values = new ArrayList<String>();
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }

    private static List<String> scripts(String part) throws IOException {
        Path folder =
                Path.of(System.getProperty("mneme.root"))
                        .resolve("migrations/src/main/resources/dev/mneme/migrations")
                        .resolve(part);
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("V\\d+__.+\\.sql"))
                    .sorted()
                    .toList();
        }
    }
}
