-- Memory moves: out of one database into another, and in from other systems. What has no name of its
-- own gets one that stays with it wherever it goes, so that it is stored once however often it is
-- brought.

ALTER TABLE mem_observations ADD COLUMN uid uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE mem_lessons ADD COLUMN uid uuid NOT NULL DEFAULT gen_random_uuid();

CREATE UNIQUE INDEX mem_observations_uid_idx ON mem_observations (uid);
CREATE UNIQUE INDEX mem_lessons_uid_idx ON mem_lessons (uid);

COMMENT ON COLUMN mem_observations.uid IS
    'Stays the same in every database; of what was imported, made of its place in the source';

-- What was taken in from elsewhere, by its name alone. It outlives what was stored under it: what was
-- forgotten since, or was kept for long enough, is not brought back by a second import.
CREATE TABLE mem_imported (
    uid         uuid        PRIMARY KEY,
    imported_at timestamptz NOT NULL
);

-- A time as it is written in an export: to the microsecond, in UTC.
CREATE FUNCTION mem_utc(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A summary of a turn that happened elsewhere has no event of ours to hang on.
COMMENT ON COLUMN mem_session_summaries.turn_id IS
    'The event the turn begins with or behind, 0 for none, below 0 for a turn that moved in without its events; NULL for the whole session';
