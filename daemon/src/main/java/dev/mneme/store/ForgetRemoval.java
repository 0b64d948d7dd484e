package dev.mneme.store;

import dev.mneme.domain.ForgetChoice;
import dev.mneme.domain.Forgetting;
import dev.mneme.domain.Project;

import java.time.Instant;

/// Takes the chosen rows out of their tables, in the order that foreign keys ask for: into the
/// quarantine, or nowhere.
public final class ForgetRemoval {

    /// Rows moved by one statement.
    private static final int CHUNK_ROWS = 5_000;

    private static final String ORIGINS =
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
    private static final String OBSERVATIONS =
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

    private static final String PROMPTS =
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

    private static final String EVENTS =
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
    private static final String SUMMARIES =
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
    private static final String MADE_SUMMARIES =
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

    private static final String LESSONS =
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

    private static final String LONE_PROMPTS =
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
    private static final String SESSIONS =
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
        moved(tx, batch, keep, ORIGINS);
        int observations = moved(tx, batch, keep, OBSERVATIONS);
        int prompts = moved(tx, batch, keep, PROMPTS);
        int events = moved(tx, batch, keep, EVENTS);
        int summaries = once(tx, batch, keep, SUMMARIES);
        moved(tx, batch, keep, MADE_SUMMARIES);
        int lessons = moved(tx, batch, keep, LESSONS);
        int sessions = 0;
        int projects = 0;
        if (choice.coversSessions()) {
            prompts += once(tx, batch, keep, LONE_PROMPTS);
            sessions = once(tx, batch, keep, SESSIONS);
        }
        Project project = choice.project();
        if (choice.coversProject() && project != null) {
            projects = moveProject(tx, batch, project.id(), keep);
        }
        return new Forgetting.Counts(
                observations, events, jobs, prompts, summaries, sessions, projects, 0, lessons);
    }

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
}
