package dev.mneme.queue;

import java.time.Duration;

/// Lets background work stand back while many events arrive: what waits in the queue is safe, what
/// waits in a hook holds a session up.
///
/// A session brings a few events a second and is never noticed here. Under a flood the background
/// still gets a turn every [#LONGEST], so that nothing waits for ever. Safe for several threads.
public final class Courtesy {

    /// So many events within a window are a flood.
    static final int FLOOD_EVENTS_MIN = 20;

    static final Duration WINDOW = Duration.ofMillis(100);

    /// What a flood may cost the background between two turns.
    static final Duration LONGEST = Duration.ofSeconds(2);

    private long windowStartNanos = System.nanoTime();
    private int inThisWindow;
    private int inLastWindow;

    /// An event was stored.
    public synchronized void arrived() {
        turn();
        inThisWindow++;
    }

    /// Waits while there is a flood, and not for ever.
    public void standBack() throws InterruptedException {
        long deadlineNanos = System.nanoTime() + LONGEST.toNanos();
        while (isFlooded() && System.nanoTime() < deadlineNanos) {
            Thread.sleep(WINDOW.dividedBy(2));
        }
    }

    synchronized boolean isFlooded() {
        turn();
        return Math.max(inThisWindow, inLastWindow) >= FLOOD_EVENTS_MIN;
    }

    private void turn() {
        long passed = (System.nanoTime() - windowStartNanos) / WINDOW.toNanos();
        if (passed > 0) {
            inLastWindow = passed == 1 ? inThisWindow : 0;
            inThisWindow = 0;
            windowStartNanos += passed * WINDOW.toNanos();
        }
    }
}
