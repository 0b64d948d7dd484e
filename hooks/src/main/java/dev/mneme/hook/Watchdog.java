package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;

/// Ends the process when the work does not, and closes a channel whose time is up.
///
/// A disk that hangs or a payload that takes too long must not keep a session waiting; nothing
/// inside the process can interrupt those, so the process is halted, with exit code 0. What waits
/// for the daemon is woken by the end of its channel, and spools.
final class Watchdog implements Runnable {

    private final Runnable end;
    private long deadlineNanos;
    private boolean over;

    private @Nullable Closeable watched;
    private long closeNanos;

    /// When it looks next by itself. Nothing is due before the time for connecting is over, so an
    /// ordinary event never has to wake it.
    private long lookNanos;

    Watchdog(Runnable end) {
        this.end = end;
        long now = System.nanoTime();
        this.deadlineNanos = now + (Deadlines.STDIN_MS + Deadlines.SPOOL_MS) * 1_000_000;
        this.lookNanos = now + Deadlines.CONNECT_MS * 1_000_000;
    }

    static Watchdog start() {
        return start(new Halt());
    }

    /// @param end what ends the process
    static Watchdog start(Runnable end) {
        Watchdog watchdog = new Watchdog(end);
        Thread thread = new Thread(watchdog, "mneme-watchdog");
        thread.setDaemon(true);
        thread.start();
        return watchdog;
    }

    /// The work may take this long from now.
    synchronized void allow(long millis) {
        deadlineNanos = System.nanoTime() + millis * 1_000_000;
        wakeBefore(deadlineNanos);
    }

    /// Closes `channel` then, in place of any other.
    synchronized void closeAt(Closeable channel, long nanos) {
        watched = channel;
        closeNanos = nanos;
        wakeBefore(nanos);
    }

    private void wakeBefore(long nanos) {
        if (nanos - lookNanos < 0) {
            notifyAll();
        }
    }

    /// The work is done; a channel that is still open is closed on the way out.
    synchronized void end() {
        over = true;
        notifyAll();
    }

    @Override
    public void run() {
        try {
            awaitDeadline();
        } catch (InterruptedException ended) {
            return;
        }
    }

    private synchronized void awaitDeadline() throws InterruptedException {
        while (!over) {
            long now = System.nanoTime();
            Closeable due = watched;
            if (deadlineNanos - now <= 0) {
                over = true;
                end.run();
            } else if (due != null && closeNanos - now <= 0) {
                watched = null;
                close(due);
            } else {
                long left = deadlineNanos - now;
                if (due != null) {
                    left = Math.min(left, closeNanos - now);
                }
                if (lookNanos - now > 0) {
                    left = Math.min(left, lookNanos - now);
                }
                lookNanos = now + left;
                wait(1 + left / 1_000_000);
            }
        }
        close(watched);
    }

    private static void close(@Nullable Closeable due) {
        try {
            if (due != null) {
                due.close();
            }
        } catch (IOException closed) {
            return;
        }
    }

    private static final class Halt implements Runnable {
        @Override
        public void run() {
            Runtime.getRuntime().halt(0);
        }
    }
}
