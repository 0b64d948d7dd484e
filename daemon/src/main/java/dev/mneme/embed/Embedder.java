package dev.mneme.embed;

import java.util.List;

/// Turns text into unit vectors of one model.
///
/// Safe for use by several threads. A text gives the same vector alone and in a batch, but for the
/// rounding of floating point.
public interface Embedder {

    /// What is stored with every vector: vectors of different models are never mixed.
    record Model(String name, int dimensions, String provider) {}

    Model model();

    /// One vector for each text, in the same order: of length one, or all zeros where the model
    /// knows nothing of the text.
    List<float[]> embedDocuments(List<String> texts);

    /// The vector of a search query; some models want another prefix for queries.
    float[] embedQuery(String text);

    /// Whether a vector says nothing of its text. Such a one is neither stored nor searched with:
    /// it has no direction, and pgvector has no distance for it.
    static boolean saysNothing(float[] vector) {
        for (float value : vector) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }
}
