package dev.mneme.store;

/// Whether vectors can be stored and searched here.
public sealed interface VectorSupport {

    /// pgvector is there.
    record Available(String version) implements VectorSupport {}

    /// Full text works alone. `hint` says how to get pgvector.
    record Missing(String hint) implements VectorSupport {}
}
