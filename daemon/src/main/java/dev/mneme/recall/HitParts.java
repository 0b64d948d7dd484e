package dev.mneme.recall;

/// What a hit's score is made of; the parts add up to it, but for mode `rrf`, where they are what
/// each list gave to its rank.
///
/// @param words BM25 of the query's words, of the best observation's
/// @param neighbours what is said right before and after it
/// @param session what its session speaks of
/// @param length minus what a session that says more than usual would gain by chance
/// @param meaning the cosine to the query, weighted by how far the model is trusted
/// @param recency at most a little, for the newest
/// @param reranker what a model said that read query and memory together; 0 where none is installed
public record HitParts(
        double words,
        double neighbours,
        double session,
        double length,
        double meaning,
        double recency,
        double reranker) {

    static final HitParts NONE = new HitParts(0, 0, 0, 0, 0, 0);

    HitParts(
            double words,
            double neighbours,
            double session,
            double length,
            double meaning,
            double recency) {
        this(words, neighbours, session, length, meaning, recency, 0);
    }

    HitParts withReranker(double score) {
        return new HitParts(words, neighbours, session, length, meaning, recency, score);
    }

    double sum() {
        return words + neighbours + session + length + meaning + recency + reranker;
    }
}
