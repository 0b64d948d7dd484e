-- Everything a captured moment needs to become a memory, and the promises it must keep on the way:
-- an event is stored once, a job belongs to one event, a state fits its columns, an observation
-- knows the events it came from. Vectors live in their own schema history (../vector), because the
-- database must work where pgvector is missing.

CREATE TABLE mem_projects (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    full_path  text,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mem_projects_name_unique UNIQUE (name),
    CONSTRAINT name_not_blank CHECK (btrim(name) <> '' AND length(name) <= 500)
);

COMMENT ON TABLE mem_projects IS 'What memories belong to: a code base, or a name someone chose';

-- How a project is recognised. One piece of evidence never points to two projects.
CREATE TABLE mem_project_keys (
    project_id bigint      NOT NULL REFERENCES mem_projects ON DELETE CASCADE,
    kind       text        NOT NULL,
    value      text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, value),
    CONSTRAINT kind_known CHECK (kind IN ('path', 'alias', 'git-common-dir', 'root-commit', 'remote')),
    CONSTRAINT value_bounded CHECK (value <> '' AND length(value) <= 4096)
);

CREATE INDEX mem_project_keys_project_id_idx ON mem_project_keys (project_id);

CREATE TABLE mem_sessions (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id    text        NOT NULL,
    project_id    bigint      NOT NULL REFERENCES mem_projects ON DELETE CASCADE,
    agent_type    text        NOT NULL DEFAULT 'claude-code',
    status        text        NOT NULL DEFAULT 'active',
    started_at    timestamptz NOT NULL DEFAULT now(),
    last_event_at timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz,
    end_reason    text,
    summary       text,
    prompt_count  integer     NOT NULL DEFAULT 0,
    cwd           text,
    CONSTRAINT mem_sessions_session_id_unique UNIQUE (session_id),
    CONSTRAINT session_id_bounded CHECK (session_id <> '' AND length(session_id) <= 500),
    CONSTRAINT status_known CHECK (status IN ('active', 'completed', 'failed')),
    CONSTRAINT completed_iff_not_active CHECK ((status = 'active') = (completed_at IS NULL)),
    CONSTRAINT prompt_count_not_negative CHECK (prompt_count >= 0)
);

CREATE INDEX mem_sessions_active_idx ON mem_sessions (last_event_at) WHERE status = 'active';
CREATE INDEX mem_sessions_project_id_started_at_idx ON mem_sessions (project_id, started_at DESC);

-- The raw event is the truth: redacted, otherwise as the host sent it. Everything below it can be
-- made again from it.
CREATE TABLE mem_events (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id    bigint      NOT NULL REFERENCES mem_sessions ON DELETE CASCADE,
    kind          text        NOT NULL,
    -- What makes a second copy of the same event recognisable, whichever way it came.
    dedupe_key    text        NOT NULL,
    tool_name     text,
    tool_use_id   text,
    agent_id      text,
    prompt_number integer     NOT NULL DEFAULT 0,
    cwd           text,
    occurred_at   timestamptz NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    -- SHA-256 of the payload as it arrived (redacted): finds the twin that a second registration
    -- of the same hook sends.
    payload_hash  bytea       NOT NULL,
    payload       text,
    CONSTRAINT mem_events_dedupe_unique UNIQUE (session_id, dedupe_key),
    CONSTRAINT kind_known CHECK (kind IN (
        'session-start', 'user-prompt-submit', 'post-tool-use', 'post-tool-use-failure',
        'stop', 'subagent-stop', 'post-compact', 'session-end')),
    CONSTRAINT payload_hash_is_sha256 CHECK (length(payload_hash) = 32)
);

COMMENT ON COLUMN mem_events.payload IS 'JSON text; NULL once its retention has passed';

CREATE INDEX mem_events_session_id_occurred_at_idx ON mem_events (session_id, occurred_at);

CREATE TABLE mem_user_prompts (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id    bigint      NOT NULL REFERENCES mem_sessions ON DELETE CASCADE,
    event_id      bigint      UNIQUE REFERENCES mem_events ON DELETE CASCADE,
    prompt_number integer     NOT NULL,
    prompt_text   text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mem_user_prompts_number_unique UNIQUE (session_id, prompt_number),
    CONSTRAINT prompt_number_positive CHECK (prompt_number > 0)
);

-- The queue: one job for each event, in River's vocabulary. A job that is done stays as the record
-- of what became of its event.
CREATE TABLE mem_jobs (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     bigint      NOT NULL UNIQUE REFERENCES mem_events ON DELETE CASCADE,
    kind         text        NOT NULL DEFAULT 'extract',
    state        text        NOT NULL DEFAULT 'available',
    -- How a completed job ended: observations were stored, or there was nothing worth it.
    outcome      text,
    skip_reason  text,
    attempt      smallint    NOT NULL DEFAULT 0,
    max_attempts smallint    NOT NULL DEFAULT 5,
    scheduled_at timestamptz NOT NULL DEFAULT now(),
    attempted_at timestamptz,
    attempted_by text,
    lease_until  timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finalized_at timestamptz,
    CONSTRAINT kind_known CHECK (kind IN ('extract')),
    CONSTRAINT state_known CHECK (state IN (
        'available', 'scheduled', 'running', 'retryable', 'completed', 'cancelled', 'discarded')),
    CONSTRAINT finalized_iff_final_state CHECK (
        (state IN ('completed', 'cancelled', 'discarded')) = (finalized_at IS NOT NULL)),
    CONSTRAINT leased_iff_running CHECK (
        (state = 'running') = (lease_until IS NOT NULL)
        AND (state <> 'running' OR attempted_by IS NOT NULL)),
    CONSTRAINT outcome_iff_completed CHECK ((state = 'completed') = (outcome IS NOT NULL)),
    CONSTRAINT outcome_known CHECK (outcome IN ('remembered', 'skipped')),
    CONSTRAINT reason_iff_skipped CHECK (
        (outcome IS NOT DISTINCT FROM 'skipped') = (skip_reason IS NOT NULL)),
    CONSTRAINT discarded_says_why CHECK (state <> 'discarded' OR last_error IS NOT NULL),
    CONSTRAINT attempts_bounded CHECK (attempt BETWEEN 0 AND max_attempts),
    CONSTRAINT last_error_bounded CHECK (length(last_error) <= 2000)
) WITH (
    -- Every job is updated at least twice in its life: leave room for it on the page, and vacuum
    -- by rows rather than by a fifth of the table.
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 200,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX mem_jobs_due_idx ON mem_jobs (scheduled_at, id)
    WHERE state IN ('available', 'retryable');

CREATE INDEX mem_jobs_lease_until_idx ON mem_jobs (lease_until)
    WHERE state = 'running';

CREATE INDEX mem_jobs_unfinished_idx ON mem_jobs (state)
    WHERE state IN ('available', 'scheduled', 'running', 'retryable', 'discarded');

CREATE TABLE mem_observations (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id        bigint      NOT NULL REFERENCES mem_sessions ON DELETE CASCADE,
    project_id        bigint      NOT NULL REFERENCES mem_projects ON DELETE CASCADE,
    title             text        NOT NULL,
    subtitle          text,
    type              text        NOT NULL DEFAULT 'discovery',
    narrative         text,
    facts             jsonb       NOT NULL DEFAULT '[]',
    concepts          jsonb       NOT NULL DEFAULT '[]',
    files_read        jsonb       NOT NULL DEFAULT '[]',
    files_modified    jsonb       NOT NULL DEFAULT '[]',
    tool_name         text,
    prompt_number     integer,
    -- Who made it: an extractor with its version, or `api`, `manual`.
    made_by           text        NOT NULL,
    made_by_version   integer     NOT NULL DEFAULT 1,
    -- When it happened; when it was stored is a different question.
    created_at        timestamptz NOT NULL DEFAULT now(),
    stored_at         timestamptz NOT NULL DEFAULT now(),
    -- Parts of identifiers and pairs of CJK letters, which PostgreSQL's parser does not yield.
    search_terms      text        NOT NULL DEFAULT '',
    language          regconfig   NOT NULL DEFAULT 'english',
    -- Prose in its language for stems, and as written (`simple`) for every other language.
    tsv               tsvector    GENERATED ALWAYS AS (
        setweight(to_tsvector(language, title), 'A')
        || setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector(language, coalesce(subtitle, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(subtitle, '')), 'B')
        || setweight(to_tsvector(language, coalesce(narrative, '')), 'C')
        || setweight(to_tsvector('simple', coalesce(narrative, '')), 'C')
        || setweight(to_tsvector(language, facts), 'C')
        || setweight(to_tsvector('simple', facts), 'C')
        || setweight(to_tsvector('simple', files_modified), 'D')
        || setweight(to_tsvector('simple', files_read), 'D')
        || setweight(to_tsvector('simple', search_terms), 'D')
    ) STORED,
    CONSTRAINT title_bounded CHECK (btrim(title) <> '' AND length(title) <= 500),
    CONSTRAINT subtitle_bounded CHECK (length(subtitle) <= 1000),
    CONSTRAINT narrative_bounded CHECK (octet_length(narrative) <= 32768),
    CONSTRAINT type_known CHECK (type IN (
        'decision', 'bugfix', 'feature', 'refactor', 'discovery', 'change', 'pattern', 'gotcha')),
    CONSTRAINT lists_are_arrays CHECK (
        jsonb_typeof(facts) = 'array' AND jsonb_typeof(concepts) = 'array'
        AND jsonb_typeof(files_read) = 'array' AND jsonb_typeof(files_modified) = 'array')
);

CREATE INDEX mem_observations_tsv_idx ON mem_observations USING gin (tsv);
CREATE INDEX mem_observations_project_id_created_at_idx
    ON mem_observations (project_id, created_at DESC, id DESC);
CREATE INDEX mem_observations_created_at_idx ON mem_observations (created_at DESC, id DESC);
CREATE INDEX mem_observations_session_id_created_at_idx
    ON mem_observations (session_id, created_at, id);

-- Provenance: which events an observation was made from.
CREATE TABLE mem_observation_events (
    observation_id bigint NOT NULL REFERENCES mem_observations ON DELETE CASCADE,
    event_id       bigint NOT NULL REFERENCES mem_events ON DELETE CASCADE,
    PRIMARY KEY (observation_id, event_id)
);

CREATE INDEX mem_observation_events_event_id_idx ON mem_observation_events (event_id);

-- What a client's idempotency key was answered with, so that a repeated request stores nothing.
CREATE TABLE mem_idempotency_keys (
    key             text        PRIMARY KEY,
    observation_ids bigint[]    NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT key_bounded CHECK (key <> '' AND length(key) <= 500)
);

CREATE INDEX mem_idempotency_keys_created_at_idx ON mem_idempotency_keys (created_at);

-- A stored vector says by its model what made it; vectors of two models are never compared.
CREATE TABLE mem_embedding_models (
    id         smallint    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    dimensions smallint    NOT NULL,
    provider   text        NOT NULL,
    is_current boolean     NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT mem_embedding_models_id_dimensions_unique UNIQUE (id, dimensions),
    CONSTRAINT dimensions_indexable CHECK (dimensions BETWEEN 1 AND 2000)
);

CREATE UNIQUE INDEX mem_embedding_models_one_current_idx ON mem_embedding_models (is_current)
    WHERE is_current;

-- Observations that still want a vector of the current model: written with the observation, removed
-- with its vector, filled again when the model changes. It stays small, so counting it is cheap.
CREATE TABLE mem_unembedded (
    observation_id bigint   PRIMARY KEY REFERENCES mem_observations ON DELETE CASCADE,
    attempt        smallint NOT NULL DEFAULT 0,
    CONSTRAINT attempt_not_negative CHECK (attempt >= 0)
) WITH (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 200,
    autovacuum_vacuum_cost_delay = 0
);

-- The queue as the reference systems showed it, for SQL that people already have.
CREATE VIEW mem_observation_queue AS
SELECT
    jobs.id,
    events.session_id,
    events.tool_name,
    events.cwd,
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
