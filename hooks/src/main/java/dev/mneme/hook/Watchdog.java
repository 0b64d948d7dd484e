package dev.mneme.hook;

/// Ends the process when the work does not.
///
/// A disk that hangs or a payload that takes too long must not keep a session waiting; nothing
/// inside the process can interrupt those, so the process is halted, with exit code 0.
final class Watchdog implements Runnable {

    private final Runnable end;
    private long deadlineNanos;
    private boolean over;

    Watchdog(Runnable end) {
        this.end = end;
        this.deadlineNanos =
                System.nanoTime() + (Deadlines.STDIN_MS + Deadlines.SPOOL_MS) * 1_000_000;
    }

    static Watchdog start() {
        Watchdog watchdog = new Watchdog(new Halt());
        Thread thread = new Thread(watchdog, "mneme-watchdog");
        thread.setDaemon(true);
        thread.start();
        return watchdog;
    }

    /// The work may take this long from now.
    synchronized void allow(long millis) {
        deadlineNanos = System.nanoTime() + millis * 1_000_000;
        notifyAll();
    }

    /// The work is done.
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
            long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                over = true;
                end.run();
                return;
            }
            wait(left);
        }
    }

    private static final class Halt implements Runnable {
        @Override
        public void run() {
            Runtime.getRuntime().halt(0);
        }
    }
}
