-- What turns and sessions came to is found by meaning too. A summary is said anew whenever its
-- session goes on, is redacted, or comes back from being forgotten, so each row counts how often its
-- words have changed, and of which of these revisions it has been given a vector.

ALTER TABLE mem_session_summaries
    ADD COLUMN revision           integer  NOT NULL DEFAULT 1,
    ADD COLUMN embedded_revision  integer,
    ADD COLUMN embedding_failures smallint NOT NULL DEFAULT 0;

COMMENT ON COLUMN mem_session_summaries.embedded_revision IS
    'The revision that the serving model has embedded; NULL or another one wants a vector';

CREATE INDEX mem_session_summaries_unembedded_idx ON mem_session_summaries (id)
    WHERE embedded_revision IS DISTINCT FROM revision;

CREATE FUNCTION mem_revise_summary() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- A row that comes back has left its vector behind.
        NEW.embedded_revision := NULL;
        NEW.embedding_failures := 0;
    ELSIF (NEW.request, NEW.investigated, NEW.learned, NEW.completed, NEW.next_steps)
        IS DISTINCT FROM
        (OLD.request, OLD.investigated, OLD.learned, OLD.completed, OLD.next_steps) THEN
        NEW.revision := OLD.revision + 1;
        NEW.embedding_failures := 0;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER mem_session_summaries_revise
    BEFORE INSERT OR UPDATE ON mem_session_summaries
    FOR EACH ROW EXECUTE FUNCTION mem_revise_summary();
