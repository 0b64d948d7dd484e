-- Stores events with the one job each of them gets, in the order in which they came: one statement
-- for all that arrived together. Their sessions are held by this transaction, or a prompt that is
-- being stored is overlooked. No two of them share session and key; one whose session is not known
-- is left out.
WITH given AS (
    SELECT
        CAST(? AS timestamptz) AS now,
        CAST(? AS integer) AS max_attempts,
        make_interval(secs => ?) AS turn_idle
), incoming AS (
    SELECT sessions.id AS session_id, sessions.prompt_count, rows.*
    FROM unnest(
        ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS boolean[]), ?, ?, ?,
        CAST(? AS timestamptz[]), ?, ?, ?, ?, ?)
    WITH ORDINALITY AS rows (
        session, kind, dedupe_key, tool_name, tool_use_id, agent_id, agent_type,
        prompt_kind, cause, is_interrupt, cwd, branch, commit_id,
        occurred_at, payload_hash, payload, marks, state, skip_reason, position)
    JOIN mem_sessions AS sessions ON sessions.session_id = rows.session
), event AS (
    INSERT INTO mem_events (
        session_id, kind, dedupe_key, tool_name, tool_use_id, agent_id, agent_type,
        prompt_number, prompt_kind, cause, is_interrupt, cwd, branch, commit_id,
        occurred_at, received_at, payload_hash, payload)
    SELECT
        incoming.session_id, incoming.kind, incoming.dedupe_key, incoming.tool_name,
        incoming.tool_use_id, incoming.agent_id, incoming.agent_type,
        coalesce(
            (
                SELECT max(prompts.prompt_number)
                FROM mem_user_prompts AS prompts
                WHERE prompts.session_id = incoming.session_id
                    AND prompts.created_at <= incoming.occurred_at
            ),
            -- Those before the first may have been forgotten.
            (
                SELECT min(prompts.prompt_number) - 1
                FROM mem_user_prompts AS prompts
                WHERE prompts.session_id = incoming.session_id
            ),
            incoming.prompt_count),
        incoming.prompt_kind, incoming.cause, incoming.is_interrupt, incoming.cwd,
        incoming.branch, incoming.commit_id, incoming.occurred_at, given.now,
        decode(incoming.payload_hash, 'hex'), incoming.payload
    FROM incoming, given
    WHERE NOT EXISTS (
        SELECT
        FROM mem_tombstones AS tombstones
        WHERE tombstones.mark = ANY(string_to_array(incoming.marks, ' '))
            AND incoming.occurred_at BETWEEN tombstones.from_at AND tombstones.until_at)
    ORDER BY incoming.position
    ON CONFLICT (session_id, dedupe_key) DO NOTHING
    RETURNING id, session_id, dedupe_key
), job AS (
    INSERT INTO mem_jobs (
        event_id, session_id, max_attempts, scheduled_at, created_at, state, outcome,
        skip_reason, finalized_at)
    SELECT
        event.id, event.session_id, given.max_attempts,
        -- By when it happened, so that what comes late from the spool does not wait as if it were
        -- new.
        CASE incoming.state WHEN 'scheduled'
            THEN least(incoming.occurred_at, given.now) + given.turn_idle
            ELSE given.now END,
        given.now, incoming.state,
        CASE WHEN incoming.skip_reason IS NOT NULL THEN 'skipped' END,
        incoming.skip_reason,
        CASE WHEN incoming.skip_reason IS NOT NULL THEN given.now END
    FROM event
    JOIN incoming USING (session_id, dedupe_key)
    CROSS JOIN given
    ORDER BY event.id
)
SELECT id, session_id, dedupe_key
FROM event
