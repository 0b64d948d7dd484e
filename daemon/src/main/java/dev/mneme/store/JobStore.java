package dev.mneme.store;

import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.Turn;

import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// The queue's states. Every change out of `running` re-checks for each job that it is still ours:
/// the same worker and the same attempt.
public final class JobStore {

    /// The column's bound; an error's tail says less than its head.
    public static final int LAST_ERROR_CHARS_MAX = 2_000;

    /// A claim looks at so many times the jobs it takes, to find several of one session.
    public static final int CLAIM_WINDOW_FACTOR = 10;

    /// Jobs of one session claimed at once: a turn is not torn apart before it is too long anyway.
    public static final int SESSION_JOBS_MAX = Turn.EVENTS_MAX;

    /// So far the clocks of two daemons on one database may be apart.
    private static final Duration CLOCKS_APART_MAX = Duration.ofSeconds(60);

    /// Why an event is skipped whose observation something else took the place of.
    private static final String REPLACED = "replaced";

    private static final String BEGIN_CLAIM = Database.resource("begin_claim.sql");
    private static final String CLAIM = Database.resource("claim_jobs.sql");

    /// How many jobs are in which condition, and how they get on.
    ///
    /// @param scheduled those that wait for their turn to end
    /// @param oldestDueAt when the oldest job was made that is due and not done; null when none is
    /// @param lastSuccessAt when a worker last completed one; null when none is kept
    public record Counts(
            long available,
            long running,
            long retryable,
            long scheduled,
            long dead,
            @Nullable Instant oldestDueAt,
            @Nullable Instant lastSuccessAt) {

        /// Due or under way.
        public long pending() {
            return available + running + retryable;
        }
    }

    /// What a claim must know before it chooses: the lowest id of a job that is fresh or running,
    /// whether there may be anything to claim, and which transactions may still bring lower ones.
    public record Horizon(OptionalLong lowest, boolean claimable, long xmin, long xmax) {}

    /// Waits until no other worker claims, and looks. The claim itself must follow in the same
    /// transaction.
    ///
    /// @param floor no fresh job, and no running one on its first try, lies below it
    public Horizon beginClaim(Tx tx, long floor) {
        return tx.handle()
                .createQuery(BEGIN_CLAIM)
                .bind("floor", floor)
                .map(
                        (row, context) -> {
                            long lowest = row.getLong("lowest");
                            return new Horizon(
                                    row.wasNull() ? OptionalLong.empty() : OptionalLong.of(lowest),
                                    row.getBoolean("claimable"),
                                    row.getLong("xmin"),
                                    row.getLong("xmax"));
                        })
                .one();
    }

    /// Claims about `limit` jobs, turn by turn in the order in which their sessions want them.
    ///
    /// @param limit sessions are taken until so many jobs are together; the last one is taken as a
    ///     whole, up to [#SESSION_JOBS_MAX]
    public List<ClaimedTurn> claim(
            Tx tx, String worker, Instant now, Instant leaseUntil, long floor, int limit) {
        Map<TurnKey, List<ClaimedJob>> turns = new LinkedHashMap<>();
        tx.handle()
                .createQuery(CLAIM)
                .bind("worker", worker)
                .bind("now", Columns.utc(now))
                .bind("leaseUntil", Columns.utc(leaseUntil))
                .bind("floor", floor)
                .bind("limit", limit)
                .bind("sessionMax", SESSION_JOBS_MAX)
                .bind("window", limit * CLAIM_WINDOW_FACTOR)
                .map(
                        (row, context) ->
                                turns.computeIfAbsent(
                                                new TurnKey(
                                                        row.getLong("session_id"),
                                                        row.getLong("turn_id"),
                                                        row.getBoolean("more")),
                                                key -> new ArrayList<>())
                                        .add(
                                                new ClaimedJob(
                                                        row.getLong("id"),
                                                        row.getInt("attempt"),
                                                        row.getInt("max_attempts"),
                                                        row.getLong("event_id"))))
                .list();
        return turns.entrySet().stream()
                .map(
                        turn ->
                                new ClaimedTurn(
                                        turn.getKey().sessionId(),
                                        turn.getKey().turnId(),
                                        turn.getValue(),
                                        turn.getKey().more()))
                .toList();
    }

    private record TurnKey(long sessionId, long turnId, boolean more) {}

    /// Makes the jobs of a session's open turn available: of what happened up to `at`, because then
    /// came its answer, the next prompt or the session's end. Whatever comes later stays open.
    ///
    /// @param eventId what closes the turn, and is left as it is
    /// @return how many
    public int closeTurn(Tx tx, long sessionId, long eventId, Instant at, Instant now) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH open AS (
                            SELECT jobs.id
                            FROM mem_jobs AS jobs
                            JOIN mem_events AS events ON events.id = jobs.event_id
                            WHERE jobs.session_id = :session
                                AND jobs.state IN ('available', 'scheduled')
                                AND jobs.state = 'scheduled'
                                AND jobs.event_id <> :event
                                AND events.occurred_at <= :at
                            ORDER BY jobs.id
                            FOR UPDATE OF jobs
                        )
                        UPDATE mem_jobs AS jobs
                        SET state = 'available', scheduled_at = :now
                        FROM open
                        WHERE jobs.id = open.id AND jobs.state = 'scheduled'
                        """)
                .bind("session", sessionId)
                .bind("event", eventId)
                .bind("at", Columns.utc(at))
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// Makes the jobs of every session available in which nothing happened for so long. A job that
    /// waits for much longer than that was scheduled before the clock was set back.
    ///
    /// @return how many
    public int closeIdleTurns(Tx tx, Instant now, Duration idleMax) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH idle AS (
                            SELECT session_id
                            FROM mem_jobs
                            WHERE state IN ('available', 'scheduled') AND state = 'scheduled'
                            GROUP BY session_id
                            HAVING bool_and(scheduled_at <= :now OR scheduled_at > :farthest)
                        ), open AS (
                            SELECT jobs.id
                            FROM mem_jobs AS jobs
                            JOIN idle ON idle.session_id = jobs.session_id
                            WHERE jobs.state IN ('available', 'scheduled')
                                AND jobs.state = 'scheduled'
                            ORDER BY jobs.id
                            FOR UPDATE OF jobs SKIP LOCKED
                        )
                        UPDATE mem_jobs AS jobs
                        SET state = 'available', scheduled_at = :now
                        FROM open
                        WHERE jobs.id = open.id AND jobs.state = 'scheduled'
                        """)
                .bind("now", Columns.utc(now))
                .bind("farthest", Columns.utc(now.plus(idleMax).plus(CLOCKS_APART_MAX)))
                .execute();
    }

    /// Says that the worker lives. Only jobs that are still its own, and none that somebody is
    /// changing at this moment.
    ///
    /// @return how many leases were extended
    public int extendLeases(Tx tx, String worker, Collection<Long> ids, Instant leaseUntil) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH ours AS (
                            SELECT id
                            FROM mem_jobs
                            WHERE id = ANY(:ids) AND state = 'running' AND attempted_by = :worker
                            ORDER BY id
                            FOR UPDATE SKIP LOCKED
                        )
                        UPDATE mem_jobs AS jobs
                        SET lease_until = :leaseUntil
                        FROM ours
                        WHERE jobs.id = ours.id
                        """)
                .bind("worker", worker)
                .bindArray("ids", Long.class, ids)
                .bind("leaseUntil", Columns.utc(leaseUntil))
                .execute();
    }

    /// Completes jobs whose results are being stored.
    ///
    /// @return the ids of those that were still ours; the others are unchanged
    public Set<Long> completeRemembered(Tx tx, String worker, List<ClaimedJob> done, Instant now) {
        return changed(
                ours(
                                tx,
                                """
                                UPDATE mem_jobs AS jobs
                                SET state = 'completed',
                                    outcome = 'remembered',
                                    lease_until = NULL,
                                    finalized_at = :now
                                FROM unnest(:ids, :attempts) AS ours (id, attempt)
                                WHERE jobs.id = ours.id
                                    AND jobs.attempt = ours.attempt
                                    AND jobs.attempted_by = :worker
                                    AND jobs.state = 'running'
                                RETURNING jobs.id
                                """,
                                worker,
                                done)
                        .bind("now", Columns.utc(now)));
    }

    /// A job that was handled and left nothing to store.
    public record SkippedJob(ClaimedJob job, String reason) {}

    /// Completes jobs that left nothing to store, with the reason.
    ///
    /// @return the ids of those that were still ours; the others are unchanged
    public Set<Long> completeSkipped(Tx tx, String worker, List<SkippedJob> skipped, Instant now) {
        return changed(
                ours(
                                tx,
                                """
                                UPDATE mem_jobs AS jobs
                                SET state = 'completed',
                                    outcome = 'skipped',
                                    skip_reason = ours.reason,
                                    lease_until = NULL,
                                    finalized_at = :now
                                FROM unnest(:ids, :attempts, :reasons)
                                    AS ours (id, attempt, reason)
                                WHERE jobs.id = ours.id
                                    AND jobs.attempt = ours.attempt
                                    AND jobs.attempted_by = :worker
                                    AND jobs.state = 'running'
                                RETURNING jobs.id
                                """,
                                worker,
                                skipped.stream().map(SkippedJob::job).toList())
                        .bindArray(
                                "reasons",
                                String.class,
                                skipped.stream().map(SkippedJob::reason).toList())
                        .bind("now", Columns.utc(now)));
    }

    /// Says anew what became of events whose turn was worked on again: those that nothing was made
    /// of any more are skipped, with the reason given.
    ///
    /// @param reasons by event; none for an event that something was made of
    public void reconsider(Tx tx, List<Long> eventIds, Map<Long, String> reasons) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs AS jobs
                        SET outcome = CASE WHEN again.used THEN 'remembered' ELSE 'skipped' END,
                            skip_reason = CASE WHEN again.used THEN NULL ELSE again.reason END
                        FROM (
                            SELECT
                                asked.event_id,
                                asked.reason,
                                EXISTS (
                                    SELECT
                                    FROM mem_observation_events AS origins
                                    WHERE origins.event_id = asked.event_id
                                ) AS used
                            FROM unnest(:ids, :reasons) AS asked (event_id, reason)
                        ) AS again
                        WHERE jobs.event_id = again.event_id AND jobs.state = 'completed'
                        """)
                .bindArray("ids", Long.class, eventIds)
                .bindArray(
                        "reasons",
                        String.class,
                        eventIds.stream().map(id -> reasons.getOrDefault(id, REPLACED)).toList())
                .execute();
    }

    /// A job that could not be handled, and when it is tried again if it has tries left.
    public record FailedJob(ClaimedJob job, String error, Instant retryAt) {}

    /// Puts failed jobs back until their next try, or discards those whose attempts are spent.
    ///
    /// @return the ids of those that were still ours; the others are unchanged
    public Set<Long> fail(Tx tx, String worker, List<FailedJob> failed, Instant now) {
        return changed(
                ours(
                                tx,
                                """
                                UPDATE mem_jobs AS jobs
                                SET state = CASE WHEN jobs.attempt >= max_attempts
                                        THEN 'discarded' ELSE 'retryable' END,
                                    finalized_at = CASE WHEN jobs.attempt >= max_attempts
                                        THEN CAST(:now AS timestamptz) END,
                                    scheduled_at = ours.retry_at,
                                    lease_until = NULL,
                                    last_error = ours.error
                                FROM unnest(:ids, :attempts, :errors, CAST(:times AS timestamptz[]))
                                    AS ours (id, attempt, error, retry_at)
                                WHERE jobs.id = ours.id
                                    AND jobs.attempt = ours.attempt
                                    AND jobs.attempted_by = :worker
                                    AND jobs.state = 'running'
                                RETURNING jobs.id
                                """,
                                worker,
                                failed.stream().map(FailedJob::job).toList())
                        .bindArray(
                                "errors",
                                String.class,
                                failed.stream().map(one -> bounded(one.error())).toList())
                        .bindArray(
                                "times",
                                String.class,
                                failed.stream().map(one -> one.retryAt().toString()).toList())
                        .bind("now", Columns.utc(now)));
    }

    /// Gives back claimed jobs that were never begun, without spending an attempt.
    ///
    /// One on a later try goes back to those that wait: it may lie below the lowest fresh job,
    /// where available ones are not looked for.
    public Set<Long> release(Tx tx, String worker, List<ClaimedJob> untouched, Instant now) {
        return changed(
                ours(
                                tx,
                                """
                                UPDATE mem_jobs AS jobs
                                SET state = CASE WHEN jobs.attempt > 1
                                        THEN 'retryable' ELSE 'available' END,
                                    attempt = jobs.attempt - 1,
                                    scheduled_at = :now,
                                    lease_until = NULL
                                FROM unnest(:ids, :attempts) AS ours (id, attempt)
                                WHERE jobs.id = ours.id
                                    AND jobs.attempt = ours.attempt
                                    AND jobs.attempted_by = :worker
                                    AND jobs.state = 'running'
                                RETURNING jobs.id
                                """,
                                worker,
                                untouched)
                        .bind("now", Columns.utc(now)));
    }

    /// Puts jobs whose worker died, so that their lease ran out, among those to be tried again.
    ///
    /// @return how many
    public int rescueAbandoned(Tx tx, Instant now) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH abandoned AS (
                            SELECT id
                            FROM mem_jobs
                            WHERE state = 'running' AND lease_until < :now
                            ORDER BY id
                            FOR UPDATE SKIP LOCKED
                        )
                        UPDATE mem_jobs AS jobs
                        SET state = CASE WHEN attempt >= max_attempts
                                THEN 'discarded' ELSE 'retryable' END,
                            finalized_at = CASE WHEN attempt >= max_attempts
                                THEN CAST(:now AS timestamptz) END,
                            scheduled_at = :now,
                            lease_until = NULL,
                            last_error = 'the worker ' || attempted_by
                                || ' ended before it finished attempt ' || attempt
                        FROM abandoned
                        WHERE jobs.id = abandoned.id
                        """)
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// The same at once for workers that are known to have ended, whatever their leases say.
    ///
    /// @param workers how the names of those workers begin
    /// @return how many
    public int rescueFrom(Tx tx, String workers, Instant now) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH abandoned AS (
                            SELECT id
                            FROM mem_jobs
                            WHERE state = 'running' AND starts_with(attempted_by, :workers)
                            ORDER BY id
                            FOR UPDATE SKIP LOCKED
                        )
                        UPDATE mem_jobs AS jobs
                        SET state = CASE WHEN attempt >= max_attempts
                                THEN 'discarded' ELSE 'retryable' END,
                            finalized_at = CASE WHEN attempt >= max_attempts
                                THEN CAST(:now AS timestamptz) END,
                            scheduled_at = :now,
                            lease_until = NULL,
                            last_error = 'the worker ' || attempted_by
                                || ' ended before it finished attempt ' || attempt
                        FROM abandoned
                        WHERE jobs.id = abandoned.id
                        """)
                .bind("workers", workers)
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// Shortens leases that no worker can have taken: the clock was set back since. A living worker
    /// extends them again, those of a dead one run out.
    ///
    /// @return how many
    public int shortenLeases(Tx tx, Instant possible, Instant leaseUntil) {
        return tx.handle()
                .createUpdate(
                        """
                        WITH impossible AS (
                            SELECT id
                            FROM mem_jobs
                            WHERE state = 'running' AND lease_until > :possible
                            ORDER BY id
                            FOR UPDATE SKIP LOCKED
                        )
                        UPDATE mem_jobs AS jobs
                        SET lease_until = :leaseUntil
                        FROM impossible
                        WHERE jobs.id = impossible.id
                        """)
                .bind("possible", Columns.utc(possible))
                .bind("leaseUntil", Columns.utc(leaseUntil))
                .execute();
    }

    /// What was left out when it came in was completed without a worker, and is no success of one.
    public Counts counts(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            (
                                SELECT count(*)
                                FROM mem_jobs
                                WHERE state IN ('available', 'scheduled')
                                    AND state = 'available'
                            ) AS available,
                            (SELECT count(*) FROM mem_jobs WHERE state = 'running') AS running,
                            (SELECT count(*) FROM mem_jobs WHERE state = 'retryable') AS retryable,
                            (
                                SELECT count(*)
                                FROM mem_jobs
                                WHERE state IN ('available', 'scheduled')
                                    AND state = 'scheduled'
                            ) AS scheduled,
                            (SELECT count(*) FROM mem_jobs WHERE state = 'discarded') AS dead,
                            least(
                                (
                                    SELECT created_at
                                    FROM mem_jobs
                                    WHERE state IN ('available', 'scheduled')
                                        AND state = 'available'
                                    ORDER BY id
                                    LIMIT 1
                                ),
                                (
                                    SELECT created_at
                                    FROM mem_jobs
                                    WHERE state = 'running'
                                    ORDER BY id
                                    LIMIT 1
                                ),
                                (
                                    SELECT created_at
                                    FROM mem_jobs
                                    WHERE state = 'retryable'
                                    ORDER BY id
                                    LIMIT 1
                                )
                            ) AS oldest_due_at,
                            (
                                SELECT finalized_at
                                FROM mem_jobs
                                WHERE state IN ('completed', 'cancelled', 'discarded')
                                    AND state = 'completed'
                                    AND attempt > 0
                                ORDER BY finalized_at DESC
                                LIMIT 1
                            ) AS last_success_at
                        """)
                .map(
                        (row, context) ->
                                new Counts(
                                        row.getLong("available"),
                                        row.getLong("running"),
                                        row.getLong("retryable"),
                                        row.getLong("scheduled"),
                                        row.getLong("dead"),
                                        Columns.optionalInstant(row, "oldest_due_at"),
                                        Columns.optionalInstant(row, "last_success_at")))
                .one();
    }

    private static Query ours(Tx tx, String sql, String worker, List<ClaimedJob> jobs) {
        return tx.handle()
                .createQuery(sql)
                .bind("worker", worker)
                .bindArray("ids", Long.class, jobs.stream().map(ClaimedJob::id).toList())
                .bindArray(
                        "attempts", Integer.class, jobs.stream().map(ClaimedJob::attempt).toList());
    }

    private static Set<Long> changed(Query update) {
        return update.mapTo(Long.class).set();
    }

    private static String bounded(String error) {
        return error.length() <= LAST_ERROR_CHARS_MAX
                ? error
                : error.substring(0, LAST_ERROR_CHARS_MAX);
    }
}
