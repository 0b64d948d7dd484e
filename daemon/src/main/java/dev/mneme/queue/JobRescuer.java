package dev.mneme.queue;

import dev.mneme.store.Database;
import dev.mneme.store.JobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    /// Returns false: one look each interval is enough.
    public boolean runOnce() {
        int rescued = database.inTransaction(tx -> jobs.rescueAbandoned(tx, clock.instant()));
        if (rescued > 0) {
            LOG.warn("rescued jobs whose worker ended: count={}", rescued);
            workers.wake();
        }
        return false;
    }
}
