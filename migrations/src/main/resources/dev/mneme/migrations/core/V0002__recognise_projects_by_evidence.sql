-- A place belongs to one project; a history and a remote may be shared: a fork has the root commits
-- of what it was forked from, a copied folder has its remote too. So what must be unique is the
-- place alone. Places and ids that are no longer in use stay known, so that late events and old
-- scripts still find their project.

ALTER TABLE mem_project_keys DROP CONSTRAINT mem_project_keys_pkey;
ALTER TABLE mem_project_keys ADD PRIMARY KEY (project_id, kind, value);

-- The new primary key starts with it.
DROP INDEX mem_project_keys_project_id_idx;

ALTER TABLE mem_project_keys DROP CONSTRAINT kind_known;
ALTER TABLE mem_project_keys ADD CONSTRAINT kind_known CHECK (kind IN (
    'path', 'former-path', 'git-common-dir', 'root-commit', 'remote', 'alias', 'former-id'));

CREATE UNIQUE INDEX mem_project_keys_one_owner_idx ON mem_project_keys (kind, value)
    WHERE kind IN ('path', 'git-common-dir', 'former-id');

CREATE INDEX mem_project_keys_kind_value_idx ON mem_project_keys (kind, value);
