package dev.mneme.store;

import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.domain.TurnExtraction.Maker;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What turns and sessions came to.
public final class SummaryStore {

    /// A session's summary is made of so many turns; what older ones said is in it already.
    public static final int TURNS_MAX = 100;

    private static final int FIELD_CHARS_MAX = 8_000;

    /// What every read needs.
    static final String COLUMNS =
            """
            summaries.id,
            sessions.session_id,
            projects.name AS project_name,
            summaries.turn_id,
            summaries.prompt_number,
            summaries.request,
            summaries.investigated,
            summaries.learned,
            summaries.completed,
            summaries.next_steps,
            summaries.created_at
            """;

    static final String TABLES =
            """
            FROM mem_session_summaries AS summaries
            JOIN mem_sessions AS sessions ON sessions.id = summaries.session_id
            JOIN mem_projects AS projects ON projects.id = sessions.project_id
            """;

    private static final String SELECT = "SELECT " + COLUMNS + TABLES;

    private final String language;

    /// @param language the text search configuration prose is indexed in, beside `simple`
    public SummaryStore(String language) {
        this.language = language;
    }

    /// Stores what a turn or a session came to, in place of what was said of it before.
    ///
    /// @param turnId null for the whole session
    public void put(
            Tx tx,
            long sessionId,
            @Nullable Long turnId,
            @Nullable Integer promptNumber,
            SummaryDraft says,
            Maker maker,
            Instant at) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_session_summaries (
                            session_id, turn_id, prompt_number, request, investigated, learned,
                            completed, next_steps, made_by, made_by_version, created_at,
                            search_terms, language)
                        VALUES (
                            :session, :turn, :promptNumber, :request, :investigated, :learned,
                            :completed, :nextSteps, :madeBy, :madeByVersion, :at,
                            :terms, CAST(:language AS regconfig))
                        ON CONFLICT ON CONSTRAINT mem_session_summaries_one_each DO UPDATE
                        SET prompt_number = excluded.prompt_number,
                            request = excluded.request,
                            investigated = excluded.investigated,
                            learned = excluded.learned,
                            completed = excluded.completed,
                            next_steps = excluded.next_steps,
                            made_by = excluded.made_by,
                            made_by_version = excluded.made_by_version,
                            created_at = excluded.created_at,
                            search_terms = excluded.search_terms,
                            language = excluded.language
                        """)
                .bind("session", sessionId)
                .bind("turn", turnId)
                .bind("promptNumber", promptNumber)
                .bind("request", bounded(says.request()))
                .bind("investigated", bounded(says.investigated()))
                .bind("learned", bounded(says.learned()))
                .bind("completed", bounded(says.completed()))
                .bind("nextSteps", bounded(says.nextSteps()))
                .bind("madeBy", maker.name())
                .bind("madeByVersion", maker.version())
                .bind("at", Columns.utc(at))
                .bind("terms", SearchTerms.indexText(text(says)))
                .bind("language", language)
                .execute();
    }

    /// Removes what was said of a turn.
    public void remove(Tx tx, long sessionId, long turnId) {
        tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_session_summaries
                        WHERE session_id = :session AND turn_id = :turn
                        """)
                .bind("session", sessionId)
                .bind("turn", turnId)
                .execute();
    }

    /// What the turns of a session came to, the oldest first.
    public List<SessionSummary> ofTurns(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE summaries.session_id = :session
                                    AND summaries.turn_id IS NOT NULL
                                ORDER BY summaries.created_at DESC, summaries.id DESC
                                LIMIT :limit
                                """)
                .bind("session", sessionId)
                .bind("limit", TURNS_MAX)
                .map(SummaryStore::summary)
                .list()
                .reversed();
    }

    public Optional<SessionSummary> ofSession(Tx tx, long sessionId) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + "WHERE summaries.session_id = :session"
                                + " AND summaries.turn_id IS NULL")
                .bind("session", sessionId)
                .map(SummaryStore::summary)
                .findOne();
    }

    /// What the newest sessions came to, the newest first.
    public List<SessionSummary> newest(Tx tx, @Nullable Long projectId, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE summaries.turn_id IS NULL
                                    AND (CAST(:project AS bigint) IS NULL
                                        OR sessions.project_id = :project)
                                ORDER BY summaries.created_at DESC, summaries.id DESC
                                LIMIT :limit
                                """)
                .bind("project", projectId)
                .bind("limit", limit)
                .map(SummaryStore::summary)
                .list();
    }

    /// Those of `ids` that exist, in no order.
    public List<SessionSummary> byIds(Tx tx, Collection<Long> ids) {
        return tx.handle()
                .createQuery(SELECT + "WHERE summaries.id = ANY(:ids)")
                .bindArray("ids", Long.class, ids)
                .map(SummaryStore::summary)
                .list();
    }

    private static @Nullable String bounded(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String storable = StorableText.of(text);
        return storable.length() <= FIELD_CHARS_MAX
                ? storable
                : StorableText.of(storable.substring(0, FIELD_CHARS_MAX));
    }

    private static String text(SummaryDraft says) {
        return Stream.of(
                        says.request(),
                        says.investigated(),
                        says.learned(),
                        says.completed(),
                        says.nextSteps())
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }

    static SessionSummary summary(ResultSet row, StatementContext context) throws SQLException {
        long turnId = row.getLong("turn_id");
        Long turnIdOrNull = row.wasNull() ? null : turnId;
        int promptNumber = row.getInt("prompt_number");
        Integer promptNumberOrNull = row.wasNull() ? null : promptNumber;
        return new SessionSummary(
                row.getLong("id"),
                row.getString("session_id"),
                row.getString("project_name"),
                turnIdOrNull,
                promptNumberOrNull,
                new SummaryDraft(
                        row.getString("request"),
                        row.getString("investigated"),
                        row.getString("learned"),
                        row.getString("completed"),
                        row.getString("next_steps")),
                Columns.instant(row, "created_at"));
    }
}
