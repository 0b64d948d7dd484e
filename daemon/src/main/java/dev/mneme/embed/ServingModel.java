package dev.mneme.embed;

import dev.mneme.domain.EmbeddingModel;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/// Whose vectors queries are compared with at this moment. Another model takes over in one step,
/// when all of its vectors are there; a query sticks to the one that it began with.
public final class ServingModel {

    /// An embedder and the row that its vectors carry.
    public record Serving(Embedder embedder, EmbeddingModel model) {}

    /// The query that was embedded last.
    private record Asked(Serving by, String query, float[] vector) {}

    private volatile Serving serving;
    private volatile @Nullable Asked last;
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

    /// The vector of a query, which nobody may write to. One search asks for it twice, for
    /// observations and for summaries, and a model may take longer than all the rest of it.
    public float[] vectorOf(String query, Serving by) {
        Asked before = last;
        if (before != null && before.by().equals(by) && before.query().equals(query)) {
            return before.vector();
        }
        float[] vector = by.embedder().embedQuery(query);
        last = new Asked(by, query, vector);
        return vector;
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
