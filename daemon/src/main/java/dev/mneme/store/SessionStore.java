package dev.mneme.store;

import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.domain.SessionStatus;
import dev.mneme.domain.Tombstone;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Sessions and the prompts in them.
public final class SessionStore {

    /// As in the statement of [#touch], which has the last word.
    private static final Duration TOUCH_INTERVAL = Duration.ofSeconds(5);

    /// Two systems note the same prompt within this time of each other.
    private static final Duration ADOPTION_WINDOW = Duration.ofSeconds(30);

    private static final String SELECT =
            """
            SELECT
                sessions.id,
                sessions.session_id,
                sessions.project_id,
                projects.name AS project_name,
                projects.full_path AS project_path,
                sessions.agent_type,
                sessions.status,
                sessions.started_at,
                sessions.last_event_at,
                sessions.completed_at,
                sessions.summary,
                sessions.prompt_count,
                sessions.start_source,
                sessions.end_reason
            FROM mem_sessions AS sessions
            JOIN mem_projects AS projects ON projects.id = sessions.project_id
            """;

    private static final String SELECT_ALONE =
            SELECT + "WHERE sessions.session_id = :session FOR UPDATE OF sessions";

    private static final String SELECT_SHARED =
            SELECT + "WHERE sessions.session_id = :session FOR KEY SHARE OF sessions";

    /// Holds several sessions with others, in an order in which no two transactions wait for each
    /// other; the one parameter is an array of the ids that the host gave them.
    static final String HOLD_ALL_SHARED =
            SELECT
                    + """
                    WHERE sessions.session_id = ANY(?)
                    ORDER BY sessions.session_id
                    FOR KEY SHARE OF sessions
                    """;

    public Optional<Session> byExternalId(Tx tx, String externalId) {
        return tx.handle()
                .createQuery(SELECT + "WHERE sessions.session_id = :session")
                .bind("session", externalId)
                .map(SessionStore::session)
                .findOne();
    }

    /// Finds a session and keeps the order of its prompts from changing until the transaction ends:
    /// whoever adds a prompt holds it alone, whoever adds anything else holds it with others.
    public Optional<Session> hold(Tx tx, String externalId, boolean alone) {
        return tx.handle()
                .createQuery(alone ? SELECT_ALONE : SELECT_SHARED)
                .bind("session", externalId)
                .map(SessionStore::session)
                .findOne();
    }

    /// Holds a session that is known with others.
    public void share(Tx tx, long id) {
        tx.handle()
                .createQuery("SELECT id FROM mem_sessions WHERE id = :id FOR KEY SHARE")
                .bind("id", id)
                .mapTo(Long.class)
                .findOne();
    }

    /// Inserts a session unless one of that id is there; either way it exists afterwards. One that
    /// goes on after it was forgotten keeps counting its prompts from where it was.
    ///
    /// @return true when it was new
    public boolean insertIfAbsent(
            Tx tx, String externalId, Project project, String agentType, Instant startedAt) {
        return tx.handle()
                        .createUpdate(
                                """
                                INSERT INTO mem_sessions
                                    (session_id, project_id, agent_type, started_at, last_event_at,
                                    prompt_count)
                                VALUES (
                                    :session, :project, :agent, :started, :started,
                                    (
                                        SELECT coalesce(max(prompt_count), 0)
                                        FROM mem_tombstones
                                        WHERE mark = :mark
                                    ))
                                ON CONFLICT (session_id) DO NOTHING
                                """)
                        .bind("session", externalId)
                        .bind("project", project.id())
                        .bind("agent", agentType)
                        .bind("started", Columns.utc(startedAt))
                        .bind("mark", Tombstone.session(externalId))
                        .execute()
                == 1;
    }

    public Session ensure(Tx tx, String externalId, Project project, String agentType, Instant at) {
        insertIfAbsent(tx, externalId, project, agentType, at);
        return byExternalId(tx, externalId).orElseThrow();
    }

    /// Notes that something happened; not more often than every few seconds, because each note
    /// rewrites the row. A session that was ended for idleness was not at its end.
    ///
    /// @param session as it was read in this transaction; a fresh note costs no statement
    public void touch(Tx tx, Session session, Instant at) {
        boolean fresh = !session.lastEventAt().isBefore(at.minus(TOUCH_INTERVAL));
        if (fresh && !session.startedAt().isAfter(at)) {
            return;
        }
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET last_event_at = greatest(last_event_at, :at),
                            started_at = least(started_at, :at),
                            status = CASE WHEN end_reason = 'idle' AND completed_at < :at
                                THEN 'active' ELSE status END,
                            completed_at = CASE WHEN end_reason = 'idle' AND completed_at < :at
                                THEN NULL ELSE completed_at END,
                            end_reason = CASE WHEN end_reason = 'idle' AND completed_at < :at
                                THEN NULL ELSE end_reason END
                        WHERE id = :id
                            AND (last_event_at < :at - interval '5 seconds' OR started_at > :at)
                        """)
                .bind("id", session.id())
                .bind("at", Columns.utc(at))
                .execute();
    }

    /// A start, a resume or a new prompt makes a session active again, unless it ended later. It is
    /// noted exactly: an end that happened earlier but arrives later must not close the session.
    public void open(Tx tx, long id, Instant at) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET status = CASE WHEN completed_at > :at THEN status ELSE 'active' END,
                            end_reason = CASE WHEN completed_at > :at THEN end_reason END,
                            completed_at = CASE WHEN completed_at > :at THEN completed_at END,
                            opened_at = greatest(opened_at, :at),
                            started_at = least(started_at, :at),
                            last_event_at = greatest(last_event_at, :at)
                        WHERE id = :id
                        """)
                .bind("id", id)
                .bind("at", Columns.utc(at))
                .execute();
    }

    /// How the session began, by the earliest start that is known.
    public void noteStartSource(Tx tx, long id) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET start_source = (
                            SELECT cause
                            FROM mem_events
                            WHERE session_id = :id AND kind = 'session-start'
                            ORDER BY occurred_at, id
                            LIMIT 1)
                        WHERE id = :id
                        """)
                .bind("id", id)
                .execute();
    }

    /// Ends a session, unless it was started or spoken to after `at`. What else happened after it
    /// (a report of a subagent, a call that was still running) is part of the end. An end that is
    /// known is replaced by a later one, and idleness, which was a guess, by any.
    public void complete(Tx tx, long id, Instant at, String reason) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET status = 'completed',
                            completed_at = :at,
                            end_reason = :reason,
                            started_at = least(started_at, :at),
                            last_event_at = greatest(last_event_at, :at)
                        WHERE id = :id
                            AND (opened_at IS NULL OR opened_at <= :at)
                            AND (status = 'active'
                                OR end_reason = 'idle'
                                OR status = 'completed' AND completed_at < :at)
                        """)
                .bind("id", id)
                .bind("at", Columns.utc(at))
                .bind("reason", reason)
                .execute();
    }

    /// Ends every session in which nothing happened since `idleSince`.
    ///
    /// @return how many
    public int completeIdle(Tx tx, Instant idleSince) {
        return tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET status = 'completed', completed_at = last_event_at, end_reason = 'idle'
                        WHERE status = 'active' AND last_event_at < :since
                        """)
                .bind("since", Columns.utc(idleSince))
                .execute();
    }

    /// Returns false when there is no such session.
    public boolean update(
            Tx tx,
            String externalId,
            @Nullable SessionStatus status,
            @Nullable String summary,
            Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_sessions
                                SET status = coalesce(:status, status),
                                    completed_at = CASE coalesce(:status, status)
                                        WHEN 'active' THEN NULL
                                        ELSE coalesce(completed_at, :now)
                                    END,
                                    end_reason = CASE :status WHEN 'active' THEN NULL
                                        ELSE end_reason END,
                                    last_event_at = CASE :status WHEN 'active' THEN :now
                                        ELSE last_event_at END,
                                    opened_at = CASE :status WHEN 'active' THEN :now
                                        ELSE opened_at END,
                                    summary = coalesce(:summary, summary)
                                WHERE session_id = :session
                                """)
                        .bind("session", externalId)
                        .bind("status", status == null ? null : status.wireName())
                        .bind("summary", summary)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// The newest sessions first.
    public List<Session> list(
            Tx tx, @Nullable Long projectId, @Nullable SessionStatus status, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE (CAST(:project AS bigint) IS NULL
                                        OR sessions.project_id = :project)
                                    AND (CAST(:status AS text) IS NULL
                                        OR sessions.status = :status)
                                ORDER BY sessions.started_at DESC, sessions.id DESC
                                LIMIT :limit
                                """)
                .bind("project", projectId)
                .bind("status", status == null ? null : status.wireName())
                .bind("limit", limit)
                .map(SessionStore::session)
                .list();
    }

    /// Stores a prompt in its place among the session's prompts. One that arrives late moves the
    /// numbers of those after it, and of everything that belongs to them, up by one. The session
    /// must be held alone.
    public void addPrompt(Tx tx, long id, long eventId, String text, Instant at) {
        if (adopts(tx, id, eventId, text, at)) {
            return;
        }
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET prompt_count = prompt_count + 1
                        WHERE id = :id
                        """)
                .bind("id", id)
                .execute();
        int later =
                tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_user_prompts
                                SET prompt_number = prompt_number + 1
                                WHERE session_id = :id AND created_at > :at
                                """)
                        .bind("id", id)
                        .bind("at", Columns.utc(at))
                        .execute();
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_user_prompts
                            (session_id, event_id, prompt_number, prompt_text, created_at)
                        SELECT :session, :event, prompt_count - :later, :text, :at
                        FROM mem_sessions
                        WHERE id = :session
                        """)
                .bind("session", id)
                .bind("event", eventId)
                .bind("later", later)
                .bind("text", text)
                .bind("at", Columns.utc(at))
                .execute();
        // Two prompts of one instant are in the order in which they were stored.
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_events
                        SET prompt_number = prompt_number + 1
                        WHERE session_id = :id
                            AND occurred_at >= :at
                            AND NOT (
                                occurred_at = :at
                                AND kind = 'user-prompt-submit'
                                AND id < :event)
                        """)
                .bind("id", id)
                .bind("event", eventId)
                .bind("at", Columns.utc(at))
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_observations
                        SET prompt_number = coalesce(prompt_number, 0) + 1
                        WHERE session_id = :id
                            AND created_at >= :at
                            AND EXISTS (
                                SELECT
                                FROM mem_observation_events AS origins
                                WHERE origins.observation_id = mem_observations.id)
                        """)
                .bind("id", id)
                .bind("at", Columns.utc(at))
                .execute();
    }

    /// A prompt may have come before its event: from another system that kept prompts alone.
    private static boolean adopts(Tx tx, long id, long eventId, String text, Instant at) {
        return tx.handle()
                        .createUpdate(
                                """
                                WITH adopted AS (
                                    UPDATE mem_user_prompts
                                    SET event_id = :event, created_at = least(created_at, :at)
                                    WHERE id = (
                                        SELECT known.id
                                        FROM mem_user_prompts AS known
                                        WHERE known.session_id = :session
                                            AND known.event_id IS NULL
                                            AND known.created_at BETWEEN :earliest AND :latest
                                            AND known.prompt_text = :text
                                        ORDER BY known.prompt_number
                                        LIMIT 1)
                                    RETURNING prompt_number
                                )
                                UPDATE mem_events
                                SET prompt_number = adopted.prompt_number
                                FROM adopted
                                WHERE mem_events.id = :event
                                """)
                        .bind("session", id)
                        .bind("event", eventId)
                        .bind("text", text)
                        .bind("at", Columns.utc(at))
                        .bind("earliest", Columns.utc(at.minus(ADOPTION_WINDOW)))
                        .bind("latest", Columns.utc(at.plus(ADOPTION_WINDOW)))
                        .execute()
                == 1;
    }

    private static Session session(ResultSet row, StatementContext context) throws SQLException {
        return read(row);
    }

    static Session read(ResultSet row) throws SQLException {
        String path = row.getString("project_path");
        return new Session(
                row.getLong("id"),
                row.getString("session_id"),
                new Project(
                        row.getLong("project_id"),
                        row.getString("project_name"),
                        path == null ? null : Path.of(path)),
                row.getString("agent_type"),
                SessionStatus.ofWireName(row.getString("status")).orElseThrow(),
                Columns.instant(row, "started_at"),
                Columns.instant(row, "last_event_at"),
                Columns.optionalInstant(row, "completed_at"),
                row.getString("summary"),
                row.getInt("prompt_count"),
                row.getString("start_source"),
                row.getString("end_reason"));
    }
}
