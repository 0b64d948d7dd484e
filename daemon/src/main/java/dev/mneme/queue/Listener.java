package dev.mneme.queue;

import dev.mneme.store.QueueSignals;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// Wakes this daemon's worker when another daemon has stored new work.
///
/// Run by a [Loop], whose growing pause after a failure is the backoff between two connections.
public final class Listener implements AutoCloseable {

    /// One wait; what is heard ends it at once.
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final QueueSignals signals;
    private final Wakeup workers;

    private QueueSignals.@Nullable Listening open;
    private boolean closed;

    public Listener(QueueSignals signals, Wakeup workers) {
        this.signals = signals;
        this.workers = workers;
    }

    /// Returns true: listening never ends by itself.
    public boolean runOnce() {
        QueueSignals.Listening listening = listening();
        if (listening == null) {
            return false;
        }
        try {
            if (listening.heard(WAIT)) {
                workers.wake();
            }
            return true;
        } catch (RuntimeException broken) {
            listening.close();
            synchronized (this) {
                open = null;
                if (closed) {
                    return false;
                }
            }
            throw broken;
        }
    }

    private QueueSignals.@Nullable Listening listening() {
        synchronized (this) {
            if (closed || open != null) {
                return open;
            }
        }
        QueueSignals.Listening fresh = signals.listen();
        synchronized (this) {
            if (closed) {
                fresh.close();
                return null;
            }
            open = fresh;
        }
        // What was announced while nobody listened was missed.
        workers.wake();
        return fresh;
    }

    /// Ends a wait that is going on, and listens no more.
    @Override
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.close();
        }
    }
}
