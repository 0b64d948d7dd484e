package dev.mneme.embed.onnx;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Rerankers;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/// The reranker on the shelf. Whether there is one is looked up every few seconds, so that one is
/// used as soon as it was pulled, and no longer once it is removed. It is loaded beside the
/// searches, which go on without it until it is there. What could not be loaded is not tried again
/// until its files change.
public final class InstalledReranker implements Rerankers, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledReranker.class);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private final MnemeHome home;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile State state = new State.Absent();
    private long lookedNanos;
    private boolean looked;
    private boolean closed;
    private @Nullable Wanted serving;

    private record Wanted(KnownModel row, Map<String, Path> files) {}

    public InstalledReranker(MnemeHome home) {
        this.home = home;
    }

    @Override
    public State now() {
        // Who looks is one of those who ask; the others have what the last one found.
        if (lock.tryLock()) {
            try {
                if (!closed && isDue()) {
                    look();
                }
            } finally {
                lock.unlock();
            }
        }
        return state;
    }

    private boolean isDue() {
        return !looked || System.nanoTime() - lookedNanos > LOOK_EVERY.toNanos();
    }

    private void look() {
        looked = true;
        lookedNanos = System.nanoTime();
        Wanted wanted = onShelf();
        if (Objects.equals(wanted, serving)) {
            return;
        }
        putAway();
        serving = wanted;
        if (wanted == null) {
            state = new State.Absent();
            return;
        }
        state = new State.NotYet();
        Thread.ofPlatform().daemon().name("mneme-reranker").start(() -> load(wanted));
    }

    private @Nullable Wanted onShelf() {
        try {
            var shelf = new ModelShelf(home, ModelRegistry.of(home));
            return shelf.chosen(ModelKind.RERANKING)
                            instanceof
                            ModelShelf.Choice.Known(var row, ModelShelf.State.Ready(var files))
                    ? new Wanted(row, files)
                    : null;
        } catch (IOException unreadable) {
            // `mneme models list` says what is wrong with the registry.
            return null;
        }
    }

    private void load(Wanted wanted) {
        OnnxReranker loaded;
        try {
            loaded = OnnxReranker.open(wanted.row(), wanted.files(), home.natives());
        } catch (BrokenModel broken) {
            LOG.warn(
                    "reranker cannot be used: model={} reason={}",
                    wanted.row().name(),
                    broken.getMessage());
            return;
        }
        lock.lock();
        try {
            if (closed || !wanted.equals(serving)) {
                loaded.close();
                return;
            }
            state = new State.Ready(loaded);
            LOG.info("reranker is used: model={}", wanted.row().name());
        } finally {
            lock.unlock();
        }
    }

    private void putAway() {
        if (state instanceof State.Ready(var old) && old instanceof OnnxReranker onnx) {
            onnx.close();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            putAway();
            state = new State.Absent();
        } finally {
            lock.unlock();
        }
    }
}
