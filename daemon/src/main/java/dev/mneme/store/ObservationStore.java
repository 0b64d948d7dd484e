package dev.mneme.store;

import dev.mneme.domain.GitPosition;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationEdit;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.Tombstone;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Stored memories, with the events they came from.
public final class ObservationStore {

    /// The columns every read needs; `has_embedding` speaks of the current model.
    static final String COLUMNS =
            """
            observations.id,
            observations.session_id,
            observations.project_id,
            projects.name AS project_name,
            observations.title,
            observations.subtitle,
            observations.type,
            observations.narrative,
            observations.facts,
            observations.concepts,
            observations.files_read,
            observations.files_modified,
            observations.tool_name,
            observations.prompt_number,
            observations.created_at,
            observations.closed_at,
            observations.superseded_by,
            observations.superseded_because,
            observations.superseded_score,
            observations.pinned_at,
            observations.edited_at,
            ARRAY(
                SELECT origins.event_id
                FROM mem_observation_events AS origins
                WHERE origins.observation_id = observations.id
                ORDER BY origins.event_id
            ) AS event_ids,
            (
                SELECT ARRAY[events.branch, events.commit_id]
                FROM mem_observation_events AS origins
                JOIN mem_events AS events ON events.id = origins.event_id
                WHERE origins.observation_id = observations.id
                    AND coalesce(events.branch, events.commit_id) IS NOT NULL
                ORDER BY events.occurred_at DESC, events.id DESC
                LIMIT 1
            ) AS git_position
            """;

    private static final String SELECT =
            "SELECT "
                    + COLUMNS
                    + """
                    FROM mem_observations AS observations
                    JOIN mem_projects AS projects ON projects.id = observations.project_id
                    """;

    private final String language;

    /// @param language the text search configuration prose is indexed in, beside `simple`
    public ObservationStore(String language) {
        this.language = language;
    }

    /// Stores an observation. One that was made from events has the prompt number that these have
    /// now; for that, the session must be held.
    public long insert(Tx tx, long sessionId, long projectId, NewObservation observation) {
        long id =
                tx.handle()
                        .createQuery(
                                """
                                WITH observation AS (
                                    INSERT INTO mem_observations (
                                        session_id, project_id, title, subtitle, type, narrative,
                                        facts, concepts, files_read, files_modified, tool_name,
                                        prompt_number, made_by, made_by_version, created_at,
                                        search_terms, language, file_hashes)
                                    VALUES (
                                        :session, :project, :title, :subtitle, :type, :narrative,
                                        CAST(:facts AS jsonb), CAST(:concepts AS jsonb),
                                        CAST(:filesRead AS jsonb), CAST(:filesModified AS jsonb),
                                        :tool,
                                        coalesce((
                                            SELECT nullif(max(events.prompt_number), 0)
                                            FROM mem_events AS events
                                            WHERE events.id = ANY(:events)
                                        ), CAST(:promptNumber AS integer)),
                                        :madeBy, :madeByVersion, :created,
                                        :terms, CAST(:language AS regconfig),
                                        CAST(:fileHashes AS jsonb))
                                    RETURNING id
                                ), unembedded AS (
                                    INSERT INTO mem_unembedded (observation_id)
                                    SELECT id
                                    FROM observation
                                )
                                SELECT id
                                FROM observation
                                """)
                        .bind("session", sessionId)
                        .bind("project", projectId)
                        .bind("title", observation.title())
                        .bind("subtitle", observation.subtitle())
                        .bind("type", observation.type().wireName())
                        .bind("narrative", observation.narrative())
                        .bind("facts", Columns.json(observation.facts()))
                        .bind("concepts", Columns.json(observation.concepts()))
                        .bind("filesRead", Columns.json(observation.filesRead()))
                        .bind("filesModified", Columns.json(observation.filesModified()))
                        .bind("tool", observation.toolName())
                        .bind("promptNumber", observation.promptNumber())
                        .bindArray("events", Long.class, observation.eventIds())
                        .bind("madeBy", observation.madeBy())
                        .bind("madeByVersion", observation.madeByVersion())
                        .bind("created", Columns.utc(observation.createdAt()))
                        .bind("terms", SearchTerms.indexText(observation.searchText()))
                        .bind("language", language)
                        .bind("fileHashes", Columns.json(observation.fileHashes()))
                        .mapTo(Long.class)
                        .one();
        for (long eventId : observation.eventIds()) {
            tx.handle()
                    .createUpdate(
                            """
                            INSERT INTO mem_observation_events (observation_id, event_id)
                            VALUES (:observation, :event)
                            """)
                    .bind("observation", id)
                    .bind("event", eventId)
                    .execute();
        }
        return id;
    }

    /// The time of the newest forgetting that still holds; what is newer is no copy of anything
    /// forgotten. Waits for one that is under way, and must come before anything is stored.
    public Optional<Instant> newestForgetting(Tx tx) {
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock_shared(hashtext('mneme.forget'), 0)")
                .mapToMap()
                .list();
        return tx.handle()
                .createQuery(
                        """
                        SELECT max(forgotten_at) AS newest
                        FROM mem_forgotten
                        WHERE state <> 'restored'
                        """)
                .map((row, context) -> Columns.optionalInstant(row, "newest"))
                .findOne();
    }

    /// Whether an observation is a copy of something forgotten.
    ///
    /// @param marks by what its project would be recognised
    public boolean isForgotten(
            Tx tx, String sessionId, List<String> marks, NewObservation observation) {
        var all = new ArrayList<>(marks);
        all.add(Tombstone.EVERYTHING);
        all.add(Tombstone.session(sessionId));
        all.add(
                Tombstone.observation(
                        sessionId,
                        observation.createdAt(),
                        observation.title(),
                        observation.narrative()));
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_tombstones
                            WHERE mark = ANY(:marks) AND :created BETWEEN from_at AND until_at)
                        """)
                .bindArray("marks", String.class, all)
                .bind("created", Columns.utc(observation.createdAt()))
                .mapTo(Boolean.class)
                .one();
    }

    public Optional<Observation> byId(Tx tx, long id) {
        return byIds(tx, List.of(id)).stream().findFirst();
    }

    /// Those that exist, in the order of their ids.
    public List<Observation> byIds(Tx tx, List<Long> ids) {
        return tx.handle()
                .createQuery(SELECT + "WHERE observations.id = ANY(:ids) ORDER BY observations.id")
                .bindArray("ids", Long.class, ids)
                .map(ObservationStore::observation)
                .list();
    }

    /// Takes an observation out of recall and keeps it for the record. One that is closed already
    /// only learns what superseded it.
    ///
    /// @return false when there is none with this id
    public boolean close(Tx tx, long id, @Nullable Long supersededBy, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_observations
                                SET closed_at = coalesce(closed_at, :now),
                                    pinned_at = NULL,
                                    superseded_by =
                                        coalesce(CAST(:by AS bigint), superseded_by),
                                    superseded_because = NULL,
                                    superseded_score = NULL
                                WHERE id = :id
                                """)
                        .bind("id", id)
                        .bind("by", supersededBy)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Brings a closed observation back into recall.
    ///
    /// @return false when there is none with this id
    public boolean reopen(Tx tx, long id) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_observations
                                SET closed_at = NULL,
                                    superseded_by = NULL,
                                    superseded_because = NULL,
                                    superseded_score = NULL
                                WHERE id = :id
                                """)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /// Makes a memory one that its project's sessions are always told, or no longer.
    ///
    /// @return false when there is no open one with this id
    public boolean pin(Tx tx, long id, boolean pinned, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_observations
                                SET pinned_at = CASE WHEN :pinned THEN coalesce(pinned_at, :now) END
                                WHERE id = :id AND closed_at IS NULL
                                """)
                        .bind("id", id)
                        .bind("pinned", pinned)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Puts other words in place of what a memory says, and has its vector made anew.
    ///
    /// @return false when there is none with this id
    public boolean edit(Tx tx, long id, ObservationEdit edit, Instant now) {
        tx.handle()
                .createQuery("SELECT id FROM mem_observations WHERE id = :id FOR UPDATE")
                .bind("id", id)
                .mapTo(Long.class)
                .list();
        Optional<Observation> before = byId(tx, id);
        if (before.isEmpty()) {
            return false;
        }
        Observation old = before.get();
        String title = edit.title() == null ? old.title() : edit.title();
        String subtitle = edit.subtitle() == null ? old.subtitle() : edit.subtitle();
        String narrative = edit.narrative() == null ? old.narrative() : edit.narrative();
        List<String> facts = edit.facts() == null ? old.facts() : edit.facts();
        ObservationType type = edit.type() == null ? old.type() : edit.type();
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_observations
                        SET title = :title,
                            subtitle = :subtitle,
                            type = :type,
                            narrative = :narrative,
                            facts = CAST(:facts AS jsonb),
                            search_terms = :terms,
                            edited_at = :now
                        WHERE id = :id
                        """)
                .bind("id", id)
                .bind("title", title)
                .bind("subtitle", subtitle)
                .bind("type", type.wireName())
                .bind("narrative", narrative)
                .bind("facts", Columns.json(facts))
                .bind(
                        "terms",
                        SearchTerms.indexText(
                                NewObservation.searchText(
                                        title,
                                        subtitle,
                                        narrative,
                                        facts,
                                        old.filesModified(),
                                        old.filesRead())))
                .bind("now", Columns.utc(now))
                .execute();
        EmbeddingStore.remake(tx, id);
        return true;
    }

    /// The newest first, without closed ones.
    public List<Observation> list(
            Tx tx,
            @Nullable Long projectId,
            @Nullable ObservationType type,
            int limit,
            int offset) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE observations.closed_at IS NULL
                                    AND (CAST(:project AS bigint) IS NULL
                                        OR observations.project_id = :project)
                                    AND (CAST(:type AS text) IS NULL
                                        OR observations.type = :type)
                                ORDER BY observations.created_at DESC, observations.id DESC
                                LIMIT :limit OFFSET :offset
                                """)
                .bind("project", projectId)
                .bind("type", type == null ? null : type.wireName())
                .bind("limit", limit)
                .bind("offset", offset)
                .map(ObservationStore::observation)
                .list();
    }

    /// All of a session, closed ones as well, the oldest first.
    ///
    /// @param sessionId as the agent knows it
    public List<Observation> ofSession(Tx tx, String sessionId, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE observations.session_id = (
                                    SELECT id FROM mem_sessions WHERE session_id = :session)
                                ORDER BY observations.created_at, observations.id
                                LIMIT :limit
                                """)
                .bind("session", sessionId)
                .bind("limit", limit)
                .map(ObservationStore::observation)
                .list();
    }

    /// Those right before `anchor` in its session, the oldest first.
    public List<Observation> before(Tx tx, Observation anchor, int limit) {
        List<Observation> nearestFirst =
                tx.handle()
                        .createQuery(
                                SELECT
                                        + """
                                        WHERE observations.session_id = :session
                                            AND (observations.created_at, observations.id)
                                                < (:created, :id)
                                        ORDER BY observations.created_at DESC, observations.id DESC
                                        LIMIT :limit
                                        """)
                        .bind("session", anchor.sessionId())
                        .bind("created", Columns.utc(anchor.createdAt()))
                        .bind("id", anchor.id())
                        .bind("limit", limit)
                        .map(ObservationStore::observation)
                        .list();
        var oldestFirst = new ArrayList<>(nearestFirst);
        Collections.reverse(oldestFirst);
        return oldestFirst;
    }

    /// Those right after `anchor` in its session, the oldest first.
    public List<Observation> after(Tx tx, Observation anchor, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE observations.session_id = :session
                                    AND (observations.created_at, observations.id) > (:created, :id)
                                ORDER BY observations.created_at, observations.id
                                LIMIT :limit
                                """)
                .bind("session", anchor.sessionId())
                .bind("created", Columns.utc(anchor.createdAt()))
                .bind("id", anchor.id())
                .bind("limit", limit)
                .map(ObservationStore::observation)
                .list();
    }

    public long count(Tx tx) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM mem_observations")
                .mapTo(Long.class)
                .one();
    }

    static Observation observation(ResultSet row, StatementContext context) throws SQLException {
        return read(row, null);
    }

    static Observation scored(ResultSet row, StatementContext context) throws SQLException {
        return read(row, row.getDouble("score"));
    }

    private static GitPosition position(ResultSet row) throws SQLException {
        Array position = row.getArray("git_position");
        if (position == null) {
            return GitPosition.UNKNOWN;
        }
        String[] parts = (String[]) position.getArray();
        return new GitPosition(parts[0], parts[1]);
    }

    private static Observation read(ResultSet row, @Nullable Double score) throws SQLException {
        int promptNumber = row.getInt("prompt_number");
        Integer promptNumberOrNull = row.wasNull() ? null : promptNumber;
        long supersededBy = row.getLong("superseded_by");
        Long supersededByOrNull = row.wasNull() ? null : supersededBy;
        float supersededScore = row.getFloat("superseded_score");
        Float supersededScoreOrNull = row.wasNull() ? null : supersededScore;
        return new Observation(
                row.getLong("id"),
                row.getLong("session_id"),
                row.getLong("project_id"),
                row.getString("project_name"),
                row.getString("title"),
                row.getString("subtitle"),
                ObservationType.ofWireName(row.getString("type")).orElseThrow(),
                row.getString("narrative"),
                Columns.strings(row, "facts"),
                Columns.strings(row, "concepts"),
                Columns.strings(row, "files_read"),
                Columns.strings(row, "files_modified"),
                row.getString("tool_name"),
                promptNumberOrNull,
                Arrays.asList((Long[]) row.getArray("event_ids").getArray()),
                position(row),
                false,
                Columns.instant(row, "created_at"),
                Columns.optionalInstant(row, "closed_at"),
                supersededByOrNull,
                row.getString("superseded_because"),
                supersededScoreOrNull,
                Columns.optionalInstant(row, "pinned_at"),
                Columns.optionalInstant(row, "edited_at"),
                score);
    }
}
