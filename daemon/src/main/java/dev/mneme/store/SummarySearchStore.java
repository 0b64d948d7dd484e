package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.SearchTerms;

import org.jdbi.v3.core.statement.Query;

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

    private static final String FILTER = Database.resource("summary_filter.sql").strip();
    private static final String WORDS = filtered("summary_words.sql");
    private static final String MEANING = filtered("summary_meaning.sql");

    /// A summary with how well it fits, from 0 to 1.
    public record Ranked(long id, double score) {}

    private final String language;

    public SummarySearchStore(String language) {
        this.language = language;
    }

    /// Those with most of the query's words, each weighed by how rare it is.
    public List<Ranked> byWords(Tx tx, String query, SearchFilter filter, int limit) {
        List<String> terms =
                SearchTerms.of(query).stream()
                        .filter(term -> !SearchTerms.isStopWord(term))
                        .distinct()
                        .limit(TERMS_MAX)
                        .map(term -> '"' + term + '"')
                        .toList();
        if (terms.isEmpty()) {
            return List.of();
        }
        return bindFilter(tx.handle().createQuery(WORDS), filter)
                .bind("language", language)
                .bindArray("terms", String.class, terms)
                .bind("anyWord", String.join(" OR ", terms))
                .bind("looked", WORDS_LOOKED_MAX)
                .bind("limit", limit)
                .map((row, context) -> new Ranked(row.getLong("id"), row.getDouble("score")))
                .list();
    }

    /// The nearest by meaning, with their cosines.
    public List<Ranked> byMeaning(
            Tx tx, float[] vector, EmbeddingModel model, SearchFilter filter, int limit) {
        return bindFilter(tx.handle().createQuery(MEANING), filter)
                .bind("vector", Columns.vector(vector))
                .bind("model", model.id())
                .bind("looked", VECTORS_LOOKED_MAX)
                .bind("limit", limit)
                .map((row, context) -> new Ranked(row.getLong("id"), row.getDouble("score")))
                .list();
    }

    private static String filtered(String resource) {
        return Database.resource(resource).replace("<filter>", FILTER);
    }

    private static Query bindFilter(Query statement, SearchFilter filter) {
        return statement
                .bind("project", filter.projectId())
                .bind("session", filter.session())
                .bind("since", filter.since() == null ? null : Columns.utc(filter.since()))
                .bind("until", filter.until() == null ? null : Columns.utc(filter.until()));
    }
}
