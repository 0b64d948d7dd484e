package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;

import org.jdbi.v3.core.statement.StatementContext;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The models that make vectors, their indexes, and what has a vector. Reads of `mem_embeddings`
/// work only where pgvector is present; the list of what still wants a vector is kept either way.
/// The vectors themselves come and go by `VectorTable`.
public final class EmbeddingStore {

    /// The row of a model, made where there is none. One that is there already keeps its
    /// dimensions.
    public EmbeddingModel ensureModel(Tx tx, String name, int dimensions, String provider) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_embedding_models (name, dimensions, provider)
                        VALUES (:name, :dimensions, :provider)
                        ON CONFLICT (name) DO NOTHING
                        """)
                .bind("name", name)
                .bind("dimensions", dimensions)
                .bind("provider", provider)
                .execute();
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, name, dimensions, provider
                        FROM mem_embedding_models
                        WHERE name = :name
                        """)
                .bind("name", name)
                .map(EmbeddingStore::model)
                .one();
    }

    /// The model whose vectors search uses; empty in a fresh database.
    public Optional<EmbeddingModel> current(Tx tx) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT id, name, dimensions, provider
                        FROM mem_embedding_models
                        WHERE is_current
                        """)
                .map(EmbeddingStore::model)
                .findOne();
    }

    /// Makes a model the current one.
    public void makeCurrent(Tx tx, EmbeddingModel model) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_embedding_models
                        SET is_current = false
                        WHERE is_current AND id <> :id
                        """)
                .bind("id", model.id())
                .execute();
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_embedding_models
                        SET is_current = true
                        WHERE id = :id AND NOT is_current
                        """)
                .bind("id", model.id())
                .execute();
    }

    private static EmbeddingModel model(ResultSet row, StatementContext context)
            throws SQLException {
        return new EmbeddingModel(
                row.getInt("id"),
                row.getString("name"),
                row.getInt("dimensions"),
                row.getString("provider"));
    }

    /// Builds the model's HNSW index where it is not there yet.
    public void ensureIndex(Tx tx, EmbeddingModel model) {
        tx.handle()
                .createQuery("SELECT mem_ensure_vector_index(CAST(:model AS smallint))")
                .bind("model", model.id())
                .mapToMap()
                .list();
    }

    /// Drops the indexes of models that are not named in `kept`.
    public void dropIndexesOfOthers(Tx tx, Collection<String> kept) {
        tx.handle()
                .createQuery(
                        """
                        SELECT mem_drop_vector_index(id)
                        FROM mem_embedding_models
                        WHERE name <> ALL(:kept) AND NOT is_current
                        """)
                .bindArray("kept", String.class, kept)
                .mapToMap()
                .list();
    }

    public long unembeddedCount(Tx tx) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM mem_unembedded")
                .mapTo(Long.class)
                .one();
    }

    public long observationCount(Tx tx) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM mem_observations")
                .mapTo(Long.class)
                .one();
    }

    public long vectorCount(Tx tx, EmbeddingModel model) {
        return tx.handle()
                .createQuery("SELECT count(*) FROM mem_embeddings WHERE model_id = :model")
                .bind("model", model.id())
                .mapTo(Long.class)
                .one();
    }

    /// Which of `ids` have a vector of `model`.
    public Set<Long> embedded(Tx tx, EmbeddingModel model, Collection<Long> ids) {
        return new HashSet<>(
                tx.handle()
                        .createQuery(
                                """
                                SELECT observation_id
                                FROM mem_embeddings
                                WHERE model_id = :model AND observation_id = ANY(:ids)
                                """)
                        .bind("model", model.id())
                        .bindArray("ids", Long.class, ids)
                        .mapTo(Long.class)
                        .list());
    }

    /// Has the vector of a memory made anew whose words have changed.
    static void remake(Tx tx, long observationId) {
        boolean vectors =
                tx.handle()
                        .createQuery("SELECT to_regclass('mem_embeddings') IS NOT NULL")
                        .mapTo(Boolean.class)
                        .one();
        if (vectors) {
            tx.handle()
                    .createUpdate("DELETE FROM mem_embeddings WHERE observation_id = :id")
                    .bind("id", observationId)
                    .execute();
        }
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_unembedded (observation_id)
                        VALUES (:id)
                        ON CONFLICT (observation_id) DO UPDATE SET attempt = 0
                        """)
                .bind("id", observationId)
                .execute();
    }

    /// Takes away every vector of a summary whose words may be known no more; the next round makes
    /// that of the new ones.
    static void dropOfSummary(Tx tx, long summaryId) {
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
