package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.SearchableText;

import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// What search asks the database: the arms that it answers by itself, and what an index of words
/// in memory needs to be made and kept. The long statements are `.sql` resources.
public final class SearchStore {

    /// How many rows with every word, and as many with any word, are ranked by their text.
    private static final int RANKED_ROWS_MAX = 5_000;

    /// Up to so many vectors are all looked at; the index of a model answers for more. Looking at
    /// this many takes about as long as the index takes to pass over what a filter hides.
    public static final int EXACT_VECTORS_MAX = 20_000;

    /// How many vectors a filtered search may pass over before it gives up.
    private static final int HNSW_SCAN_TUPLES_MAX = 100_000;

    /// From here on a model's index holds 16-bit floats: the rule of `mem_vector_type`.
    private static final int HALVES_DIMENSIONS_MIN = 384;

    /// How far the HNSW search looks; pgvector allows no more than a thousand.
    private static final int HNSW_EF_SEARCH_MIN = 100;

    private static final int HNSW_EF_SEARCH_MAX = 1_000;

    /// Rows in one answer of the server while a project is read.
    private static final int FETCH_ROWS = 500;

    private static final String FILTER = Database.resource("search_filter.sql").strip();

    /// What most searches ask. A filter whose parts may be NULL has to be planned anew each time;
    /// this one has a plan that is kept.
    private static final String OF_PROJECT =
            "observations.closed_at IS NULL AND observations.project_id = :project";

    private static final String TEXT = filtered("text_search.sql");
    private static final String VECTOR = filtered("vector_search.sql");
    private static final String EXACT_VECTOR = filtered("exact_vector_search.sql");
    private static final String EXACT_VECTOR_OF_PROJECT =
            Database.resource("exact_vector_search.sql").replace("<filter>", OF_PROJECT);

    private static final String TEXTS_SELECT =
            """
            SELECT
                id,
                session_id,
                title,
                subtitle,
                narrative,
                facts,
                concepts,
                files_modified,
                files_read,
                created_at,
                closed_at IS NOT NULL AS closed,
                coalesce(CAST(CAST(changed_in AS text) AS bigint), 0) AS version
            FROM mem_observations
            """;

    /// An observation with how well it fits; more is better.
    public record Ranked(long id, double score) {}

    /// An observation that is near to a query.
    ///
    /// @param cosine to the vector that was searched with
    /// @param whole the cosine to the query as it was asked
    public record Near(long id, double cosine, double whole) {}

    /// A query as vectors of one model.
    ///
    /// @param sought what is searched with
    /// @param whole the query as it was asked
    public record Aim(float[] sought, float[] whole) {

        public static Aim at(float[] query) {
            return new Aim(query, query);
        }
    }

    /// The mean of vectors, and of how many observations they are.
    ///
    /// @param mean null where there are too few
    /// @param isFew whether all vectors can be looked at
    public record Shared(float @Nullable [] mean, boolean isFew) {}

    /// Where a project stands: asking for what changed since `version` misses nothing.
    ///
    /// @param removals whether anything was taken out since the version that was asked about
    public record Standing(long version, boolean changes, boolean removals) {}

    private final String language;

    public SearchStore(String language) {
        this.language = language;
    }

    /// The best by words, as PostgreSQL ranks them.
    public List<Ranked> byWords(Tx tx, String query, SearchFilter filter, int limit) {
        useCustomPlans(tx);
        return bindFilter(tx.handle().createQuery(TEXT), filter)
                .bind("language", language)
                .bind("query", query)
                .bind("anyWord", SearchTerms.anyOf(query))
                .bind("ranked", RANKED_ROWS_MAX)
                .bind("limit", limit)
                .map((row, context) -> new Ranked(row.getLong("id"), row.getDouble("score")))
                .list();
    }

    /// The nearest by meaning. Complete where at most `EXACT_VECTORS_MAX` observations pass the
    /// filter.
    public List<Near> byMeaning(
            Tx tx, Aim aim, EmbeddingModel model, SearchFilter filter, int limit) {
        useCustomPlans(tx);
        return isFew(tx, filter)
                ? nearest(tx, EXACT_VECTOR, aim, model, filter, limit)
                : byIndex(tx, aim, model, filter, limit);
    }

    /// The same where it is known that all vectors of the project can be looked at.
    public List<Near> byMeaningOfFew(
            Tx tx, Aim aim, EmbeddingModel model, SearchFilter filter, int limit) {
        if (filter.isNarrow() || filter.projectId() == null) {
            useCustomPlans(tx);
            return nearest(tx, EXACT_VECTOR, aim, model, filter, limit);
        }
        return tx.handle()
                .createQuery(filled(EXACT_VECTOR_OF_PROJECT, model))
                .bind("project", filter.projectId())
                .bind("vector", Columns.vector(aim.sought()))
                .bind("whole", Columns.vector(aim.whole()))
                .bind("limit", limit)
                .map(SearchStore::near)
                .list();
    }

    private static List<Near> byIndex(
            Tx tx, Aim aim, EmbeddingModel model, SearchFilter filter, int limit) {
        prepareVectorScan(tx, limit);
        return nearest(tx, VECTOR, aim, model, filter, limit);
    }

    private static List<Near> nearest(
            Tx tx,
            String statement,
            Aim aim,
            EmbeddingModel model,
            SearchFilter filter,
            int limit) {
        return bindFilter(tx.handle().createQuery(filled(statement, model)), filter)
                .bind("vector", Columns.vector(aim.sought()))
                .bind("whole", Columns.vector(aim.whole()))
                .bind("limit", limit)
                .map(SearchStore::near)
                .list();
    }

    /// The plan of the statement that `byMeaning` runs over many.
    List<String> explainByMeaning(Tx tx, float[] vector, EmbeddingModel model, int limit) {
        useCustomPlans(tx);
        prepareVectorScan(tx, limit);
        return bindFilter(
                        tx.handle().createQuery("EXPLAIN " + filled(VECTOR, model)),
                        new SearchFilter(null, List.of(), limit))
                .bind("vector", Columns.vector(vector))
                .bind("whole", Columns.vector(vector))
                .bind("limit", limit)
                .mapTo(String.class)
                .list();
    }

    /// How near those of `ids` are that have a vector of the model.
    public List<Near> near(Tx tx, Aim aim, EmbeddingModel model, Collection<Long> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            observation_id AS id,
                            embedding <=> CAST(:vector AS vector) AS distance,
                            embedding <=> CAST(:whole AS vector) AS whole_distance
                        FROM mem_embeddings
                        WHERE model_id = :model AND observation_id = ANY(:ids)
                        """)
                .bind("vector", Columns.vector(aim.sought()))
                .bind("whole", Columns.vector(aim.whole()))
                .bind("model", model.id())
                .bindArray("ids", Long.class, ids)
                .map(SearchStore::near)
                .list();
    }

    /// What the newest vectors of a project, or of all, have in common.
    ///
    /// @param least vectors that make a mean
    /// @param most vectors that are looked at
    public Shared shared(
            Tx tx, EmbeddingModel model, @Nullable Long projectId, int least, int most) {
        return tx.handle()
                .createQuery(
                        """
                        WITH considered AS MATERIALIZED (
                            SELECT observations.id
                            FROM mem_observations AS observations
                            WHERE observations.closed_at IS NULL
                                AND (
                                    CAST(:project AS bigint) IS NULL
                                    OR observations.project_id = :project
                                )
                            ORDER BY observations.created_at DESC
                            LIMIT :few + 1
                        ), newest AS (
                            SELECT embeddings.embedding
                            FROM (SELECT id FROM considered LIMIT :most) AS first
                            JOIN mem_embeddings AS embeddings
                                ON embeddings.observation_id = first.id
                                    AND embeddings.model_id = :model
                        )
                        SELECT
                            CASE WHEN count(*) >= :least THEN CAST(avg(embedding) AS text) END
                                AS mean,
                            (SELECT count(*) FROM considered) <= :few AS is_few
                        FROM newest
                        """)
                .bind("project", projectId)
                .bind("model", model.id())
                .bind("least", least)
                .bind("most", most)
                .bind("few", EXACT_VECTORS_MAX)
                .map(
                        (row, context) -> {
                            String mean = row.getString("mean");
                            return new Shared(
                                    mean == null ? null : Columns.vector(mean),
                                    row.getBoolean("is_few"));
                        })
                .one();
    }

    /// The ids of everything that passes a filter.
    public List<Long> matching(Tx tx, SearchFilter filter) {
        useCustomPlans(tx);
        return bindFilter(
                        tx.handle()
                                .createQuery(
                                        "SELECT observations.id"
                                                + " FROM mem_observations AS observations"
                                                + " WHERE "
                                                + FILTER),
                        filter)
                .mapTo(Long.class)
                .list();
    }

    /// Every project that holds something.
    public List<Long> projects(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT projects.id
                        FROM mem_projects AS projects
                        WHERE EXISTS (
                            SELECT
                            FROM mem_observations AS observations
                            WHERE observations.project_id = projects.id)
                        ORDER BY projects.id
                        """)
                .mapTo(Long.class)
                .list();
    }

    /// What became of a project since a version.
    public Standing standing(Tx tx, long projectId, long since) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
                                AS version,
                            EXISTS (
                                SELECT
                                FROM mem_observations
                                WHERE project_id = :project
                                    AND changed_in >= CAST(CAST(:since AS text) AS xid8)
                            ) AS changes,
                            EXISTS (
                                SELECT
                                FROM mem_search_removals
                                WHERE project_id = :project
                                    AND removed_in >= CAST(CAST(:since AS text) AS xid8)
                            ) AS removals
                        """)
                .bind("project", projectId)
                .bind("since", Long.toString(since))
                .map(
                        (row, context) ->
                                new Standing(
                                        row.getLong("version"),
                                        row.getBoolean("changes"),
                                        row.getBoolean("removals")))
                .one();
    }

    /// Hands over what a project holds, row by row: a project may be large.
    public void texts(Tx tx, long projectId, Consumer<SearchableText> taker) {
        taken(
                tx.handle()
                        .createQuery(
                                TEXTS_SELECT
                                        + " WHERE project_id = :project AND closed_at IS NULL"),
                projectId,
                taker);
    }

    /// Hands over what was written in a project since a version, closed ones too.
    public void changedTexts(Tx tx, long projectId, long since, Consumer<SearchableText> taker) {
        taken(
                tx.handle()
                        .createQuery(
                                TEXTS_SELECT
                                        + """
                                          WHERE project_id = :project
                                            AND changed_in >= CAST(CAST(:since AS text) AS xid8)
                                        """)
                        .bind("since", Long.toString(since)),
                projectId,
                taker);
    }

    /// How many observations a project holds, at most `most`.
    public int count(Tx tx, long projectId, int most) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT count(*)
                        FROM (
                            SELECT 1
                            FROM mem_observations
                            WHERE project_id = :project
                            LIMIT :most
                        ) AS counted
                        """)
                .bind("project", projectId)
                .bind("most", most)
                .mapTo(Integer.class)
                .one();
    }

    /// The stems of words by the dictionary of the language that prose is in. A word that the
    /// dictionary leaves out is its own stem.
    public Map<String, String> stems(Tx tx, Collection<String> words) {
        var stems = new HashMap<String, String>();
        tx.handle()
                .createQuery(
                        """
                        SELECT
                            words.word,
                            coalesce((ts_lexize(dictionaries.dictionary, words.word))[1], words.word)
                                AS stem
                        FROM unnest(:words) AS words (word)
                        CROSS JOIN (
                            SELECT CAST(mapdict AS regdictionary) AS dictionary
                            FROM pg_ts_config_map
                            -- 2: a word of letters, as its parser names the kinds of tokens.
                            WHERE mapcfg = CAST(:language AS regconfig) AND maptokentype = 2
                            ORDER BY mapseqno DESC
                            LIMIT 1
                        ) AS dictionaries
                        """)
                .bindArray("words", String.class, words)
                .bind("language", language)
                .map((row, context) -> Map.entry(row.getString("word"), row.getString("stem")))
                .forEach(stem -> stems.put(stem.getKey(), doubled(stem.getKey(), stem.getValue())));
        return stems;
    }

    /// The letter that PostgreSQL's English stemmer takes too many: it makes `ad` of `added` and
    /// `adding`, which then do not meet `add`. Later editions of Snowball keep it, by this rule.
    private static String doubled(String word, String stem) {
        if (stem.length() != 2 || "aeo".indexOf(stem.charAt(0)) < 0) {
            return stem;
        }
        String whole = stem + stem.charAt(1);
        return word.equals(whole + "ed") || word.equals(whole + "ing") ? whole : stem;
    }

    /// Statements of this transaction end when they take longer.
    public void limitTime(Tx tx, Duration most) {
        tx.handle().execute("SET LOCAL statement_timeout = " + most.toMillis());
    }

    private static void taken(Query statement, long projectId, Consumer<SearchableText> taker) {
        try (Stream<SearchableText> rows =
                statement
                        .bind("project", projectId)
                        .setFetchSize(FETCH_ROWS)
                        .map(SearchStore::text)
                        .stream()) {
            rows.forEach(taker);
        }
    }

    private static SearchableText text(ResultSet row, StatementContext context)
            throws SQLException {
        String text =
                NewObservation.searchText(
                        row.getString("title"),
                        row.getString("subtitle"),
                        row.getString("narrative"),
                        Columns.strings(row, "facts"),
                        Columns.strings(row, "files_modified"),
                        Columns.strings(row, "files_read"));
        List<String> concepts = Columns.strings(row, "concepts");
        return new SearchableText(
                row.getLong("id"),
                row.getLong("session_id"),
                Columns.instant(row, "created_at"),
                row.getLong("version"),
                row.getBoolean("closed"),
                concepts.isEmpty() ? text : text + "\n" + String.join("\n", concepts));
    }

    private static Near near(ResultSet row, StatementContext context) throws SQLException {
        return new Near(
                row.getLong("id"),
                1 - row.getDouble("distance"),
                1 - row.getDouble("whole_distance"));
    }

    private static boolean isFew(Tx tx, SearchFilter filter) {
        return bindFilter(
                                tx.handle()
                                        .createQuery(
                                                "SELECT count(*) FROM (SELECT 1"
                                                        + " FROM mem_observations AS observations"
                                                        + " WHERE "
                                                        + FILTER
                                                        + " LIMIT :most) AS counted"),
                                filter)
                        .bind("most", EXACT_VECTORS_MAX + 1)
                        .mapTo(Integer.class)
                        .one()
                <= EXACT_VECTORS_MAX;
    }

    private static void prepareVectorScan(Tx tx, int limit) {
        // With a filter the nearest neighbours may all be filtered away; pgvector then goes on.
        tx.handle().execute("SET LOCAL hnsw.iterative_scan = strict_order");
        tx.handle()
                .execute(
                        "SET LOCAL hnsw.ef_search = "
                                + Math.clamp(limit, HNSW_EF_SEARCH_MIN, HNSW_EF_SEARCH_MAX));
        tx.handle().execute("SET LOCAL hnsw.max_scan_tuples = " + HNSW_SCAN_TUPLES_MAX);
    }

    /// Filters that are NULL or not need a plan of their own each time.
    private static void useCustomPlans(Tx tx) {
        tx.handle().execute("SET LOCAL plan_cache_mode = force_custom_plan");
    }

    private static String filtered(String resource) {
        return Database.resource(resource).replace("<filter>", FILTER);
    }

    private static String filled(String statement, EmbeddingModel model) {
        return statement
                .replace("<model>", Integer.toString(model.id()))
                .replace(
                        "<type>",
                        model.dimensions() >= HALVES_DIMENSIONS_MIN ? "halfvec" : "vector")
                .replace("<dimensions>", Integer.toString(model.dimensions()));
    }

    private static Query bindFilter(Query statement, SearchFilter filter) {
        return statement
                .bind("project", filter.projectId())
                .bindArray(
                        "types",
                        String.class,
                        orNull(filter.types().stream().map(ObservationType::wireName).toList()))
                .bindArray("concepts", String.class, orNull(filter.concepts()))
                .bindArray("files", String.class, orNull(filter.files()))
                .bind("branch", filter.branch())
                .bind("since", filter.since() == null ? null : Columns.utc(filter.since()))
                .bind("until", filter.until() == null ? null : Columns.utc(filter.until()))
                .bind("session", filter.session());
    }

    @SuppressWarnings("NullAway") // The driver's null array is what the statements ask for.
    private static Object[] orNull(List<String> values) {
        return values.isEmpty() ? null : values.toArray();
    }
}
