package dev.mneme.store;

import dev.mneme.domain.BriefingCandidate;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Occasion;
import dev.mneme.domain.Told;
import dev.mneme.domain.ToldReason;
import dev.mneme.domain.Utf8;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What sessions may be told when they start, and the receipts of what they are told.
public final class BriefingStore {

    private static final int EVIDENCE_BYTES_MAX = 500;

    private static final String TOLD =
            """
            SELECT
                told.observation_id,
                observations.title,
                sessions.session_id,
                told.source,
                told.reason,
                told.evidence,
                told.told_at
            FROM mem_told AS told
            JOIN mem_observations AS observations ON observations.id = told.observation_id
            JOIN mem_sessions AS sessions ON sessions.id = told.session_id
            """;

    /// One memory to be told, and why.
    public record Choice(long observationId, ToldReason reason, @Nullable String evidence) {}

    /// Open memories of a project, the newest first: the newest ones, and behind them what holds
    /// however old it is.
    public List<BriefingCandidate> candidates(
            Tx tx, long projectId, int newestMax, int standingMax) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            observations.id,
                            observations.session_id,
                            observations.type,
                            observations.pinned_at IS NOT NULL AS pinned,
                            observations.made_by = 'manual' AS by_hand,
                            observations.files_modified,
                            observations.files_read,
                            observations.created_at,
                            observations.stored_at,
                            (
                                SELECT max(events.branch)
                                FROM mem_observation_events AS origins
                                JOIN mem_events AS events ON events.id = origins.event_id
                                WHERE origins.observation_id = observations.id
                            ) AS branch
                        FROM mem_observations AS observations
                        WHERE observations.id IN (
                            (
                                SELECT id
                                FROM mem_observations
                                WHERE project_id = :project AND closed_at IS NULL
                                ORDER BY created_at DESC, id DESC
                                LIMIT :newest
                            )
                            UNION
                            (
                                SELECT id
                                FROM mem_observations
                                WHERE project_id = :project
                                    AND closed_at IS NULL
                                    AND (type = 'decision' OR made_by = 'manual'
                                        OR pinned_at IS NOT NULL)
                                ORDER BY created_at DESC, id DESC
                                LIMIT :standing
                            )
                        )
                        ORDER BY observations.created_at DESC, observations.id DESC
                        """)
                .bind("project", projectId)
                .bind("newest", newestMax)
                .bind("standing", standingMax)
                .map(BriefingStore::candidate)
                .list();
    }

    private static BriefingCandidate candidate(ResultSet row, StatementContext context)
            throws SQLException {
        var files = new ArrayList<>(Columns.strings(row, "files_modified"));
        files.addAll(Columns.strings(row, "files_read"));
        return new BriefingCandidate(
                row.getLong("id"),
                row.getLong("session_id"),
                ObservationType.ofWireName(row.getString("type")).orElseThrow(),
                row.getBoolean("pinned"),
                row.getBoolean("by_hand"),
                row.getString("branch"),
                files,
                Columns.instant(row, "created_at"),
                Columns.instant(row, "stored_at"));
    }

    /// What a session was told that is still before its model: everything since its context was
    /// last cleared or compacted, or ever.
    public Set<Long> stillKnown(Tx tx, long sessionId) {
        return new HashSet<>(
                tx.handle()
                        .createQuery(
                                """
                                SELECT observation_id
                                FROM mem_told
                                WHERE session_id = :session
                                    AND told_at >= coalesce((
                                        SELECT max(told_at)
                                        FROM mem_told
                                        WHERE session_id = :session
                                            AND source IN ('clear', 'compact')
                                    ), '-infinity')
                                """)
                        .bind("session", sessionId)
                        .mapTo(Long.class)
                        .list());
    }

    /// When a session was last told anything at a start of its.
    public Optional<Instant> lastTold(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT max(told_at) AS at
                        FROM mem_told
                        WHERE session_id = :session AND source <> 'prompt'
                        """)
                .bind("session", sessionId)
                .map((row, context) -> Columns.optionalInstant(row, "at"))
                .findOne();
    }

    /// Writes the receipts of what a session is told, and says which memories have one now. What
    /// was forgotten or closed in the meantime has none.
    public Set<Long> record(
            Tx tx, long sessionId, Occasion occasion, List<Choice> choices, Instant now) {
        return tx.handle()
                .createQuery(
                        """
                        INSERT INTO mem_told (
                            session_id, observation_id, source, reason, evidence, told_at)
                        SELECT :session, observations.id, :source, told.reason, told.evidence, :now
                        FROM unnest(
                            CAST(:ids AS bigint[]),
                            CAST(:reasons AS text[]),
                            CAST(:evidence AS text[]))
                            WITH ORDINALITY AS told (id, reason, evidence, place)
                        JOIN mem_observations AS observations ON observations.id = told.id
                        JOIN mem_sessions AS sessions ON sessions.id = :session
                        WHERE observations.closed_at IS NULL
                        ORDER BY told.place
                        RETURNING observation_id
                        """)
                .bind("session", sessionId)
                .bind("source", occasion.wireName())
                .bind("now", Columns.utc(now))
                .bindArray("ids", Long.class, choices.stream().map(Choice::observationId).toArray())
                .bindArray(
                        "reasons",
                        String.class,
                        choices.stream().map(choice -> choice.reason().wireName()).toArray())
                .bindArray(
                        "evidence",
                        String.class,
                        choices.stream().map(choice -> bounded(choice.evidence())).toArray())
                .mapTo(Long.class)
                .set();
    }

    private static @Nullable String bounded(@Nullable String evidence) {
        return evidence == null ? null : Utf8.head(evidence, EVIDENCE_BYTES_MAX);
    }

    /// To whom a memory was told, the newest first.
    public List<Told> ofObservation(Tx tx, long observationId, int limit) {
        return tx.handle()
                .createQuery(
                        TOLD
                                + """
                                WHERE told.observation_id = :observation
                                ORDER BY told.told_at DESC, told.id DESC
                                LIMIT :limit
                                """)
                .bind("observation", observationId)
                .bind("limit", limit)
                .map(BriefingStore::told)
                .list();
    }

    /// What a session was told, in order.
    ///
    /// @param sessionId as the agent knows it
    public List<Told> ofSession(Tx tx, String sessionId, int limit) {
        return tx.handle()
                .createQuery(
                        TOLD
                                + """
                                WHERE sessions.session_id = :session
                                ORDER BY told.told_at, told.id
                                LIMIT :limit
                                """)
                .bind("session", sessionId)
                .bind("limit", limit)
                .map(BriefingStore::told)
                .list();
    }

    private static Told told(ResultSet row, StatementContext context) throws SQLException {
        return new Told(
                row.getLong("observation_id"),
                row.getString("title"),
                row.getString("session_id"),
                Occasion.ofWireName(row.getString("source")),
                ToldReason.ofWireName(row.getString("reason")),
                row.getString("evidence"),
                Columns.instant(row, "told_at"));
    }
}
