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
