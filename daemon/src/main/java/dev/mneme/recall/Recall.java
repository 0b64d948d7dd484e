package dev.mneme.recall;

import dev.mneme.domain.Freshness;
import dev.mneme.domain.Observation;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.RememberedFiles;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
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
import java.util.Objects;
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
    static final Duration ARM_TIME_MAX = Duration.ofMillis(1_500);

    /// What a search takes longer at most for a model that reads its first hits.
    private static final Duration RERANKER_TIME_MAX = Duration.ofMillis(600);

    /// Of the best hit's score by words.
    private static final double PRECISE_WORDS_MIN = 0.3;

    /// The nearest that the floor looks at.
    private static final int FLOOR_NEAREST_MAX = 20;

    /// What an arm that was left out is called.
    private static final String WORDS = "words";

    static final String MEANING = "meaning";

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
            List<SearchStore.Near> nearest,
            boolean unusable) {}

    /// What the vectors say of observations that were looked at.
    ///
    /// @param scores what the fusion counts
    /// @param wholes the cosines to the query as it was asked
    private record Cosines(Map<Long, Double> scores, Map<Long, Double> wholes) {

        static final Cosines NONE = new Cosines(Map.of(), Map.of());
    }

    /// What lies around an observation in its session, the oldest first.
    public record Surroundings(
            List<Observation> before, Observation anchor, List<Observation> after) {}

    public Found search(String query, SearchMode mode, SearchFilter filter) {
        return search(query, mode, filter, null);
    }

    /// The same for who cannot wait for a model that reads the first hits.
    public Found atOnce(String query, SearchFilter filter) {
        return search(
                query, SearchMode.HYBRID, filter, null, false, vector(query, SearchMode.HYBRID));
    }

    /// The same from a page's end on.
    ///
    /// @param after a page's `next`
    public Found search(
            String query, SearchMode mode, SearchFilter filter, @Nullable String after) {
        return search(query, mode, filter, after, vector(query, mode));
    }

    /// The same with a vector that others need as well; null where there are none.
    Found search(
            String query,
            SearchMode mode,
            SearchFilter filter,
            @Nullable String after,
            @Nullable QueryVector vector) {
        return search(query, mode, filter, after, secondLook.isInstalled(), vector);
    }

    private @Nullable QueryVector vector(String query, SearchMode mode) {
        return mode.asksMeaning() && vectors instanceof VectorSupport.Available
                ? QueryVector.of(StorableText.of(query), models)
                : null;
    }

    private Found search(
            String query,
            SearchMode wanted,
            SearchFilter filter,
            @Nullable String after,
            boolean looksTwice,
            @Nullable QueryVector vector) {
        String text = StorableText.of(query);
        SearchMode mode = vector == null ? SearchMode.FTS : wanted;
        var dropped = new ArrayList<String>();
        FutureTask<Optional<Meaning>> asked = new FutureTask<>(() -> meaning(vector, filter));
        if (vector != null) {
            Thread.ofVirtual().name("mneme-meaning").start(asked);
        }
        WordScores index = mode.asksWords() ? index(text, filter, dropped) : null;
        Meaning meaning = vector == null ? null : answered(asked, dropped);
        if (meaning != null && meaning.unusable()) {
            return search(text, SearchMode.FTS, filter, after, false, null);
        }
        Ranking ranking = ranking(new Fused(text, mode, filter, index, meaning));
        SearchPage page = after == null ? null : SearchPage.of(after).orElse(null);
        if (page != null) {
            return found(page.rest(ranking.hits()), ranking, mode, filter, dropped);
        }
        if (mode == SearchMode.HYBRID && looksTwice) {
            return found(lookedAt(text, ranking.hits(), dropped), ranking, mode, filter, dropped);
        }
        return found(SearchPage.first(ranking.hits()), ranking, mode, filter, dropped);
    }

    /// No transaction is open while the model reads.
    private SearchPage.Rest lookedAt(String text, List<Fusion.Hit> hits, List<String> dropped) {
        Map<Long, Observation> texts = new HashMap<>();
        List<Long> first = SecondLook.first(hits).stream().map(Fusion.Hit::id).toList();
        database.readingWithin(ARM_TIME_MAX, tx -> observations.byIds(tx, first))
                .forEach(one -> texts.put(one.id(), one));
        return secondLook.at(text, hits, texts, dropped);
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

    private Ranking ranking(Fused asked) {
        @Nullable WordScores index = asked.index();
        @Nullable Meaning meaning = asked.meaning();
        SearchMode mode = asked.mode();
        List<SearchStore.Ranked> words = mode.asksWords() ? words(asked) : List.of();
        Cosines cosines = cosines(meaning, words, index);
        var arms =
                new Fusion.Arms(
                        index,
                        words,
                        meaning == null ? List.of() : ranked(meaning),
                        cosines.scores());
        double trust = meaning == null ? 0 : ModelTrust.of(meaning.serving().model());
        return new Ranking(
                kept(Fusion.fused(mode, arms, trust), asked.filter()),
                coverage(index, meaning, cosines.wholes()),
                meaning == null || Embedder.saysNothing(meaning.aimed().vector())
                        ? null
                        : cosines.scores().keySet());
    }

    private static List<SearchStore.Ranked> ranked(Meaning meaning) {
        return meaning.nearest().stream()
                .map(near -> new SearchStore.Ranked(near.id(), score(meaning, near)))
                .toList();
    }

    private static double score(Meaning meaning, SearchStore.Near near) {
        return near.cosine() * meaning.aimed().length();
    }

    /// What stands out shares the query's words with the best hit to a good part. By meaning alone
    /// something is always near.
    private static List<Fusion.Hit> kept(List<Fusion.Hit> hits, SearchFilter filter) {
        return filter.precise()
                ? hits.stream().filter(hit -> hit.parts().words() >= PRECISE_WORDS_MIN).toList()
                : hits;
    }

    private Found found(
            SearchPage.Rest rest,
            Ranking ranking,
            SearchMode mode,
            SearchFilter filter,
            List<String> dropped) {
        Map<Long, Fusion.Hit> shown = new LinkedHashMap<>();
        rest.hits().stream().limit(filter.limit()).forEach(hit -> shown.put(hit.id(), hit));
        Map<Long, Observation> found = new HashMap<>();
        Map<Long, RememberedFiles> files = new HashMap<>();
        // What was closed or forgotten a moment ago is not found any more.
        for (RememberedFilesStore.Remembered one : read(shown.keySet())) {
            if (one.memory().closedAt() == null) {
                found.put(one.memory().id(), one.memory());
                if (one.files() != null) {
                    files.put(one.memory().id(), one.files());
                }
            }
        }
        Set<Long> embedded = ranking.embedded() == null ? embedded(found) : ranking.embedded();
        var ranked = new ArrayList<Observation>();
        Map<Long, HitParts> parts = new HashMap<>();
        shown.forEach(
                (id, hit) -> {
                    Observation observation = found.get(id);
                    if (observation != null) {
                        ranked.add(
                                observation
                                        .withEmbedding(embedded.contains(id))
                                        .withScore(hit.score()));
                        parts.put(id, hit.parts());
                    }
                });
        return new Found(
                List.copyOf(ranked),
                ranked.stream()
                        .map(Observation::id)
                        .map(files::get)
                        .filter(Objects::nonNull)
                        .toList(),
                mode,
                Map.copyOf(parts),
                ranking.coverage(),
                List.copyOf(dropped),
                rest.next(filter.limit()).map(SearchPage::cursor).orElse(null));
    }

    private List<RememberedFilesStore.Remembered> read(Set<Long> ids) {
        return ids.isEmpty()
                ? List.of()
                : database.readingWithin(ARM_TIME_MAX, tx -> remembered.withMemories(tx, ids));
    }

    private Set<Long> embedded(Map<Long, Observation> found) {
        return vectors instanceof VectorSupport.Missing || found.isEmpty()
                ? Set.of()
                : database.readingWithin(
                        ARM_TIME_MAX,
                        tx -> embeddings.embedded(tx, models.now().model(), found.keySet()));
    }

    /// Cosines of other models than the built-in one have other scales, and say nothing here. Asked
    /// is the whole query: what it shares with all texts tells whether it belongs to them at all.
    private static @Nullable Double coverage(
            @Nullable WordScores index, @Nullable Meaning meaning, Map<Long, Double> wholes) {
        if (index == null) {
            return null;
        }
        WordScores.Coverage words = index.coverage();
        if (meaning == null || meaning.nearest().isEmpty() || !scaleIsKnown(meaning)) {
            return Floor.coverage(words, Floor.NEAREST_USUAL, Floor.TOP_NEAR_USUAL);
        }
        Set<Long> looked = new LinkedHashSet<>(words.first());
        meaning.nearest().stream().limit(FLOOR_NEAREST_MAX).forEach(hit -> looked.add(hit.id()));
        return Floor.coverage(
                words,
                looked.stream()
                        .filter(wholes::containsKey)
                        .mapToDouble(wholes::get)
                        .max()
                        .orElse(0),
                words.first().stream()
                        .mapToDouble(id -> wholes.getOrDefault(id, 0.0))
                        .average()
                        .orElse(0));
    }

    private static boolean scaleIsKnown(Meaning meaning) {
        return meaning.serving().model().provider().equals("built-in");
    }

    /// The index of words of what is asked; null where it is not there in time.
    private @Nullable WordScores index(String text, SearchFilter filter, List<String> dropped) {
        Long project = filter.projectId();
        List<Long> projects =
                project == null
                        ? database.readingWithin(ARM_TIME_MAX, search::projects)
                        : List.of(project);
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

    private List<SearchStore.Ranked> words(Fused asked) {
        WordScores index = asked.index();
        SearchFilter filter = asked.filter();
        if (index == null) {
            return database.inTransaction(
                    tx -> {
                        search.limitTime(tx, ARM_TIME_MAX);
                        return search.byWords(tx, asked.text(), filter, CANDIDATES);
                    });
        }
        Set<Long> allowed =
                filter.isNarrow()
                        ? database.inTransaction(
                                tx -> {
                                    search.limitTime(tx, ARM_TIME_MAX);
                                    return new HashSet<>(search.matching(tx, filter));
                                })
                        : null;
        return index.best(CANDIDATES, allowed).stream()
                .map(id -> new SearchStore.Ranked(id, index.parts(id).sum()))
                .toList();
    }

    /// Runs in a thread of its own. Nothing where the vector was not made in time.
    private Optional<Meaning> meaning(@Nullable QueryVector vector, SearchFilter filter)
            throws InterruptedException {
        Optional<QueryVector.Made> made =
                vector == null ? Optional.empty() : vector.within(ARM_TIME_MAX);
        if (vector == null || made.isEmpty()) {
            return Optional.empty();
        }
        Meaning meaning = meaning(made.get(), filter);
        Optional<QueryVector> anew = vector.anew(made.get());
        return anew.isEmpty()
                ? Optional.of(meaning)
                : anew.get().within(ARM_TIME_MAX).map(one -> meaning(one, filter));
    }

    private Meaning meaning(QueryVector.Made made, SearchFilter filter) {
        float[] values = made.values();
        if (values == null) {
            return new Meaning(
                    SharedMeaning.Aimed.at(new float[0]), made.serving(), List.of(), true);
        }
        return Embedder.saysNothing(values)
                ? new Meaning(SharedMeaning.Aimed.at(values), made.serving(), List.of(), false)
                : nearest(values, made.serving(), filter);
    }

    private Meaning nearest(float[] values, Serving serving, SearchFilter filter) {
        return database.inTransaction(
                tx -> {
                    search.limitTime(tx, ARM_TIME_MAX);
                    SharedMeaning.Aimed aimed =
                            shared.without(tx, values, serving.model(), filter.projectId());
                    List<SearchStore.Near> nearest =
                            aimed.isFew()
                                    ? search.byMeaningOfFew(
                                            tx, aimed.aim(), serving.model(), filter, CANDIDATES)
                                    : search.byMeaning(
                                            tx, aimed.aim(), serving.model(), filter, CANDIDATES);
                    return new Meaning(aimed, serving, nearest, false);
                });
    }

    private @Nullable Meaning answered(FutureTask<Optional<Meaning>> asked, List<String> dropped) {
        try {
            Optional<Meaning> meaning = asked.get(ARM_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
            if (meaning.isPresent()) {
                return meaning.get();
            }
        } catch (TimeoutException slow) {
            asked.cancel(true);
        } catch (ExecutionException failed) {
            if (!(failed.getCause() instanceof StoreException refused) || !refused.isTimeout()) {
                throw failed.getCause() instanceof RuntimeException known
                        ? known
                        : new IllegalStateException(failed.getCause());
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        dropped.add(MEANING);
        return null;
    }

    /// Of what was found by meaning, and of what was found by words beside it.
    private Cosines cosines(
            @Nullable Meaning meaning, List<SearchStore.Ranked> words, @Nullable WordScores index) {
        if (meaning == null) {
            return Cosines.NONE;
        }
        Map<Long, Double> scores = new HashMap<>();
        Map<Long, Double> wholes = new HashMap<>();
        for (SearchStore.Near near : meaning.nearest()) {
            scores.put(near.id(), score(meaning, near));
            wholes.put(near.id(), near.whole());
        }
        SharedMeaning.Aimed aimed = meaning.aimed();
        if (!Embedder.saysNothing(aimed.vector())) {
            Set<Long> others = new LinkedHashSet<>();
            words.forEach(hit -> others.add(hit.id()));
            // What the floor looks at may have been filtered out of the hits.
            List<Long> looked = index == null ? List.of() : index.coverage().first();
            others.addAll(looked);
            others.removeAll(scores.keySet());
            if (!others.isEmpty()) {
                Set<Long> hits = new HashSet<>();
                words.forEach(hit -> hits.add(hit.id()));
                for (SearchStore.Near near :
                        database.readingWithin(
                                ARM_TIME_MAX,
                                tx ->
                                        search.near(
                                                tx,
                                                aimed.aim(),
                                                meaning.serving().model(),
                                                others))) {
                    wholes.put(near.id(), near.whole());
                    if (hits.contains(near.id())) {
                        scores.put(near.id(), score(meaning, near));
                    }
                }
            }
        }
        return new Cosines(scores, wholes);
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
