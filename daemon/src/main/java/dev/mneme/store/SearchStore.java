package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SearchTerms;

import org.jdbi.v3.core.statement.Query;

import java.util.List;

/// The two search statements, kept as `.sql` resources.
public final class SearchStore {

    /// How many of each list are fused; past this rank a hit adds next to nothing.
    private static final int CANDIDATES = 60;

    /// How many rows with every word, and as many with any word, are ranked by their text.
    private static final int RANKED_ROWS_MAX = 5_000;

    /// How many vectors a filtered search may pass over before it gives up.
    private static final int HNSW_SCAN_TUPLES_MAX = 100_000;

    /// A search that takes longer is worth nothing to anybody, and holds a connection.
    private static final int STATEMENT_TIMEOUT_MS = 10_000;

    /// From here on a model's index holds 16-bit floats: the rule of `mem_vector_type`.
    private static final int HALVES_DIMENSIONS_MIN = 384;

    /// How far the HNSW search looks; at least as many as are wanted.
    private static final int HNSW_EF_SEARCH = 100;

    private static final String HYBRID = withWords("hybrid_search.sql");
    private static final String TEXT = withWords("text_search.sql");

    /// How much each list counts in the fusion; 0 leaves it out.
    public record Weights(double words, double meaning) {

        public static final Weights HYBRID = new Weights(1, 1);
        public static final Weights MEANING_ONLY = new Weights(0, 1);
    }

    private final String language;

    public SearchStore(String language) {
        this.language = language;
    }

    public List<Observation> byWords(Tx tx, String query, SearchFilter filter) {
        useCustomPlans(tx);
        return bindCommon(tx.handle().createQuery(filled(TEXT, 0, 0)), query, filter)
                .map(ObservationStore::scored)
                .list();
    }

    public List<Observation> hybrid(
            Tx tx,
            String query,
            float[] queryVector,
            EmbeddingModel model,
            Weights weights,
            SearchFilter filter) {
        prepareVectorScan(tx);
        return bindVector(
                        bindCommon(
                                tx.handle()
                                        .createQuery(
                                                filled(HYBRID, model.id(), model.dimensions())),
                                query,
                                filter),
                        queryVector,
                        weights)
                .map(ObservationStore::scored)
                .list();
    }

    /// The plan of the very statement that `hybrid` runs.
    List<String> explainHybrid(
            Tx tx, String query, float[] queryVector, EmbeddingModel model, SearchFilter filter) {
        prepareVectorScan(tx);
        return bindVector(
                        bindCommon(
                                tx.handle()
                                        .createQuery(
                                                "EXPLAIN "
                                                        + filled(
                                                                HYBRID,
                                                                model.id(),
                                                                model.dimensions())),
                                query,
                                filter),
                        queryVector,
                        Weights.HYBRID)
                .mapTo(String.class)
                .list();
    }

    private static void prepareVectorScan(Tx tx) {
        useCustomPlans(tx);
        // With a filter the nearest neighbours may all be filtered away; pgvector then goes on.
        tx.handle().execute("SET LOCAL hnsw.iterative_scan = strict_order");
        tx.handle().execute("SET LOCAL hnsw.ef_search = " + HNSW_EF_SEARCH);
        tx.handle().execute("SET LOCAL hnsw.max_scan_tuples = " + HNSW_SCAN_TUPLES_MAX);
    }

    private static Query bindVector(Query statement, float[] queryVector, Weights weights) {
        return statement
                .bind("vector", Columns.vector(queryVector))
                .bind("wordsWeight", weights.words())
                .bind("meaningWeight", weights.meaning());
    }

    /// Filters that are NULL or not need a plan of their own each time.
    private static void useCustomPlans(Tx tx) {
        tx.handle().execute("SET LOCAL plan_cache_mode = force_custom_plan");
        tx.handle().execute("SET LOCAL statement_timeout = " + STATEMENT_TIMEOUT_MS);
    }

    private static String withWords(String resource) {
        return Database.resource(resource)
                .replace(
                        "<by words>",
                        Database.resource("rank_by_words.sql").stripTrailing() + "\n");
    }

    private static String filled(String statement, int modelId, int dimensions) {
        return statement
                .replace("<columns>", ObservationStore.COLUMNS)
                .replace("<model>", Integer.toString(modelId))
                .replace("<type>", dimensions >= HALVES_DIMENSIONS_MIN ? "halfvec" : "vector")
                .replace("<dimensions>", Integer.toString(dimensions));
    }

    private Query bindCommon(Query statement, String query, SearchFilter filter) {
        String[] types =
                filter.types().stream().map(ObservationType::wireName).toArray(String[]::new);
        return statement
                .bind("language", language)
                .bind("query", query)
                .bind("anyWord", SearchTerms.anyOf(query))
                .bind("project", filter.projectId())
                .bindArray("types", String.class, types.length == 0 ? null : (Object[]) types)
                .bind("ranked", RANKED_ROWS_MAX)
                .bind("candidates", Math.max(CANDIDATES, filter.limit()))
                .bind("limit", filter.limit());
    }
}
