package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.store.Database;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;

/// The n-th file operation of the drain and of the sweep fails, for every n until they pass
/// untouched: no event may be lost or stored twice, none may hold up the others, and the next round
/// must finish.
@Timeout(120)
final class SpoolFaultsIT {

    private static final int OPERATIONS_MAX = 50;
    private final Instant now = Instant.now();

    @TempDir Path folder;

    private TestDatabase testDatabase;
    private HikariDataSource pool;

    @BeforeEach
    void open() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 2);
    }

    @AfterEach
    void close() {
        pool.close();
        testDatabase.close();
    }

    /// Fails the n-th operation.
    private static final class FailingFiles extends SpoolFiles {

        private final int failing;
        private int count;
        private String failed = "";

        FailingFiles(int failing) {
            this.failing = failing;
        }

        private void step(String operation) throws IOException {
            count++;
            if (count == failing) {
                failed = operation;
                throw new IOException("injected");
            }
        }

        @Override
        List<Path> list(Path where, String names) throws IOException {
            step("list");
            return super.list(where, names);
        }

        @Override
        byte[] read(Path file, int max) throws IOException {
            step("read");
            return super.read(file, max);
        }

        @Override
        Instant lastModified(Path file) throws IOException {
            step("age");
            return super.lastModified(file);
        }

        @Override
        boolean delete(Path file) throws IOException {
            step("delete");
            return super.delete(file);
        }

        @Override
        void createFolder(Path which) throws IOException {
            step("create folder");
            super.createFolder(which);
        }

        @Override
        void write(Path file, String text) throws IOException {
            step("write");
            super.write(file, text);
        }

        @Override
        void move(Path from, Path to) throws IOException {
            step("move");
            super.move(from, to);
        }
    }

    @Test
    void theDrainLosesAndDoublesNothingAndNothingHoldsItUp() throws Exception {
        for (int n = 1; n < OPERATIONS_MAX; n++) {
            MnemeHome home = new MnemeHome(Files.createDirectory(folder.resolve("drain-" + n)));
            Files.createDirectories(home.spool());
            execute("TRUNCATE mem_projects CASCADE");
            spool(home, 1, "first", "{\"session_id\":\"one\"}");
            spool(home, 2, "broken", "{");
            spool(home, 3, "last", "{\"session_id\":\"two\"}");
            var files = new FailingFiles(n);
            boolean failed = false;
            try {
                new SpoolDrain(home, ingest(), files).runOnce();
            } catch (IOException injected) {
                failed = true;
            }
            String at = "operation " + n + " (" + files.failed + ")";
            assertThat(failed).as(at).isEqualTo(!files.failed.isEmpty());
            if (!files.failed.equals("list")) {
                long gone = 3 - SpoolDrain.countWaiting(home);
                assertThat(gone).as("%s holds up one at most", at).isGreaterThanOrEqualTo(2);
            }
            for (String event : List.of("first", "last")) {
                assertThat(stored(event) == 1 || waiting(home, event))
                        .as("%s is stored or waits: %s", event, at)
                        .isTrue();
            }
            assertThat(SpoolDrain.countRefused(home) == 1 || waiting(home, "broken")).isTrue();

            assertThat(new SpoolDrain(home, ingest()).runOnce()).as(at).isFalse();

            assertThat(stored("first")).as(at).isEqualTo(1);
            assertThat(stored("last")).as(at).isEqualTo(1);
            assertThat(names(home.spool())).as(at).containsExactly("refused");
            assertThat(names(home.refused()))
                    .as(at)
                    .hasSize(2)
                    .allMatch(name -> name.contains(id("broken")));
            if (!failed) {
                assertThat(n).as("operations made to fail").isGreaterThan(8);
                return;
            }
        }
        throw new AssertionError("never passed untouched");
    }

    @Test
    void theSweepRemovesNothingElseAndNothingHoldsItUp() throws Exception {
        for (int n = 1; n < OPERATIONS_MAX; n++) {
            MnemeHome home = new MnemeHome(Files.createDirectory(folder.resolve("sweep-" + n)));
            Files.createDirectories(home.refused());
            spool(home, 1, "waiting", "{\"session_id\":\"one\"}");
            aged(home.spool().resolve(".tmp-1"));
            aged(home.spool().resolve(".tmp-2"));
            aged(home.refused().resolve("1-a.event"));
            aged(home.refused().resolve("1-a.event.why"));
            var files = new FailingFiles(n);
            boolean failed = false;
            try {
                new SpoolSweep(home, () -> now, files).runOnce();
            } catch (IOException injected) {
                failed = true;
            }
            assertThat(waiting(home, "waiting")).isTrue();

            new SpoolSweep(home, () -> now).runOnce();

            assertThat(waiting(home, "waiting")).isTrue();
            assertThat(names(home.spool())).hasSize(2).contains("refused");
            assertThat(names(home.refused())).isEmpty();
            if (!failed) {
                assertThat(n).as("operations made to fail").isGreaterThan(8);
                return;
            }
        }
        throw new AssertionError("never passed untouched");
    }

    private Ingest ingest() {
        return SampleIngest.on(new Database(pool), () -> {}, Instant::now);
    }

    private static String id(String event) {
        return UUID.nameUUIDFromBytes(event.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .toString();
    }

    private void spool(MnemeHome home, int number, String event, String payload)
            throws IOException {
        Files.writeString(
                home.spool()
                        .resolve(String.format(Locale.ROOT, "%013d-%s.event", number, id(event))),
                "mneme-spool 1 stop " + now + " " + id(event) + "\n" + payload);
    }

    private void aged(Path file) throws IOException {
        Files.writeString(file, "x");
        Files.setLastModifiedTime(file, FileTime.from(now.minus(Duration.ofDays(8))));
    }

    private static boolean waiting(MnemeHome home, String event) throws IOException {
        return names(home.spool()).stream().anyMatch(name -> name.endsWith(id(event) + ".event"));
    }

    private static List<String> names(Path where) throws IOException {
        if (!Files.isDirectory(where)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(where)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private long stored(String event) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT count(*) FROM mem_events WHERE dedupe_key = 'id:"
                                        + id(event)
                                        + "'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
