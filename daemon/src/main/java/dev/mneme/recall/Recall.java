package dev.mneme.recall;

import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.ServingModel;
import dev.mneme.embed.ServingModel.Serving;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.SearchStore;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.Tx;
import dev.mneme.store.VectorSupport;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads memories: by search, by id, by time, and around one of them.
///
/// Where pgvector is missing, every mode searches by words; the answer names the mode that was
/// used. A query of which the model knows nothing is searched by its words alone.
public final class Recall {

    private final Database database;
    private final ObservationStore observations;
    private final SearchStore search;
    private final SummaryStore summaries;
    private final EmbeddingStore embeddings;
    private final ServingModel models;
    private final VectorSupport vectors;

    public Recall(
            Database database,
            ObservationStore observations,
            SearchStore search,
            SummaryStore summaries,
            EmbeddingStore embeddings,
            ServingModel models,
            VectorSupport vectors) {
        this.database = database;
        this.observations = observations;
        this.search = search;
        this.summaries = summaries;
        this.embeddings = embeddings;
        this.models = models;
        this.vectors = vectors;
    }

    /// Hits with the best first, and the mode that found them.
    public record Found(List<Observation> observations, SearchMode mode) {}

    /// What lies around an observation in its session, the oldest first.
    public record Surroundings(
            List<Observation> before, Observation anchor, List<Observation> after) {}

    public Found search(String query, SearchMode mode, SearchFilter filter) {
        String text = StorableText.of(query);
        return switch (vectors) {
            case VectorSupport.Available _ when mode != SearchMode.FTS ->
                    byMeaning(text, mode, filter)
                            .orElseGet(() -> new Found(byWords(text, filter), SearchMode.FTS));
            case VectorSupport.Available _, VectorSupport.Missing _ ->
                    new Found(byWords(text, filter), SearchMode.FTS);
        };
    }

    /// Empty where the model cannot be used; whoever looks after it is told.
    private Optional<Found> byMeaning(String text, SearchMode mode, SearchFilter filter) {
        Serving serving = models.now();
        float[] vector;
        try {
            vector = serving.embedder().embedQuery(text);
        } catch (BrokenModel broken) {
            if (!models.now().equals(serving)) {
                // Another model has taken over since; it is asked instead.
                return byMeaning(text, mode, filter);
            }
            models.broke(broken);
            return Optional.empty();
        }
        if (Embedder.saysNothing(vector)) {
            return Optional.of(
                    new Found(mode == SearchMode.VECTOR ? List.of() : byWords(text, filter), mode));
        }
        var weights =
                mode == SearchMode.VECTOR
                        ? SearchStore.Weights.MEANING_ONLY
                        : SearchStore.Weights.HYBRID;
        return Optional.of(
                new Found(
                        database.inTransaction(
                                tx ->
                                        marked(
                                                tx,
                                                search.hybrid(
                                                        tx,
                                                        text,
                                                        vector,
                                                        serving.model(),
                                                        weights,
                                                        filter))),
                        mode));
    }

    private List<Observation> byWords(String text, SearchFilter filter) {
        return database.inTransaction(tx -> marked(tx, search.byWords(tx, text, filter)));
    }

    public Optional<Observation> byId(long id) {
        return database.inTransaction(
                tx -> marked(tx, observations.byIds(tx, List.of(id))).stream().findFirst());
    }

    /// Those that exist, in the order asked for.
    public List<Observation> byIds(List<Long> ids) {
        List<Observation> found =
                database.inTransaction(tx -> marked(tx, observations.byIds(tx, ids)));
        var ordered = new ArrayList<Observation>(found.size());
        for (long id : ids) {
            found.stream()
                    .filter(observation -> observation.id() == id)
                    .findFirst()
                    .filter(observation -> !ordered.contains(observation))
                    .ifPresent(ordered::add);
        }
        return ordered;
    }

    public List<Observation> newest(
            @Nullable Long projectId, @Nullable ObservationType type, int limit, int offset) {
        return database.inTransaction(
                tx -> marked(tx, observations.list(tx, projectId, type, limit, offset)));
    }

    /// What sessions came to, the newest first.
    public List<SessionSummary> sessions(@Nullable Long projectId, int limit) {
        return database.inTransaction(tx -> summaries.newest(tx, projectId, limit));
    }

    /// Summaries of turns and sessions that speak of a query, by words, the best first.
    public List<SessionSummary> summaries(String query, @Nullable Long projectId, int limit) {
        return database.inTransaction(tx -> summaries.search(tx, query, projectId, limit));
    }

    public Optional<Surroundings> around(long anchorId, int before, int after) {
        return database.inTransaction(
                tx ->
                        observations
                                .byId(tx, anchorId)
                                .map(
                                        anchor ->
                                                new Surroundings(
                                                        marked(
                                                                tx,
                                                                observations.before(
                                                                        tx, anchor, before)),
                                                        marked(tx, List.of(anchor)).getFirst(),
                                                        marked(
                                                                tx,
                                                                observations.after(
                                                                        tx, anchor, after)))));
    }

    /// Says of each observation whether it has a vector of the current model.
    private List<Observation> marked(Tx tx, List<Observation> found) {
        return switch (vectors) {
            case VectorSupport.Missing _ -> found;
            case VectorSupport.Available _ -> {
                if (found.isEmpty()) {
                    yield found;
                }
                Set<Long> embedded =
                        embeddings.embedded(
                                tx,
                                models.now().model(),
                                found.stream().map(Observation::id).toList());
                yield found.stream()
                        .map(
                                observation ->
                                        observation.withEmbedding(
                                                embedded.contains(observation.id())))
                        .toList();
            }
        };
    }
}
