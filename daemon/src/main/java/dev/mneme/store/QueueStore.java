package dev.mneme.store;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.JobRecord;
import dev.mneme.domain.JobState;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The queue as people look at it and look after it: one row for each captured event.
public final class QueueStore {

    private static final String SELECT =
            """
            SELECT
                jobs.id,
                jobs.event_id,
                sessions.session_id,
                projects.name AS project_name,
                events.kind,
                events.tool_use_id,
                events.tool_name,
                jobs.state,
                jobs.outcome,
                jobs.skip_reason,
                jobs.attempt,
                jobs.max_attempts,
                jobs.last_error,
                events.occurred_at,
                jobs.created_at,
                jobs.scheduled_at,
                jobs.attempted_at,
                jobs.finalized_at,
                events.payload IS NOT NULL AS payload_kept
            FROM mem_jobs AS jobs
            JOIN mem_events AS events ON events.id = jobs.event_id
            JOIN mem_sessions AS sessions ON sessions.id = events.session_id
            JOIN mem_projects AS projects ON projects.id = sessions.project_id
            """;

    /// Which jobs to list.
    ///
    /// @param session the session's id as the agent knows it; null for every session
    /// @param state null for every state
    /// @param all without a state: also those that are over (completed or cancelled)
    public record Filter(
            @Nullable String session, @Nullable JobState state, boolean all, int limit) {}

    /// The newest first.
    public List<JobRecord> list(Tx tx, Filter filter) {
        JobState state = filter.state();
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE (CAST(:session AS text) IS NULL
                                        OR sessions.session_id = :session)
                                    AND (CAST(:state AS text) IS NULL OR jobs.state = :state)
                                    AND (:all OR jobs.state IN (
                                        'available', 'scheduled', 'running', 'retryable',
                                        'discarded'))
                                ORDER BY jobs.id DESC
                                LIMIT :limit
                                """)
                .bind("session", filter.session())
                .bind("state", state == null ? null : state.wireName())
                .bind("all", filter.all() || state != null)
                .bind("limit", filter.limit())
                .map(QueueStore::job)
                .list();
    }

    public Optional<JobRecord> byId(Tx tx, long id) {
        return tx.handle()
                .createQuery(SELECT + "WHERE jobs.id = :id")
                .bind("id", id)
                .map(QueueStore::job)
                .findOne();
    }

    /// The event's payload as it is stored, redacted; empty once its retention has passed.
    public Optional<String> payload(Tx tx, long jobId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT events.payload
                        FROM mem_jobs AS jobs
                        JOIN mem_events AS events ON events.id = jobs.event_id
                        WHERE jobs.id = :id AND events.payload IS NOT NULL
                        """)
                .bind("id", jobId)
                .mapTo(String.class)
                .findOne();
    }

    /// Makes a job that is dead, or waits for its next try or its turn's end, due at once, with
    /// `attempts` further tries; with a dead one all that died with it, because the jobs of a turn
    /// are worked on together. It joins those that wait for a try: such jobs are looked for
    /// wherever they lie. Due since its last try, it is so also when the clock is set back
    /// meanwhile.
    ///
    /// @return false when it is in another state, and nothing was changed
    public boolean retry(Tx tx, long id, int attempts, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_jobs AS jobs
                                SET state = 'retryable',
                                    scheduled_at = least(jobs.attempted_at, :now),
                                    finalized_at = NULL,
                                    max_attempts = least(jobs.attempt + :attempts, 32767)
                                FROM mem_jobs AS asked
                                WHERE asked.id = :id
                                    AND asked.state IN (
                                        'retryable', 'scheduled', 'cancelled', 'discarded')
                                    AND (jobs.id = asked.id
                                        OR asked.state = 'discarded'
                                            AND jobs.state = 'discarded'
                                            AND jobs.session_id = asked.session_id
                                            AND jobs.attempted_by = asked.attempted_by
                                            AND jobs.finalized_at = asked.finalized_at)
                                """)
                        .bind("id", id)
                        .bind("attempts", attempts)
                        .bind("now", Columns.utc(now))
                        .execute()
                > 0;
    }

    /// The same for every dead job.
    ///
    /// @return how many
    public int retryDiscarded(Tx tx, int attempts, Instant now) {
        return tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs
                        SET state = 'retryable',
                            scheduled_at = least(attempted_at, :now),
                            finalized_at = NULL,
                            max_attempts = least(attempt + :attempts, 32767)
                        WHERE state = 'discarded'
                        """)
                .bind("attempts", attempts)
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// Removes up to `limit` jobs that ended before `before` in that state. Their events stay, so
    /// that a late copy of one is still known.
    ///
    /// @return how many
    public int purge(Tx tx, JobState state, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_jobs
                        WHERE id IN (
                            SELECT id
                            FROM mem_jobs
                            WHERE state = :state
                                AND state IN ('completed', 'cancelled', 'discarded')
                                AND finalized_at < :before
                            ORDER BY finalized_at
                            LIMIT :limit
                            FOR UPDATE SKIP LOCKED)
                        """)
                .bind("state", state.wireName())
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    private static JobRecord job(ResultSet row, StatementContext context) throws SQLException {
        return new JobRecord(
                row.getLong("id"),
                row.getLong("event_id"),
                row.getString("session_id"),
                row.getString("project_name"),
                HookEvent.ofPath(row.getString("kind")).orElseThrow(),
                row.getString("tool_use_id"),
                row.getString("tool_name"),
                JobState.ofWireName(row.getString("state")).orElseThrow(),
                row.getString("outcome"),
                row.getString("skip_reason"),
                row.getInt("attempt"),
                row.getInt("max_attempts"),
                row.getString("last_error"),
                Columns.instant(row, "occurred_at"),
                Columns.instant(row, "created_at"),
                Columns.instant(row, "scheduled_at"),
                Columns.optionalInstant(row, "attempted_at"),
                Columns.optionalInstant(row, "finalized_at"),
                row.getBoolean("payload_kept"));
    }
}
