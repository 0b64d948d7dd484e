package dev.mneme.queue;

import dev.mneme.store.Tx;

/// What a handler made of a job.
public sealed interface HandlerResult {

    /// There are results; `results` stores them in the transaction that completes the job.
    record Done(Results results) implements HandlerResult {}

    /// A deliberate decision that there is nothing to store.
    record Skip(String reason) implements HandlerResult {}

    /// Writes what a handler made, inside the completing transaction.
    @FunctionalInterface
    interface Results {
        void store(Tx tx);
    }
}
