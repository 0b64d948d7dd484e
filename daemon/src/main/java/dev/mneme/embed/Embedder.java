package dev.mneme.embed;

import java.util.List;

/// Turns text into unit vectors of one model.
///
/// Safe for use by several threads. A text gives the same vector alone and in a batch.
public interface Embedder {

    /// What is stored with every vector: vectors of different models are never mixed.
    record Model(String name, int dimensions, String provider) {}

    Model model();

    /// One unit vector for each text, in the same order.
    List<float[]> embedDocuments(List<String> texts);

    /// The vector of a search query; some models want another prefix for queries.
    float[] embedQuery(String text);
}
