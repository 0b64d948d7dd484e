package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.NewObservation;

import org.jdbi.v3.core.statement.StatementContext;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Vectors and the models that made them. Reads and writes of `mem_embeddings` work only where
/// pgvector is present; the list of what still wants a vector is kept either way.
public final class EmbeddingStore {

    /// An observation that wants a vector, with the text to embed.
    public record Unembedded(long observationId, String text) {}

    public record Vector(long observationId, float[] values) {}

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

    /// Puts every observation on the list that has no vector of `model`. Harmless to repeat.
    public void listUnembedded(Tx tx, EmbeddingModel model) {
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_unembedded (observation_id)
                        SELECT observations.id
                        FROM mem_observations AS observations
                        WHERE NOT EXISTS (
                            SELECT 1
                            FROM mem_embeddings AS embeddings
                            WHERE embeddings.observation_id = observations.id
                                AND embeddings.model_id = :model)
                        ON CONFLICT (observation_id) DO NOTHING
                        """)
                .bind("model", model.id())
                .execute();
    }

    /// Builds the model's HNSW index where it is not there yet.
    public void ensureIndex(Tx tx, EmbeddingModel model) {
        tx.handle()
                .createQuery("SELECT mem_ensure_vector_index(CAST(:model AS smallint))")
                .bind("model", model.id())
                .mapToMap()
                .list();
    }

    /// The next observations that want a vector, those that never failed first.
    public List<Unembedded> nextUnembedded(Tx tx, int attemptsMax, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            observations.id,
                            observations.title,
                            observations.subtitle,
                            observations.narrative,
                            observations.facts,
                            observations.files_modified,
                            observations.files_read
                        FROM mem_unembedded AS unembedded
                        JOIN mem_observations AS observations
                            ON observations.id = unembedded.observation_id
                        WHERE unembedded.attempt < :attemptsMax
                        ORDER BY unembedded.attempt, unembedded.observation_id
                        LIMIT :limit
                        """)
                .bind("attemptsMax", attemptsMax)
                .bind("limit", limit)
                .map(EmbeddingStore::unembedded)
                .list();
    }

    /// The next observations after `afterId` that have no vector of `model`, whether or not they
    /// are on the list.
    public List<Unembedded> nextWithout(Tx tx, EmbeddingModel model, long afterId, int limit) {
        return tx.handle()
                .createQuery(
                        """
                        SELECT
                            observations.id,
                            observations.title,
                            observations.subtitle,
                            observations.narrative,
                            observations.facts,
                            observations.files_modified,
                            observations.files_read
                        FROM mem_observations AS observations
                        WHERE observations.id > :after
                            AND NOT EXISTS (
                                SELECT 1
                                FROM mem_embeddings AS embeddings
                                WHERE embeddings.observation_id = observations.id
                                    AND embeddings.model_id = :model)
                        ORDER BY observations.id
                        LIMIT :limit
                        """)
                .bind("after", afterId)
                .bind("model", model.id())
                .bind("limit", limit)
                .map(EmbeddingStore::unembedded)
                .list();
    }

    private static Unembedded unembedded(ResultSet row, StatementContext context)
            throws SQLException {
        return new Unembedded(
                row.getLong("id"),
                NewObservation.searchText(
                        row.getString("title"),
                        row.getString("subtitle"),
                        row.getString("narrative"),
                        Columns.strings(row, "facts"),
                        Columns.strings(row, "files_modified"),
                        Columns.strings(row, "files_read")));
    }

    /// Stores vectors. That of an observation that was deleted meanwhile, or that another daemon
    /// embedded first, is passed over.
    public void store(Tx tx, EmbeddingModel model, List<Vector> vectors) {
        try (var insert =
                tx.handle()
                        .prepareBatch(
                                """
                                INSERT INTO mem_embeddings
                                    (observation_id, model_id, dimensions, embedding)
                                SELECT id, :model, :dimensions, CAST(:vector AS vector)
                                FROM mem_observations
                                WHERE id = :observation
                                ON CONFLICT (observation_id, model_id) DO NOTHING
                                """)) {
            for (Vector vector : vectors) {
                insert.bind("observation", vector.observationId())
                        .bind("model", model.id())
                        .bind("dimensions", model.dimensions())
                        .bind("vector", Columns.vector(vector.values()))
                        .add();
            }
            insert.execute();
        }
    }

    /// Says that these observations want no vector any more.
    public void takeOffList(Tx tx, Collection<Long> observationIds) {
        tx.handle()
                .createUpdate("DELETE FROM mem_unembedded WHERE observation_id = ANY(:ids)")
                .bindArray("ids", Long.class, observationIds)
                .execute();
    }

    /// Notes a failed try, so that one text that cannot be embedded does not stop the others.
    public void noteFailure(Tx tx, Collection<Long> observationIds) {
        tx.handle()
                .createUpdate(
                        """
                        UPDATE mem_unembedded
                        SET attempt = attempt + 1
                        WHERE observation_id = ANY(:ids)
                        """)
                .bindArray("ids", Long.class, observationIds)
                .execute();
    }

    /// Deletes some vectors of models that are not named in `kept`, and the index of a model that
    /// has none left. Returns how many vectors went.
    public int dropSomeOfOthers(Tx tx, Collection<String> kept, int limit) {
        int gone =
                tx.handle()
                        .createUpdate(
                                """
                                DELETE FROM mem_embeddings
                                WHERE (observation_id, model_id) IN (
                                    SELECT embeddings.observation_id, embeddings.model_id
                                    FROM mem_embeddings AS embeddings
                                    JOIN mem_embedding_models AS models
                                        ON models.id = embeddings.model_id
                                    WHERE models.name <> ALL(:kept) AND NOT models.is_current
                                    LIMIT :limit)
                                """)
                        .bindArray("kept", String.class, kept)
                        .bind("limit", limit)
                        .execute();
        if (gone == 0) {
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
        return gone;
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
}
