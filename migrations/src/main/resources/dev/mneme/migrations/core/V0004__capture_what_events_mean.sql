-- What an event is beyond its kind, in columns that can be asked for: who spoke in a prompt, how a
-- session began and ended, which subagent reported, on which branch and commit it happened.
-- Whatever depends on the order of events (runs of a session, turns) is a view over them, so that
-- an event that arrives late changes the answer and leaves nothing to mend.

-- A field of a stored payload; NULL for whatever cannot be read as JSON.
CREATE FUNCTION mem_payload_field(payload text, field text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN CAST(payload AS jsonb) -> field;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

ALTER TABLE mem_events
    ADD COLUMN agent_type text,
    ADD COLUMN prompt_kind text,
    ADD COLUMN cause text,
    ADD COLUMN is_interrupt boolean,
    ADD COLUMN branch text,
    ADD COLUMN commit_id text;

COMMENT ON COLUMN mem_events.payload IS
    'JSON text; NULL once its retention has passed, or when the event was not worth keeping';
COMMENT ON COLUMN mem_events.prompt_kind IS 'Who spoke through a prompt hook';
COMMENT ON COLUMN mem_events.cause IS
    'The source of a session start, the reason of its end, the trigger of a compaction';
COMMENT ON COLUMN mem_events.branch IS
    'Of the working directory when it happened; NULL when nobody looked in time';

UPDATE mem_events
SET cause = left(mem_payload_field(payload, CASE kind
        WHEN 'session-start' THEN 'source'
        WHEN 'session-end' THEN 'reason'
        ELSE 'trigger' END) #>> '{}', 100)
WHERE kind IN ('session-start', 'session-end', 'post-compact') AND payload IS NOT NULL;

UPDATE mem_events
SET agent_type = left(mem_payload_field(payload, 'agent_type') #>> '{}', 100)
WHERE kind = 'subagent-stop' AND payload IS NOT NULL;

UPDATE mem_events AS events
SET prompt_kind = 'user'
FROM mem_user_prompts AS prompts
WHERE prompts.event_id = events.id;

ALTER TABLE mem_events
    ADD CONSTRAINT prompt_kind_known CHECK (prompt_kind IN (
        'user', 'slash-command', 'task-notification', 'scheduled', 'other-session',
        'continuation', 'system')),
    ADD CONSTRAINT prompt_kind_of_prompts CHECK (
        prompt_kind IS NULL OR kind = 'user-prompt-submit'),
    ADD CONSTRAINT cause_bounded CHECK (length(cause) <= 500),
    ADD CONSTRAINT branch_bounded CHECK (length(branch) <= 500),
    ADD CONSTRAINT commit_id_is_one CHECK (commit_id ~ '^([0-9a-f]{40}|[0-9a-f]{64})$');

-- The few events of a session that say what the many others belong to.
CREATE INDEX mem_events_landmarks_idx ON mem_events (session_id, occurred_at, id)
    WHERE kind IN (
        'session-start', 'user-prompt-submit', 'stop', 'subagent-stop', 'post-compact',
        'session-end');

-- What an event was an answer to: looked up for each job that is claimed.
CREATE INDEX mem_events_prompts_idx ON mem_events (session_id, occurred_at, id)
    WHERE kind = 'user-prompt-submit';

-- The last start or prompt: an end that happened before it does not end the session.
ALTER TABLE mem_sessions
    ADD COLUMN start_source text,
    ADD COLUMN opened_at timestamptz;

UPDATE mem_sessions AS sessions
SET start_source = (
        SELECT events.cause
        FROM mem_events AS events
        WHERE events.session_id = sessions.id AND events.kind = 'session-start'
        ORDER BY events.occurred_at, events.id
        LIMIT 1),
    opened_at = (
        SELECT max(events.occurred_at)
        FROM mem_events AS events
        WHERE events.session_id = sessions.id
            AND events.kind IN ('session-start', 'user-prompt-submit'));

-- A prompt that arrives late takes its place among the others, which move up: checked when the
-- statement is over.
ALTER TABLE mem_user_prompts DROP CONSTRAINT mem_user_prompts_number_unique;
ALTER TABLE mem_user_prompts ADD CONSTRAINT mem_user_prompts_number_unique
    UNIQUE (session_id, prompt_number) DEFERRABLE INITIALLY IMMEDIATE;

CREATE INDEX mem_user_prompts_session_id_created_at_idx
    ON mem_user_prompts (session_id, created_at);

-- What waits from before is what ingest now never lets in.
UPDATE mem_jobs AS jobs
SET state = 'completed', outcome = 'skipped', skip_reason = 'own-tool', finalized_at = now()
FROM mem_events AS events
WHERE events.id = jobs.event_id
    AND jobs.state IN ('available', 'scheduled', 'retryable')
    AND (starts_with(events.tool_name, 'mcp__mneme__')
        OR starts_with(events.tool_name, 'mcp__plugin_mneme_'));

-- The times a session was running: from a start to its end, to the next start of the same id, or
-- to the moment when nothing happened any more.
CREATE VIEW mem_session_runs AS
SELECT
    starts.session_id,
    starts.started_at,
    starts.source,
    coalesce(ends.ended_at, starts.next_started_at, sessions.completed_at) AS ended_at,
    CASE
        WHEN ends.ended_at IS NOT NULL THEN ends.reason
        WHEN starts.next_started_at IS NOT NULL THEN 'new-start'
        ELSE sessions.end_reason
    END AS end_reason
FROM (
    SELECT
        session_id,
        occurred_at AS started_at,
        cause AS source,
        lead(occurred_at) OVER (PARTITION BY session_id ORDER BY occurred_at, id)
            AS next_started_at
    FROM mem_events
    WHERE kind = 'session-start' AND cause IS DISTINCT FROM 'compact'
) AS starts
JOIN mem_sessions AS sessions ON sessions.id = starts.session_id
LEFT JOIN LATERAL (
    SELECT events.occurred_at AS ended_at, events.cause AS reason
    FROM mem_events AS events
    WHERE events.session_id = starts.session_id
        AND events.kind = 'session-end'
        AND events.occurred_at >= starts.started_at
        AND (starts.next_started_at IS NULL OR events.occurred_at <= starts.next_started_at)
    ORDER BY events.occurred_at DESC, events.id DESC
    LIMIT 1
) AS ends ON true;

-- From a prompt of the user to the answer that closed it. The answer's text is in the payload of
-- its event.
CREATE VIEW mem_turns AS
SELECT
    prompts.session_id,
    prompts.prompt_number,
    prompts.created_at AS started_at,
    stops.ended_at,
    stops.answer_event_id
FROM mem_user_prompts AS prompts
LEFT JOIN LATERAL (
    SELECT events.id AS answer_event_id, events.occurred_at AS ended_at
    FROM mem_events AS events
    WHERE events.session_id = prompts.session_id
        AND events.kind = 'stop'
        AND events.prompt_number = prompts.prompt_number
    ORDER BY events.occurred_at DESC, events.id DESC
    LIMIT 1
) AS stops ON true;

-- The queue as the reference systems showed it, now with all of its columns.
DROP VIEW mem_observation_queue;

CREATE VIEW mem_observation_queue AS
SELECT
    jobs.id,
    events.session_id,
    events.tool_name,
    mem_payload_field(events.payload, 'tool_input') AS tool_input,
    left(
        coalesce(
            mem_payload_field(events.payload, 'tool_response_preview') #>> '{}',
            mem_payload_field(events.payload, 'tool_response') #>> '{}',
            mem_payload_field(events.payload, 'error') #>> '{}'),
        2000) AS tool_response_preview,
    events.cwd,
    coalesce(
        mem_payload_field(events.payload, 'last_user_message') #>> '{}',
        (
            SELECT prompts.prompt_text
            FROM mem_user_prompts AS prompts
            WHERE prompts.session_id = events.session_id
                AND prompts.prompt_number = events.prompt_number
        )) AS last_user_message,
    CASE
        WHEN jobs.state IN ('available', 'scheduled', 'retryable') THEN 'pending'
        WHEN jobs.state = 'running' THEN 'processing'
        WHEN jobs.state = 'completed' AND jobs.outcome = 'skipped' THEN 'skipped'
        WHEN jobs.state = 'completed' THEN 'done'
        ELSE 'failed'
    END AS status,
    greatest(jobs.attempt - 1, 0) AS retry_count,
    jobs.created_at,
    jobs.finalized_at AS processed_at
FROM mem_jobs AS jobs
JOIN mem_events AS events ON events.id = jobs.event_id;
