package dev.mneme.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.StorageStore;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// How large things are, how fast they grow, and when space runs short.
@Timeout(60)
final class StorageWatchIT {

    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    @Test
    void growthIsTheAverageSinceTheOldestSampleOfAWeek() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase);
                Connection connection = testDatabase.connect()) {
            var now = new AtomicReference<>(START);
            var watch =
                    new StorageWatch(
                            new Database(pool), new StorageStore(), now::get, () -> Long.MAX_VALUE);
            assertThat(watch.figures()).as("before the first look").isEmpty();

            watch.runOnce();
            StorageWatch.Figures first = watch.figures().orElseThrow();
            assertThat(first.databaseBytes()).isGreaterThan(1_000_000);
            assertThat(first.growthBytesPerDay()).as("of one day nothing follows").isNull();

            try (var statement = connection.createStatement()) {
                statement.execute(
                        "CREATE TABLE ballast AS"
                                + " SELECT repeat('x', 1000) AS x FROM generate_series(1, 20000)");
            }
            now.set(START.plus(Duration.ofDays(4)));
            watch.runOnce();
            StorageWatch.Figures grown = watch.figures().orElseThrow();
            long difference = grown.databaseBytes() - first.databaseBytes();
            assertThat(difference).isGreaterThan(10_000_000);
            assertThat(grown.growthBytesPerDay()).isEqualTo(difference / 4);
            assertThat(grown.growthSince()).isEqualTo(LocalDate.parse("2026-03-01"));

            now.set(START.plus(Duration.ofDays(9)));
            watch.runOnce();
            assertThat(watch.figures().orElseThrow().growthSince())
                    .as("older than a week says nothing of today")
                    .isEqualTo(LocalDate.parse("2026-03-05"));

            now.set(START.plus(Duration.ofDays(500)));
            watch.runOnce();
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery("SELECT count(*) FROM mem_storage_samples")) {
                rows.next();
                assertThat(rows.getLong(1)).as("samples are bounded").isEqualTo(1);
            }
        }
    }

    @Test
    void shortSpaceIsToldForAsLongAsItLastsAndLoggedOnceAtEachChange() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase)) {
            var free = new AtomicLong(StorageWatch.FREE_BYTES_WARN);
            var watch =
                    new StorageWatch(
                            new Database(pool), new StorageStore(), () -> START, free::get);
            try (var log = new Lines(StorageWatch.class)) {
                watch.runOnce();
                assertThat(watch.warning()).isEmpty();

                free.set(StorageWatch.FREE_BYTES_WARN - 1);
                watch.runOnce();
                watch.runOnce();
                assertThat(watch.warning())
                        .hasValueSatisfying(text -> assertThat(text).contains("1999 MB"));

                free.set(StorageWatch.FREE_BYTES_WARN * 5);
                watch.runOnce();
                assertThat(watch.warning()).isEmpty();
                assertThat(log.lines)
                        .containsExactly(
                                "space is short: free_bytes_below=2000000000",
                                "space is no longer short");
            }
        }
    }

    @Test
    void theSpaceOfARealFolderIsKnownAndThatOfNoneIsNot(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("a"), "12345");
        Files.createDirectory(folder.resolve("sub"));

        assertThat(StorageWatch.below(folder).bytes()).isPositive();
        assertThat(StorageWatch.bytesIn(folder)).isEqualTo(5);
        assertThat(StorageWatch.bytesIn(folder.resolve("absent"))).isZero();
        var nowhere =
                new StorageWatch(
                        new Database(new HikariDataSource()),
                        new StorageStore(),
                        () -> START,
                        StorageWatch.below(folder.resolve("absent")));
        assertThat(nowhere.freeBytes()).isEmpty();
        assertThat(nowhere.warning()).as("what nobody knows is no warning").isEmpty();
    }

    /// The log lines of one class.
    private static final class Lines extends Handler implements AutoCloseable {

        private final List<String> lines = new ArrayList<>();
        private final Logger logger;

        Lines(Class<?> owner) {
            logger = Logger.getLogger(owner.getName());
            logger.addHandler(this);
        }

        @Override
        public synchronized void publish(LogRecord record) {
            lines.add(record.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 2);
    }
}
