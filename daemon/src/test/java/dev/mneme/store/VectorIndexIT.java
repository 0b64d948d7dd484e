package dev.mneme.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.Project;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/// At 100,000 observations the statement that search runs must use the HNSW index, the index must
/// find what an exact scan finds, and a project that holds one in a hundred of them must be
/// searched completely.
@Tag("proof")
final class VectorIndexIT {

    private static final int ROWS = 100_000;
    private static final int DIMENSIONS = 160;
    private static final int SMALL_SHARE = 100;
    private static final int NEAREST = 20;
    private static final int QUERIES = 20;
    private static final long SEED = 7;
    private static final int TOPICS = 300;
    private static final Pattern INDEX = Pattern.compile("(mem_\\w+_idx)");

    private static TestDatabase testDatabase;
    private static HikariDataSource pool;
    private static Database database;
    private static EmbeddingModel model;
    private static Project small;

    @BeforeAll
    static void fill() throws SQLException {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 2);
        database = new Database(pool);
        var embeddings = new EmbeddingStore();
        model =
                database.inTransaction(
                        tx -> embeddings.ensureModel(tx, "test-model", DIMENSIONS, "test"));
        Project project = database.inTransaction(tx -> new ProjectStore().ensureNamed(tx, "big"));
        small = database.inTransaction(tx -> new ProjectStore().ensureNamed(tx, "small"));
        database.useTransaction(
                tx -> {
                    Session session =
                            new SessionStore().ensure(tx, "s", project, "test", Instant.now());
                    tx.handle()
                            .createUpdate(
                                    """
                                    INSERT INTO mem_observations
                                        (session_id, project_id, title, made_by)
                                    SELECT
                                        :session,
                                        CASE WHEN n % :share = 0 THEN :small ELSE :project END,
                                        'Observation w' || n,
                                        'test'
                                    FROM generate_series(1, :rows) AS n
                                    """)
                            .bind("session", session.id())
                            .bind("project", project.id())
                            .bind("small", small.id())
                            .bind("share", SMALL_SHARE)
                            .bind("rows", ROWS)
                            .execute();
                });
        var random = new Random(SEED);
        List<Long> ids =
                database.inTransaction(
                        tx ->
                                tx.handle()
                                        .createQuery("SELECT id FROM mem_observations ORDER BY id")
                                        .mapTo(Long.class)
                                        .list());
        for (int from = 0; from < ids.size(); from += 1_000) {
            List<VectorTable.Vector> batch =
                    ids.subList(from, from + 1_000).stream()
                            .map(id -> new VectorTable.Vector(id, 0, unitVector(random)))
                            .toList();
            database.useTransaction(tx -> VectorTable.ofObservations().store(tx, model, batch));
        }
        database.useTransaction(tx -> embeddings.ensureIndex(tx, model));
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        }
    }

    @AfterAll
    static void close() {
        pool.close();
        testDatabase.close();
    }

    @Test
    void theStatementOfSearchUsesTheHnswIndex() {
        List<String> plan =
                database.inTransaction(
                        tx ->
                                new SearchStore("english")
                                        .explainByMeaning(
                                                tx, unitVector(new Random(1)), model, NEAREST));

        assertThat(plan.stream().map(VectorIndexIT::indexUsed).filter(name -> !name.isEmpty()))
                .contains("mem_embeddings_model_" + model.id() + "_hnsw_idx");
    }

    @Test
    void theIndexFindsWhatAnExactScanFinds() {
        assertThat(recall(null)).isGreaterThan(0.9);
    }

    @Test
    void aProjectOfOneInAHundredIsSearchedCompletely() {
        assertThat(recall(small.id())).isGreaterThanOrEqualTo(0.99);
    }

    private static double recall(@Nullable Long projectId) {
        var random = new Random(SEED + 1);
        int found = 0;
        int wanted = 0;
        for (int query = 0; query < QUERIES; query++) {
            float[] vector = unitVector(random);
            List<Long> exact =
                    database.inTransaction(
                            tx -> {
                                tx.handle().execute("SET LOCAL enable_indexscan = off");
                                return tx.handle()
                                        .createQuery(
                                                """
                                                SELECT embeddings.observation_id
                                                FROM mem_embeddings AS embeddings
                                                JOIN mem_observations AS observations
                                                    ON observations.id = embeddings.observation_id
                                                WHERE embeddings.model_id = :model
                                                    AND (CAST(:project AS bigint) IS NULL
                                                        OR observations.project_id = :project)
                                                ORDER BY embedding <=> CAST(:vector AS vector)
                                                LIMIT :nearest
                                                """)
                                        .bind("model", model.id())
                                        .bind("project", projectId)
                                        .bind("vector", Columns.vector(vector))
                                        .bind("nearest", NEAREST)
                                        .mapTo(Long.class)
                                        .list();
                            });
            List<Long> ours =
                    database.inTransaction(
                            tx ->
                                    new SearchStore("english")
                                                    .byMeaning(
                                                            tx,
                                                            SearchStore.Aim.at(vector),
                                                            model,
                                                            new SearchFilter(
                                                                    projectId, List.of(), NEAREST),
                                                            NEAREST)
                                                    .stream()
                                                    .map(SearchStore.Near::id)
                                                    .toList());
            wanted += exact.size();
            found += (int) exact.stream().filter(ours::contains).count();
        }
        return (double) found / wanted;
    }

    private static String indexUsed(String planLine) {
        var matcher = INDEX.matcher(planLine);
        return matcher.find() ? matcher.group(1) : "";
    }

    /// Texts lie in topics, and so do these: near one of some hundred centres.
    private static float[] unitVector(Random random) {
        var centre = new Random(random.nextInt(TOPICS));
        float[] vector = new float[DIMENSIONS];
        double square = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) (centre.nextGaussian() + 0.5 * random.nextGaussian());
            square += (double) vector[i] * vector[i];
        }
        float length = (float) Math.sqrt(square);
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] /= length;
        }
        return vector;
    }
}
