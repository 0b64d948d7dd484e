-- Opens a claim: one worker at a time may decide who gets what, for the few milliseconds that takes.
--
-- The lock is a statement of its own, because a statement that waited for it would still see the
-- rows as they were before the wait. Losing a claim in a crash is harmless (its jobs are just
-- available again), so its commit need not wait for the disk; and a worker that is stopped in the
-- middle must not hold the others up.
--
-- Returns whether there may be anything to claim; the lowest job that is unfinished and not on a
-- later try, those of open turns among them; and which transactions it may have missed: all that
-- began before `xmax` and have not ended. See `ClaimFloor`.
WITH locked AS MATERIALIZED (
    SELECT
        set_config('synchronous_commit', 'off', true),
        set_config('lock_timeout', '10s', true),
        set_config('idle_in_transaction_session_timeout', '10s', true),
        pg_advisory_xact_lock(hashtext('mneme.claim'), 0),
        pg_current_snapshot() AS snapshot
)
SELECT
    least(
        (
            SELECT id
            FROM mem_jobs
            WHERE state IN ('available', 'scheduled') AND id >= :floor
            ORDER BY id
            LIMIT 1
        ),
        (
            SELECT id
            FROM mem_jobs
            WHERE state = 'running' AND id >= :floor
            ORDER BY id
            LIMIT 1
        )
    ) AS lowest,
    -- In the order of the index and no further: as an EXISTS it may be planned as a look at all that
    -- is due, and at all that an old snapshot keeps of what was. OFFSET keeps the two apart.
    (
        SELECT id
        FROM (
            SELECT id, state
            FROM mem_jobs
            WHERE state IN ('available', 'scheduled') AND id >= :floor
            ORDER BY id
            OFFSET 0
        ) AS fresh
        WHERE state = 'available'
        LIMIT 1
    ) IS NOT NULL OR EXISTS (
        SELECT
        FROM mem_jobs
        WHERE state = 'retryable'
    ) AS claimable,
    pg_snapshot_xmin(snapshot)::text::bigint AS xmin,
    pg_snapshot_xmax(snapshot)::text::bigint AS xmax
FROM locked
