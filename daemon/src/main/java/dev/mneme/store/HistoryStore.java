package dev.mneme.store;

import dev.mneme.domain.GitPosition;
import dev.mneme.domain.SessionHistory;
import dev.mneme.domain.SessionHistory.AgentReport;
import dev.mneme.domain.SessionHistory.Compaction;
import dev.mneme.domain.SessionHistory.Run;
import dev.mneme.domain.SessionHistory.Turn;

import java.util.List;

/// What happened in a session, read from its events.
public final class HistoryStore {

    /// Of each kind the newest ones.
    public static final int ROWS_MAX = 100;

    public SessionHistory of(Tx tx, long sessionId) {
        return new SessionHistory(
                position(tx, sessionId),
                runs(tx, sessionId),
                turns(tx, sessionId),
                reports(tx, sessionId),
                compactions(tx, sessionId));
    }

    private static GitPosition position(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT branch, commit_id
                        FROM mem_events
                        WHERE session_id = :session
                            AND (branch IS NOT NULL OR commit_id IS NOT NULL)
                        ORDER BY occurred_at DESC, id DESC
                        LIMIT 1
                        """)
                .bind("session", sessionId)
                .map(
                        (row, context) ->
                                new GitPosition(
                                        row.getString("branch"), row.getString("commit_id")))
                .findOne()
                .orElse(GitPosition.UNKNOWN);
    }

    private static List<Run> runs(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT started_at, source, ended_at, end_reason
                        FROM mem_session_runs
                        WHERE session_id = :session
                        ORDER BY started_at DESC
                        LIMIT :limit
                        """)
                .bind("session", sessionId)
                .bind("limit", ROWS_MAX)
                .map(
                        (row, context) ->
                                new Run(
                                        Columns.instant(row, "started_at"),
                                        row.getString("source"),
                                        Columns.optionalInstant(row, "ended_at"),
                                        row.getString("end_reason")))
                .list()
                .reversed();
    }

    private static List<Turn> turns(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            turns.prompt_number,
                            prompts.prompt_text,
                            turns.started_at,
                            turns.ended_at,
                            mem_payload_field(answers.payload, 'last_assistant_message')
                                #>> '{}' AS answer
                        FROM mem_turns AS turns
                        JOIN mem_user_prompts AS prompts
                            ON prompts.session_id = turns.session_id
                            AND prompts.prompt_number = turns.prompt_number
                        LEFT JOIN mem_events AS answers ON answers.id = turns.answer_event_id
                        WHERE turns.session_id = :session
                        ORDER BY turns.prompt_number DESC
                        LIMIT :limit
                        """)
                .bind("session", sessionId)
                .bind("limit", ROWS_MAX)
                .map(
                        (row, context) ->
                                new Turn(
                                        row.getInt("prompt_number"),
                                        row.getString("prompt_text"),
                                        Columns.instant(row, "started_at"),
                                        Columns.optionalInstant(row, "ended_at"),
                                        row.getString("answer")))
                .list()
                .reversed();
    }

    /// Without those of the host's own agents, of which nothing is kept.
    private static List<AgentReport> reports(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            agent_id,
                            agent_type,
                            prompt_number,
                            occurred_at,
                            mem_payload_field(payload, 'last_assistant_message')
                                #>> '{}' AS result
                        FROM mem_events
                        WHERE session_id = :session
                            AND kind = 'subagent-stop'
                            AND agent_type IS DISTINCT FROM ''
                        ORDER BY occurred_at DESC, id DESC
                        LIMIT :limit
                        """)
                .bind("session", sessionId)
                .bind("limit", ROWS_MAX)
                .map(
                        (row, context) ->
                                new AgentReport(
                                        row.getString("agent_id"),
                                        row.getString("agent_type"),
                                        row.getInt("prompt_number"),
                                        Columns.instant(row, "occurred_at"),
                                        row.getString("result")))
                .list()
                .reversed();
    }

    private static List<Compaction> compactions(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            occurred_at,
                            cause,
                            mem_payload_field(payload, 'compact_summary') #>> '{}' AS summary
                        FROM mem_events
                        WHERE session_id = :session AND kind = 'post-compact'
                        ORDER BY occurred_at DESC, id DESC
                        LIMIT :limit
                        """)
                .bind("session", sessionId)
                .bind("limit", ROWS_MAX)
                .map(
                        (row, context) ->
                                new Compaction(
                                        Columns.instant(row, "occurred_at"),
                                        row.getString("cause"),
                                        row.getString("summary")))
                .list()
                .reversed();
    }
}
