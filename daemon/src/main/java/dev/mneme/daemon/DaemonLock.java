package dev.mneme.daemon;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// One daemon per home: the operating system's lock on a file, which dies with its holder however
/// that ends. The file itself says nothing.
final class DaemonLock implements AutoCloseable {

    /// An orderly stop takes less; so does the start of a daemon that was first.
    private static final Duration HOLDER_LEAVES_WITHIN = Duration.ofSeconds(25);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    private final FileChannel channel;
    private final @Nullable FileLock lock;

    private DaemonLock(FileChannel channel, @Nullable FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    static DaemonLock acquire(MnemeHome home) throws StartFailure {
        Path file = home.daemonLock();
        try {
            if (!Files.exists(file)) {
                PrivateFiles.create(file);
            }
        } catch (IOException madeMeanwhile) {
            // The open below says what is really wrong, if anything is.
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            try {
                return new DaemonLock(channel, channel.tryLock());
            } catch (OverlappingFileLockException heldHere) {
                return new DaemonLock(channel, null);
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.INTERNAL,
                    "cannot lock `" + file + "` (" + failed.getMessage() + ")",
                    "check that the folder is yours and on a local disk");
        }
    }

    /// Waits while the holder is no serving daemon: one that is on its way out, or a preparation.
    /// Returns without the lock as soon as a daemon has announced itself.
    static DaemonLock await(MnemeHome home) throws StartFailure, InterruptedException {
        long deadline = System.nanoTime() + HOLDER_LEAVES_WITHIN.toNanos();
        DaemonLock lock = acquire(home);
        while (!lock.held() && !Files.exists(home.daemonInfo()) && System.nanoTime() < deadline) {
            lock.close();
            Thread.sleep(POLL_INTERVAL);
            lock = acquire(home);
        }
        return lock;
    }

    boolean held() {
        return lock != null;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException ignored) {
            // The lock ends with the process at the latest.
        }
    }
}
