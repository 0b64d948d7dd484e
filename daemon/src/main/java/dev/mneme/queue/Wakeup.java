package dev.mneme.queue;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Lets a loop sleep until there is work or its poll interval has passed.
///
/// A call of `wake` while nobody sleeps is remembered, so that work which arrives between a loop's
/// last look and its sleep is not left lying. Safe for use by several threads.
public final class Wakeup {

    private final Semaphore signal = new Semaphore(0);

    public void wake() {
        signal.release();
    }

    /// Returns true when woken, false when the time passed.
    boolean await(Duration atMost) throws InterruptedException {
        boolean woken = signal.tryAcquire(atMost.toMillis(), TimeUnit.MILLISECONDS);
        // Many calls of `wake` mean one look at the queue.
        signal.drainPermits();
        return woken;
    }
}
