package dev.mneme.http;

import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// The threads of the HTTP server, for what never waits: accepting, waiting for what comes, reading
/// it. They are the system's own, because a virtual thread that waits for many connections keeps
/// one of those few on which all others run.
final class ServerThreads extends QueuedThreadPool {

    /// One accepts, one waits for what comes, the others are for when these are busy.
    private static final int THREADS_MAX = 8;

    private static final int THREADS_MIN = 2;
    private static final int IDLE_MS_MAX = 60_000;

    /// A pool that is small on purpose is no sign of an overload, at which the server would close
    /// connections that wait for their next request.
    private static final int NEVER_LOW = Integer.MIN_VALUE;

    private static final ThreadLocal<Boolean> HERE = new ThreadLocal<>();

    ServerThreads() {
        super(THREADS_MAX, THREADS_MIN, IDLE_MS_MAX);
        setName("mneme-http");
        setDaemon(true);
        setLowThreadsThreshold(NEVER_LOW);
    }

    /// Runs what answers a request. Once it is answered its connection waits for the next one,
    /// which the server would begin on another thread; it is begun on this one, because nothing of
    /// it waits.
    static void goingOnHere(Runnable answer) {
        HERE.set(true);
        try {
            answer.run();
        } finally {
            HERE.remove();
        }
    }

    @Override
    public void execute(Runnable job) {
        if (HERE.get() == null) {
            super.execute(job);
        } else {
            job.run();
        }
    }
}
