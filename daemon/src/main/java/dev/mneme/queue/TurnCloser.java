package dev.mneme.queue;

import dev.mneme.store.Database;
import dev.mneme.store.JobStore;

import java.time.Duration;
import java.time.InstantSource;

/// Closes turns in which nothing happens any more: their end was never reported, or a call takes
/// long. What follows in such a turn is worked on together with what came before.
public final class TurnCloser {

    /// How often it looks within the time that a turn may be idle: so much later a turn is closed.
    private static final int LOOKS_PER_IDLE_SPAN = 12;

    private final Database database;
    private final JobStore jobs;
    private final InstantSource clock;
    private final Duration idleMax;
    private final Runnable newWork;

    /// @param newWork called after jobs became available
    public TurnCloser(
            Database database,
            JobStore jobs,
            InstantSource clock,
            Duration idleMax,
            Runnable newWork) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
        this.idleMax = idleMax;
        this.newWork = newWork;
    }

    public Duration interval() {
        return idleMax.dividedBy(LOOKS_PER_IDLE_SPAN);
    }

    /// Returns false: one look each interval is enough.
    public boolean runOnce() {
        int closed =
                database.inTransaction(tx -> jobs.closeIdleTurns(tx, clock.instant(), idleMax));
        if (closed > 0) {
            newWork.run();
        }
        return false;
    }
}
