package dev.mneme.recall;

import dev.mneme.domain.EmbeddingModel;

/// How much a cosine of a model counts beside the words, of which the best has 1.
///
/// Word vectors relate words and read no sentence, and a model of few dimensions tells little
/// apart: what they say is heard, and does not outvote a memory that has the words themselves.
final class ModelTrust {

    private static final double WORD_VECTORS = 0.7;
    private static final double SENTENCES = 0.8;
    private static final double FEW_DIMENSIONS = 0.2;

    /// Sentence models have more, and what is distilled to fewer ranks badly by itself.
    private static final int DIMENSIONS_MIN = 128;

    private ModelTrust() {}

    static double of(EmbeddingModel model) {
        if (model.provider().equals("built-in")) {
            return WORD_VECTORS;
        }
        return model.dimensions() < DIMENSIONS_MIN ? FEW_DIMENSIONS : SENTENCES;
    }
}
