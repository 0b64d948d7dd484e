package dev.mneme.queue;

import dev.mneme.store.Database;
import dev.mneme.store.JobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.time.InstantSource;

/// Gives jobs whose worker died to the others, once their lease has run out.
public final class JobRescuer {

    private static final Logger LOG = LoggerFactory.getLogger(JobRescuer.class);

    private final Database database;
    private final JobStore jobs;
    private final InstantSource clock;
    private final Wakeup workers;

    public JobRescuer(Database database, JobStore jobs, InstantSource clock, Wakeup workers) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
        this.workers = workers;
    }

    /// Rescues at once what earlier workers of this daemon's home left: only one daemon lives in a
    /// home, so they have ended.
    public void rescueFrom(String workers) {
        int rescued = database.inTransaction(tx -> jobs.rescueFrom(tx, workers, clock.instant()));
        if (rescued > 0) {
            LOG.warn("rescued jobs of an earlier daemon of this home: count={}", rescued);
        }
    }

    /// Returns false: one look each interval is enough.
    public boolean runOnce() {
        Instant now = clock.instant();
        int rescued = database.inTransaction(tx -> jobs.rescueAbandoned(tx, now));
        Instant possible = now.plus(Leases.LEASE.multipliedBy(2));
        int shortened =
                database.inTransaction(
                        tx -> jobs.shortenLeases(tx, possible, now.plus(Leases.LEASE)));
        if (shortened > 0) {
            LOG.warn("the clock was set back, shortened leases: count={}", shortened);
        }
        if (rescued > 0) {
            LOG.warn("rescued jobs whose worker ended: count={}", rescued);
            workers.wake();
        }
        return false;
    }
}
