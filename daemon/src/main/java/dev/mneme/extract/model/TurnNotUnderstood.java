package dev.mneme.extract.model;

/// A model failed at a turn that it may understand at the next try. Holds no content.
public final class TurnNotUnderstood extends RuntimeException {

    TurnNotUnderstood(String backend, BackendFailure failure) {
        super(backend + ": " + failure.getMessage(), failure);
    }
}
