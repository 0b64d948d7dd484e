package dev.mneme.store;

import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.domain.SessionStatus;

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
                sessions.prompt_count
            FROM mem_sessions AS sessions
            JOIN mem_projects AS projects ON projects.id = sessions.project_id
            """;

    public Optional<Session> byExternalId(Tx tx, String externalId) {
        return tx.handle()
                .createQuery(SELECT + "WHERE sessions.session_id = :session")
                .bind("session", externalId)
                .map(SessionStore::session)
                .findOne();
    }

    /// Inserts a session unless one of that id is there; either way it exists afterwards.
    ///
    /// @return true when it was new
    public boolean insertIfAbsent(
            Tx tx, String externalId, Project project, String agentType, Instant startedAt) {
        return tx.handle()
                        .createUpdate(
                                """
                                INSERT INTO mem_sessions
                                    (session_id, project_id, agent_type, started_at, last_event_at)
                                VALUES (:session, :project, :agent, :started, :started)
                                ON CONFLICT (session_id) DO NOTHING
                                """)
                        .bind("session", externalId)
                        .bind("project", project.id())
                        .bind("agent", agentType)
                        .bind("started", Columns.utc(startedAt))
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
        if (!session.lastEventAt().isBefore(at.minus(TOUCH_INTERVAL))) {
            return;
        }
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET last_event_at = :at,
                            status = CASE end_reason WHEN 'idle' THEN 'active' ELSE status END,
                            completed_at = CASE end_reason WHEN 'idle' THEN NULL
                                ELSE completed_at END,
                            end_reason = CASE end_reason WHEN 'idle' THEN NULL
                                ELSE end_reason END
                        WHERE id = :id AND last_event_at < :at - interval '5 seconds'
                        """)
                .bind("id", session.id())
                .bind("at", Columns.utc(at))
                .execute();
    }

    /// A start, a resume or a new prompt makes a session active again, and is noted exactly: an end
    /// that happened earlier but arrives later must not close it.
    public void reopen(Tx tx, long id, Instant at) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET status = 'active',
                            completed_at = NULL,
                            end_reason = NULL,
                            last_event_at = greatest(last_event_at, :at)
                        WHERE id = :id AND (status = 'active' OR completed_at <= :at)
                        """)
                .bind("id", id)
                .bind("at", Columns.utc(at))
                .execute();
    }

    /// Ends a session unless something happened in it after `at`.
    public void complete(Tx tx, long id, Instant at, String reason) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_sessions
                        SET status = 'completed',
                            completed_at = :at,
                            end_reason = :reason,
                            last_event_at = greatest(last_event_at, :at)
                        WHERE id = :id AND status = 'active' AND last_event_at <= :at
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

    /// Stores the session's next prompt and says its number.
    public int addPrompt(Tx tx, long id, long eventId, String text, Instant at) {
        int number =
                tx.handle()
                        .createQuery(
                                """
                                UPDATE mem_sessions
                                SET prompt_count = prompt_count + 1,
                                    last_event_at = greatest(last_event_at, :at)
                                WHERE id = :id
                                RETURNING prompt_count
                                """)
                        .bind("id", id)
                        .bind("at", Columns.utc(at))
                        .mapTo(Integer.class)
                        .one();
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_user_prompts
                            (session_id, event_id, prompt_number, prompt_text, created_at)
                        VALUES (:session, :event, :number, :text, :at)
                        """)
                .bind("session", id)
                .bind("event", eventId)
                .bind("number", number)
                .bind("text", text)
                .bind("at", Columns.utc(at))
                .execute();
        return number;
    }

    private static Session session(ResultSet row, StatementContext context) throws SQLException {
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
                row.getInt("prompt_count"));
    }
}
