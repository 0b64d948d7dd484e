package dev.mneme.protocol.models;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// Brings all files of a model, one after the other, to its folder.
public final class ModelPull {

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    /// Told what happens.
    public interface Listener {

        /// So many bytes of a file are there.
        ///
        /// @param total null where nobody knows
        void progress(KnownModel.File file, long bytes, @Nullable Long total);

        /// A file is in place. Where the registry knew no checksum, `sha256` is now on record.
        void done(KnownModel.File file, String sha256, boolean recorded);
    }

    private final MnemeHome home;
    private final ModelShelf shelf;
    private final Mirror mirror;
    private final Duration silenceMax;
    private final Duration firstPause;

    public ModelPull(MnemeHome home, ModelShelf shelf, Mirror mirror) {
        this(home, shelf, mirror, Download.SILENCE_MAX, FIRST_PAUSE);
    }

    /// @param silenceMax after which a server is given up and asked anew
    /// @param firstPause before the second try; each later one is twice as long
    public ModelPull(
            MnemeHome home,
            ModelShelf shelf,
            Mirror mirror,
            Duration silenceMax,
            Duration firstPause) {
        this.home = home;
        this.shelf = shelf;
        this.mirror = mirror;
        this.silenceMax = silenceMax;
        this.firstPause = firstPause;
    }

    /// Files that are there already as they were verified are not touched.
    public void run(KnownModel model, Listener listener)
            throws PullFailure, IOException, InterruptedException {
        if (shelf.state(model) instanceof ModelShelf.State.Ready) {
            return;
        }
        Path folder = shelf.folder(model);
        PrivateFiles.createFolder(home.models());
        PrivateFiles.createFolder(folder);
        Path lockFile = folder.resolve(".lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock ours = lock(channel, model)) {
            for (KnownModel.File file : model.files()) {
                if (ours.isValid() && !shelf.isVerified(model, file)) {
                    pull(model, file, listener);
                }
            }
        }
    }

    private void pull(KnownModel model, KnownModel.File file, Listener listener)
            throws PullFailure, IOException, InterruptedException {
        var wanted =
                new Download.Wanted(
                        "`" + file.name() + "` of `" + model.name() + "`",
                        mirror.addressOf(file.address()),
                        shelf.folder(model).resolve(file.name()),
                        file.bytes(),
                        expected(model, file));
        String sha256 =
                new Download(
                                wanted,
                                silenceMax,
                                firstPause,
                                (bytes, total) -> listener.progress(file, bytes, total))
                        .run();
        shelf.record(model, file, sha256);
        listener.done(file, sha256, file.sha256() == null);
    }

    /// Where the registry knows no checksum, that of the first download holds for the next ones.
    private @Nullable String expected(KnownModel model, KnownModel.File file) {
        ModelShelf.Verified before = shelf.verified(model).get(file.name());
        return file.sha256() != null || before == null ? file.sha256() : before.sha256();
    }

    private static FileLock lock(FileChannel channel, KnownModel model)
            throws PullFailure, IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            lock = null;
        }
        if (lock == null) {
            throw new PullFailure(
                    "another `mneme models pull " + model.name() + "` is at work",
                    "wait for it, or end it first");
        }
        return lock;
    }
}
