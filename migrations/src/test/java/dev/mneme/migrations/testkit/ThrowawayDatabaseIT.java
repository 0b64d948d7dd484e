package dev.mneme.migrations.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

@Timeout(value = 180)
final class ThrowawayDatabaseIT {

    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    @Test
    void givesEachTestItsOwnMigratedDatabase() throws Exception {
        try (var first = TestDatabase.create();
                var second = TestDatabase.create();
                var connection = first.connect();
                var statement = connection.createStatement()) {
            assertThat(first.name()).isNotEqualTo(second.name());
            assertThat(text(connection, "SELECT to_regclass('mem_schema_history')::text"))
                    .isEqualTo("mem_schema_history");
            statement.execute("CREATE TABLE only_here (id int)");
            try (var other = second.connect()) {
                assertThat(text(other, "SELECT to_regclass('only_here')::text")).isEqualTo("null");
            }
        }
    }

    @Test
    void isNeverInUtc() throws Exception {
        try (var database = TestDatabase.create();
                var connection = database.connect()) {
            assertThat(text(connection, "SHOW timezone")).isEqualTo(TestDatabase.TIME_ZONE);
        }
    }

    @Test
    void dropsADatabaseThatIsStillUsed() throws Exception {
        try (var witness = TestDatabase.createEmpty()) {
            var dropped = TestDatabase.createEmpty();
            try (var held = dropped.connect()) {
                dropped.close();
                assertThat(held.isValid(1)).isFalse();
            }
            try (var connection = witness.connect()) {
                assertThat(
                                text(
                                        connection,
                                        "SELECT count(*) FROM pg_database WHERE datname = '"
                                                + dropped.name()
                                                + "'"))
                        .isEqualTo("0");
            }
        }
    }

    @Test
    void readsTheUsualFormsOfUrl() {
        assertThat(DatabaseUrl.parse("postgres://me:p%40ss@db.example:6543/test"))
                .isEqualTo(
                        new TestServer.Address(
                                "jdbc:postgresql://db.example:6543/", "test", "me", "p@ss"));
        assertThat(DatabaseUrl.parse("jdbc:postgresql://127.0.0.1/test?user=me&password=x"))
                .isEqualTo(
                        new TestServer.Address(
                                "jdbc:postgresql://127.0.0.1:5432/", "test", "me", "x"));
    }

    @Test
    void leavesNoServerWhenTheProcessIsKilled() throws Exception {
        Process user =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        "dev.mneme.migrations.testkit.ThrowawayDatabaseIT$Embedded"))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        ProcessHandle server;
        Path root;
        try (var output =
                new BufferedReader(
                        new InputStreamReader(user.getInputStream(), StandardCharsets.UTF_8))) {
            String line = output.readLine();
            while (line != null && !line.startsWith("data ")) {
                line = output.readLine();
            }
            assertThat(line).isNotNull();
            Path data = Path.of(line.substring("data ".length()));
            root = data.getParent();
            server =
                    ProcessHandle.of(
                                    Long.parseLong(
                                            Files.readAllLines(data.resolve("postmaster.pid"))
                                                    .getFirst()))
                            .orElseThrow();
            assertThat(server.isAlive()).isTrue();
        } finally {
            user.destroyForcibly().waitFor();
        }
        server.onExit().get(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(server.isAlive()).isFalse();
        long deadline = System.nanoTime() + END_TIMEOUT.toNanos();
        while (Files.exists(root) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(root).doesNotExist();
    }

    static final class Embedded {
        private Embedded() {}

        static void main(String[] arguments) throws Exception {
            TestServer.Address address = EmbeddedTestServer.start(System.getenv());
            try (var connection =
                    java.sql.DriverManager.getConnection(
                            address.jdbcBase() + address.database(),
                            address.user(),
                            address.password())) {
                System.out.println("data " + text(connection, "SHOW data_directory"));
                System.out.flush();
                var _ = System.in.read();
            }
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }
}
