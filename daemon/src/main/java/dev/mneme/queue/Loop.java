package dev.mneme.queue;

import dev.mneme.store.StoreException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/// A named thread that does one piece of work again and again until it is closed.
///
/// It cannot die of an exception: a failed round is logged and followed by a pause that grows up to
/// a bound. Interruption means stop.
public final class Loop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    private static final Duration FAILURE_PAUSE_FIRST = Duration.ofMillis(500);
    private static final Duration FAILURE_PAUSE_LONGEST = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    /// One round of work.
    @FunctionalInterface
    public interface Round {

        /// Returns true when there may be more to do at once.
        boolean run() throws Exception;
    }

    private final String name;
    private final Round round;
    private final Wakeup wakeup;
    private final Duration pollInterval;
    private final Thread thread;
    private volatile boolean stopping;

    public Loop(String name, Duration pollInterval, Wakeup wakeup, Round round) {
        this.name = name;
        this.pollInterval = pollInterval;
        this.wakeup = wakeup;
        this.round = round;
        this.thread = Thread.ofPlatform().name("mneme-" + name).daemon(true).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        Duration failurePause = FAILURE_PAUSE_FIRST;
        while (!stopping) {
            try {
                if (!round.run() && !stopping) {
                    wakeup.await(pollInterval);
                }
                failurePause = FAILURE_PAUSE_FIRST;
            } catch (InterruptedException stop) {
                return;
            } catch (Throwable failed) {
                LOG.warn(
                        "loop failed, will go on: name={} error={} message={} pause_ms={}",
                        name,
                        failed.getClass().getSimpleName(),
                        failed instanceof StoreException ? failed.getMessage() : "-",
                        failurePause.toMillis());
                if (!pause(failurePause)) {
                    return;
                }
                failurePause = longer(failurePause);
            }
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(FAILURE_PAUSE_LONGEST) > 0 ? FAILURE_PAUSE_LONGEST : doubled;
    }

    private boolean pause(Duration duration) {
        try {
            wakeup.await(duration);
            return true;
        } catch (InterruptedException stop) {
            return false;
        }
    }

    /// Lets the running round end within a bounded time, then interrupts it.
    @Override
    public void close() {
        stopping = true;
        wakeup.wake();
        try {
            if (!thread.join(STOP_TIMEOUT)) {
                LOG.warn("loop did not stop in time, interrupting: name={}", name);
                thread.interrupt();
                thread.join(STOP_TIMEOUT);
            }
        } catch (InterruptedException interrupted) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
