package dev.mneme.recall;

import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.ServingModel;
import dev.mneme.embed.ServingModel.Serving;
import dev.mneme.store.Database;
import dev.mneme.store.SearchStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.SummarySearchStore;
import dev.mneme.store.SummaryStore;
import dev.mneme.store.VectorSupport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/// Finds what turns and sessions came to.
///
/// A list of its own beside the observations: a summary speaks of a whole turn or session, so it
/// meets more words than any memory made of it, and would push these down if they were ranked
/// together.
public final class SummaryRecall {

    /// How many of each arm are fused.
    private static final int CANDIDATES = 100;

    /// A search that takes longer goes on without summaries.
    private static final Duration TIME_MAX = Duration.ofMillis(1_500);

    /// What is shown unasked holds so much of the query's words,
    private static final double WORDS_MIN = 0.5;

    /// or is so near, where cosines have a scale that is known.
    private static final double COSINE_MIN = 0.8;

    private final Database database;
    private final SummaryStore summaries;
    private final SummarySearchStore search;
    private final SearchStore limits;
    private final ServingModel models;
    private final VectorSupport vectors;

    public SummaryRecall(
            Database database,
            SummaryStore summaries,
            SummarySearchStore search,
            SearchStore limits,
            ServingModel models,
            VectorSupport vectors) {
        this.database = database;
        this.summaries = summaries;
        this.search = search;
        this.limits = limits;
        this.models = models;
        this.vectors = vectors;
    }

    /// What fits a query best.
    public List<SummaryHit> search(String query, SearchMode mode, SearchFilter filter) {
        return search(query, mode, filter, false);
    }

    /// What plainly speaks of a query, be it nothing, and the best of each session alone: for those
    /// who asked for observations.
    public List<SummaryHit> beside(String query, SearchMode mode, SearchFilter filter) {
        return search(query, mode, filter, true);
    }

    private List<SummaryHit> search(
            String query, SearchMode mode, SearchFilter filter, boolean beside) {
        String text = StorableText.of(query);
        Vector asked = mode.asksMeaning() ? vector(text) : null;
        boolean asksWords = mode.asksWords() || asked == null;
        try {
            return database.inTransaction(
                    tx -> {
                        limits.limitTime(tx, TIME_MAX);
                        var fits = new Fits(asked);
                        if (asksWords) {
                            search.byWords(tx, text, filter, CANDIDATES).forEach(fits::words);
                        }
                        if (asked != null) {
                            search.byMeaning(
                                            tx,
                                            asked.values(),
                                            asked.serving().model(),
                                            filter,
                                            CANDIDATES)
                                    .forEach(fits::meaning);
                        }
                        List<Long> best = fits.best(beside);
                        Map<Long, SessionSummary> found = new HashMap<>();
                        summaries.byIds(tx, best).forEach(one -> found.put(one.id(), one));
                        return best.stream()
                                .map(found::get)
                                .filter(Objects::nonNull)
                                .filter(beside ? oneOfEach() : all -> true)
                                .limit(filter.limit())
                                .map(one -> new SummaryHit(one, fits.score(one.id())))
                                .toList();
                    });
        } catch (StoreException refused) {
            if (refused.isTimeout()) {
                return List.of();
            }
            throw refused;
        }
    }

    /// Those that exist, in the order asked for.
    public List<SessionSummary> byIds(List<Long> ids) {
        Map<Long, SessionSummary> found = new HashMap<>();
        database.inTransaction(tx -> summaries.byIds(tx, ids))
                .forEach(one -> found.put(one.id(), one));
        return ids.stream().distinct().map(found::get).filter(Objects::nonNull).toList();
    }

    private static Predicate<SessionSummary> oneOfEach() {
        var seen = new HashSet<String>();
        return one -> seen.add(one.sessionId());
    }

    /// A query's vector, and whose it is.
    private record Vector(float[] values, Serving serving) {}

    /// Null where nothing can be asked by meaning.
    private @Nullable Vector vector(String text) {
        if (vectors instanceof VectorSupport.Missing) {
            return null;
        }
        Serving serving = models.now();
        try {
            float[] values = models.vectorOf(text, serving);
            return Embedder.saysNothing(values) ? null : new Vector(values, serving);
        } catch (BrokenModel broken) {
            // Another one may have taken over since.
            if (models.now().equals(serving)) {
                models.broke(broken);
            }
            return null;
        }
    }

    /// How well each summary fits, by both arms.
    private static final class Fits {

        private final Map<Long, Double> words = new LinkedHashMap<>();
        private final Map<Long, Double> cosines = new LinkedHashMap<>();
        private final double trust;
        private final boolean scaleIsKnown;

        Fits(@Nullable Vector asked) {
            trust = asked == null ? 0 : ModelTrust.of(asked.serving().model());
            scaleIsKnown = asked != null && asked.serving().model().provider().equals("built-in");
        }

        void words(SummarySearchStore.Ranked hit) {
            words.put(hit.id(), hit.score());
        }

        void meaning(SummarySearchStore.Ranked hit) {
            cosines.put(hit.id(), hit.score());
        }

        double score(long id) {
            return words.getOrDefault(id, 0.0) + trust * cosines.getOrDefault(id, 0.0);
        }

        /// The best first; of equals the newer, which is further down in the order of ids.
        List<Long> best(boolean standsOut) {
            var ids = new HashSet<>(words.keySet());
            ids.addAll(cosines.keySet());
            var best = new ArrayList<>(ids);
            if (standsOut) {
                best.removeIf(id -> !standsOut(id));
            }
            best.sort(
                    (one, other) -> {
                        int byScore = Double.compare(score(other), score(one));
                        return byScore != 0 ? byScore : Long.compare(other, one);
                    });
            return List.copyOf(best);
        }

        private boolean standsOut(long id) {
            return words.getOrDefault(id, 0.0) >= WORDS_MIN
                    || (scaleIsKnown && cosines.getOrDefault(id, 0.0) >= COSINE_MIN);
        }
    }
}
