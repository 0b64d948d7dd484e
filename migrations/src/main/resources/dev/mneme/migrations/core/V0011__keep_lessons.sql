-- Lessons: rules that somebody wrote, or that repeated failures suggest, told to an agent right before
-- a call that they are about. Names are those of the reference systems where these have one.

CREATE TABLE mem_lessons (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL for one that holds in every project.
    project_id        bigint      REFERENCES mem_projects ON DELETE CASCADE,
    title             text        NOT NULL,
    rule              text        NOT NULL,
    severity          text        NOT NULL,
    -- Names of tools, as in `Edit|Write|mcp__github__*`; NULL for any.
    trigger_tool      text,
    -- In RE2's syntax; NULL for any input.
    trigger_pattern   text,
    state             text        NOT NULL,
    source            text        NOT NULL,
    -- Of a proposal: the hash of the failure it is about, so that it is proposed once.
    signature         text,
    -- Of a proposal: the observations that show the failure and its fix; of another, what it names.
    observation_ids   bigint[]    NOT NULL DEFAULT '{}',
    made_by_version   integer     NOT NULL DEFAULT 1,
    trigger_count     bigint      NOT NULL DEFAULT 0,
    last_triggered_at timestamptz,
    created_at        timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    active            boolean     GENERATED ALWAYS AS (state = 'active') STORED,
    search_terms      text        NOT NULL DEFAULT '',
    language          regconfig   NOT NULL DEFAULT 'english',
    tsv               tsvector    GENERATED ALWAYS AS (
        setweight(to_tsvector(language, title), 'A')
        || setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector(language, rule), 'B')
        || setweight(to_tsvector('simple', rule), 'B')
        || setweight(to_tsvector('simple', search_terms), 'D')
    ) STORED,
    CONSTRAINT title_bounded CHECK (btrim(title) <> '' AND length(title) <= 200),
    CONSTRAINT rule_bounded CHECK (btrim(rule) <> '' AND length(rule) <= 2000),
    CONSTRAINT severity_known CHECK (severity IN ('critical', 'warning', 'info')),
    CONSTRAINT trigger_tool_bounded CHECK (
        btrim(trigger_tool) <> '' AND length(trigger_tool) <= 500),
    CONSTRAINT trigger_pattern_bounded CHECK (
        trigger_pattern <> '' AND length(trigger_pattern) <= 500),
    CONSTRAINT state_known CHECK (state IN ('proposed', 'active', 'retired')),
    CONSTRAINT source_known CHECK (source IN ('manual', 'proposed')),
    CONSTRAINT signature_is_sha256 CHECK (signature ~ '^[0-9a-f]{64}$'),
    CONSTRAINT only_proposals_have_signatures CHECK ((source = 'proposed') = (signature IS NOT NULL)),
    CONSTRAINT only_proposals_are_proposed CHECK (state <> 'proposed' OR source = 'proposed'),
    CONSTRAINT proposals_show_evidence CHECK (
        source <> 'proposed' OR cardinality(observation_ids) >= 2),
    CONSTRAINT evidence_bounded CHECK (cardinality(observation_ids) <= 20),
    CONSTRAINT proposals_are_never_told CHECK (state <> 'proposed' OR trigger_count = 0),
    CONSTRAINT told_iff_counted CHECK (
        trigger_count >= 0 AND (trigger_count = 0) = (last_triggered_at IS NULL))
);

CREATE INDEX mem_lessons_tsv_idx ON mem_lessons USING gin (tsv);
CREATE INDEX mem_lessons_project_id_idx ON mem_lessons (project_id);
CREATE INDEX mem_lessons_active_idx ON mem_lessons (id) WHERE state = 'active';

-- A failure is proposed once in a project, whatever became of the proposal.
CREATE UNIQUE INDEX mem_lessons_signature_idx ON mem_lessons (project_id, signature)
    WHERE signature IS NOT NULL;

-- Lessons are forgotten with their project, with what they were proposed from, or by their words.
ALTER TABLE mem_forgotten ADD COLUMN lessons integer NOT NULL DEFAULT 0;

ALTER TABLE mem_forgotten_rows DROP CONSTRAINT table_known;
ALTER TABLE mem_forgotten_rows ADD CONSTRAINT table_known CHECK (table_name IN (
    'mem_projects', 'mem_project_keys', 'mem_sessions', 'mem_events', 'mem_user_prompts',
    'mem_jobs', 'mem_observations', 'mem_observation_events', 'mem_idempotency_keys',
    'mem_session_summaries', 'mem_lessons', 'mem_sessions.summary', 'spool'));
