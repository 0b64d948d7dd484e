-- What has been kept for long enough goes as a whole: an event whose payload and job are gone, a
-- session nothing is left of, an observation that was closed because something newer replaced it.

-- What a user asked outlives the event that brought it.
ALTER TABLE mem_user_prompts DROP CONSTRAINT mem_user_prompts_event_id_fkey;
ALTER TABLE mem_user_prompts ADD CONSTRAINT mem_user_prompts_event_id_fkey
    FOREIGN KEY (event_id) REFERENCES mem_events ON DELETE SET NULL;

CREATE INDEX mem_events_received_at_idx ON mem_events (received_at);

CREATE INDEX mem_sessions_ended_idx ON mem_sessions (last_event_at) WHERE status <> 'active';

-- A closed observation is kept for the record, and no longer recalled.
ALTER TABLE mem_observations
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN superseded_by bigint,
    ADD CONSTRAINT superseded_is_closed CHECK (superseded_by IS NULL OR closed_at IS NOT NULL),
    ADD CONSTRAINT superseded_by_another CHECK (superseded_by <> id);

CREATE INDEX mem_observations_closed_at_idx ON mem_observations (closed_at)
    WHERE closed_at IS NOT NULL;

COMMENT ON COLUMN mem_observations.superseded_by IS
    'What holds instead; it may have been forgotten since';

-- The database's size, once a day: growth is the difference of two of them.
CREATE TABLE mem_storage_samples (
    taken_on       date   PRIMARY KEY,
    database_bytes bigint NOT NULL,
    CONSTRAINT database_bytes_positive CHECK (database_bytes > 0)
);
