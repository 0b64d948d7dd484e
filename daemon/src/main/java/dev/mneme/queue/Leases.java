package dev.mneme.queue;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.store.Database;
import dev.mneme.store.JobStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// The heartbeat of one worker: extends the leases of the batch it is working on, so that a lease
/// can be short and a model may still be slow.
///
/// A handler that has been at one turn for longer than [#HANDLING_TIME_MAX] counts as hung: its
/// leases are let go and the rescuer gives the jobs to others. Safe for use by the worker's thread
/// and the heartbeat's.
public final class Leases {

    /// How long a claim lasts without a heartbeat.
    public static final Duration LEASE = Duration.ofSeconds(60);

    /// Three heartbeats may be missed before a lease runs out.
    public static final Duration HEARTBEAT_INTERVAL = LEASE.dividedBy(4);

    /// The longest a handler may take for one turn.
    static final Duration HANDLING_TIME_MAX = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

    private final Database database;
    private final JobStore jobs;
    private final InstantSource clock;
    private final String worker;

    private List<Long> held = List.of();
    private long progressNanos;

    /// @param worker the name of the worker whose leases these are
    public Leases(Database database, JobStore jobs, InstantSource clock, String worker) {
        this.database = database;
        this.jobs = jobs;
        this.clock = clock;
        this.worker = worker;
    }

    String worker() {
        return worker;
    }

    synchronized void hold(List<ClaimedTurn> claimed) {
        held = claimed.stream().flatMap(turn -> turn.jobs().stream()).map(ClaimedJob::id).toList();
        progressNanos = System.nanoTime();
    }

    /// The worker has turned to its next turn.
    synchronized void progressed() {
        progressNanos = System.nanoTime();
    }

    synchronized void letGo() {
        held = List.of();
    }

    private synchronized List<Long> toExtend() {
        if (!held.isEmpty() && System.nanoTime() - progressNanos > HANDLING_TIME_MAX.toNanos()) {
            LOG.warn(
                    "handler hangs, letting its jobs go: count={} limit_s={}",
                    held.size(),
                    HANDLING_TIME_MAX.toSeconds());
            held = List.of();
        }
        return held;
    }

    /// Returns false: one heartbeat each interval is enough.
    public boolean runOnce() {
        List<Long> ids = toExtend();
        if (!ids.isEmpty()) {
            database.inTransaction(
                    tx -> jobs.extendLeases(tx, worker, ids, clock.instant().plus(LEASE)));
        }
        return false;
    }
}
