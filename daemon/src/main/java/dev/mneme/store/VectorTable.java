package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.NewObservation;

import org.jdbi.v3.core.mapper.RowMapper;

import java.util.Collection;
import java.util.List;

/// The vectors of one kind of text, and the list of texts that want one. What differs between the
/// kinds are names and where the list is kept; that is said in a description of the table.
///
/// Texts that are said anew while they are remembered carry a revision, so that a vector of older
/// words is never taken for one of the newest. It is 0 where new words come with a vector taken
/// away.
public final class VectorTable {

    /// A text that wants a vector.
    public record Unembedded(long id, int revision, String text) {}

    public record Vector(long id, int revision, float[] values) {}

    /// The statements of one kind of text.
    ///
    /// @param name what log lines call them
    /// @param select reads `id`, `revision` and what the text is made of
    /// @param listed those on the list that did not fail too often, to be put behind `select`
    /// @param without those after an id that have no vector of a model, to be put behind `select`
    /// @param list puts all without a vector of a model on the list
    /// @param store puts a vector in, if the text is still there in this revision
    /// @param done takes a text in this revision off the list
    /// @param failed counts one more failure
    /// @param drop deletes some vectors of models that nobody wants
    private record Description(
            String name,
            String select,
            RowMapper<Unembedded> text,
            String listed,
            String without,
            String list,
            String store,
            String done,
            String failed,
            String drop) {}

    private static final Description OBSERVATIONS =
            new Description(
                    "observations",
                    """
                    SELECT
                        texts.id,
                        texts.title,
                        texts.subtitle,
                        texts.narrative,
                        texts.facts,
                        texts.files_modified,
                        texts.files_read
                    FROM mem_observations AS texts
                    """,
                    (row, context) ->
                            new Unembedded(
                                    row.getLong("id"),
                                    0,
                                    NewObservation.searchText(
                                            row.getString("title"),
                                            row.getString("subtitle"),
                                            row.getString("narrative"),
                                            Columns.strings(row, "facts"),
                                            Columns.strings(row, "files_modified"),
                                            Columns.strings(row, "files_read"))),
                    """
                    JOIN mem_unembedded AS unembedded ON unembedded.observation_id = texts.id
                    WHERE unembedded.attempt < :failuresMax
                    ORDER BY unembedded.attempt, unembedded.observation_id
                    LIMIT :limit
                    """,
                    """
                    WHERE texts.id > :after
                        AND NOT EXISTS (
                            SELECT
                            FROM mem_embeddings AS embeddings
                            WHERE embeddings.observation_id = texts.id
                                AND embeddings.model_id = :model)
                    ORDER BY texts.id
                    LIMIT :limit
                    """,
                    """
                    INSERT INTO mem_unembedded (observation_id)
                    SELECT observations.id
                    FROM mem_observations AS observations
                    WHERE NOT EXISTS (
                        SELECT
                        FROM mem_embeddings AS embeddings
                        WHERE embeddings.observation_id = observations.id
                            AND embeddings.model_id = :model)
                    ON CONFLICT (observation_id) DO NOTHING
                    """,
                    """
                    INSERT INTO mem_embeddings (observation_id, model_id, dimensions, embedding)
                    SELECT id, :model, :dimensions, CAST(:vector AS vector)
                    FROM mem_observations
                    WHERE id = :id AND :revision = 0
                    ON CONFLICT (observation_id, model_id) DO NOTHING
                    """,
                    "DELETE FROM mem_unembedded WHERE observation_id = :id AND :revision = 0",
                    """
                    UPDATE mem_unembedded
                    SET attempt = attempt + 1
                    WHERE observation_id = ANY(:ids)
                    """,
                    """
                    DELETE FROM mem_embeddings
                    WHERE (observation_id, model_id) IN (
                        SELECT embeddings.observation_id, embeddings.model_id
                        FROM mem_embeddings AS embeddings
                        JOIN mem_embedding_models AS models ON models.id = embeddings.model_id
                        WHERE models.name <> ALL(:kept) AND NOT models.is_current
                        LIMIT :limit)
                    """);

    private static final Description SUMMARIES =
            new Description(
                    "summaries",
                    """
                    SELECT
                        texts.id,
                        texts.revision,
                        concat_ws(
                            E'\\n',
                            texts.request,
                            texts.completed,
                            texts.learned,
                            texts.investigated,
                            texts.next_steps) AS text
                    FROM mem_session_summaries AS texts
                    """,
                    (row, context) ->
                            new Unembedded(
                                    row.getLong("id"),
                                    row.getInt("revision"),
                                    row.getString("text")),
                    """
                    WHERE texts.embedded_revision IS DISTINCT FROM texts.revision
                        AND texts.embedding_failures < :failuresMax
                    ORDER BY texts.embedding_failures, texts.id
                    LIMIT :limit
                    """,
                    """
                    WHERE texts.id > :after
                        AND NOT EXISTS (
                            SELECT
                            FROM mem_summary_embeddings AS embeddings
                            WHERE embeddings.summary_id = texts.id
                                AND embeddings.model_id = :model
                                AND embeddings.revision = texts.revision)
                    ORDER BY texts.id
                    LIMIT :limit
                    """,
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
                    """,
                    """
                    INSERT INTO mem_summary_embeddings
                        (summary_id, model_id, dimensions, revision, embedding)
                    SELECT id, :model, :dimensions, revision, CAST(:vector AS vector)
                    FROM mem_session_summaries
                    WHERE id = :id AND revision = :revision
                    ON CONFLICT (summary_id, model_id) DO UPDATE
                    SET revision = excluded.revision,
                        embedding = excluded.embedding
                    """,
                    """
                    UPDATE mem_session_summaries
                    SET embedded_revision = :revision
                    WHERE id = :id
                    """,
                    """
                    UPDATE mem_session_summaries
                    SET embedding_failures = embedding_failures + 1
                    WHERE id = ANY(:ids)
                    """,
                    """
                    DELETE FROM mem_summary_embeddings
                    WHERE (summary_id, model_id) IN (
                        SELECT embeddings.summary_id, embeddings.model_id
                        FROM mem_summary_embeddings AS embeddings
                        JOIN mem_embedding_models AS models ON models.id = embeddings.model_id
                        WHERE models.name <> ALL(:kept) AND NOT models.is_current
                        LIMIT :limit)
                    """);

    private final Description table;

    private VectorTable(Description table) {
        this.table = table;
    }

    public static VectorTable ofObservations() {
        return new VectorTable(OBSERVATIONS);
    }

    public static VectorTable ofSummaries() {
        return new VectorTable(SUMMARIES);
    }

    /// What log lines call these texts.
    public String name() {
        return table.name();
    }

    /// Puts every text on the list that has no vector of `model`. Harmless to repeat.
    public void listUnembedded(Tx tx, EmbeddingModel model) {
        tx.handle().createUpdate(table.list()).bind("model", model.id()).execute();
    }

    /// The next that want a vector, those that never failed first.
    public List<Unembedded> nextUnembedded(Tx tx, int failuresMax, int limit) {
        return tx.handle()
                .createQuery(table.select() + table.listed())
                .bind("failuresMax", failuresMax)
                .bind("limit", limit)
                .map(table.text())
                .list();
    }

    /// The next after `afterId` that have no vector of `model`, whether or not they are on the
    /// list.
    public List<Unembedded> nextWithout(Tx tx, EmbeddingModel model, long afterId, int limit) {
        return tx.handle()
                .createQuery(table.select() + table.without())
                .bind("after", afterId)
                .bind("model", model.id())
                .bind("limit", limit)
                .map(table.text())
                .list();
    }

    /// Stores vectors. One whose text is gone, has other words by now, or was embedded by another
    /// daemon first, is passed over.
    public void store(Tx tx, EmbeddingModel model, List<Vector> vectors) {
        try (var insert = tx.handle().prepareBatch(table.store())) {
            for (Vector vector : vectors) {
                insert.bind("id", vector.id())
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
        try (var update = tx.handle().prepareBatch(table.done())) {
            for (Unembedded one : done) {
                update.bind("id", one.id()).bind("revision", one.revision()).add();
            }
            update.execute();
        }
    }

    /// Notes a failed try, so that one text that cannot be embedded does not stop the others.
    public void noteFailure(Tx tx, Collection<Long> ids) {
        tx.handle().createUpdate(table.failed()).bindArray("ids", Long.class, ids).execute();
    }

    /// Deletes some vectors of models that are not named in `kept`; returns how many went.
    public int dropSomeOfOthers(Tx tx, Collection<String> kept, int limit) {
        return tx.handle()
                .createUpdate(table.drop())
                .bindArray("kept", String.class, kept)
                .bind("limit", limit)
                .execute();
    }
}
