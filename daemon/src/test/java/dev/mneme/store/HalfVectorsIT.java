package dev.mneme.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.Project;
import dev.mneme.domain.Session;
import dev.mneme.migrations.testkit.TestDatabase;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Whether an index of halves is worth it: its size and its ranking against one of whole floats
/// over the same vectors, and against no index at all.
@Tag("proof")
final class HalfVectorsIT {

    private static final int ROWS = 10_000;
    private static final int DIMENSIONS = 768;
    private static final int QUERIES = 100;
    private static final int NEAREST = 20;
    private static final int TOPICS = 300;
    private static final long SEED = 7;

    private static TestDatabase testDatabase;
    private static HikariDataSource pool;
    private static Database database;
    private static EmbeddingModel model;

    @BeforeAll
    static void fill() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 2);
        database = new Database(pool);
        var embeddings = new EmbeddingStore();
        model =
                database.inTransaction(
                        tx -> embeddings.ensureModel(tx, "large", DIMENSIONS, "test"));
        Project project = database.inTransaction(tx -> new ProjectStore().ensureNamed(tx, "big"));
        List<Long> ids =
                database.inTransaction(
                        tx -> {
                            Session session =
                                    new SessionStore()
                                            .ensure(tx, "s", project, "test", Instant.now());
                            return tx.handle()
                                    .createQuery(
                                            """
                                            INSERT INTO mem_observations
                                                (session_id, project_id, title, made_by)
                                            SELECT :session, :project, 'w' || n, 'test'
                                            FROM generate_series(1, :rows) AS n
                                            RETURNING id
                                            """)
                                    .bind("session", session.id())
                                    .bind("project", project.id())
                                    .bind("rows", ROWS)
                                    .mapTo(Long.class)
                                    .list();
                        });
        var random = new Random(SEED);
        for (int from = 0; from < ids.size(); from += 500) {
            List<VectorTable.Vector> batch =
                    ids.subList(from, from + 500).stream()
                            .map(id -> new VectorTable.Vector(id, 0, unitVector(random)))
                            .toList();
            database.useTransaction(tx -> VectorTable.ofObservations().store(tx, model, batch));
        }
        database.useTransaction(tx -> embeddings.ensureIndex(tx, model));
        database.useTransaction(
                tx ->
                        tx.handle()
                                .execute(
                                        "CREATE INDEX whole_idx ON mem_embeddings USING hnsw"
                                                + " ((embedding::vector(768)) vector_cosine_ops)"
                                                + " WITH (m = 16, ef_construction = 64)"
                                                + " WHERE model_id = "
                                                + model.id()));
        database.useTransaction(tx -> tx.handle().execute("ANALYZE"));
    }

    @AfterAll
    static void close() {
        pool.close();
        testDatabase.close();
    }

    @Test
    void theStatementOfSearchUsesTheIndexOfHalves() {
        List<String> plan =
                database.inTransaction(
                        tx ->
                                new SearchStore("english")
                                        .explainByMeaning(
                                                tx, unitVector(new Random(1)), model, 10));

        assertThat(String.join("\n", plan)).contains(halves()).doesNotContain("whole_idx");
    }

    @Test
    void halvesTakeHalfTheRoomAndRankTheSame() {
        var random = new Random(SEED + 1);
        int halfFound = 0;
        int wholeFound = 0;
        int exactInHalves = 0;
        for (int query = 0; query < QUERIES; query++) {
            String vector = Columns.vector(unitVector(random));
            List<Long> exact = nearest(vector, "vector", false);
            halfFound += common(exact, nearest(vector, "halfvec", true));
            wholeFound += common(exact, nearest(vector, "vector", true));
            exactInHalves += common(exact, nearest(vector, "halfvec", false));
        }
        double wanted = QUERIES * (double) NEAREST;
        double half = halfFound / wanted;
        double whole = wholeFound / wanted;
        long halfBytes = bytes(halves());
        long wholeBytes = bytes("whole_idx");
        System.out.printf(
                Locale.ROOT,
                "halves: rows=%d dimensions=%d recall@20 half=%.4f whole=%.4f"
                        + " exact_over_halves=%.4f bytes half=%d whole=%d%n",
                ROWS,
                DIMENSIONS,
                half,
                whole,
                exactInHalves / wanted,
                halfBytes,
                wholeBytes);

        assertThat(half).isGreaterThan(whole - 0.01);
        assertThat(exactInHalves / wanted).isGreaterThan(0.99);
        assertThat((double) halfBytes / wholeBytes).isLessThan(0.6);
    }

    private static List<Long> nearest(String vector, String type, boolean indexed) {
        return database.inTransaction(
                tx -> {
                    tx.handle().execute("SET LOCAL hnsw.ef_search = 100");
                    tx.handle()
                            .execute(
                                    indexed
                                            ? "SET LOCAL enable_seqscan = off"
                                            : "SET LOCAL enable_indexscan = off");
                    String cast = type + "(" + DIMENSIONS + ")";
                    return tx.handle()
                            .createQuery(
                                    "SELECT observation_id FROM mem_embeddings WHERE model_id = "
                                            + model.id()
                                            + " ORDER BY CAST(embedding AS "
                                            + cast
                                            + ") <=> CAST(:vector AS "
                                            + cast
                                            + ") LIMIT "
                                            + NEAREST)
                            .bind("vector", vector)
                            .mapTo(Long.class)
                            .list();
                });
    }

    private static int common(List<Long> wanted, List<Long> found) {
        return (int) wanted.stream().filter(found::contains).count();
    }

    private static String halves() {
        return "mem_embeddings_model_" + model.id() + "_hnsw_idx";
    }

    private static long bytes(String index) {
        return database.inTransaction(
                tx ->
                        tx.handle()
                                .createQuery("SELECT pg_relation_size(CAST(:index AS regclass))")
                                .bind("index", index)
                                .mapTo(Long.class)
                                .one());
    }

    /// Texts lie in topics, and so do these: near one of some hundred centres.
    private static float[] unitVector(Random random) {
        var centre = new Random(random.nextInt(TOPICS));
        var vector = new float[DIMENSIONS];
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
