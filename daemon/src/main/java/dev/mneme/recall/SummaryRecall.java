package dev.mneme.recall;

import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SessionSummary;
import dev.mneme.domain.StorableText;
import dev.mneme.embed.Embedder;
import dev.mneme.store.Database;
import dev.mneme.store.StoreException;
import dev.mneme.store.SummarySearchStore;
import dev.mneme.store.SummaryStore;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Finds what turns and sessions came to.
///
/// A list of its own beside the observations: a summary speaks of a whole turn or session, so it
/// meets more words than any memory made of it, and would push these down if they were ranked
/// together.
public final class SummaryRecall {

    /// What an answer calls summaries that were not found in time.
    static final String SUMMARIES = "summaries";

    /// A search that takes longer goes on without summaries.
    static final Duration TIME_MAX = Duration.ofMillis(1_500);

    /// What is shown unasked holds so much of the query's words,
    private static final double WORDS_MIN = 0.5;

    /// or is so near, where cosines have a scale that is known.
    private static final double COSINE_MIN = 0.8;

    /// No cosine is as large.
    private static final double NEVER = 2;

    private final Database database;
    private final SummaryStore summaries;
    private final SummarySearchStore search;

    public SummaryRecall(Database database, SummaryStore summaries, SummarySearchStore search) {
        this.database = database;
        this.summaries = summaries;
        this.search = search;
    }

    /// @param dropped what did not answer in time: `meaning`, or `summaries` for the whole search
    record Found(List<SummaryHit> hits, List<String> dropped) {}

    /// What fits a query's words best.
    public List<SummaryHit> byWords(String query, SearchFilter filter) {
        return search(query, SearchMode.FTS, filter, null, false).hits();
    }

    /// What fits a query best.
    ///
    /// @param vector of the query; null where meaning is not asked
    /// @param beside whether nobody asked for summaries: then only what plainly speaks of the query
    ///     is given, be it nothing, and the best of each session alone
    Found search(
            String query,
            SearchMode mode,
            SearchFilter filter,
            @Nullable QueryVector vector,
            boolean beside) {
        Optional<QueryVector.Made> made = Optional.empty();
        if (vector != null) {
            try {
                made = vector.within(Recall.ARM_TIME_MAX);
            } catch (InterruptedException givenUp) {
                Thread.currentThread().interrupt();
                return new Found(List.of(), List.of(SUMMARIES));
            }
        }
        List<String> dropped =
                vector != null && made.isEmpty() ? List.of(Recall.MEANING) : List.of();
        SummarySearchStore.Meant meant = made.map(SummaryRecall::meant).orElse(null);
        // Who asked for meaning alone gets words where there is none.
        String words = mode.asksWords() || meant == null ? StorableText.of(query) : null;
        try {
            return new Found(
                    database
                            .inTransaction(
                                    tx ->
                                            search.best(
                                                    tx,
                                                    words,
                                                    meant,
                                                    filter,
                                                    beside ? standsOut(meant) : null,
                                                    TIME_MAX))
                            .stream()
                            .map(one -> new SummaryHit(one.summary(), one.score()))
                            .toList(),
                    dropped);
        } catch (StoreException refused) {
            if (refused.isTimeout()) {
                return new Found(List.of(), List.of(SUMMARIES));
            }
            throw refused;
        }
    }

    /// Those that exist, in the order asked for.
    public List<SessionSummary> byIds(List<Long> ids) {
        Map<Long, SessionSummary> found = new HashMap<>();
        database.readingWithin(Recall.ARM_TIME_MAX, tx -> summaries.byIds(tx, ids))
                .forEach(one -> found.put(one.id(), one));
        return ids.stream().distinct().map(found::get).filter(Objects::nonNull).toList();
    }

    /// Null where nothing can be asked by meaning.
    private static SummarySearchStore.@Nullable Meant meant(QueryVector.Made made) {
        float[] values = made.values();
        return values == null || Embedder.saysNothing(values)
                ? null
                : new SummarySearchStore.Meant(
                        values, made.serving().model(), ModelTrust.of(made.serving().model()));
    }

    private static SummarySearchStore.StandsOut standsOut(
            SummarySearchStore.@Nullable Meant meant) {
        boolean scaleIsKnown = meant != null && meant.model().provider().equals("built-in");
        return new SummarySearchStore.StandsOut(WORDS_MIN, scaleIsKnown ? COSINE_MIN : NEVER);
    }
}
