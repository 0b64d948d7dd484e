package dev.mneme.jobs;

import dev.mneme.store.Database;
import dev.mneme.store.SessionStore;

import java.time.Duration;
import java.time.InstantSource;

/// Ends sessions in which nothing happens any more: their end was never reported.
public final class SessionCloser {

    private static final Duration IDLE_MAX = Duration.ofHours(6);

    private final Database database;
    private final SessionStore sessions;
    private final InstantSource clock;

    public SessionCloser(Database database, SessionStore sessions, InstantSource clock) {
        this.database = database;
        this.sessions = sessions;
        this.clock = clock;
    }

    /// Returns false: one look each interval is enough.
    public boolean runOnce() {
        database.inTransaction(tx -> sessions.completeIdle(tx, clock.instant().minus(IDLE_MAX)));
        return false;
    }
}
