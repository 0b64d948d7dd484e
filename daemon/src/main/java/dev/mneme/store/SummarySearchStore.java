package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SearchTerms;
import dev.mneme.domain.SessionSummary;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// Finds summaries of turns and sessions, by words and by meaning. Of a filter project, session and
/// time count; the others ask for what summaries do not have.
public final class SummarySearchStore {

    /// Words of a query that are weighed; each is one more look at every summary that holds any.
    private static final int TERMS_MAX = 24;

    /// The newest with any of the words.
    private static final int WORDS_LOOKED_MAX = 2_000;

    /// The newest whose vectors are looked at, without an index.
    private static final int VECTORS_LOOKED_MAX = 20_000;

    /// How many of each arm are put together.
    private static final int CANDIDATES = 100;

    private static final String NOTHING =
            "SELECT CAST(NULL AS bigint) AS id, CAST(NULL AS double precision) AS score WHERE false";

    private static final String FILTER = Database.resource("summary_filter.sql").strip();
    private static final String WORDS = Database.resource("summary_words.sql");
    private static final String MEANING = Database.resource("summary_meaning.sql");

    private static final String BY_WORDS = search(WORDS, NOTHING);
    private static final String BY_MEANING = search(NOTHING, MEANING);
    private static final String BY_BOTH = search(WORDS, MEANING);

    /// A summary with how well it fits.
    public record Ranked(SessionSummary summary, double score) {}

    /// A query by meaning.
    ///
    /// @param trust how much a cosine counts beside the share of the words that is held
    public record Meant(float[] vector, EmbeddingModel model, double trust) {}

    /// What is given unasked holds this share of the query's words, or is this near.
    public record StandsOut(double wordsMin, double cosineMin) {}

    private final String language;

    public SummarySearchStore(String language) {
        this.language = language;
    }

    /// The best by words, by meaning or by both, the best first.
    ///
    /// @param words the query; null where its words are not asked
    /// @param meant null where its meaning is not asked
    /// @param only null where all that fits is given, else only the best of each session is
    /// @param most after which the statement ends
    public List<Ranked> best(
            Tx tx,
            @Nullable String words,
            @Nullable Meant meant,
            SearchFilter filter,
            @Nullable StandsOut only,
            Duration most) {
        List<String> terms = words == null ? List.of() : terms(words);
        if (terms.isEmpty() && meant == null) {
            return List.of();
        }
        tx.handle().execute("SET LOCAL statement_timeout = " + most.toMillis());
        var statement =
                tx.handle()
                        .createQuery(
                                terms.isEmpty() ? BY_MEANING : meant == null ? BY_WORDS : BY_BOTH)
                        .bind("project", filter.projectId())
                        .bind("session", filter.session())
                        .bind("since", filter.since() == null ? null : Columns.utc(filter.since()))
                        .bind("until", filter.until() == null ? null : Columns.utc(filter.until()))
                        .bind("candidates", CANDIDATES)
                        .bind("beside", only != null)
                        .bind("wordsMin", only == null ? 0 : only.wordsMin())
                        .bind("cosineMin", only == null ? 0 : only.cosineMin())
                        .bind("trust", meant == null ? 0 : meant.trust())
                        .bind("limit", filter.limit());
        if (!terms.isEmpty()) {
            statement
                    .bind("language", language)
                    .bindArray("terms", String.class, terms)
                    .bind("anyWord", String.join(" OR ", terms))
                    .bind("wordsLooked", WORDS_LOOKED_MAX);
        }
        if (meant != null) {
            statement
                    .bind("vector", Columns.vector(meant.vector()))
                    .bind("model", meant.model().id())
                    .bind("vectorsLooked", VECTORS_LOOKED_MAX);
        }
        return statement
                .map(
                        (row, context) ->
                                new Ranked(
                                        SummaryStore.summary(row, context), row.getDouble("score")))
                .list();
    }

    private static List<String> terms(String query) {
        return SearchTerms.of(query).stream()
                .filter(term -> !SearchTerms.isStopWord(term))
                .distinct()
                .limit(TERMS_MAX)
                .map(term -> '"' + term + '"')
                .toList();
    }

    private static String search(String words, String meaning) {
        return Database.resource("summary_search.sql")
                .replace("<words>", words)
                .replace("<meaning>", meaning)
                .replace("<filter>", FILTER)
                .replace("<columns>", SummaryStore.COLUMNS.strip())
                .replace("<tables>", SummaryStore.TABLES.strip());
    }
}
