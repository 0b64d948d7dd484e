package dev.mneme.store;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.domain.Moved;
import dev.mneme.domain.NewEvent;
import dev.mneme.domain.Project;
import dev.mneme.protocol.Json;

import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Takes rows out of their tables: chosen into temporary tables first, then moved into the
/// quarantine, or deleted where nothing is to be kept.
///
/// Everything between `begin` and `finish` happens in one transaction; a preview runs the same
/// choice and ends before anything is moved.
public final class ForgetStore {

    /// Rows moved by one statement.
    private static final int CHUNK_ROWS = 5_000;

    private static final String LOCK_TIMEOUT = "30s";
    private static final String STATEMENT_TIMEOUT = "50s";

    /// Longest titles are not needed to recognise something.
    private static final int TITLES_MAX = 10;

    private static final String EVENT_CONDITIONS =
            """
            events.id <= :eventMax
            AND (CAST(:session AS text) IS NULL OR sessions.session_id = :session)
            AND (CAST(:project AS bigint) IS NULL OR sessions.project_id = :project)
            AND (CAST(:since AS text) IS NULL
                OR events.occurred_at >= CAST(:since AS timestamptz))
            AND (CAST(:query AS text) IS NULL
                OR strpos(lower(events.payload), lower(:queryInJson)) > 0
                OR EXISTS (
                    SELECT
                    FROM mem_user_prompts AS prompts
                    WHERE prompts.event_id = events.id
                        AND strpos(lower(prompts.prompt_text), lower(:query)) > 0))
            """;

    private final String language;

    /// @param language the text search configuration that observations are indexed in
    public ForgetStore(String language) {
        this.language = language;
    }

    /// A payload that may name a path.
    public record NamedPath(long eventId, @Nullable String cwd, String payload) {}

    /// What a spool file held, to be put back there.
    public record SpoolFile(String folder, String name, String base64) {}

    /// Keeps everybody out who could bring in what is being forgotten, until the transaction ends:
    /// captured events wait at the table, written observations at the lock. The lock comes first,
    /// so that nobody waits for it who holds anything of the tables.
    public void begin(Tx tx) {
        setTimeouts(tx);
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock(hashtext('mneme.forget'), 0)")
                .mapToMap()
                .list();
        tx.handle().execute("LOCK TABLE mem_events IN SHARE ROW EXCLUSIVE MODE");
    }

    public void setTimeouts(Tx tx) {
        tx.handle().execute("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT + "'");
        tx.handle().execute("SET LOCAL statement_timeout = '" + STATEMENT_TIMEOUT + "'");
    }

    /// The newest event and observation there are.
    public ForgetChoice.UpTo newest(Tx tx, Instant now) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            (SELECT coalesce(max(id), 0) FROM mem_events) AS event_id,
                            (SELECT coalesce(max(id), 0) FROM mem_observations) AS observation_id
                        """)
                .map(
                        (row, context) ->
                                new ForgetChoice.UpTo(
                                        row.getLong("event_id"),
                                        row.getLong("observation_id"),
                                        now))
                .one();
    }

    /// Whether an agent's session of that id is known.
    public boolean knowsSession(Tx tx, String session) {
        return tx.handle()
                .createQuery("SELECT 1 FROM mem_sessions WHERE session_id = :session")
                .bind("session", session)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /// Chooses observations and events, as far as SQL can say; events that a path names follow by
    /// `addEvents`, what hangs on them by `chooseSources` and `chooseDerived`.
    public void choose(Tx tx, ForgetChoice choice) {
        for (String table :
                new String[] {"forget_observations", "forget_sessions", "forget_lessons"}) {
            tx.handle()
                    .execute(
                            "CREATE TEMPORARY TABLE "
                                    + table
                                    + " (id bigint PRIMARY KEY) ON COMMIT DROP");
        }
        // `chosen`: by itself, and not because an observation that goes was made from it.
        tx.handle()
                .execute(
                        "CREATE TEMPORARY TABLE forget_events"
                                + " (id bigint PRIMARY KEY, chosen boolean NOT NULL) ON COMMIT DROP");
        if (!choice.observationIds().isEmpty()) {
            tx.handle()
                    .createUpdate(
                            """
                            INSERT INTO forget_observations (id)
                            SELECT id
                            FROM mem_observations
                            WHERE id = ANY(:ids)
                            """)
                    .bindArray("ids", Long.class, choice.observationIds())
                    .execute();
            return;
        }
        chooseObservations(tx, choice);
        if (choice.path() == null) {
            bind(
                            tx.handle()
                                    .createUpdate(
                                            """
                                            INSERT INTO forget_events (id, chosen)
                                            SELECT events.id, true
                                            FROM mem_events AS events
                                            JOIN mem_sessions AS sessions
                                                ON sessions.id = events.session_id
                                            WHERE
                                            """
                                                    + EVENT_CONDITIONS),
                            choice)
                    .execute();
        }
    }

    private void chooseObservations(Tx tx, ForgetChoice choice) {
        bind(
                        tx.handle()
                                .createUpdate(
                                        """
                                        INSERT INTO forget_observations (id)
                                        SELECT observations.id
                                        FROM mem_observations AS observations
                                        JOIN mem_sessions AS sessions
                                            ON sessions.id = observations.session_id
                                        JOIN mem_projects AS projects
                                            ON projects.id = observations.project_id
                                        WHERE observations.id <= :observationMax
                                            AND (CAST(:session AS text) IS NULL
                                                OR sessions.session_id = :session)
                                            AND (CAST(:project AS bigint) IS NULL
                                                OR observations.project_id = :project)
                                            AND (CAST(:since AS text) IS NULL
                                                OR observations.created_at
                                                    >= CAST(:since AS timestamptz))
                                            AND (CAST(:query AS text) IS NULL
                                                OR observations.tsv @@ (
                                                    websearch_to_tsquery(
                                                        CAST(:language AS regconfig), :query)
                                                    || websearch_to_tsquery('simple', :query)))
                                            AND (CAST(:path AS text) IS NULL OR EXISTS (
                                                SELECT
                                                FROM jsonb_array_elements_text(
                                                    observations.files_read
                                                    || observations.files_modified)
                                                    AS files (name)
                                                CROSS JOIN LATERAL (
                                                    SELECT files.name AS full_name
                                                    WHERE starts_with(files.name, '/')
                                                    UNION ALL
                                                    SELECT bases.folder || '/' || files.name
                                                    FROM (
                                                        SELECT projects.full_path AS folder
                                                        UNION
                                                        SELECT events.cwd
                                                        FROM mem_observation_events AS origins
                                                        JOIN mem_events AS events
                                                            ON events.id = origins.event_id
                                                        WHERE origins.observation_id
                                                            = observations.id
                                                    ) AS bases
                                                    WHERE NOT starts_with(files.name, '/')
                                                ) AS named
                                                WHERE named.full_name = :path
                                                    OR starts_with(named.full_name, :pathBegin)))
                                        """),
                        choice)
                .execute();
    }

    /// Events whose payload holds the last part of a path, in the order of their ids; whether it
    /// is the path of a file there is for the caller to read.
    public List<NamedPath> eventsNaming(
            Tx tx, ForgetChoice choice, String lastPart, long afterId, int limit) {
        return bind(
                        tx.handle()
                                .createQuery(
                                        """
                                        SELECT events.id, events.cwd, events.payload
                                        FROM mem_events AS events
                                        JOIN mem_sessions AS sessions
                                            ON sessions.id = events.session_id
                                        WHERE events.id > :after
                                            AND strpos(events.payload, :lastPart) > 0
                                            AND
                                        """
                                                + EVENT_CONDITIONS
                                                + """
                                                ORDER BY events.id
                                                LIMIT :limit
                                                """),
                        choice)
                .bind("after", afterId)
                .bind("lastPart", inJson(lastPart))
                .bind("limit", limit)
                .map(
                        (row, context) ->
                                new NamedPath(
                                        row.getLong("id"),
                                        row.getString("cwd"),
                                        row.getString("payload")))
                .list();
    }

    public void addEvents(Tx tx, List<Long> ids) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO forget_events (id, chosen)
                        SELECT unnest(:ids), true
                        ON CONFLICT (id) DO NOTHING
                        """)
                .bindArray("ids", Long.class, ids)
                .execute();
    }

    /// The events that chosen observations were made from.
    public void chooseSources(Tx tx) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO forget_events (id, chosen)
                        SELECT DISTINCT origins.event_id, false
                        FROM mem_observation_events AS origins
                        JOIN forget_observations AS chosen ON chosen.id = origins.observation_id
                        ON CONFLICT (id) DO NOTHING
                        """)
                .execute();
    }

    /// What was made from the events that were chosen by themselves; and the sessions it all lies
    /// in. Run after the jobs are gone: from then on nothing more is made from them.
    public void chooseDerived(Tx tx, ForgetChoice choice) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO forget_observations (id)
                        SELECT DISTINCT origins.observation_id
                        FROM mem_observation_events AS origins
                        JOIN forget_events AS chosen ON chosen.id = origins.event_id
                        WHERE chosen.chosen
                        ON CONFLICT (id) DO NOTHING
                        """)
                .execute();
        if (choice.takesSources()) {
            chooseSources(tx);
        }
        chooseLessons(tx, choice);
        tx.handle()
                .createUpdate(
                        """
                        CREATE TEMPORARY TABLE forget_left ON COMMIT DROP AS
                        SELECT DISTINCT origins.event_id AS id
                        FROM mem_observation_events AS origins
                        JOIN forget_observations AS gone ON gone.id = origins.observation_id
                        WHERE NOT EXISTS (
                            SELECT
                            FROM forget_events AS chosen
                            WHERE chosen.id = origins.event_id)
                        """)
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO forget_sessions (id)
                        SELECT events.session_id
                        FROM mem_events AS events
                        JOIN forget_events USING (id)
                        UNION
                        SELECT observations.session_id
                        FROM mem_observations AS observations
                        JOIN forget_observations USING (id)
                        UNION
                        SELECT sessions.id
                        FROM mem_sessions AS sessions
                        WHERE :wholly
                            AND (CAST(:session AS text) IS NULL OR sessions.session_id = :session)
                            AND (CAST(:project AS bigint) IS NULL
                                OR sessions.project_id = :project)
                        """)
                .bind("wholly", choice.coversTime() && choice.since() == null)
                .bind("session", choice.session())
                .bind("project", projectId(choice))
                .execute();
        for (String statistics :
                new String[] {"forget_observations", "forget_events", "forget_sessions"}) {
            tx.handle().execute("ANALYZE " + statistics);
        }
    }

    /// What was proposed from a chosen observation repeats it. Beside that, lessons that hold the
    /// query's words, those of the project where all of it goes, and those that were written in a
    /// span of time; a session or a path they do not know.
    private void chooseLessons(Tx tx, ForgetChoice choice) {
        bind(
                        tx.handle()
                                .createUpdate(
                                        """
                                        INSERT INTO forget_lessons (id)
                                        SELECT lessons.id
                                        FROM mem_lessons AS lessons
                                        WHERE lessons.created_at <= CAST(:upTo AS timestamptz)
                                            AND ((lessons.source = 'proposed' AND EXISTS (
                                                    SELECT
                                                    FROM forget_observations AS chosen
                                                    WHERE chosen.id = ANY(lessons.observation_ids)))
                                                OR (:byThemselves
                                                    AND (CAST(:project AS bigint) IS NULL
                                                        OR lessons.project_id = :project)
                                                    AND (CAST(:since AS text) IS NULL
                                                        OR lessons.created_at
                                                            >= CAST(:since AS timestamptz))
                                                    AND (CAST(:query AS text) IS NULL
                                                        OR lessons.tsv @@ (
                                                            websearch_to_tsquery(
                                                                CAST(:language AS regconfig),
                                                                :query)
                                                            || websearch_to_tsquery(
                                                                'simple', :query)))))
                                        """),
                        choice)
                .bind("upTo", choice.upTo().at().toString())
                .bind(
                        "byThemselves",
                        choice.observationIds().isEmpty()
                                && choice.session() == null
                                && choice.path() == null)
                .execute();
    }

    /// What would go, counted.
    public Forgetting.Counts count(Tx tx, ForgetChoice choice) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            (SELECT count(*) FROM forget_observations) AS observations,
                            (SELECT count(*) FROM forget_events) AS events,
                            (
                                SELECT count(*)
                                FROM mem_jobs AS jobs
                                JOIN forget_events AS chosen ON chosen.id = jobs.event_id
                            ) AS jobs,
                            (
                                SELECT count(*)
                                FROM mem_user_prompts AS prompts
                                JOIN forget_events AS chosen ON chosen.id = prompts.event_id
                            ) AS prompts,
                            (
                                SELECT count(*)
                                FROM mem_sessions AS sessions
                                JOIN forget_sessions USING (id)
                                WHERE sessions.summary IS NOT NULL
                            ) AS summaries,
                            (
                                SELECT count(*)
                                FROM forget_sessions AS sessions
                                WHERE :wholly
                                    AND NOT EXISTS (
                                        SELECT
                                        FROM mem_events AS events
                                        WHERE events.session_id = sessions.id
                                            AND NOT EXISTS (
                                                SELECT
                                                FROM forget_events AS chosen
                                                WHERE chosen.id = events.id))
                                    AND NOT EXISTS (
                                        SELECT
                                        FROM mem_observations AS observations
                                        WHERE observations.session_id = sessions.id
                                            AND NOT EXISTS (
                                                SELECT
                                                FROM forget_observations AS chosen
                                                WHERE chosen.id = observations.id))
                            ) AS sessions,
                            CASE WHEN :project THEN 1 ELSE 0 END AS projects,
                            (SELECT count(*) FROM forget_lessons) AS lessons
                        """)
                .bind("wholly", choice.coversSessions())
                .bind("project", choice.coversProject())
                .map(
                        (row, context) ->
                                new Forgetting.Counts(
                                        row.getInt("observations"),
                                        row.getInt("events"),
                                        row.getInt("jobs"),
                                        row.getInt("prompts"),
                                        row.getInt("summaries"),
                                        row.getInt("sessions"),
                                        row.getInt("projects"),
                                        0,
                                        row.getInt("lessons")))
                .one();
    }

    /// The newest of what would go, as somebody would recognise it.
    public List<String> titles(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT '#' || observations.id || ' ' || observations.title
                        FROM mem_observations AS observations
                        JOIN forget_observations USING (id)
                        ORDER BY observations.created_at DESC, observations.id DESC
                        LIMIT :limit
                        """)
                .bind("limit", TITLES_MAX)
                .mapTo(String.class)
                .list();
    }

    /// Observations that stay although an event they were made from goes.
    public int countRelated(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT count(DISTINCT origins.observation_id)
                        FROM mem_observation_events AS origins
                        JOIN forget_events AS gone ON gone.id = origins.event_id
                        WHERE NOT EXISTS (
                            SELECT
                            FROM forget_observations AS chosen
                            WHERE chosen.id = origins.observation_id)
                        """)
                .mapTo(Integer.class)
                .one();
    }

    public long insertBatch(
            Tx tx, ForgetChoice choice, boolean keep, Instant now, Instant restorableUntil) {
        return tx.handle()
                .createQuery(
                        """
                        INSERT INTO mem_forgotten
                            (chosen_by, state, forgotten_at, restorable_until, finalized_at)
                        VALUES (
                            :chosenBy,
                            CASE WHEN :keep THEN 'restorable' ELSE 'erased' END,
                            :now,
                            :until,
                            CASE WHEN :keep THEN NULL ELSE CAST(:now AS timestamptz) END)
                        RETURNING id
                        """)
                .bind("chosenBy", choice.chosenBy())
                .bind("keep", keep)
                .bind("now", Columns.utc(now))
                .bind("until", Columns.utc(restorableUntil))
                .mapTo(Long.class)
                .one();
    }

    /// Takes back a batch in which nothing was found.
    public void dropBatch(Tx tx, long batch) {
        tx.handle()
                .createUpdate("DELETE FROM mem_forgotten WHERE id = :batch")
                .bind("batch", batch)
                .execute();
    }

    /// Waits until nobody stores anything under what goes, and lets nobody begin.
    public void lockOwners(Tx tx, @Nullable Project project) {
        tx.handle()
                .createQuery("SELECT id FROM mem_projects WHERE id = :id FOR UPDATE")
                .bind("id", project == null ? null : project.id())
                .mapTo(Long.class)
                .list();
        tx.handle()
                .createQuery(
                        """
                        SELECT sessions.id
                        FROM mem_sessions AS sessions
                        WHERE sessions.id IN (SELECT id FROM forget_sessions)
                        ORDER BY sessions.id
                        FOR UPDATE
                        """)
                .mapTo(Long.class)
                .list();
    }

    /// The jobs of every chosen event. Waits for a worker that is storing a result at this moment;
    /// one that comes later finds its job gone and stores nothing.
    public int moveJobs(Tx tx, long batch, boolean keep) {
        return moved(
                tx,
                batch,
                keep,
                """
                WITH gone AS (
                    DELETE FROM mem_jobs AS jobs
                    WHERE jobs.id IN (
                        SELECT jobs.id
                        FROM mem_jobs AS jobs
                        JOIN forget_events AS chosen ON chosen.id = jobs.event_id
                        ORDER BY jobs.id
                        LIMIT :chunk)
                    RETURNING jobs.*
                ), kept AS (
                    INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                    SELECT :batch, 'mem_jobs', to_jsonb(gone)
                    FROM gone
                    WHERE :keep
                )
                SELECT count(*) FROM gone
                """);
    }

    /// Has those events worked on again that stay although something they went into goes: what is
    /// left of their turns says something else now. Of one without a payload nothing can be made.
    public void workAgain(Tx tx, Instant now) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_jobs AS jobs
                        SET state = CASE WHEN events.payload IS NULL
                                THEN 'completed' ELSE 'retryable' END,
                            max_attempts = CASE WHEN events.payload IS NULL
                                THEN jobs.max_attempts
                                ELSE least(jobs.max_attempts + jobs.attempt, 32767) END,
                            scheduled_at = :now,
                            finalized_at = CASE WHEN events.payload IS NULL
                                THEN jobs.finalized_at END,
                            outcome = CASE WHEN events.payload IS NULL THEN 'skipped' END,
                            skip_reason = CASE WHEN events.payload IS NULL THEN 'forgotten' END
                        FROM forget_left
                        JOIN mem_events AS events ON events.id = forget_left.id
                        WHERE jobs.event_id = events.id
                            AND jobs.state = 'completed'
                            AND (events.payload IS NOT NULL OR NOT EXISTS (
                                SELECT
                                FROM mem_observation_events AS origins
                                WHERE origins.event_id = events.id))
                        """)
                .bind("now", Columns.utc(now))
                .execute();
    }

    /// Everything else of the chosen events and observations; the counts of it.
    public Forgetting.Counts move(Tx tx, long batch, ForgetChoice choice, boolean keep, int jobs) {
        moved(tx, batch, keep, MOVE_ORIGINS);
        int observations = moved(tx, batch, keep, MOVE_OBSERVATIONS);
        int prompts = moved(tx, batch, keep, MOVE_PROMPTS);
        int events = moved(tx, batch, keep, MOVE_EVENTS);
        int summaries = once(tx, batch, keep, MOVE_SUMMARIES);
        moved(tx, batch, keep, MOVE_MADE_SUMMARIES);
        int lessons = moved(tx, batch, keep, MOVE_LESSONS);
        int sessions = 0;
        int projects = 0;
        if (choice.coversSessions()) {
            prompts += once(tx, batch, keep, MOVE_LONE_PROMPTS);
            sessions = once(tx, batch, keep, MOVE_SESSIONS);
        }
        Project project = choice.project();
        if (choice.coversProject() && project != null) {
            projects = moveProject(tx, batch, project.id(), keep);
        }
        return new Forgetting.Counts(
                observations, events, jobs, prompts, summaries, sessions, projects, 0, lessons);
    }

    private static final String MOVE_ORIGINS =
            """
            WITH page AS (
                SELECT origins.observation_id, origins.event_id
                FROM mem_observation_events AS origins
                JOIN forget_events AS chosen ON chosen.id = origins.event_id
                UNION
                SELECT origins.observation_id, origins.event_id
                FROM mem_observation_events AS origins
                JOIN forget_observations AS chosen ON chosen.id = origins.observation_id
                LIMIT :chunk
            ), gone AS (
                DELETE FROM mem_observation_events AS origins
                USING page
                WHERE origins.observation_id = page.observation_id
                    AND origins.event_id = page.event_id
                RETURNING origins.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_observation_events', to_jsonb(gone)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    /// Vectors go with their observation and are made again when it comes back.
    private static final String MOVE_OBSERVATIONS =
            """
            WITH gone AS (
                DELETE FROM mem_observations AS observations
                WHERE observations.id IN (
                    SELECT observations.id
                    FROM mem_observations AS observations
                    JOIN forget_observations USING (id)
                    ORDER BY observations.id
                    LIMIT :chunk)
                RETURNING observations.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_observations', to_jsonb(gone) - 'tsv' - 'changed_in'
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    private static final String MOVE_PROMPTS =
            """
            WITH gone AS (
                DELETE FROM mem_user_prompts AS prompts
                WHERE prompts.id IN (
                    SELECT prompts.id
                    FROM mem_user_prompts AS prompts
                    JOIN forget_events AS chosen ON chosen.id = prompts.event_id
                    ORDER BY prompts.id
                    LIMIT :chunk)
                RETURNING prompts.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_user_prompts', to_jsonb(gone)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    private static final String MOVE_EVENTS =
            """
            WITH gone AS (
                DELETE FROM mem_events AS events
                WHERE events.id IN (
                    SELECT events.id
                    FROM mem_events AS events
                    JOIN forget_events USING (id)
                    ORDER BY events.id
                    LIMIT :chunk)
                RETURNING events.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_events', to_jsonb(gone)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    /// A summary may hold what is forgotten, and cannot be taken apart.
    private static final String MOVE_SUMMARIES =
            """
            WITH page AS (
                SELECT sessions.id, sessions.summary
                FROM mem_sessions AS sessions
                JOIN forget_sessions USING (id)
                WHERE sessions.summary IS NOT NULL
            ), gone AS (
                UPDATE mem_sessions AS sessions
                SET summary = NULL
                FROM page
                WHERE sessions.id = page.id
                RETURNING page.id, page.summary
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT
                    :batch,
                    'mem_sessions.summary',
                    jsonb_build_object('session_id', id, 'summary', summary)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    /// Those that were made of turns and of the session; not counted, because they are made again
    /// of what is left. That of a turn may repeat what was said in another.
    private static final String MOVE_MADE_SUMMARIES =
            """
            WITH gone AS (
                DELETE FROM mem_session_summaries AS summaries
                WHERE summaries.id IN (
                    SELECT summaries.id
                    FROM mem_session_summaries AS summaries
                    JOIN forget_sessions AS sessions ON sessions.id = summaries.session_id
                    ORDER BY summaries.id
                    LIMIT :chunk)
                RETURNING summaries.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_session_summaries', to_jsonb(gone) - 'tsv'
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    private static final String MOVE_LESSONS =
            """
            WITH gone AS (
                DELETE FROM mem_lessons AS lessons
                WHERE lessons.id IN (
                    SELECT lessons.id
                    FROM mem_lessons AS lessons
                    JOIN forget_lessons USING (id)
                    ORDER BY lessons.id
                    LIMIT :chunk)
                RETURNING lessons.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_lessons', to_jsonb(gone) - 'tsv'
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    private static final String MOVE_LONE_PROMPTS =
            """
            WITH gone AS (
                DELETE FROM mem_user_prompts AS prompts
                WHERE prompts.event_id IS NULL
                    AND prompts.session_id IN (
                        SELECT sessions.id
                        FROM forget_sessions AS sessions
                        WHERE NOT EXISTS (
                                SELECT
                                FROM mem_events AS events
                                WHERE events.session_id = sessions.id)
                            AND NOT EXISTS (
                                SELECT
                                FROM mem_observations AS observations
                                WHERE observations.session_id = sessions.id))
                RETURNING prompts.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_user_prompts', to_jsonb(gone)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    /// A session in which something newer happened stays, with what is newer.
    private static final String MOVE_SESSIONS =
            """
            WITH gone AS (
                DELETE FROM mem_sessions AS sessions
                WHERE sessions.id IN (SELECT id FROM forget_sessions)
                    AND NOT EXISTS (
                        SELECT
                        FROM mem_events AS events
                        WHERE events.session_id = sessions.id)
                    AND NOT EXISTS (
                        SELECT
                        FROM mem_observations AS observations
                        WHERE observations.session_id = sessions.id)
                RETURNING sessions.*
            ), kept AS (
                INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                SELECT :batch, 'mem_sessions', to_jsonb(gone)
                FROM gone
                WHERE :keep
            )
            SELECT count(*) FROM gone
            """;

    private static int moveProject(Tx tx, long batch, long projectId, boolean keep) {
        boolean inUse =
                tx.handle()
                        .createQuery(
                                """
                                SELECT
                                    EXISTS (
                                        SELECT
                                        FROM mem_sessions
                                        WHERE project_id = :project)
                                    OR EXISTS (
                                        SELECT
                                        FROM mem_observations
                                        WHERE project_id = :project)
                                    OR EXISTS (
                                        SELECT
                                        FROM mem_lessons
                                        WHERE project_id = :project)
                                """)
                        .bind("project", projectId)
                        .mapTo(Boolean.class)
                        .one();
        if (inUse) {
            return 0;
        }
        tx.handle()
                .createUpdate(
                        """
                        WITH gone AS (
                            DELETE FROM mem_project_keys AS keys
                            WHERE keys.project_id = :project
                            RETURNING keys.*
                        )
                        INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                        SELECT :batch, 'mem_project_keys', to_jsonb(gone)
                        FROM gone
                        WHERE :keep
                        """)
                .bind("project", projectId)
                .bind("batch", batch)
                .bind("keep", keep)
                .execute();
        return tx.handle()
                .createQuery(
                        """
                        WITH gone AS (
                            DELETE FROM mem_projects AS projects
                            WHERE projects.id = :project
                            RETURNING projects.*
                        ), kept AS (
                            INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                            SELECT :batch, 'mem_projects', to_jsonb(gone)
                            FROM gone
                            WHERE :keep
                        )
                        SELECT count(*) FROM gone
                        """)
                .bind("project", projectId)
                .bind("batch", batch)
                .bind("keep", keep)
                .mapTo(Integer.class)
                .one();
    }

    /// Answers to idempotency keys of which nothing is left. A repeated request still gets them,
    /// from the tombstone.
    public void moveIdempotencyKeys(Tx tx, long batch, boolean keep) {
        tx.handle()
                .createUpdate(
                        """
                        WITH gone AS (
                            DELETE FROM mem_idempotency_keys AS keys
                            WHERE EXISTS (
                                    SELECT
                                    FROM unnest(keys.observation_ids) AS answered (id)
                                    JOIN forget_observations AS chosen
                                        ON chosen.id = answered.id)
                                AND NOT EXISTS (
                                    SELECT
                                    FROM unnest(keys.observation_ids) AS answered (id)
                                    JOIN mem_observations AS observations
                                        ON observations.id = answered.id
                                    WHERE NOT EXISTS (
                                        SELECT
                                        FROM forget_observations AS chosen
                                        WHERE chosen.id = answered.id))
                            RETURNING keys.*
                        ), tombstones AS (
                            INSERT INTO mem_tombstones (forgotten_id, mark, observation_ids)
                            SELECT :batch, mem_mark('key', key), observation_ids
                            FROM gone
                        )
                        INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                        SELECT :batch, 'mem_idempotency_keys', to_jsonb(gone)
                        FROM gone
                        WHERE :keep
                        """)
                .bind("batch", batch)
                .bind("keep", keep)
                .execute();
    }

    /// Leaves a mark for everything that is about to go, while it can still be read. An event has
    /// one of its own even where a span of time covers it: a client that repeats its request says
    /// a new time.
    public void setTombstones(Tx tx, long batch, ForgetChoice choice) {
        boolean span = choice.coversTime();
        if (span) {
            for (String statement : SPANS) {
                allowingUnused(tx.handle().createUpdate(statement))
                        .bind("batch", batch)
                        .bind("project", projectId(choice))
                        .bind("everywhere", choice.session() == null && choice.project() == null)
                        .bind("from", from(choice))
                        .bind("until", choice.upTo().at().toString())
                        .execute();
            }
        }
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                        SELECT :batch, marks.mark, marks.from_at, marks.until_at
                        FROM mem_events AS events
                        JOIN forget_events USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        CROSS JOIN LATERAL (
                            VALUES (
                                mem_mark('event', sessions.session_id, events.dedupe_key),
                                CAST('-infinity' AS timestamptz),
                                CAST('infinity' AS timestamptz),
                                true
                            ), (
                                mem_mark(
                                    'twin',
                                    sessions.session_id,
                                    events.kind,
                                    encode(events.payload_hash, 'hex')),
                                events.occurred_at - CAST(:twins AS interval),
                                events.occurred_at + CAST(:twins AS interval),
                                NOT :span
                            )
                        ) AS marks (mark, from_at, until_at, needed)
                        WHERE marks.needed OR events.occurred_at > CAST(:until AS timestamptz)
                        UNION ALL
                        -- What was said has no id that a transcript knows too.
                        SELECT
                            :batch,
                            mem_mark(
                                'said', sessions.session_id, events.kind, left(said.text, :compared)),
                            events.occurred_at - CAST(:said AS interval),
                            events.occurred_at + CAST(:said AS interval)
                        FROM mem_events AS events
                        JOIN forget_events USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                        CROSS JOIN LATERAL (
                            SELECT btrim(
                                mem_payload_field(
                                    events.payload,
                                    CASE events.kind
                                        WHEN 'user-prompt-submit' THEN 'prompt'
                                        WHEN 'post-compact' THEN 'compact_summary'
                                        ELSE 'last_assistant_message'
                                    END) #>> '{}',
                                E' \\t\\r\\n') AS text
                        ) AS said
                        WHERE events.kind IN (
                                'user-prompt-submit', 'stop', 'subagent-stop', 'post-compact')
                            AND said.text IS NOT NULL
                            AND (NOT :span OR events.occurred_at > CAST(:until AS timestamptz))
                        """)
                .bind("batch", batch)
                .bind("span", span)
                .bind("until", choice.upTo().at().toString())
                .bind("twins", interval(NewEvent.TWIN_WINDOW))
                .bind("said", interval(Moved.OfMoment.WINDOW))
                .bind("compared", Moved.OfMoment.COMPARED_CHARS)
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_tombstones (forgotten_id, mark)
                        SELECT
                            :batch,
                            mem_mark(
                                'observation',
                                sessions.session_id,
                                CAST(CAST(
                                    extract(epoch FROM observations.created_at) * 1000000
                                    AS bigint) AS text),
                                observations.title,
                                coalesce(observations.narrative, ''))
                        FROM mem_observations AS observations
                        JOIN forget_observations USING (id)
                        JOIN mem_sessions AS sessions ON sessions.id = observations.session_id
                        WHERE NOT :span OR observations.created_at > CAST(:until AS timestamptz)
                        """)
                .bind("batch", batch)
                .bind("span", span)
                .bind("until", choice.upTo().at().toString())
                .execute();
    }

    private static final List<String> SPANS =
            List.of(
                    """
                    INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                    SELECT
                        :batch,
                        mem_mark('everything'),
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz)
                    WHERE :everywhere
                    """,
                    """
                    INSERT INTO mem_tombstones
                        (forgotten_id, mark, from_at, until_at, prompt_count)
                    SELECT
                        :batch,
                        mem_mark('session', sessions.session_id),
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz),
                        sessions.prompt_count
                    FROM mem_sessions AS sessions
                    JOIN forget_sessions USING (id)
                    """,
                    """
                    INSERT INTO mem_tombstones (forgotten_id, mark, from_at, until_at)
                    SELECT
                        :batch,
                        CASE WHEN known.kind = 'name'
                            THEN mem_mark('name', known.value)
                            ELSE mem_mark('place', known.value) END,
                        CAST(:from AS timestamptz),
                        CAST(:until AS timestamptz)
                    FROM (
                        SELECT 'name' AS kind, name AS value
                        FROM mem_projects
                        WHERE id = CAST(:project AS bigint)
                        UNION ALL
                        SELECT CASE kind WHEN 'alias' THEN 'name' ELSE 'place' END, value
                        FROM mem_project_keys
                        WHERE project_id = CAST(:project AS bigint)
                            AND kind IN ('alias', 'path', 'former-path', 'git-common-dir')
                    ) AS known
                    """);

    /// Writes down how much it was.
    public void finish(Tx tx, long batch, Forgetting.Counts counts) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_forgotten
                        SET observations = :observations,
                            events = :events,
                            jobs = :jobs,
                            prompts = :prompts,
                            summaries = :summaries,
                            sessions = :sessions,
                            projects = :projects,
                            spooled = :spooled,
                            lessons = :lessons
                        WHERE id = :batch
                        """)
                .bind("batch", batch)
                .bind("observations", counts.observations())
                .bind("events", counts.events())
                .bind("jobs", counts.jobs())
                .bind("prompts", counts.prompts())
                .bind("summaries", counts.summaries())
                .bind("sessions", counts.sessions())
                .bind("projects", counts.projects())
                .bind("spooled", counts.spooled())
                .bind("lessons", counts.lessons())
                .execute();
    }

    public void keepSpoolFile(Tx tx, long batch, SpoolFile file) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                        VALUES (
                            :batch,
                            'spool',
                            jsonb_build_object(
                                'folder', CAST(:folder AS text),
                                'name', CAST(:name AS text),
                                'base64', CAST(:base64 AS text)))
                        """)
                .bind("batch", batch)
                .bind("folder", file.folder())
                .bind("name", file.name())
                .bind("base64", file.base64())
                .execute();
    }

    /// The places, names and sessions that files of the spool may show to be of a project.
    public List<String> traces(Tx tx, long projectId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT value
                        FROM mem_project_keys
                        WHERE project_id = :project
                            AND kind IN ('path', 'former-path', 'git-common-dir')
                        UNION
                        SELECT session_id
                        FROM mem_sessions
                        WHERE project_id = :project
                        """)
                .bind("project", projectId)
                .mapTo(String.class)
                .list();
    }

    private static int moved(Tx tx, long batch, boolean keep, String statement) {
        int all = 0;
        while (true) {
            int chunk =
                    tx.handle()
                            .createQuery(statement)
                            .bind("batch", batch)
                            .bind("keep", keep)
                            .bind("chunk", CHUNK_ROWS)
                            .mapTo(Integer.class)
                            .one();
            all += chunk;
            if (chunk < CHUNK_ROWS) {
                return all;
            }
        }
    }

    private static int once(Tx tx, long batch, boolean keep, String statement) {
        return tx.handle()
                .createQuery(statement)
                .bind("batch", batch)
                .bind("keep", keep)
                .mapTo(Integer.class)
                .one();
    }

    private <S extends SqlStatement<S>> S bind(S statement, ForgetChoice choice) {
        String path = choice.path();
        String query = choice.query();
        return allowingUnused(statement)
                .bind("eventMax", choice.upTo().eventId())
                .bind("observationMax", choice.upTo().observationId())
                .bind("session", choice.session())
                .bind("project", projectId(choice))
                .bind("since", choice.since() == null ? null : choice.since().toString())
                .bind("query", query)
                .bind("queryInJson", query == null ? null : inJson(query))
                .bind("path", path)
                .bind("pathBegin", path == null || path.equals("/") ? path : path + "/")
                .bind("language", language);
    }

    /// Statements of one kind share their parameters, whether they need each or not.
    private static <S extends SqlStatement<S>> S allowingUnused(S statement) {
        statement.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
        return statement;
    }

    /// As a text stands in a payload.
    private static String inJson(String text) {
        String literal = Json.write(text);
        return literal.substring(1, literal.length() - 1);
    }

    private static @Nullable Long projectId(ForgetChoice choice) {
        return choice.project() == null ? null : choice.project().id();
    }

    private static String from(ForgetChoice choice) {
        return choice.since() == null ? "-infinity" : choice.since().toString();
    }

    private static String interval(Duration duration) {
        return duration.toMillis() + " milliseconds";
    }
}
