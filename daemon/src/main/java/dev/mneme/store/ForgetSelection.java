package dev.mneme.store;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.protocol.Json;

import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;

import java.util.List;

/// Says which rows an act of forgetting is about: it writes their ids into temporary tables, which
/// live as long as the transaction and are what `ForgetRemoval` goes by.
public final class ForgetSelection {

    /// More titles are not needed to recognise something.
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
    public ForgetSelection(String language) {
        this.language = language;
    }

    /// A payload that may name a path.
    public record NamedPath(long eventId, @Nullable String cwd, String payload) {}

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
    static <S extends SqlStatement<S>> S allowingUnused(S statement) {
        statement.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
        return statement;
    }

    /// As a text stands in a payload.
    private static String inJson(String text) {
        String literal = Json.write(text);
        return literal.substring(1, literal.length() - 1);
    }

    static @Nullable Long projectId(ForgetChoice choice) {
        return choice.project() == null ? null : choice.project().id();
    }
}
