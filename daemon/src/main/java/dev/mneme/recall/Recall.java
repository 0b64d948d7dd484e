package dev.mneme.recall;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.RememberedFiles;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.Rerankers;
import dev.mneme.embed.ServingModel;
import dev.mneme.embed.ServingModel.Serving;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.RememberedFilesStore;
import dev.mneme.store.SearchStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.Tx;
import dev.mneme.store.VectorSupport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Reads memories: by search, by id, by time, and around one of them.
///
/// A search asks two arms at once, each within a bound of time: words, weighed by an index in
/// memory, and meaning, by vectors in the database. One that does not answer is left out and named.
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
    private final WordIndexes indexes;
    private final SharedMeaning shared;
    private final SecondLook secondLook;
    private final RememberedFilesStore remembered = new RememberedFilesStore();
    private final Staleness staleness = new Staleness();

    public Recall(
            Database database,
            ObservationStore observations,
            SearchStore search,
            SummaryStore summaries,
            EmbeddingStore embeddings,
            ServingModel models,
            VectorSupport vectors,
            WordIndexes indexes,
            Rerankers rerankers,
            InstantSource clock) {
        this.secondLook = new SecondLook(rerankers, RERANKER_TIME_MAX);
        this.indexes = indexes;
        this.shared = new SharedMeaning(search, clock);
        this.database = database;
        this.observations = observations;
        this.search = search;
        this.summaries = summaries;
        this.embeddings = embeddings;
        this.models = models;
        this.vectors = vectors;
    }

    /// How many hits of each arm are fused, and so how deep pages go.
    private static final int CANDIDATES = 300;

    /// An arm that takes longer is left out of the answer and named in it.
    private static final Duration ARM_TIME_MAX = Duration.ofMillis(1_500);

    /// What a search takes longer at most for a model that reads its first hits.
    private static final Duration RERANKER_TIME_MAX = Duration.ofMillis(600);

    /// Of the best hit's score by words.
    private static final double PRECISE_WORDS_MIN = 0.3;

    /// The nearest that the floor looks at.
    private static final int FLOOR_NEAREST_MAX = 20;

    /// What an arm that was left out is called.
    private static final String WORDS = "words";

    private static final String MEANING = "meaning";

    /// Hits with the best first.
    ///
    /// @param files what their files held
    /// @param mode how they were found
    /// @param parts what each hit's score is made of, by its id
    /// @param coverage how likely it is that anything stored answers the query, from 0 to 1; null
    ///     where the words could not be weighed
    /// @param dropped the arms that did not answer in time; `words` was ranked by PostgreSQL
    ///     instead, `reranker` was left out
    /// @param next what to ask for the hits after these; null after the last
    public record Found(
            List<Observation> observations,
            List<RememberedFiles> files,
            SearchMode mode,
            Map<Long, HitParts> parts,
            @Nullable Double coverage,
            List<String> dropped,
            @Nullable String next) {

        /// Where no observations were asked for.
        public static Found nothing(SearchMode mode) {
            return new Found(List.of(), List.of(), mode, Map.of(), null, List.of(), null);
        }

        /// Whether anything stored answers the query; yes where nobody knows.
        public boolean isCovered() {
            return coverage == null || Floor.isCovered(coverage);
        }
    }

    /// A query's vector, whose model, and the nearest to it.
    private record Meaning(
            SharedMeaning.Aimed aimed,
            Serving serving,
            List<SearchStore.Ranked> nearest,
            boolean unusable) {}

    /// What lies around an observation in its session, the oldest first.
    public record Surroundings(
            List<Observation> before, Observation anchor, List<Observation> after) {}

    public Found search(String query, SearchMode mode, SearchFilter filter) {
        return search(query, mode, filter, null);
    }

    /// The same for who cannot wait for a model that reads the first hits.
    public Found atOnce(String query, SearchFilter filter) {
        return search(query, SearchMode.HYBRID, filter, null, false);
    }

    /// The same from a page's end on.
    ///
    /// @param after a page's `next`
    public Found search(
            String query, SearchMode wanted, SearchFilter filter, @Nullable String after) {
        return search(query, wanted, filter, after, secondLook.isInstalled());
    }

    private Found search(
            String query,
            SearchMode wanted,
            SearchFilter filter,
            @Nullable String after,
            boolean looksTwice) {
        String text = StorableText.of(query);
        SearchMode mode =
                switch (vectors) {
                    case VectorSupport.Available _ -> wanted;
                    case VectorSupport.Missing _ -> SearchMode.FTS;
                };
        var dropped = new ArrayList<String>();
        FutureTask<Meaning> asked = new FutureTask<>(() -> meaning(text, filter));
        if (mode.asksMeaning()) {
            Thread.ofVirtual().name("mneme-meaning").start(asked);
        }
        WordScores index = mode.asksWords() ? index(text, filter, dropped) : null;
        Meaning meaning = mode.asksMeaning() ? answered(asked, dropped) : null;
        if (meaning != null && meaning.unusable()) {
            return search(text, SearchMode.FTS, filter, after, false);
        }
        var fuse = new Fused(text, mode, filter, index, meaning);
        if (mode != SearchMode.HYBRID || !looksTwice) {
            return database.inTransaction(
                    tx -> page(tx, fused(tx, fuse), mode, filter, after, dropped));
        }
        // No transaction is open while the model reads.
        Ranking first = database.inTransaction(tx -> fused(tx, fuse));
        Map<Long, Observation> texts = new HashMap<>();
        database.inTransaction(
                        tx ->
                                observations.byIds(
                                        tx,
                                        SecondLook.first(first.hits()).stream()
                                                .map(Fusion.Hit::id)
                                                .toList()))
                .forEach(one -> texts.put(one.id(), one));
        var looked =
                new Ranking(
                        secondLook.at(text, first.hits(), texts, dropped),
                        first.coverage(),
                        first.embedded());
        return database.inTransaction(tx -> page(tx, looked, mode, filter, after, dropped));
    }

    /// What there is to be fused.
    private record Fused(
            String text,
            SearchMode mode,
            SearchFilter filter,
            @Nullable WordScores index,
            @Nullable Meaning meaning) {}

    /// Hits in their order, and how likely it is that one of them is an answer.
    ///
    /// @param embedded those that have a vector; null where that was not looked up
    private record Ranking(
            List<Fusion.Hit> hits, @Nullable Double coverage, @Nullable Set<Long> embedded) {}

    private Ranking fused(Tx tx, Fused asked) {
        @Nullable WordScores index = asked.index();
        @Nullable Meaning meaning = asked.meaning();
        SearchMode mode = asked.mode();
        SearchFilter filter = asked.filter();
        search.limitTime(tx, ARM_TIME_MAX);
        List<SearchStore.Ranked> words =
                mode.asksWords() ? words(tx, asked.text(), filter, index) : List.of();
        Map<Long, Double> cosines = meaning == null ? Map.of() : cosines(tx, meaning, words);
        var arms =
                new Fusion.Arms(
                        index, words, meaning == null ? List.of() : meaning.nearest(), cosines);
        double trust = meaning == null ? 0 : ModelTrust.of(meaning.serving().model());
        return new Ranking(
                kept(Fusion.fused(mode, arms, trust), filter),
                coverage(tx, index, meaning),
                meaning == null || Embedder.saysNothing(meaning.aimed().vector())
                        ? null
                        : cosines.keySet());
    }

    /// What stands out shares the query's words with the best hit to a good part. By meaning alone
    /// something is always near.
    private static List<Fusion.Hit> kept(List<Fusion.Hit> hits, SearchFilter filter) {
        return filter.precise()
                ? hits.stream().filter(hit -> hit.parts().words() >= PRECISE_WORDS_MIN).toList()
                : hits;
    }

    private Found page(
            Tx tx,
            Ranking ranking,
            SearchMode mode,
            SearchFilter filter,
            @Nullable String after,
            List<String> dropped) {
        List<Fusion.Hit> hits = ranking.hits();
        Optional<SearchPage> begin = after == null ? Optional.empty() : SearchPage.of(after);
        List<Fusion.Hit> rest =
                begin.isEmpty() ? hits : hits.stream().filter(begin.get()::isBefore).toList();
        Map<Long, Fusion.Hit> shown = new LinkedHashMap<>();
        rest.stream().limit(filter.limit()).forEach(hit -> shown.put(hit.id(), hit));
        Map<Long, Observation> found = new HashMap<>();
        // What was closed or forgotten a moment ago is not found any more.
        List<Observation> read = observations.byIds(tx, List.copyOf(shown.keySet()));
        (ranking.embedded() == null ? marked(tx, read) : marked(read, ranking.embedded()))
                .stream()
                        .filter(observation -> observation.closedAt() == null)
                        .forEach(observation -> found.put(observation.id(), observation));
        var ranked = new ArrayList<Observation>();
        Map<Long, HitParts> parts = new HashMap<>();
        shown.forEach(
                (id, hit) -> {
                    Observation observation = found.get(id);
                    if (observation != null) {
                        ranked.add(observation.withScore(hit.score()));
                        parts.put(id, hit.parts());
                    }
                });
        Fusion.Hit last = rest.size() > filter.limit() ? rest.get(filter.limit() - 1) : null;
        return new Found(
                List.copyOf(ranked),
                files(tx, ranked),
                mode,
                Map.copyOf(parts),
                ranking.coverage(),
                List.copyOf(dropped),
                last == null ? null : new SearchPage(last.score(), last.id()).cursor());
    }

    /// Cosines of other models than the built-in one have other scales, and say nothing here. Asked
    /// is the whole query: what it shares with all texts tells whether it belongs to them at all.
    private @Nullable Double coverage(
            Tx tx, @Nullable WordScores index, @Nullable Meaning meaning) {
        if (index == null) {
            return null;
        }
        WordScores.Coverage words = index.coverage();
        if (meaning == null
                || meaning.nearest().isEmpty()
                || !meaning.serving().model().provider().equals("built-in")) {
            return Floor.coverage(words, Floor.NEAREST_USUAL, Floor.TOP_NEAR_USUAL);
        }
        Set<Long> looked = new LinkedHashSet<>(words.first());
        meaning.nearest().stream().limit(FLOOR_NEAREST_MAX).forEach(hit -> looked.add(hit.id()));
        Map<Long, Double> cosines =
                search.cosines(tx, meaning.aimed().whole(), meaning.serving().model(), looked);
        return Floor.coverage(
                words,
                cosines.values().stream().mapToDouble(one -> one).max().orElse(0),
                words.first().stream()
                        .mapToDouble(id -> cosines.getOrDefault(id, 0.0))
                        .average()
                        .orElse(0));
    }

    /// The index of words of what is asked; null where it is not there in time.
    private @Nullable WordScores index(String text, SearchFilter filter, List<String> dropped) {
        Long project = filter.projectId();
        List<Long> projects =
                project == null ? database.inTransaction(search::projects) : List.of(project);
        try {
            Optional<WordScores> scores = indexes.score(projects, text, ARM_TIME_MAX);
            if (scores.isEmpty()) {
                dropped.add(WORDS);
            }
            return scores.orElse(null);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            dropped.add(WORDS);
            return null;
        }
    }

    private List<SearchStore.Ranked> words(
            Tx tx, String text, SearchFilter filter, @Nullable WordScores index) {
        if (index == null) {
            return search.byWords(tx, text, filter, CANDIDATES);
        }
        Set<Long> allowed = filter.isNarrow() ? new HashSet<>(search.matching(tx, filter)) : null;
        return index.best(CANDIDATES, allowed).stream()
                .map(id -> new SearchStore.Ranked(id, index.parts(id).sum()))
                .toList();
    }

    /// Runs in a thread of its own: a model may take its time.
    private Meaning meaning(String text, SearchFilter filter) {
        Serving serving = models.now();
        float[] vector;
        try {
            vector = models.vectorOf(text, serving);
        } catch (BrokenModel broken) {
            if (!models.now().equals(serving)) {
                // Another model has taken over since; it is asked instead.
                return meaning(text, filter);
            }
            models.broke(broken);
            return new Meaning(SharedMeaning.Aimed.at(new float[0]), serving, List.of(), true);
        }
        if (Embedder.saysNothing(vector)) {
            return new Meaning(SharedMeaning.Aimed.at(vector), serving, List.of(), false);
        }
        return database.inTransaction(
                tx -> {
                    search.limitTime(tx, ARM_TIME_MAX);
                    SharedMeaning.Aimed aimed =
                            shared.without(tx, vector, serving.model(), filter.projectId());
                    List<SearchStore.Ranked> nearest =
                            search
                                    .byMeaning(
                                            tx, aimed.vector(), serving.model(), filter, CANDIDATES)
                                    .stream()
                                    .map(
                                            near ->
                                                    new SearchStore.Ranked(
                                                            near.id(),
                                                            near.score() * aimed.length()))
                                    .toList();
                    return new Meaning(aimed, serving, nearest, false);
                });
    }

    private @Nullable Meaning answered(FutureTask<Meaning> asked, List<String> dropped) {
        try {
            return asked.get(ARM_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            asked.cancel(true);
            dropped.add(MEANING);
            return null;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof StoreException refused && refused.isTimeout()) {
                dropped.add(MEANING);
                return null;
            }
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(failed.getCause());
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            dropped.add(MEANING);
            return null;
        }
    }

    /// Of what was found by meaning, and of what was found by words beside it.
    private Map<Long, Double> cosines(Tx tx, Meaning meaning, List<SearchStore.Ranked> words) {
        Map<Long, Double> cosines = new HashMap<>();
        meaning.nearest().forEach(near -> cosines.put(near.id(), near.score()));
        SharedMeaning.Aimed aimed = meaning.aimed();
        if (!Embedder.saysNothing(aimed.vector())) {
            List<Long> others =
                    words.stream()
                            .map(SearchStore.Ranked::id)
                            .filter(id -> !cosines.containsKey(id))
                            .toList();
            search.cosines(tx, aimed.vector(), meaning.serving().model(), others)
                    .forEach((id, cosine) -> cosines.put(id, cosine * aimed.length()));
        }
        return cosines;
    }

    /// Whether the files of memories hold what they held when these were written, by the ids of
    /// those of which that can be told at once.
    public Map<Long, Freshness> freshness(List<Observation> recalled) {
        return freshness(database.inTransaction(tx -> files(tx, recalled)), staleness);
    }

    /// The same of what a search found.
    public Map<Long, Freshness> freshness(Found found) {
        return freshness(found.files(), staleness);
    }

    private List<RememberedFiles> files(Tx tx, List<Observation> recalled) {
        List<Long> ids =
                recalled.stream()
                        .filter(one -> !one.filesModified().isEmpty() || !one.filesRead().isEmpty())
                        .map(Observation::id)
                        .toList();
        return ids.isEmpty() ? List.of() : remembered.of(tx, ids);
    }

    private static Map<Long, Freshness> freshness(
            List<RememberedFiles> files, Staleness staleness) {
        try {
            return staleness.of(files);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
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

    /// What a session left, closed ones as well, the oldest first.
    public List<Observation> ofSession(String sessionId, int limit) {
        return database.inTransaction(
                tx -> marked(tx, observations.ofSession(tx, sessionId, limit)));
    }

    /// What sessions came to, the newest first.
    public List<SessionSummary> sessions(@Nullable Long projectId, int limit) {
        return database.inTransaction(tx -> summaries.newest(tx, projectId, limit));
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

    private static List<Observation> marked(List<Observation> found, Set<Long> embedded) {
        return found.stream()
                .map(observation -> observation.withEmbedding(embedded.contains(observation.id())))
                .toList();
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
