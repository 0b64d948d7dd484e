-- Claims the oldest due jobs for one worker, whole sessions at a time, and says to which turn each
-- belongs. Run only under the lock of `begin_claim.sql`, in a statement after it: what is read here
-- is then what is.
--
-- Order within a session is the order of arrival, which no clock can turn round. A session is served
-- by one worker at a time and from its oldest job on. A session with a running job, or with a failed
-- one that waits for its next try, is left alone until that job is done or discarded; of any other
-- session all due jobs are taken, up to a bound, so that no turn is torn apart. Jobs of a turn that
-- is still open are not due and hold nothing back.
--
-- Where more is due than a claim looks at, what lies beyond is not taken, or unfinished jobs would
-- stay behind all over the queue and the floor below them; `more` says which sessions go on there.
--
-- A failed job is due when its time has come, or when its last try lies in the future: then the
-- clock was set back, and the time it waits for would be wrong by as much.
--
-- Nothing is locked while the work is done: the update turns the jobs into a lease and commits.
WITH waiting AS MATERIALIZED (
    SELECT
        id,
        session_id,
        scheduled_at <= :now OR coalesce(attempted_at > :now, false) AS due
    FROM mem_jobs
    WHERE state = 'retryable'
), busy AS MATERIALIZED (
    SELECT session_id
    FROM mem_jobs
    WHERE state = 'running' AND id >= :floor
    UNION
    SELECT session_id
    FROM mem_jobs
    WHERE state = 'running' AND attempt > 1
    UNION
    SELECT session_id
    FROM waiting
    WHERE NOT due
), candidates AS MATERIALIZED (
    (
        SELECT id, session_id
        FROM waiting
        WHERE due AND NOT EXISTS (
            SELECT
            FROM busy
            WHERE busy.session_id = waiting.session_id)
    )
    UNION ALL
    (
        SELECT id, session_id
        FROM mem_jobs AS jobs
        WHERE state IN ('available', 'scheduled')
            AND state = 'available'
            AND id >= :floor
            AND NOT EXISTS (
                SELECT
                FROM busy
                WHERE busy.session_id = jobs.session_id)
        ORDER BY id
        LIMIT :window
    )
    ORDER BY id
    LIMIT :window
), seen AS MATERIALIZED (
    SELECT CASE WHEN count(*) >= :window THEN max(id) ELSE 9223372036854775807 END AS last_id
    FROM candidates
), sessions AS MATERIALIZED (
    -- Few sessions with many jobs each rather than one job of every session, which would leave the
    -- other workers nothing: a session is served by one of them at a time.
    SELECT session_id, head
    FROM (
        SELECT
            session_id,
            min(id) AS head,
            sum(count(*)) OVER (ORDER BY min(id)) - count(*) AS jobs_before
        FROM candidates
        GROUP BY session_id
    ) AS counted
    WHERE jobs_before < :limit
), mine AS MATERIALIZED (
    SELECT
        jobs.id,
        row_number() OVER (ORDER BY sessions.head, jobs.id)
            - row_number() OVER (PARTITION BY sessions.head ORDER BY jobs.id) AS jobs_before
    FROM sessions
    CROSS JOIN LATERAL (
        (
            SELECT id
            FROM waiting
            WHERE due AND waiting.session_id = sessions.session_id
        )
        UNION ALL
        (
            SELECT id
            FROM mem_jobs
            WHERE mem_jobs.session_id = sessions.session_id
                AND state IN ('available', 'scheduled')
                AND state = 'available'
                AND id >= :floor
                AND id <= (SELECT last_id FROM seen)
            ORDER BY id
            LIMIT :sessionMax
        )
        ORDER BY id
        LIMIT :sessionMax
    ) AS jobs
    WHERE jobs.id <= (SELECT last_id FROM seen)
), claimed AS (
    UPDATE mem_jobs AS jobs
    SET state = 'running',
        attempt = jobs.attempt + 1,
        attempted_at = :now,
        attempted_by = :worker,
        lease_until = :leaseUntil
    FROM mine
    WHERE mine.jobs_before < :limit
        AND jobs.id = mine.id
        AND jobs.state IN ('available', 'retryable')
    RETURNING jobs.id, jobs.event_id, jobs.attempt, jobs.max_attempts
)
SELECT
    claimed.id,
    claimed.attempt,
    claimed.max_attempts,
    claimed.event_id,
    events.session_id,
    EXISTS (
        SELECT
        FROM mem_jobs AS beyond
        WHERE beyond.session_id = events.session_id
            AND beyond.state IN ('available', 'scheduled')
            AND beyond.state = 'available'
            AND beyond.id > (SELECT last_id FROM seen)
    ) AS more,
    CASE WHEN events.kind = 'user-prompt-submit' THEN events.id ELSE coalesce(landmark.id, 0) END
        AS turn_id
FROM claimed
JOIN mem_events AS events ON events.id = claimed.event_id
LEFT JOIN LATERAL (
    SELECT landmarks.id
    FROM mem_events AS landmarks
    WHERE landmarks.session_id = events.session_id
        AND landmarks.kind IN ('user-prompt-submit', 'stop')
        AND (landmarks.occurred_at, landmarks.id) < (events.occurred_at, events.id)
    ORDER BY landmarks.occurred_at DESC, landmarks.id DESC
    LIMIT 1
) AS landmark ON true
ORDER BY claimed.id
