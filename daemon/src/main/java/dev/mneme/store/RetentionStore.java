package dev.mneme.store;

import java.time.Instant;

/// What is removed because its time is over; each call takes a bounded share.
public final class RetentionStore {

    /// Empties the payloads of events received before `before` whose job is over. The event itself
    /// stays: a late copy must still be recognised, and observations name it as their source.
    ///
    /// @return how many
    public int forgetPayloads(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_events
                        SET payload = NULL
                        WHERE id IN (
                            SELECT events.id
                            FROM mem_events AS events
                            WHERE events.payload IS NOT NULL
                                AND events.received_at < :before
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_jobs AS jobs
                                    WHERE jobs.event_id = events.id
                                        AND jobs.state NOT IN ('completed', 'cancelled'))
                            ORDER BY events.received_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes events received before `before` of which neither payload nor job is left. A copy
    /// that arrives later would be taken for a new event.
    ///
    /// @return how many
    public int removeEvents(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_events
                        WHERE id IN (
                            SELECT events.id
                            FROM mem_events AS events
                            WHERE events.received_at < :before
                                AND events.payload IS NULL
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_jobs AS jobs
                                    WHERE jobs.event_id = events.id)
                            ORDER BY events.received_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes sessions that ended before `before` and of which nothing is left.
    ///
    /// @return how many
    public int removeEmptySessions(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_sessions
                        WHERE id IN (
                            SELECT sessions.id
                            FROM mem_sessions AS sessions
                            WHERE sessions.status <> 'active'
                                AND sessions.last_event_at < :before
                                AND sessions.summary IS NULL
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_events AS events
                                    WHERE events.session_id = sessions.id)
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_observations AS observations
                                    WHERE observations.session_id = sessions.id)
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_session_summaries AS summaries
                                    WHERE summaries.session_id = sessions.id)
                                AND NOT EXISTS (
                                    SELECT
                                    FROM mem_user_prompts AS prompts
                                    WHERE prompts.session_id = sessions.id)
                            ORDER BY sessions.last_event_at
                            LIMIT :limit
                            FOR UPDATE SKIP LOCKED)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes what turns before `before` came to; what their sessions came to stays.
    ///
    /// @return how many
    public int removeTurnSummaries(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_session_summaries
                        WHERE id IN (
                            SELECT id
                            FROM mem_session_summaries
                            WHERE created_at < :before AND turn_id IS NOT NULL
                            ORDER BY created_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes observations closed before `before`, with their vectors.
    ///
    /// @return how many
    public int removeClosedObservations(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_observations
                        WHERE id IN (
                            SELECT id
                            FROM mem_observations
                            WHERE closed_at < :before
                            ORDER BY closed_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes receipts of what sessions were told before `before`.
    ///
    /// @return how many
    public int removeReceipts(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_told
                        WHERE id IN (
                            SELECT id
                            FROM mem_told
                            WHERE told_at < :before
                            ORDER BY told_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }

    /// Removes lessons that were retired, and proposals that were made, before `before`. Of a
    /// proposal a mark stays, so that it is not made again.
    ///
    /// @return how many
    public int removeLessons(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        WITH gone AS (
                            DELETE FROM mem_lessons
                            WHERE id IN (
                                SELECT id
                                FROM mem_lessons
                                WHERE state <> 'active' AND changed_at < :before
                                ORDER BY changed_at
                                LIMIT :limit)
                            RETURNING signature
                        ), marked AS (
                            INSERT INTO mem_tombstones (mark)
                            SELECT mem_mark('lesson', signature)
                            FROM gone
                            WHERE signature IS NOT NULL
                        )
                        SELECT count(*) FROM gone
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .mapTo(Integer.class)
                .one();
    }

    /// Removes what idempotency keys older than `before` were answered with.
    ///
    /// @return how many
    public int forgetIdempotencyKeys(Tx tx, Instant before, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_idempotency_keys
                        WHERE key IN (
                            SELECT key
                            FROM mem_idempotency_keys
                            WHERE created_at < :before
                            ORDER BY created_at
                            LIMIT :limit)
                        """)
                .bind("before", Columns.utc(before))
                .bind("limit", limit)
                .execute();
    }
}
