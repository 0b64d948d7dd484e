package dev.mneme.daemon;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// One daemon per home: the operating system's lock on a file, which dies with its holder however
/// that ends. The file itself says nothing.
final class DaemonLock implements AutoCloseable {

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
                PrivateHome.create(file);
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
