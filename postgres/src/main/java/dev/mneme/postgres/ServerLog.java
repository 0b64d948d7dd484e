package dev.mneme.postgres;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The server's log file, and the one before it, each at most [#BYTES_MAX].
///
/// The server appends to an open file that we cannot rename from under it, so the file is copied
/// aside and cut to nothing; an appending writer then goes on at its start. PostgreSQL's own log
/// collector would cost a process and bounds by time, not by size.
final class ServerLog implements AutoCloseable {

    static final long BYTES_MAX = 2L * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(ServerLog.class);
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(30);
    private static final int TAIL_BYTES_MAX = 16 * 1024;

    private final Path file;
    private final ScheduledExecutorService checks =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("postgres-log-bound").factory());

    ServerLog(Path folder) {
        this.file = folder.resolve("postgres.log");
    }

    Path file() {
        return file;
    }

    void prepare() throws IOException {
        PrivateFiles.openOrCreate(file).close();
        bound();
    }

    void watch() {
        var _ =
                checks.scheduleWithFixedDelay(
                        this::boundQuietly,
                        CHECK_INTERVAL.toMillis(),
                        CHECK_INTERVAL.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    void bound() throws IOException {
        if (Files.size(file) <= BYTES_MAX) {
            return;
        }
        Path previous = file.resolveSibling("postgres.log.1");
        try (var from = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = from.size();
            Path temporary = file.resolveSibling("postgres.log.1.tmp");
            Files.deleteIfExists(temporary);
            try (var to = PrivateFiles.openOrCreate(temporary)) {
                from.transferTo(Math.max(0, size - BYTES_MAX), BYTES_MAX, to);
            }
            Files.move(temporary, previous, StandardCopyOption.REPLACE_EXISTING);
        }
        try (var cut = FileChannel.open(file, StandardOpenOption.WRITE)) {
            cut.truncate(0);
        }
    }

    long size() throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    /// What was appended since `position`, at most the last few kilobytes of it.
    List<String> since(long position) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long start = Math.max(position, channel.size() - TAIL_BYTES_MAX);
            var bytes = java.nio.ByteBuffer.allocate((int) Math.max(0, channel.size() - start));
            channel.read(bytes, start);
            bytes.flip();
            return java.nio.charset.StandardCharsets.ISO_8859_1
                    .decode(bytes)
                    .toString()
                    .lines()
                    .toList();
        }
    }

    private void boundQuietly() {
        try {
            bound();
        } catch (IOException failed) {
            LOG.warn("could not bound the database log file={} reason={}", file, failed.toString());
        }
    }

    @Override
    public void close() {
        checks.shutdownNow();
    }
}
