-- Claims the oldest due jobs for one worker and returns each with its event.
--
-- The inner select takes row locks that other claimers skip, so two workers never wait for each
-- other and never get the same job; the update turns the locks into a lease and commits at once.
-- Nothing is locked while the work is done.
WITH due AS (
    SELECT id
    FROM mem_jobs
    WHERE state IN ('available', 'retryable')
        AND scheduled_at <= :now
    ORDER BY scheduled_at, id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE mem_jobs AS jobs
    SET state = 'running',
        attempt = jobs.attempt + 1,
        attempted_at = :now,
        attempted_by = :worker,
        lease_until = :leaseUntil
    FROM due
    WHERE jobs.id = due.id
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
LEFT JOIN mem_user_prompts AS prompts
    ON prompts.session_id = events.session_id AND prompts.prompt_number = events.prompt_number
ORDER BY events.occurred_at, events.id
