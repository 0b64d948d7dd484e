package dev.mneme.embed;

import dev.mneme.domain.EmbeddingModel;

import java.util.function.Consumer;

/// Whose vectors queries are compared with at this moment. Another model takes over in one step,
/// when all of its vectors are there; a query sticks to the one that it began with.
public final class ServingModel {

    /// An embedder and the row that its vectors carry.
    public record Serving(Embedder embedder, EmbeddingModel model) {}

    private volatile Serving serving;
    private volatile Consumer<BrokenModel> ifBroken = broken -> {};

    public ServingModel(Serving first) {
        serving = first;
    }

    public Serving now() {
        return serving;
    }

    public void replace(Serving next) {
        serving = next;
    }

    /// Says who is to be told that the serving model cannot be used.
    public void whenBroken(Consumer<BrokenModel> told) {
        ifBroken = told;
    }

    /// Notes that a query could not be embedded.
    public void broke(BrokenModel broken) {
        ifBroken.accept(broken);
    }
}
