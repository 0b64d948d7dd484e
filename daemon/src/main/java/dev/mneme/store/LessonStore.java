package dev.mneme.store;

import dev.mneme.domain.Lesson;
import dev.mneme.domain.LessonFilter;
import dev.mneme.domain.LessonSeverity;
import dev.mneme.domain.LessonState;
import dev.mneme.domain.LessonText;
import dev.mneme.domain.Observation;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.StorableText;

import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Lessons, and how often each was told.
public final class LessonStore {

    /// Of the evidence of one proposal; as the table's constraint says.
    public static final int EVIDENCE_MAX = 20;

    /// A hook waits for the count: where somebody holds the row for longer, nothing is told.
    private static final String TOLD_LOCK_TIMEOUT = "50ms";

    private static final String COLUMNS =
            """
            lessons.id,
            lessons.project_id,
            projects.name AS project_name,
            lessons.title,
            lessons.rule,
            lessons.severity,
            lessons.trigger_tool,
            lessons.trigger_pattern,
            lessons.state,
            lessons.source,
            ARRAY(
                SELECT observations.id
                FROM mem_observations AS observations
                WHERE observations.id = ANY(lessons.observation_ids)
                ORDER BY observations.id
            ) AS evidence,
            lessons.trigger_count,
            lessons.last_triggered_at,
            lessons.created_at
            """;

    private static final String FROM =
            """
            FROM mem_lessons AS lessons
            LEFT JOIN mem_projects AS projects ON projects.id = lessons.project_id
            """;

    private static final String SELECT = "SELECT " + COLUMNS + FROM;

    private final String language;

    /// @param language the text search configuration prose is indexed in, beside `simple`
    public LessonStore(String language) {
        this.language = language;
    }

    /// A lesson to be stored.
    ///
    /// @param signature of a proposal, what it is about, as a hash; null for one that was written
    public record NewLesson(
            @Nullable Long projectId,
            LessonText says,
            List<Long> observationIds,
            @Nullable String signature,
            int madeByVersion) {}

    /// Keeps others from adding lessons until the transaction ends, so that a bound that was met
    /// still holds.
    public void lock(Tx tx) {
        tx.handle()
                .createQuery("SELECT pg_advisory_xact_lock(hashtext('mneme.lessons'), 0)")
                .mapToMap()
                .list();
    }

    /// Stores a lesson: active where somebody wrote it, else proposed.
    ///
    /// @return its id; empty where this failure was proposed before
    public Optional<Long> insert(Tx tx, NewLesson lesson, Instant now) {
        LessonText says = lesson.says();
        return tx.handle()
                .createQuery(
                        """
                        INSERT INTO mem_lessons (
                            project_id, title, rule, severity, trigger_tool, trigger_pattern,
                            state, source, signature, observation_ids, made_by_version,
                            created_at, changed_at, search_terms, language)
                        VALUES (
                            CAST(:project AS bigint), :title, :rule, :severity, :tool, :pattern,
                            :state, :source, :signature, :observations, :version,
                            :now, :now, :terms, CAST(:language AS regconfig))
                        ON CONFLICT (project_id, signature) WHERE signature IS NOT NULL
                            DO NOTHING
                        RETURNING id
                        """)
                .bind("project", lesson.projectId())
                .bind("title", says.title())
                .bind("rule", says.rule())
                .bind("severity", says.severity().wireName())
                .bind("tool", says.triggerTool())
                .bind("pattern", says.triggerPattern())
                .bind(
                        "state",
                        (lesson.signature() == null ? LessonState.ACTIVE : LessonState.PROPOSED)
                                .wireName())
                .bind("source", lesson.signature() == null ? "manual" : "proposed")
                .bind("signature", lesson.signature())
                .bindArray("observations", Long.class, lesson.observationIds())
                .bind("version", lesson.madeByVersion())
                .bind("now", Columns.utc(now))
                .bind("terms", terms(says))
                .bind("language", language)
                .mapTo(Long.class)
                .findOne();
    }

    /// An active lesson that says the same, so that a repeated request adds nothing.
    public Optional<Long> same(Tx tx, @Nullable Long projectId, LessonText says) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id
                        FROM mem_lessons
                        WHERE state = 'active'
                            AND project_id IS NOT DISTINCT FROM CAST(:project AS bigint)
                            AND rule = :rule
                            AND severity = :severity
                            AND trigger_tool IS NOT DISTINCT FROM CAST(:tool AS text)
                            AND trigger_pattern IS NOT DISTINCT FROM CAST(:pattern AS text)
                        ORDER BY id
                        LIMIT 1
                        """)
                .bind("project", projectId)
                .bind("rule", says.rule())
                .bind("severity", says.severity().wireName())
                .bind("tool", says.triggerTool())
                .bind("pattern", says.triggerPattern())
                .mapTo(Long.class)
                .findOne();
    }

    public int count(Tx tx, LessonState state) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM mem_lessons WHERE state = :state")
                .bind("state", state.wireName())
                .mapTo(Integer.class)
                .one();
    }

    public Optional<Lesson> byId(Tx tx, long id) {
        return tx.handle()
                .createQuery(SELECT + "WHERE lessons.id = :id")
                .bind("id", id)
                .map(LessonStore::lesson)
                .findOne();
    }

    /// The gravest first, of these the newest.
    public List<Lesson> list(Tx tx, LessonFilter filter) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE (CAST(:project AS bigint) IS NULL
                                        OR lessons.project_id = :project
                                        OR lessons.project_id IS NULL)
                                    AND (CAST(:severity AS text) IS NULL
                                        OR lessons.severity = :severity)
                                    AND (CAST(:state AS text) IS NULL OR lessons.state = :state)
                                ORDER BY
                                    array_position(
                                        ARRAY['critical', 'warning', 'info'], lessons.severity),
                                    lessons.created_at DESC,
                                    lessons.id DESC
                                LIMIT :limit OFFSET :offset
                                """)
                .bind("project", filter.projectId())
                .bind("severity", filter.severity() == null ? null : filter.severity().wireName())
                .bind("state", filter.state() == null ? null : filter.state().wireName())
                .bind("limit", filter.limit())
                .bind("offset", filter.offset())
                .map(LessonStore::lesson)
                .list();
    }

    /// Those that speak of any word of a query, the best first: those with every word before the
    /// others.
    public List<Lesson> search(Tx tx, String query, LessonFilter filter) {
        return tx.handle()
                .createQuery(
                        "SELECT "
                                + COLUMNS
                                + """
                                ,
                                ts_rank_cd(lessons.tsv, wanted.every || wanted.any_word) AS score
                                """
                                + FROM
                                + """
                                CROSS JOIN (
                                    SELECT
                                        websearch_to_tsquery(CAST(:language AS regconfig), :query)
                                            || websearch_to_tsquery('simple', :query) AS every,
                                        websearch_to_tsquery(
                                                CAST(:language AS regconfig), :anyWord)
                                            || websearch_to_tsquery('simple', :anyWord)
                                            AS any_word
                                ) AS wanted
                                WHERE lessons.tsv @@ (wanted.every || wanted.any_word)
                                    AND (CAST(:project AS bigint) IS NULL
                                        OR lessons.project_id = :project
                                        OR lessons.project_id IS NULL)
                                    AND (CAST(:severity AS text) IS NULL
                                        OR lessons.severity = :severity)
                                    AND (CAST(:state AS text) IS NULL OR lessons.state = :state)
                                ORDER BY
                                    lessons.tsv @@ wanted.every DESC,
                                    score DESC,
                                    lessons.created_at DESC,
                                    lessons.id DESC
                                LIMIT :limit OFFSET :offset
                                """)
                .bind("language", language)
                .bind("query", StorableText.of(query))
                .bind("anyWord", SearchTerms.anyOf(StorableText.of(query)))
                .bind("project", filter.projectId())
                .bind("severity", filter.severity() == null ? null : filter.severity().wireName())
                .bind("state", filter.state() == null ? null : filter.state().wireName())
                .bind("limit", filter.limit())
                .bind("offset", filter.offset())
                .map(LessonStore::scored)
                .list();
    }

    /// Writes what a lesson says, and where it holds.
    ///
    /// @return false when there is none with this id
    public boolean update(Tx tx, long id, @Nullable Long projectId, LessonText says, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_lessons
                                SET project_id = CAST(:project AS bigint),
                                    title = :title,
                                    rule = :rule,
                                    severity = :severity,
                                    trigger_tool = :tool,
                                    trigger_pattern = :pattern,
                                    changed_at = :now,
                                    search_terms = :terms,
                                    language = CAST(:language AS regconfig)
                                WHERE id = :id
                                """)
                        .bind("id", id)
                        .bind("project", projectId)
                        .bind("title", says.title())
                        .bind("rule", says.rule())
                        .bind("severity", says.severity().wireName())
                        .bind("tool", says.triggerTool())
                        .bind("pattern", says.triggerPattern())
                        .bind("now", Columns.utc(now))
                        .bind("terms", terms(says))
                        .bind("language", language)
                        .execute()
                == 1;
    }

    /// Moves a lesson to another state.
    ///
    /// @return false when there is none with this id
    public boolean setState(Tx tx, long id, LessonState state, Instant now) {
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_lessons
                                SET state = :state,
                                    changed_at = CASE WHEN state = :state
                                        THEN changed_at ELSE :now END
                                WHERE id = :id
                                """)
                        .bind("id", id)
                        .bind("state", state.wireName())
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Removes a lesson. Of a proposal a mark stays, so that it is not made again.
    ///
    /// @return false when there is none with this id
    public boolean delete(Tx tx, long id) {
        return tx.handle()
                        .createQuery(
                                """
                                WITH gone AS (
                                    DELETE FROM mem_lessons
                                    WHERE id = :id
                                    RETURNING signature
                                ), marked AS (
                                    INSERT INTO mem_tombstones (mark)
                                    SELECT mem_mark('lesson', signature)
                                    FROM gone
                                    WHERE signature IS NOT NULL
                                )
                                SELECT count(*) FROM gone
                                """)
                        .bind("id", id)
                        .mapTo(Integer.class)
                        .one()
                == 1;
    }

    /// What the active lessons are a version of: it changes with each of their rows, whoever
    /// changes it.
    public String version(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT coalesce(md5(string_agg(id || ' ' || xmin, ',' ORDER BY id)), '')
                        FROM mem_lessons
                        WHERE state = 'active'
                        """)
                .mapTo(String.class)
                .one();
    }

    /// Counts that an active lesson is told now. The commit need not reach the disk: a count that a
    /// power cut takes is no harm, a hook that waits is one.
    ///
    /// @return false where it is no longer active, and must not be told
    public boolean tell(Tx tx, long id, Instant now) {
        tx.handle().execute("SET LOCAL synchronous_commit = off");
        tx.handle().execute("SET LOCAL lock_timeout = '" + TOLD_LOCK_TIMEOUT + "'");
        return tx.handle()
                        .createUpdate(
                                """
                                UPDATE mem_lessons
                                SET trigger_count = trigger_count + 1,
                                    last_triggered_at = greatest(last_triggered_at, :now)
                                WHERE id = :id AND state = 'active'
                                """)
                        .bind("id", id)
                        .bind("now", Columns.utc(now))
                        .execute()
                == 1;
    }

    /// Adds a memory to what a proposal shows, while it waits for an answer.
    ///
    /// @return whether this failure was proposed before, whatever became of it
    public boolean addEvidence(Tx tx, long projectId, String signature, long observationId) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_lessons
                        SET observation_ids = observation_ids || CAST(:observation AS bigint)
                        WHERE project_id = :project
                            AND signature = :signature
                            AND state = 'proposed'
                            AND cardinality(observation_ids) < :max
                            AND NOT observation_ids @> ARRAY[CAST(:observation AS bigint)]
                        """)
                .bind("project", projectId)
                .bind("signature", signature)
                .bind("observation", observationId)
                .bind("max", EVIDENCE_MAX)
                .execute();
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_lessons
                            WHERE project_id = :project AND signature = :signature)
                        """)
                .bind("project", projectId)
                .bind("signature", signature)
                .mapTo(Boolean.class)
                .one();
    }

    /// Whether a proposal about this failure was deleted.
    public boolean isRejected(Tx tx, String signature) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT EXISTS (
                            SELECT
                            FROM mem_tombstones
                            WHERE mark = mem_mark('lesson', CAST(:signature AS text)))
                        """)
                .bind("signature", signature)
                .mapTo(Boolean.class)
                .one();
    }

    /// How many proposals of a project wait for an answer.
    public int waiting(Tx tx, long projectId) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT count(*)
                        FROM mem_lessons
                        WHERE state = 'proposed' AND project_id = :project
                        """)
                .bind("project", projectId)
                .mapTo(Integer.class)
                .one();
    }

    public long newestObservation(Tx tx) {
        return tx.handle()
                .createQuery("SELECT coalesce(max(id), 0) FROM mem_observations")
                .mapTo(Long.class)
                .one();
    }

    /// Memories behind an id that tell of a mended failure, in the order of their ids.
    ///
    /// @param facts what their facts are like, in SQL's pattern language
    /// @param narrative what their narrative is like, where the facts are not
    public List<Observation> failuresMended(
            Tx tx, String facts, String narrative, long afterId, int limit) {
        return tx.handle()
                .createQuery(
                        MENDED
                                + """
                                    AND observations.id > :after
                                ORDER BY observations.id
                                LIMIT :limit
                                """)
                .bind("facts", facts)
                .bind("narrative", narrative)
                .bind("after", afterId)
                .bind("limit", limit)
                .map(ObservationStore::observation)
                .list();
    }

    /// The same of a memory's project before it, the newest first.
    public List<Observation> failuresMendedBefore(
            Tx tx, String facts, String narrative, Observation memory, int limit) {
        return tx.handle()
                .createQuery(
                        MENDED
                                + """
                                    AND observations.project_id = :project
                                    AND observations.id < :id
                                ORDER BY observations.id DESC
                                LIMIT :limit
                                """)
                .bind("facts", facts)
                .bind("narrative", narrative)
                .bind("project", memory.projectId())
                .bind("id", memory.id())
                .bind("limit", limit)
                .map(ObservationStore::observation)
                .list();
    }

    private static final String MENDED =
            "SELECT "
                    + ObservationStore.COLUMNS
                    + """
                    FROM mem_observations AS observations
                    JOIN mem_projects AS projects ON projects.id = observations.project_id
                    WHERE observations.closed_at IS NULL
                        AND (CAST(observations.facts AS text) LIKE :facts
                            OR observations.narrative LIKE :narrative)
                    """;

    public boolean isActive(Tx tx, long id) {
        return tx.handle()
                .createQuery("SELECT 1 FROM mem_lessons WHERE id = :id AND state = 'active'")
                .bind("id", id)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    private static String terms(LessonText says) {
        return SearchTerms.indexText(says.title() + "\n" + says.rule());
    }

    private static Lesson lesson(ResultSet row, StatementContext context) throws SQLException {
        return read(row, null);
    }

    private static Lesson scored(ResultSet row, StatementContext context) throws SQLException {
        return read(row, row.getDouble("score"));
    }

    private static Lesson read(ResultSet row, @Nullable Double score) throws SQLException {
        long projectId = row.getLong("project_id");
        Long projectIdOrNull = row.wasNull() ? null : projectId;
        return new Lesson(
                row.getLong("id"),
                projectIdOrNull,
                row.getString("project_name"),
                new LessonText(
                        row.getString("title"),
                        row.getString("rule"),
                        LessonSeverity.ofWireName(row.getString("severity")).orElseThrow(),
                        row.getString("trigger_tool"),
                        row.getString("trigger_pattern")),
                LessonState.ofWireName(row.getString("state")).orElseThrow(),
                row.getString("source").equals("proposed"),
                Arrays.asList((Long[]) row.getArray("evidence").getArray()),
                row.getLong("trigger_count"),
                Columns.optionalInstant(row, "last_triggered_at"),
                Columns.instant(row, "created_at"),
                score);
    }
}
