package dev.mneme.store;

import dev.mneme.domain.EmbeddingModel;

/// Whether vectors can be stored and searched here.
public sealed interface VectorSupport {

    /// pgvector is there, and the current model has its index.
    record Available(String version, EmbeddingModel model) implements VectorSupport {}

    /// Full text works alone. `hint` says how to get pgvector.
    record Missing(String hint) implements VectorSupport {}
}
