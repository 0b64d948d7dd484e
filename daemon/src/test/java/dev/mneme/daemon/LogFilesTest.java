package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;

/// The daemon's log stays within its bound and goes on where it cannot be moved.
final class LogFilesTest {

    private static final String LONG_LINE = "x".repeat(100_000);

    @Test
    void keepsFiveFilesAndTheNewestLines(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("daemon.log");
        var log = new LogFiles(file);
        for (int i = 0; i < 400; i++) {
            log.publish(new LogRecord(Level.INFO, LONG_LINE));
        }
        log.publish(new LogRecord(Level.INFO, "it's the {last} one"));
        log.close();

        assertThat(Files.readString(file)).endsWith(" - it's the {last} one\n");
        try (Stream<Path> files = Files.list(folder)) {
            long bytes = 0;
            for (Path one : files.toList()) {
                bytes += Files.size(one);
            }
            assertThat(bytes).isBetween(20_000_000L, LogFiles.FILES_MAX * LogFiles.FILE_BYTES_MAX);
        }
        assertThat(folder.toFile().list()).hasSize(LogFiles.FILES_MAX);
    }

    @Test
    void beginsAnewWhereOldFilesCannotBeMovedAside(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("daemon.log");
        Files.createDirectories(folder.resolve("daemon.log.4").resolve("in the way"));
        var log = new LogFiles(file);
        for (int i = 0; i < 400; i++) {
            log.publish(new LogRecord(Level.INFO, LONG_LINE));
            assertThat(Files.size(file)).isLessThanOrEqualTo(LogFiles.FILE_BYTES_MAX);
        }
        log.publish(new LogRecord(Level.INFO, "after"));
        log.close();

        assertThat(folder.resolve("daemon.log.4")).as("the obstacle held").isDirectory();
        assertThat(folder.resolve("daemon.log.3")).isRegularFile();
        assertThat(Files.readString(file)).endsWith(" - after\n");
    }
}
