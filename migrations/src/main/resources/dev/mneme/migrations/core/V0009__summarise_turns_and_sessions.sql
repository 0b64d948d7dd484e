-- What a turn and what a session came to, in the five fields of the reference systems. Derived, like
-- observations: made again whenever the turn is worked on again or the session goes on.

CREATE TABLE mem_session_summaries (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id      bigint      NOT NULL REFERENCES mem_sessions ON DELETE CASCADE,
    -- Of a turn, the event it begins with or behind, 0 for none; NULL for the whole session.
    turn_id         bigint,
    -- Of a turn, the number of its prompt as it was then.
    prompt_number   integer,
    request         text,
    investigated    text,
    learned         text,
    completed       text,
    next_steps      text,
    made_by         text        NOT NULL,
    made_by_version integer     NOT NULL,
    -- When the last thing happened that it speaks of.
    created_at      timestamptz NOT NULL,
    search_terms    text        NOT NULL DEFAULT '',
    language        regconfig   NOT NULL DEFAULT 'english',
    tsv             tsvector    GENERATED ALWAYS AS (
        setweight(to_tsvector(language, coalesce(request, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(request, '')), 'A')
        || setweight(to_tsvector(language, coalesce(completed, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(completed, '')), 'B')
        || setweight(to_tsvector(language, coalesce(learned, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(learned, '')), 'B')
        || setweight(to_tsvector(language, coalesce(next_steps, '')), 'C')
        || setweight(to_tsvector('simple', coalesce(next_steps, '')), 'C')
        || setweight(to_tsvector('simple', coalesce(investigated, '')), 'C')
        || setweight(to_tsvector('simple', search_terms), 'D')
    ) STORED,
    CONSTRAINT mem_session_summaries_one_each UNIQUE NULLS NOT DISTINCT (session_id, turn_id),
    CONSTRAINT says_something CHECK (
        coalesce(request, investigated, learned, completed, next_steps) IS NOT NULL),
    CONSTRAINT fields_bounded CHECK (
        length(request) <= 8000 AND length(investigated) <= 8000 AND length(learned) <= 8000
        AND length(completed) <= 8000 AND length(next_steps) <= 8000)
);

CREATE INDEX mem_session_summaries_tsv_idx ON mem_session_summaries USING gin (tsv);
CREATE INDEX mem_session_summaries_created_at_idx ON mem_session_summaries (created_at DESC, id DESC);

-- Summaries are forgotten like everything else that hangs on a session.
ALTER TABLE mem_forgotten_rows DROP CONSTRAINT table_known;
ALTER TABLE mem_forgotten_rows ADD CONSTRAINT table_known CHECK (table_name IN (
    'mem_projects', 'mem_project_keys', 'mem_sessions', 'mem_events', 'mem_user_prompts',
    'mem_jobs', 'mem_observations', 'mem_observation_events', 'mem_idempotency_keys',
    'mem_session_summaries', 'mem_sessions.summary', 'spool'));
