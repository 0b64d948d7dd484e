package dev.mneme.store;

import dev.mneme.domain.Forgetting;

import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.Update;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// What was forgotten and may still come back: listed without content, restored under its old ids,
/// or erased.
public final class QuarantineStore {

    /// Rows put back by one statement.
    private static final int CHUNK_ROWS = 5_000;

    /// Parents before children.
    private static final List<String> TABLES =
            List.of(
                    "mem_projects",
                    "mem_project_keys",
                    "mem_sessions",
                    "mem_events",
                    "mem_user_prompts",
                    "mem_jobs",
                    "mem_observations",
                    "mem_observation_events",
                    "mem_session_summaries",
                    "mem_lessons",
                    "mem_idempotency_keys");

    /// The newest first.
    public List<Forgetting> list(Tx tx, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT *
                        FROM mem_forgotten
                        ORDER BY id DESC
                        LIMIT :limit
                        """)
                .bind("limit", limit)
                .map(QuarantineStore::forgetting)
                .list();
    }

    public Optional<Forgetting> byId(Tx tx, long id) {
        return tx.handle()
                .createQuery("SELECT * FROM mem_forgotten WHERE id = :id")
                .bind("id", id)
                .map(QuarantineStore::forgetting)
                .findOne();
    }

    /// Batches whose grace time is over.
    public List<Long> expired(Tx tx, Instant now, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_forgotten
                        WHERE state = 'restorable' AND restorable_until <= :now
                        ORDER BY restorable_until
                        LIMIT :limit
                        """)
                .bind("now", Columns.utc(now))
                .bind("limit", limit)
                .mapTo(Long.class)
                .list();
    }

    /// Ends the possibility to restore a batch, whatever is still to be removed.
    ///
    /// @return false when it was not restorable
    public boolean giveUp(Tx tx, long id, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_forgotten
                                SET state = 'erased', finalized_at = :now
                                WHERE id = :id AND state = 'restorable'
                                """)
                        .bind("id", id)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Removes quarantined rows of batches that can no longer be restored.
    ///
    /// @return how many
    public int eraseRows(Tx tx, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_forgotten_rows
                        WHERE id IN (
                            SELECT kept.id
                            FROM mem_forgotten AS batches
                            JOIN mem_forgotten_rows AS kept ON kept.forgotten_id = batches.id
                            WHERE batches.state <> 'restorable'
                            LIMIT :limit)
                        """)
                .bind("limit", limit)
                .execute();
    }

    /// The files of the spool in a batch.
    public List<ForgetStore.SpoolFile> spoolFiles(Tx tx, long batch) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            content ->> 'folder' AS folder,
                            content ->> 'name' AS name,
                            content ->> 'base64' AS base64
                        FROM mem_forgotten_rows
                        WHERE forgotten_id = :batch AND table_name = 'spool'
                        ORDER BY id
                        """)
                .bind("batch", batch)
                .map(
                        (row, context) ->
                                new ForgetStore.SpoolFile(
                                        row.getString("folder"),
                                        row.getString("name"),
                                        row.getString("base64")))
                .list();
    }

    /// Holds a batch until the transaction ends, so that it is restored once.
    public boolean holdRestorable(Tx tx, long batch, Instant now) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_forgotten
                        WHERE id = :batch AND state = 'restorable' AND restorable_until > :now
                        FOR UPDATE
                        """)
                .bind("batch", batch)
                .bind("now", Columns.utc(now))
                .mapTo(Long.class)
                .findOne()
                .isPresent();
    }

    /// Where a project was made anew at the place, or under the bare name, of a forgotten one, what
    /// comes back belongs to it; where only the name was taken, the old one gets another.
    public void fitProject(Tx tx, long batch) {
        Optional<Long> kept =
                tx.handle()
                        .createQuery(
                                """
                                SELECT CAST(content ->> 'id' AS bigint)
                                FROM mem_forgotten_rows
                                WHERE forgotten_id = :batch AND table_name = 'mem_projects'
                                """)
                        .bind("batch", batch)
                        .mapTo(Long.class)
                        .findOne();
        if (kept.isEmpty()) {
            return;
        }
        Optional<Long> successor = successor(tx, batch);
        if (successor.isPresent()) {
            for (String statement : INTO_SUCCESSOR) {
                Update update = tx.handle().createUpdate(statement);
                update.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
                update.bind("batch", batch)
                        .bind("old", kept.get())
                        .bind("successor", successor.get())
                        .execute();
            }
            return;
        }
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten_rows AS kept
                        SET content = jsonb_set(kept.content, '{name}', to_jsonb(free.name))
                        FROM (
                            SELECT base.name || '~' || number AS name
                            FROM (
                                SELECT content ->> 'name' AS name
                                FROM mem_forgotten_rows
                                WHERE forgotten_id = :batch AND table_name = 'mem_projects'
                            ) AS base
                            CROSS JOIN generate_series(2, 10000) AS number
                            WHERE NOT EXISTS (
                                SELECT
                                FROM mem_projects AS projects
                                WHERE projects.name = base.name || '~' || number)
                            ORDER BY number
                            LIMIT 1
                        ) AS free
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_projects'
                            AND EXISTS (
                                SELECT
                                FROM mem_projects AS projects
                                WHERE projects.name = kept.content ->> 'name')
                        """)
                .bind("batch", batch)
                .execute();
    }

    private static Optional<Long> successor(Tx tx, long batch) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT living.project_id
                        FROM mem_forgotten_rows AS kept
                        JOIN mem_project_keys AS living
                            ON living.kind = kept.content ->> 'kind'
                            AND living.value = kept.content ->> 'value'
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_project_keys'
                            AND living.kind IN ('path', 'git-common-dir', 'former-id')
                        UNION ALL
                        SELECT projects.id
                        FROM mem_forgotten_rows AS kept
                        JOIN mem_projects AS projects ON projects.name = kept.content ->> 'name'
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_projects'
                            AND kept.content ->> 'full_path' IS NULL
                            AND projects.full_path IS NULL
                        LIMIT 1
                        """)
                .bind("batch", batch)
                .mapTo(Long.class)
                .findFirst();
    }

    /// The project's id may also stand in batches that were forgotten before it.
    private static final List<String> INTO_SUCCESSOR =
            List.of(
                    """
                    DELETE FROM mem_forgotten_rows AS kept
                    WHERE kept.forgotten_id = :batch
                        AND (kept.table_name = 'mem_projects'
                            OR (kept.table_name = 'mem_project_keys' AND EXISTS (
                                SELECT
                                FROM mem_project_keys AS living
                                WHERE living.kind = kept.content ->> 'kind'
                                    AND living.value = kept.content ->> 'value'
                                    AND (living.project_id = :successor
                                        OR living.kind IN
                                            ('path', 'git-common-dir', 'former-id')))))
                    """,
                    """
                    UPDATE mem_forgotten_rows AS kept
                    SET content = jsonb_set(
                        kept.content, '{project_id}', to_jsonb(CAST(:successor AS bigint)))
                    WHERE kept.content ->> 'project_id' = CAST(:old AS text)
                        AND kept.table_name IN (
                            'mem_project_keys', 'mem_sessions', 'mem_observations',
                            'mem_lessons')
                    """,
                    """
                    INSERT INTO mem_project_keys (project_id, kind, value)
                    SELECT :successor, 'former-id', CAST(:old AS text)
                    ON CONFLICT DO NOTHING
                    """);

    /// Where a session went on after it was forgotten, what comes back belongs to what it is now.
    public void fitSessions(Tx tx, long batch) {
        tx.handle()
                .execute(
                        """
                        CREATE TEMPORARY TABLE restore_sessions
                            (kept_id bigint, old_id bigint, id bigint) ON COMMIT DROP
                        """);
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO restore_sessions (kept_id, old_id, id)
                        SELECT kept.id, CAST(kept.content ->> 'id' AS bigint), sessions.id
                        FROM mem_forgotten_rows AS kept
                        JOIN mem_sessions AS sessions
                            ON sessions.session_id = kept.content ->> 'session_id'
                        WHERE kept.forgotten_id = :batch AND kept.table_name = 'mem_sessions'
                        """)
                .bind("batch", batch)
                .execute();
        for (String statement : INTO_LIVING_SESSIONS) {
            tx.handle().createUpdate(statement).execute();
        }
        // A session's number may have been taken over by a merge of its project meanwhile.
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten_rows AS kept
                        SET content = jsonb_set(
                            kept.content, '{project_id}', to_jsonb(keys.project_id))
                        FROM mem_project_keys AS keys
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name IN (
                                'mem_sessions', 'mem_observations', 'mem_lessons')
                            AND keys.kind = 'former-id'
                            AND keys.value = kept.content ->> 'project_id'
                        """)
                .bind("batch", batch)
                .execute();
    }

    private static final List<String> INTO_LIVING_SESSIONS =
            List.of(
                    """
                    UPDATE mem_forgotten_rows AS kept
                    SET content = jsonb_set(kept.content, '{session_id}', to_jsonb(living.id))
                    FROM restore_sessions AS living
                    WHERE kept.table_name IN (
                            'mem_events', 'mem_user_prompts', 'mem_jobs', 'mem_observations',
                            'mem_session_summaries', 'mem_sessions.summary')
                        AND kept.content ->> 'session_id' = CAST(living.old_id AS text)
                    """,
                    """
                    UPDATE mem_sessions AS sessions
                    SET started_at = least(
                            sessions.started_at,
                            CAST(kept.content ->> 'started_at' AS timestamptz)),
                        prompt_count = greatest(
                            sessions.prompt_count,
                            CAST(kept.content ->> 'prompt_count' AS integer))
                    FROM restore_sessions AS living
                    JOIN mem_forgotten_rows AS kept ON kept.id = living.kept_id
                    WHERE sessions.id = living.id
                    """,
                    """
                    DELETE FROM mem_forgotten_rows AS kept
                    USING restore_sessions AS living
                    WHERE kept.id = living.kept_id
                    """);

    /// Another batch that must be restored first, because it holds the session or the project of
    /// what is in this one; 0 where what it belonged to is gone for good.
    public OptionalLong missing(Tx tx, long batch) {
        List<Long> orphans =
                tx.handle()
                        .createQuery(
                                """
                                WITH wanted AS (
                                    SELECT DISTINCT
                                        CASE WHEN table_name <> 'mem_sessions'
                                            THEN CAST(content ->> 'session_id' AS bigint)
                                            END AS session_id,
                                        CAST(content ->> 'project_id' AS bigint) AS project_id
                                    FROM mem_forgotten_rows
                                    WHERE forgotten_id = :batch
                                        AND table_name IN (
                                            'mem_sessions', 'mem_events', 'mem_user_prompts',
                                            'mem_jobs', 'mem_observations',
                                            'mem_session_summaries', 'mem_lessons')
                                ), absent AS (
                                    SELECT 'mem_sessions' AS table_name, session_id AS id
                                    FROM wanted
                                    WHERE session_id IS NOT NULL
                                        AND session_id NOT IN (SELECT id FROM mem_sessions)
                                    UNION
                                    SELECT 'mem_projects', project_id
                                    FROM wanted
                                    WHERE project_id IS NOT NULL
                                        AND project_id NOT IN (SELECT id FROM mem_projects)
                                )
                                SELECT coalesce(max(kept.forgotten_id), 0)
                                FROM absent
                                LEFT JOIN mem_forgotten_rows AS kept
                                    ON kept.table_name = absent.table_name
                                    AND kept.content ->> 'id' = CAST(absent.id AS text)
                                GROUP BY absent.table_name, absent.id
                                HAVING coalesce(max(kept.forgotten_id), 0) <> :batch
                                """)
                        .bind("batch", batch)
                        .mapTo(Long.class)
                        .list();
        return orphans.stream().mapToLong(Long::longValue).min();
    }

    /// Puts every row of a batch back where it was. Jobs that had not ended are due at once; the
    /// vectors of observations are made again.
    public void restore(Tx tx, long batch, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten_rows
                        SET content = content || jsonb_build_object(
                            'state', 'retryable',
                            'scheduled_at', CAST(:now AS text),
                            'lease_until', NULL,
                            'attempt', CAST(content ->> 'attempt' AS integer)
                                - CASE content ->> 'state' WHEN 'running' THEN 1 ELSE 0 END)
                        WHERE forgotten_id = :batch
                            AND table_name = 'mem_jobs'
                            AND content ->> 'state' IN (
                                'available', 'scheduled', 'running', 'retryable')
                        """)
                .bind("batch", batch)
                .bind("now", now.toString())
                .execute();
        for (String table : TABLES) {
            if (table.equals("mem_observation_events")) {
                dropBrokenOrigins(tx, batch);
            }
            if (table.equals("mem_session_summaries")) {
                giveWay(tx, batch);
            }
            if (table.equals("mem_observations")) {
                dropImportedAgain(tx, batch);
            }
            if (table.equals("mem_lessons")) {
                dropProposedAgain(tx, batch);
            }
            putBack(tx, batch, table);
        }
        for (String statement : AFTER_RESTORE) {
            tx.handle().createUpdate(statement).bind("batch", batch).execute();
        }
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten
                        SET state = 'restored', finalized_at = :now
                        WHERE id = :batch
                        """)
                .bind("batch", batch)
                .bind("now", Columns.utc(now))
                .execute();
    }

    private static void putBack(Tx tx, long batch, String table) {
        long after = 0;
        while (true) {
            Optional<Long> last =
                    tx.handle()
                            .createQuery("SELECT mem_restore_rows(:batch, :table, :after, :chunk)")
                            .bind("batch", batch)
                            .bind("table", table)
                            .bind("after", after)
                            .bind("chunk", CHUNK_ROWS)
                            .mapTo(Long.class)
                            .findOne();
            if (last.isEmpty()) {
                return;
            }
            after = last.get();
        }
    }

    /// Where either end was forgotten on its own since.
    private static void dropBrokenOrigins(Tx tx, long batch) {
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_forgotten_rows AS kept
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_observation_events'
                            AND NOT (
                                EXISTS (
                                    SELECT
                                    FROM mem_observations AS observations
                                    WHERE observations.id
                                        = CAST(kept.content ->> 'observation_id' AS bigint))
                                AND EXISTS (
                                    SELECT
                                    FROM mem_events AS events
                                    WHERE events.id
                                        = CAST(kept.content ->> 'event_id' AS bigint)))
                        """)
                .bind("batch", batch)
                .execute();
    }

    /// What was said since, of less than comes back, makes room for what was said before.
    private static void giveWay(Tx tx, long batch) {
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_session_summaries AS summaries
                        USING mem_forgotten_rows AS kept
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_session_summaries'
                            AND summaries.session_id
                                = CAST(kept.content ->> 'session_id' AS bigint)
                            AND summaries.turn_id IS NOT DISTINCT FROM
                                CAST(kept.content ->> 'turn_id' AS bigint)
                        """)
                .bind("batch", batch)
                .execute();
    }

    /// What was imported again meanwhile is what comes back.
    private static void dropImportedAgain(Tx tx, long batch) {
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_observations AS observations
                        USING mem_forgotten_rows AS kept
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_observations'
                            AND observations.uid = CAST(kept.content ->> 'uid' AS uuid)
                        """)
                .bind("batch", batch)
                .execute();
    }

    /// What was proposed or imported again meanwhile is what comes back.
    private static void dropProposedAgain(Tx tx, long batch) {
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_lessons AS lessons
                        USING mem_forgotten_rows AS kept
                        WHERE kept.forgotten_id = :batch
                            AND kept.table_name = 'mem_lessons'
                            AND (
                                lessons.uid = CAST(kept.content ->> 'uid' AS uuid)
                                OR lessons.signature = kept.content ->> 'signature'
                                    AND lessons.project_id
                                        = CAST(kept.content ->> 'project_id' AS bigint))
                        """)
                .bind("batch", batch)
                .execute();
    }

    private static final List<String> AFTER_RESTORE =
            List.of(
                    """
                    INSERT INTO mem_unembedded (observation_id)
                    SELECT CAST(content ->> 'id' AS bigint)
                    FROM mem_forgotten_rows
                    WHERE forgotten_id = :batch AND table_name = 'mem_observations'
                    ON CONFLICT (observation_id) DO NOTHING
                    """,
                    """
                    UPDATE mem_sessions AS sessions
                    SET summary = coalesce(sessions.summary, kept.content ->> 'summary')
                    FROM mem_forgotten_rows AS kept
                    WHERE kept.forgotten_id = :batch
                        AND kept.table_name = 'mem_sessions.summary'
                        AND sessions.id = CAST(kept.content ->> 'session_id' AS bigint)
                    """,
                    """
                    UPDATE mem_sessions AS sessions
                    SET prompt_count = greatest(
                        sessions.prompt_count,
                        (
                            SELECT coalesce(max(tombstones.prompt_count), 0)
                            FROM mem_tombstones AS tombstones
                            WHERE tombstones.mark = mem_mark('session', sessions.session_id)
                        ))
                    FROM mem_forgotten_rows AS kept
                    WHERE kept.forgotten_id = :batch
                        AND kept.table_name = 'mem_sessions'
                        AND sessions.id = CAST(kept.content ->> 'id' AS bigint)
                    """,
                    // What stayed of a turn was worked on without what comes back now.
                    """
                    UPDATE mem_jobs AS jobs
                    SET state = 'retryable',
                        max_attempts = least(jobs.max_attempts + jobs.attempt, 32767),
                        finalized_at = NULL,
                        outcome = NULL,
                        skip_reason = NULL
                    FROM mem_events AS events
                    WHERE events.id = jobs.event_id
                        AND events.payload IS NOT NULL
                        AND jobs.state = 'completed'
                        AND jobs.attempt > 0
                        AND events.id IN (
                            SELECT origins.event_id
                            FROM mem_observation_events AS origins
                            WHERE origins.observation_id IN (
                                SELECT parts.observation_id
                                FROM mem_observation_events AS parts
                                JOIN mem_forgotten_rows AS back
                                    ON back.forgotten_id = :batch
                                    AND back.table_name = 'mem_observations'
                                    AND CAST(back.content ->> 'id' AS bigint)
                                        = parts.observation_id
                                WHERE NOT EXISTS (
                                    SELECT
                                    FROM mem_forgotten_rows AS kept
                                    WHERE kept.forgotten_id = :batch
                                        AND kept.table_name = 'mem_events'
                                        AND CAST(kept.content ->> 'id' AS bigint)
                                            = parts.event_id)))
                    """,
                    "DELETE FROM mem_tombstones WHERE forgotten_id = :batch",
                    "DELETE FROM mem_forgotten_rows WHERE forgotten_id = :batch");

    private static Forgetting forgetting(ResultSet row, StatementContext context)
            throws SQLException {
        return new Forgetting(
                row.getLong("id"),
                row.getString("chosen_by"),
                Forgetting.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                Columns.instant(row, "forgotten_at"),
                Columns.instant(row, "restorable_until"),
                Columns.optionalInstant(row, "finalized_at"),
                new Forgetting.Counts(
                        row.getInt("observations"),
                        row.getInt("events"),
                        row.getInt("jobs"),
                        row.getInt("prompts"),
                        row.getInt("summaries"),
                        row.getInt("sessions"),
                        row.getInt("projects"),
                        row.getInt("spooled"),
                        row.getInt("lessons")));
    }
}
