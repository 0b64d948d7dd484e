package dev.mneme.extract.model;

/// A model that somebody chose and that cannot be asked. It stands in the chain so that `status`
/// says so, and the next in the chain does the work.
///
/// @param model as it was chosen
public record UnusableModel(String model, String problem, String cure) implements Backend {

    @Override
    public String name() {
        return LocalBackend.NAME;
    }

    @Override
    public int turnCharsMax() {
        return 0;
    }

    @Override
    public int answerTokensMax() {
        return 0;
    }

    @Override
    public boolean local() {
        return true;
    }

    @Override
    public Reply ask(Asked asked) throws BackendFailure {
        throw away();
    }

    BackendFailure away() {
        return new BackendFailure(BackendFailure.Kind.AWAY, problem);
    }

    @Override
    public State state() {
        return new State("broken", problem, cure);
    }

    @Override
    public void close() {}
}
