package dev.mneme.embed;

/// Which reranker there is now. Asking is cheap and never waits for a model to load.
public interface Rerankers {

    /// Where none is installed.
    Rerankers NONE = State.Absent::new;

    State now();

    /// What can be asked at this moment.
    sealed interface State {

        record Absent() implements State {}

        /// One is installed and is being loaded, or cannot be used.
        record NotYet() implements State {}

        record Ready(Reranker reranker) implements State {}
    }
}
