-- What a session was told at its start, and for which reason: the receipt of recall. It goes with the
-- session and with the memory it speaks of, and after its time.
CREATE TABLE mem_told (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id     bigint      NOT NULL REFERENCES mem_sessions ON DELETE CASCADE,
    observation_id bigint      NOT NULL REFERENCES mem_observations ON DELETE CASCADE,
    -- How the session began when it was told.
    source         text        NOT NULL,
    reason         text        NOT NULL,
    -- The file, branch or step that made the reason.
    evidence       text,
    told_at        timestamptz NOT NULL,
    CONSTRAINT source_known CHECK (source IN ('startup', 'resume', 'clear', 'compact', 'fork')),
    CONSTRAINT reason_known CHECK (reason IN (
        'pinned', 'saved', 'changed-file', 'branch', 'next-step', 'decision', 'last-session')),
    CONSTRAINT evidence_bounded CHECK (length(evidence) <= 500)
);

COMMENT ON TABLE mem_told IS 'Which memory was handed to which session, when and why';

CREATE INDEX mem_told_session_id_idx ON mem_told (session_id, told_at);
CREATE INDEX mem_told_observation_id_idx ON mem_told (observation_id, told_at DESC);
CREATE INDEX mem_told_told_at_idx ON mem_told (told_at);

-- What a person said about a memory: that it counts always, or in other words.
ALTER TABLE mem_observations
    ADD COLUMN pinned_at timestamptz,
    ADD COLUMN edited_at timestamptz,
    ADD CONSTRAINT pinned_is_open CHECK (pinned_at IS NULL OR closed_at IS NULL);

-- What a session is always told of its project, however old.
CREATE INDEX mem_observations_standing_idx
    ON mem_observations (project_id, created_at DESC, id DESC)
    WHERE closed_at IS NULL
        AND (type = 'decision' OR made_by = 'manual' OR pinned_at IS NOT NULL);
