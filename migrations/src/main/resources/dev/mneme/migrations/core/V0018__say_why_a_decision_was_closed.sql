-- Why a decision no longer holds, where Mneme saw it by itself: which sign the newer one gave, and
-- how much of their subject they share. What a person closed has none.
ALTER TABLE mem_observations
    ADD COLUMN superseded_because text,
    ADD COLUMN superseded_score real,
    ADD CONSTRAINT superseded_because_known CHECK (
        superseded_because IN ('other-value', 'left-behind', 'reversed')),
    ADD CONSTRAINT superseded_with_evidence CHECK (
        superseded_because IS NULL OR (superseded_by IS NOT NULL AND superseded_score IS NOT NULL));

-- What Mneme closed for a newer decision comes back when that one goes while it holds. One that was
-- closed itself had a newer one, and goes by retention.
CREATE FUNCTION mem_reopen_superseded() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mem_observations
    SET closed_at = NULL, superseded_by = NULL, superseded_because = NULL, superseded_score = NULL
    WHERE superseded_by = OLD.id AND superseded_because IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE INDEX mem_observations_superseded_by_idx ON mem_observations (superseded_by)
    WHERE superseded_because IS NOT NULL;

CREATE TRIGGER mem_observations_reopen_superseded
    AFTER DELETE ON mem_observations
    FOR EACH ROW WHEN (OLD.closed_at IS NULL) EXECUTE FUNCTION mem_reopen_superseded();
