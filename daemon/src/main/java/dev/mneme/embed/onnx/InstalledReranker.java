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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/// The reranker on the shelf. Whether there is one is looked up every few seconds, so that one is
/// used as soon as it was pulled, and no longer once it is removed. It is loaded beside the
/// searches, which go on without it until it is there, and put away beside them, for it may still
/// be at a query. What could not be loaded is tried again after a while, ever more seldom: a file
/// may be mended in place, memory may be free again.
public final class InstalledReranker implements Rerankers, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(InstalledReranker.class);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    /// Doubled with every failure.
    private static final Duration RETRY_FIRST = Duration.ofMinutes(1);

    private static final Duration RETRY_MAX = Duration.ofHours(1);

    private static final int DOUBLINGS_MAX = 6;

    /// What a daemon that stops waits for a model that is at a query.
    private static final Duration CLOSE_MAX = Duration.ofSeconds(2);

    private final MnemeHome home;
    private final InstantSource clock;
    private final Opening opening;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile State state = new State.Absent();
    private long lookedNanos;
    private boolean looked;
    private boolean closed;
    private @Nullable Wanted serving;

    /// Of what is wanted now.
    private int failures;

    /// Null where it is not to be tried again.
    private @Nullable Instant retryAt;

    /// How a model becomes one that can be asked.
    interface Opening {
        OnnxReranker open(KnownModel row, Map<String, Path> files, Path natives);
    }

    private record Wanted(KnownModel row, Map<String, Path> files) {}

    public InstalledReranker(MnemeHome home, InstantSource clock) {
        this(home, clock, OnnxReranker::open);
    }

    InstalledReranker(MnemeHome home, InstantSource clock, Opening opening) {
        this.home = home;
        this.clock = clock;
        this.opening = opening;
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

    /// Looks at the shelf whenever that was done last.
    void lookNow() {
        lock.lock();
        try {
            if (!closed) {
                look();
            }
        } finally {
            lock.unlock();
        }
    }

    /// When what could not be loaded is tried again; null where nothing is.
    @Nullable Instant retryAt() {
        lock.lock();
        try {
            return retryAt;
        } finally {
            lock.unlock();
        }
    }

    private boolean isDue() {
        return !looked || System.nanoTime() - lookedNanos > LOOK_EVERY.toNanos();
    }

    private void look() {
        looked = true;
        lookedNanos = System.nanoTime();
        Wanted wanted = onShelf();
        if (Objects.equals(wanted, serving)) {
            if (wanted != null && retryAt != null && !clock.instant().isBefore(retryAt)) {
                retryAt = null;
                start(wanted);
            }
            return;
        }
        putAway();
        serving = wanted;
        failures = 0;
        retryAt = null;
        if (wanted == null) {
            state = new State.Absent();
            return;
        }
        state = new State.NotYet();
        start(wanted);
    }

    private void start(Wanted wanted) {
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
            loaded = opening.open(wanted.row(), wanted.files(), home.natives());
        } catch (BrokenModel broken) {
            LOG.warn(
                    "reranker cannot be used: model={} reason={}",
                    wanted.row().name(),
                    broken.getMessage());
            failed(wanted);
            return;
        }
        lock.lock();
        try {
            if (closed || !wanted.equals(serving)) {
                loaded.close();
                return;
            }
            state = new State.Ready(loaded);
            failures = 0;
            LOG.info("reranker is used: model={}", wanted.row().name());
        } finally {
            lock.unlock();
        }
    }

    private void failed(Wanted wanted) {
        lock.lock();
        try {
            if (wanted.equals(serving)) {
                int doublings = Math.min(failures++, DOUBLINGS_MAX);
                Duration wait = RETRY_FIRST.multipliedBy(1L << doublings);
                retryAt = clock.instant().plus(wait.compareTo(RETRY_MAX) < 0 ? wait : RETRY_MAX);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Returns the thread that does it, which waits for a query that the model is still at.
    private @Nullable Thread putAway() {
        return state instanceof State.Ready(var old) && old instanceof OnnxReranker onnx
                ? Thread.ofPlatform().daemon().name("mneme-reranker-away").start(onnx::close)
                : null;
    }

    @Override
    public void close() {
        Thread away;
        lock.lock();
        try {
            closed = true;
            away = putAway();
            state = new State.Absent();
        } finally {
            lock.unlock();
        }
        if (away != null) {
            try {
                away.join(CLOSE_MAX);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
