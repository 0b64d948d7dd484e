package dev.mneme.store;

import dev.mneme.domain.Tombstone;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a client's idempotency key was answered with, also where that was forgotten since.
public final class IdempotencyStore {

    /// Serialises requests that carry the same key, so that the second sees the first one's answer.
    private static final String LOCK =
            "SELECT pg_advisory_xact_lock(hashtext('mneme.idempotency'), hashtext(:key))";

    public Optional<List<Long>> answered(Tx tx, String key) {
        tx.handle().createQuery(LOCK).bind("key", key).mapToMap().list();
        return tx.handle()
                .createQuery(
                        """
                        SELECT observation_ids
                        FROM mem_idempotency_keys
                        WHERE key = :key
                        UNION ALL
                        SELECT observation_ids
                        FROM mem_tombstones
                        WHERE mark = :mark AND observation_ids IS NOT NULL
                        LIMIT 1
                        """)
                .bind("key", key)
                .bind("mark", Tombstone.idempotencyKey(key))
                .map(
                        (row, context) ->
                                Arrays.asList((Long[]) row.getArray("observation_ids").getArray()))
                .findOne();
    }

    public void remember(Tx tx, String key, List<Long> observationIds, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_idempotency_keys (key, observation_ids, created_at)
                        VALUES (:key, :ids, :now)
                        """)
                .bind("key", key)
                .bindArray("ids", Long.class, observationIds)
                .bind("now", Columns.utc(now))
                .execute();
    }
}
