-- Search keeps the words of a project's observations in memory, with how rare each is. So that it
-- can ask what changed since it last looked, every row says in which transaction it was last
-- written. A transaction that had not ended by then is asked about again, which is why this is no
-- counter and no clock: neither knows in which order commits become visible.

ALTER TABLE mem_observations ADD COLUMN changed_in xid8;

COMMENT ON COLUMN mem_observations.changed_in IS
    'The transaction that last wrote the row; NULL for what is older than this column';

CREATE INDEX mem_observations_project_id_changed_in_idx
    ON mem_observations (project_id, changed_in);

CREATE FUNCTION mem_note_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER mem_observations_note_change
    BEFORE INSERT OR UPDATE ON mem_observations
    FOR EACH ROW EXECUTE FUNCTION mem_note_change();

-- When a project last lost an observation, whoever took it. One row for each project, without a
-- reference: it holds nothing, and outliving its project does no harm.
CREATE TABLE mem_search_removals (
    project_id bigint PRIMARY KEY,
    removed_in xid8   NOT NULL
);

CREATE FUNCTION mem_note_removals() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- In one order, so that two of these cannot wait for each other.
    INSERT INTO mem_search_removals (project_id, removed_in)
    SELECT project_id, pg_current_xact_id()
    FROM gone
    GROUP BY project_id
    ORDER BY project_id
    ON CONFLICT (project_id) DO UPDATE SET removed_in = EXCLUDED.removed_in;
    RETURN NULL;
END
$$;

CREATE TRIGGER mem_observations_note_removals
    AFTER DELETE ON mem_observations
    REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION mem_note_removals();

CREATE FUNCTION mem_note_move() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mem_search_removals (project_id, removed_in)
    VALUES (OLD.project_id, pg_current_xact_id())
    ON CONFLICT (project_id) DO UPDATE SET removed_in = EXCLUDED.removed_in;
    RETURN NULL;
END
$$;

CREATE TRIGGER mem_observations_note_move
    AFTER UPDATE OF project_id ON mem_observations
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id) EXECUTE FUNCTION mem_note_move();
