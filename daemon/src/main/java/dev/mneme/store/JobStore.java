package dev.mneme.store;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedJob;
import dev.mneme.domain.HookEvent;

import org.jdbi.v3.core.statement.StatementContext;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/// The queue's states. Every change out of `running` re-checks that the job is still ours: the same
/// worker and the same attempt.
public final class JobStore {

    /// The column's bound; an error's tail says less than its head.
    public static final int LAST_ERROR_CHARS_MAX = 2_000;

    private static final String CLAIM = Database.resource("claim_jobs.sql");

    /// How many jobs are in which condition.
    public record Counts(long pending, long scheduled, long dead) {}

    public List<ClaimedJob> claim(
            Tx tx, String worker, Instant now, Instant leaseUntil, int limit) {
        return tx.handle()
                .createQuery(CLAIM)
                .bind("worker", worker)
                .bind("now", Columns.utc(now))
                .bind("leaseUntil", Columns.utc(leaseUntil))
                .bind("limit", limit)
                .map(JobStore::claimed)
                .list();
    }

    /// Returns false when the job is no longer ours, and nothing was changed.
    public boolean completeRemembered(Tx tx, ClaimedJob job, String worker, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_jobs
                                SET state = 'completed',
                                    outcome = 'remembered',
                                    lease_until = NULL,
                                    finalized_at = :now
                                WHERE id = :id
                                    AND state = 'running'
                                    AND attempted_by = :worker
                                    AND attempt = :attempt
                                """)
                        .bind("id", job.id())
                        .bind("worker", worker)
                        .bind("attempt", job.attempt())
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Returns false when the job is no longer ours, and nothing was changed.
    public boolean completeSkipped(
            Tx tx, ClaimedJob job, String worker, String reason, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_jobs
                                SET state = 'completed',
                                    outcome = 'skipped',
                                    skip_reason = :reason,
                                    lease_until = NULL,
                                    finalized_at = :now
                                WHERE id = :id
                                    AND state = 'running'
                                    AND attempted_by = :worker
                                    AND attempt = :attempt
                                """)
                        .bind("id", job.id())
                        .bind("worker", worker)
                        .bind("attempt", job.attempt())
                        .bind("reason", reason)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Puts a failed job back until `retryAt`, or discards it when its attempts are spent.
    ///
    /// @return false when the job is no longer ours, and nothing was changed
    public boolean fail(
            Tx tx, ClaimedJob job, String worker, String error, Instant retryAt, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_jobs
                                SET state = CASE WHEN attempt >= max_attempts
                                        THEN 'discarded' ELSE 'retryable' END,
                                    finalized_at = CASE WHEN attempt >= max_attempts
                                        THEN CAST(:now AS timestamptz) END,
                                    scheduled_at = :retryAt,
                                    lease_until = NULL,
                                    last_error = :error
                                WHERE id = :id
                                    AND state = 'running'
                                    AND attempted_by = :worker
                                    AND attempt = :attempt
                                """)
                        .bind("id", job.id())
                        .bind("worker", worker)
                        .bind("attempt", job.attempt())
                        .bind("error", bounded(error))
                        .bind("retryAt", Columns.utc(retryAt))
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Gives back a claimed job that was never begun, without spending an attempt.
    public void release(Tx tx, ClaimedJob job, String worker) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs
                        SET state = 'available',
                            attempt = attempt - 1,
                            lease_until = NULL
                        WHERE id = :id
                            AND state = 'running'
                            AND attempted_by = :worker
                            AND attempt = :attempt
                        """)
                .bind("id", job.id())
                .bind("worker", worker)
                .bind("attempt", job.attempt())
                .execute();
    }

    /// Makes jobs available again whose worker died: their lease has run out.
    ///
    /// @return how many
    public int rescueAbandoned(Tx tx, Instant now) {
        return tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs
                        SET state = CASE WHEN attempt >= max_attempts
                                THEN 'discarded' ELSE 'retryable' END,
                            finalized_at = CASE WHEN attempt >= max_attempts
                                THEN CAST(:now AS timestamptz) END,
                            scheduled_at = :now,
                            lease_until = NULL,
                            last_error = 'the worker ' || attempted_by
                                || ' ended before it finished attempt ' || attempt
                        WHERE state = 'running' AND lease_until < :now
                        """)
                .bind("now", Columns.utc(now))
                .execute();
    }

    public Counts counts(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            count(*) FILTER (
                                WHERE state IN ('available', 'running', 'retryable')) AS pending,
                            count(*) FILTER (WHERE state = 'scheduled') AS scheduled,
                            count(*) FILTER (WHERE state = 'discarded') AS dead
                        FROM mem_jobs
                        WHERE state IN (
                            'available', 'scheduled', 'running', 'retryable', 'discarded')
                        """)
                .map(
                        (row, context) ->
                                new Counts(
                                        row.getLong("pending"),
                                        row.getLong("scheduled"),
                                        row.getLong("dead")))
                .one();
    }

    private static String bounded(String error) {
        return error.length() <= LAST_ERROR_CHARS_MAX
                ? error
                : error.substring(0, LAST_ERROR_CHARS_MAX);
    }

    private static ClaimedJob claimed(ResultSet row, StatementContext context) throws SQLException {
        var event =
                new CapturedEvent(
                        row.getLong("event_id"),
                        HookEvent.ofPath(row.getString("kind")).orElseThrow(),
                        row.getString("external_session_id"),
                        Columns.instant(row, "occurred_at"),
                        row.getString("cwd"),
                        row.getString("tool_name"),
                        row.getString("tool_use_id"),
                        row.getString("payload"),
                        row.getString("prompt_text"));
        return new ClaimedJob(
                row.getLong("id"),
                row.getInt("attempt"),
                row.getInt("max_attempts"),
                row.getLong("session_id"),
                row.getLong("project_id"),
                row.getInt("prompt_number"),
                event);
    }
}
