-- Claims the oldest due jobs for one worker and returns each with its event. Run only under the
-- lock of `begin_claim.sql`, in a statement after it: what is read here is then what is.
--
-- Order within a session is the order of arrival, which no clock can turn round. A session is served
-- by one worker at a time and from its oldest job on. A session with a running job, or with a failed
-- one that waits for its next try, is left alone until that job is done or discarded; of any other
-- session the oldest due jobs are taken.
--
-- A job is due when its time has come, or when its last try lies in the future: then the clock was
-- set back, and the time it waits for would be wrong by as much.
--
-- Nothing is locked while the work is done: the update turns the jobs into a lease and commits.
WITH waiting AS MATERIALIZED (
    SELECT
        id,
        session_id,
        scheduled_at <= :now OR coalesce(attempted_at > :now, false) AS due
    FROM mem_jobs
    WHERE state IN ('scheduled', 'retryable')
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
        WHERE state = 'available' AND id >= :floor AND NOT EXISTS (
            SELECT
            FROM busy
            WHERE busy.session_id = jobs.session_id)
        ORDER BY id
        LIMIT :window
    )
    ORDER BY id
    LIMIT :window
), due AS MATERIALIZED (
    -- Few sessions with many jobs each rather than one job of every session, which would leave the
    -- other workers nothing: a session is served by one of them at a time.
    SELECT id
    FROM (
        SELECT id, min(id) OVER (PARTITION BY session_id) AS head
        FROM candidates
    ) AS headed
    ORDER BY head, id
    LIMIT :limit
), claimed AS (
    UPDATE mem_jobs AS jobs
    SET state = 'running',
        attempt = jobs.attempt + 1,
        attempted_at = :now,
        attempted_by = :worker,
        lease_until = :leaseUntil
    FROM due
    WHERE jobs.id = due.id AND jobs.state IN ('available', 'scheduled', 'retryable')
    RETURNING jobs.id, jobs.event_id, jobs.attempt, jobs.max_attempts
)
SELECT
    claimed.id,
    claimed.attempt,
    claimed.max_attempts,
    events.id AS event_id,
    events.kind,
    events.session_id,
    sessions.project_id,
    sessions.session_id AS external_session_id,
    events.prompt_number,
    events.occurred_at,
    events.cwd,
    events.tool_name,
    events.tool_use_id,
    coalesce(events.payload, '{}') AS payload,
    prompts.prompt_text
FROM claimed
JOIN mem_events AS events ON events.id = claimed.event_id
JOIN mem_sessions AS sessions ON sessions.id = events.session_id
LEFT JOIN LATERAL (
    -- What the event was an answer to. A command, a schedule or another session between the user's
    -- last words and the event means that they are not it.
    SELECT turns.id
    FROM mem_events AS turns
    WHERE turns.session_id = events.session_id
        AND turns.kind = 'user-prompt-submit'
        AND turns.prompt_kind IN ('user', 'slash-command', 'scheduled', 'other-session')
        AND turns.occurred_at <= events.occurred_at
    ORDER BY turns.occurred_at DESC, turns.id DESC
    LIMIT 1
) AS turn ON true
LEFT JOIN mem_user_prompts AS prompts ON prompts.event_id = turn.id
ORDER BY claimed.id
