package dev.mneme.postgres;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.time.Duration;

/// A lock between processes, and between threads of one process, that ends with its holder.
///
/// The operating system drops it when the holder dies, so a kill -9 leaves no stale lock. The file
/// itself stays: removing it would let two holders lock two different files of one name.
public final class FolderLock implements AutoCloseable {

    private static final Duration RETRY_INTERVAL = Duration.ofMillis(20);

    private final FileChannel channel;
    private final FileLock lock;

    private FolderLock(FileChannel channel, FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    static FolderLock acquire(Path file, Duration timeout)
            throws PostgresException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            FileChannel channel = PrivateFiles.openOrCreate(file);
            boolean held = false;
            try {
                while (true) {
                    FileLock lock = tryLock(channel);
                    if (lock != null) {
                        held = true;
                        return new FolderLock(channel, lock);
                    }
                    if (System.nanoTime() > deadline) {
                        throw new PostgresException(
                                "waited "
                                        + timeout.toSeconds()
                                        + " s for the lock `"
                                        + file
                                        + "` that another process holds",
                                "look for another Mneme process of yours that is still starting");
                    }
                    Thread.sleep(RETRY_INTERVAL);
                }
            } finally {
                if (!held) {
                    channel.close();
                }
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot lock `" + file + "` (" + failed.getMessage() + ")",
                    "check that the folder can be written and the disk is not full",
                    failed);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            // Another thread of this process holds it: wait as for another process.
            return null;
        }
    }

    @Override
    public void close() {
        try (channel) {
            lock.release();
        } catch (IOException _) {
            // Closing the channel drops the lock too; nothing is left to do.
        }
    }
}
