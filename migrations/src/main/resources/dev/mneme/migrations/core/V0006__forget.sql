-- Forgetting. What is forgotten leaves its table at once, so that no query has to remember to leave
-- it out: the rows lie as JSON in a quarantine that no read path knows, until they are restored or
-- their grace time is over. What says afterwards that something was forgotten holds no content.

-- One act of forgetting, kept as the record of it.
CREATE TABLE mem_forgotten (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Which ways of choosing were used, as in `session` or `last project`.
    chosen_by        text        NOT NULL,
    state            text        NOT NULL,
    forgotten_at     timestamptz NOT NULL,
    restorable_until timestamptz NOT NULL,
    finalized_at     timestamptz,
    observations     integer     NOT NULL DEFAULT 0,
    events           integer     NOT NULL DEFAULT 0,
    jobs             integer     NOT NULL DEFAULT 0,
    prompts          integer     NOT NULL DEFAULT 0,
    summaries        integer     NOT NULL DEFAULT 0,
    sessions         integer     NOT NULL DEFAULT 0,
    projects         integer     NOT NULL DEFAULT 0,
    spooled          integer     NOT NULL DEFAULT 0,
    CONSTRAINT chosen_by_known CHECK (
        chosen_by ~ '^(ids|session|last|query|path|project)( (session|last|query|path|project))*$'),
    CONSTRAINT state_known CHECK (state IN ('restorable', 'restored', 'erased')),
    CONSTRAINT finalized_iff_over CHECK ((state = 'restorable') = (finalized_at IS NULL))
);

CREATE INDEX mem_forgotten_restorable_until_idx ON mem_forgotten (restorable_until)
    WHERE state = 'restorable';

-- The quarantine: whole rows of other tables, and files of the spool.
CREATE TABLE mem_forgotten_rows (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    forgotten_id bigint NOT NULL REFERENCES mem_forgotten ON DELETE CASCADE,
    table_name   text   NOT NULL,
    content      jsonb  NOT NULL,
    CONSTRAINT table_known CHECK (table_name IN (
        'mem_projects', 'mem_project_keys', 'mem_sessions', 'mem_events', 'mem_user_prompts',
        'mem_jobs', 'mem_observations', 'mem_observation_events', 'mem_idempotency_keys',
        'mem_sessions.summary', 'spool'))
);

CREATE INDEX mem_forgotten_rows_forgotten_id_table_name_idx
    ON mem_forgotten_rows (forgotten_id, table_name, id);

-- What keeps a late copy from bringing back what was forgotten: a hash of what it would be known
-- by, and the times it speaks of. Stays when the rows are erased; goes when they are restored.
CREATE TABLE mem_tombstones (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    forgotten_id    bigint      REFERENCES mem_forgotten ON DELETE CASCADE,
    mark            text        NOT NULL,
    from_at         timestamptz NOT NULL DEFAULT '-infinity',
    until_at        timestamptz NOT NULL DEFAULT 'infinity',
    -- Of a session: how many prompts it had, so that later ones keep counting from there.
    prompt_count    integer     NOT NULL DEFAULT 0,
    -- Of an idempotency key: what it was answered with.
    observation_ids bigint[],
    CONSTRAINT mark_is_sha256 CHECK (mark ~ '^[0-9a-f]{64}$')
);

CREATE INDEX mem_tombstones_mark_idx ON mem_tombstones (mark);
CREATE INDEX mem_tombstones_forgotten_id_idx ON mem_tombstones (forgotten_id);

-- The hash of what something is known by; the same as `Tombstone` computes. Each part carries its
-- length, so that no two lists of parts look alike.
CREATE FUNCTION mem_mark(VARIADIC parts text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT encode(
        sha256(convert_to(
            (
                SELECT string_agg(octet_length(convert_to(part, 'UTF8')) || ':' || part, ','
                    ORDER BY place)
                FROM unnest(parts) WITH ORDINALITY AS listed (part, place)
            ),
            'UTF8')),
        'hex')
$$;

-- Puts the quarantined rows of one table back, with all columns that both the rows and the table
-- know: a column that came later gets its default. Dynamic for that reason alone; the table's name
-- is one of those that the quarantine's constraint lists.
--
-- Returns the last row put back; NULL when there was none.
CREATE FUNCTION mem_restore_rows(
    batch bigint, target text, after_id bigint, chunk integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    column_list text;
    last_id bigint;
BEGIN
    SELECT string_agg(format('%I', attributes.attname), ', ' ORDER BY attributes.attnum)
    INTO column_list
    FROM pg_attribute AS attributes
    WHERE attributes.attrelid = target::regclass
        AND attributes.attnum > 0
        AND NOT attributes.attisdropped
        AND attributes.attgenerated = ''
        AND (
            SELECT kept.content
            FROM mem_forgotten_rows AS kept
            WHERE kept.forgotten_id = batch AND kept.table_name = target AND kept.id > after_id
            ORDER BY kept.id
            LIMIT 1
        ) ? attributes.attname;
    IF column_list IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT max(page.id)
    INTO last_id
    FROM (
        SELECT kept.id
        FROM mem_forgotten_rows AS kept
        WHERE kept.forgotten_id = batch AND kept.table_name = target AND kept.id > after_id
        ORDER BY kept.id
        LIMIT chunk
    ) AS page;
    EXECUTE format(
        'INSERT INTO %1$I (%2$s) OVERRIDING SYSTEM VALUE'
        ' SELECT %3$s'
        ' FROM mem_forgotten_rows AS kept'
        ' CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$I, kept.content) AS restored'
        ' WHERE kept.forgotten_id = $1 AND kept.table_name = $2 AND kept.id > $3 AND kept.id <= $4'
        ' ORDER BY kept.id',
        target,
        column_list,
        (
            SELECT string_agg('restored.' || name, ', ')
            FROM unnest(string_to_array(column_list, ', ')) AS name
        ))
    USING batch, target, after_id, last_id;
    RETURN last_id;
END
$$;
