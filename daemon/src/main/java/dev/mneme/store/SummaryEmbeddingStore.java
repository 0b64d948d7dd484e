package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;

import org.jdbi.v3.core.statement.StatementContext;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/// Vectors of summaries. A summary is said anew while its session goes on, so everything here names
/// the revision of its words: a vector of an older one is never taken for one of the newest.
public final class SummaryEmbeddingStore {

    private static final String SELECT =
            """
            SELECT
                summaries.id,
                summaries.revision,
                concat_ws(
                    E'\\n',
                    summaries.request,
                    summaries.completed,
                    summaries.learned,
                    summaries.investigated,
                    summaries.next_steps) AS text
            FROM mem_session_summaries AS summaries
            """;

    /// A summary that wants a vector, with the text to embed.
    public record Unembedded(long id, int revision, String text) {}

    public record Vector(long id, int revision, float[] values) {}

    /// Puts every summary on the list whose words have no vector of `model`. Harmless to repeat.
    public void listUnembedded(Tx tx, EmbeddingModel model) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_session_summaries AS summaries
                        SET embedded_revision = NULL
                        WHERE embedded_revision IS NOT NULL
                            AND NOT EXISTS (
                                SELECT
                                FROM mem_summary_embeddings AS embeddings
                                WHERE embeddings.summary_id = summaries.id
                                    AND embeddings.model_id = :model
                                    AND embeddings.revision = summaries.revision)
                        """)
                .bind("model", model.id())
                .execute();
    }

    /// The next that want a vector, those that never failed first.
    public List<Unembedded> nextUnembedded(Tx tx, int failuresMax, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE summaries.embedded_revision
                                        IS DISTINCT FROM summaries.revision
                                    AND summaries.embedding_failures < :failuresMax
                                ORDER BY summaries.embedding_failures, summaries.id
                                LIMIT :limit
                                """)
                .bind("failuresMax", failuresMax)
                .bind("limit", limit)
                .map(SummaryEmbeddingStore::unembedded)
                .list();
    }

    /// The next after `afterId` without a vector of `model`, whether or not they are on the list.
    public List<Unembedded> nextWithout(Tx tx, EmbeddingModel model, long afterId, int limit) {
        return tx.handle()
                .createQuery(
                        SELECT
                                + """
                                WHERE summaries.id > :after
                                    AND NOT EXISTS (
                                        SELECT
                                        FROM mem_summary_embeddings AS embeddings
                                        WHERE embeddings.summary_id = summaries.id
                                            AND embeddings.model_id = :model
                                            AND embeddings.revision = summaries.revision)
                                ORDER BY summaries.id
                                LIMIT :limit
                                """)
                .bind("after", afterId)
                .bind("model", model.id())
                .bind("limit", limit)
                .map(SummaryEmbeddingStore::unembedded)
                .list();
    }

    /// Stores vectors, in place of those of older words. One whose summary is gone, or has other
    /// words by now, is passed over.
    public void store(Tx tx, EmbeddingModel model, List<Vector> vectors) {
        try (var insert =
                tx.handle()
                        .prepareBatch(
                                """
                                INSERT INTO mem_summary_embeddings
                                    (summary_id, model_id, dimensions, revision, embedding)
                                SELECT id, :model, :dimensions, revision, CAST(:vector AS vector)
                                FROM mem_session_summaries
                                WHERE id = :summary AND revision = :revision
                                ON CONFLICT (summary_id, model_id) DO UPDATE
                                SET revision = excluded.revision,
                                    embedding = excluded.embedding
                                """)) {
            for (Vector vector : vectors) {
                insert.bind("summary", vector.id())
                        .bind("revision", vector.revision())
                        .bind("model", model.id())
                        .bind("dimensions", model.dimensions())
                        .bind("vector", Columns.vector(vector.values()))
                        .add();
            }
            insert.execute();
        }
    }

    /// Says that these words want no vector of the serving model any more.
    public void takeOffList(Tx tx, List<Unembedded> done) {
        try (var update =
                tx.handle()
                        .prepareBatch(
                                """
                                UPDATE mem_session_summaries
                                SET embedded_revision = :revision
                                WHERE id = :summary
                                """)) {
            for (Unembedded one : done) {
                update.bind("summary", one.id()).bind("revision", one.revision()).add();
            }
            update.execute();
        }
    }

    /// Notes a failed try, so that one text that cannot be embedded does not stop the others.
    public void noteFailure(Tx tx, Collection<Long> ids) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_session_summaries
                        SET embedding_failures = embedding_failures + 1
                        WHERE id = ANY(:ids)
                        """)
                .bindArray("ids", Long.class, ids)
                .execute();
    }

    /// Deletes some vectors of models that are not named in `kept`; returns how many went.
    public int dropSomeOfOthers(Tx tx, Collection<String> kept, int limit) {
        return tx.handle()
                .createUpdate(
                        """
                        DELETE FROM mem_summary_embeddings
                        WHERE (summary_id, model_id) IN (
                            SELECT embeddings.summary_id, embeddings.model_id
                            FROM mem_summary_embeddings AS embeddings
                            JOIN mem_embedding_models AS models
                                ON models.id = embeddings.model_id
                            WHERE models.name <> ALL(:kept) AND NOT models.is_current
                            LIMIT :limit)
                        """)
                .bindArray("kept", String.class, kept)
                .bind("limit", limit)
                .execute();
    }

    private static Unembedded unembedded(ResultSet row, StatementContext context)
            throws SQLException {
        return new Unembedded(row.getLong("id"), row.getInt("revision"), row.getString("text"));
    }

    /// Takes away every vector of a summary whose words may be known no more; the next round makes
    /// that of the new ones.
    static void drop(Tx tx, long summaryId) {
        boolean vectors =
                tx.handle()
                        .createQuery("SELECT to_regclass('mem_summary_embeddings') IS NOT NULL")
                        .mapTo(Boolean.class)
                        .one();
        if (vectors) {
            tx.handle()
                    .createUpdate("DELETE FROM mem_summary_embeddings WHERE summary_id = :id")
                    .bind("id", summaryId)
                    .execute();
        }
    }
}
