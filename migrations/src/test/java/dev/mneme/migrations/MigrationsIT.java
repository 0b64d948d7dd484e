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
