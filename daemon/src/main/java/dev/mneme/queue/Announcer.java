package dev.mneme.queue;

import dev.mneme.store.Database;
import dev.mneme.store.QueueSignals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// Tells other daemons on the same database that there is new work, soon after its commit.
///
/// Not inside the transaction that stores an event: every commit with a NOTIFY takes one lock of
/// the whole database server, which would put all captures in a row. Events only raise a flag here;
/// the loop that owns this object sends one signal for all of them, at most every
/// [#PAUSE], and none when there was no event. This daemon's own worker is woken in memory and
/// never waits for it.
public final class Announcer {

    /// What a second daemon's worker waits at most, beside a round trip.
    static final Duration PAUSE = Duration.ofMillis(50);

    private final Database database;
    private final QueueSignals signals;
    private final Wakeup own;
    private final AtomicBoolean pending = new AtomicBoolean();

    /// @param own wakes the loop that runs [#runOnce]
    public Announcer(Database database, QueueSignals signals, Wakeup own) {
        this.database = database;
        this.signals = signals;
        this.own = own;
    }

    /// New work was committed. Costs a flag.
    public void newWork() {
        if (!pending.getAndSet(true)) {
            own.wake();
        }
    }

    /// Returns false: whoever has new work wakes the loop.
    public boolean runOnce() throws InterruptedException {
        if (pending.getAndSet(false)) {
            try {
                database.useTransaction(signals::announce);
            } catch (RuntimeException failed) {
                pending.set(true);
                throw failed;
            }
            Thread.sleep(PAUSE);
        }
        return false;
    }
}
