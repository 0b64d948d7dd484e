package dev.mneme.embed;

import java.util.List;

/// A model that reads a query and a text together and says how well the one answers the other.
/// Unlike an embedder it can be asked about a few texts only.
public interface Reranker {

    String name();

    /// For each text, in the same order, from 0 (has nothing to do with it) to 1.
    float[] scores(String query, List<String> texts);
}
