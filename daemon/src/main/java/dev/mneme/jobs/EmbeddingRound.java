package dev.mneme.jobs;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.StoreException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/// Gives the next observations that want a vector theirs: read, embed outside any transaction,
/// store.
///
/// The only place where vectors are made, whether an observation is new, came in by REST, or wants
/// a vector of a model that has just become current.
public final class EmbeddingRound {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddingRound.class);

    /// Observations embedded at once; a daemon that stops waits for them.
    private static final int BATCH_OBSERVATIONS_MAX = 32;

    /// After so many failures an observation stays without a vector; full text still finds it.
    private static final int ATTEMPTS_MAX = 5;

    private final Database database;
    private final EmbeddingStore embeddings;
    private final Embedder embedder;
    private final EmbeddingModel model;

    public EmbeddingRound(
            Database database, EmbeddingStore embeddings, Embedder embedder, EmbeddingModel model) {
        this.database = database;
        this.embeddings = embeddings;
        this.embedder = embedder;
        this.model = model;
    }

    /// Returns true when there may be more.
    public boolean runOnce() {
        List<EmbeddingStore.Unembedded> next =
                database.inTransaction(
                        tx -> embeddings.nextUnembedded(tx, ATTEMPTS_MAX, BATCH_OBSERVATIONS_MAX));
        if (next.isEmpty()) {
            return false;
        }
        List<Long> failed = embedEach(next, true);
        if (!failed.isEmpty()) {
            database.useTransaction(tx -> embeddings.noteFailure(tx, failed));
        }
        return true;
    }

    /// Stores the vectors of some texts and returns those observations that could get none. Throws
    /// `BrokenModel` where it is not the texts' fault.
    ///
    /// @param listed whether what is done is taken off the list of what wants a vector
    List<Long> embedEach(List<EmbeddingStore.Unembedded> texts, boolean listed) {
        if (embed(texts, listed)) {
            return List.of();
        }
        // One text that cannot be embedded must not take the others with it.
        return texts.stream()
                .filter(one -> !embed(List.of(one), listed))
                .map(EmbeddingStore.Unembedded::observationId)
                .toList();
    }

    /// Returns false when the model failed; nothing is stored then.
    private boolean embed(List<EmbeddingStore.Unembedded> texts, boolean listed) {
        List<float[]> vectors;
        try {
            vectors =
                    embedder.embedDocuments(
                            texts.stream().map(EmbeddingStore.Unembedded::text).toList());
        } catch (BrokenModel broken) {
            throw broken;
        } catch (RuntimeException failed) {
            LOG.warn(
                    "embedding failed: model={} observations={} error={}",
                    model.name(),
                    texts.size(),
                    failed.getClass().getSimpleName());
            return false;
        }
        if (vectors.size() != texts.size()) {
            LOG.warn("embedding incomplete: model={} wanted={}", model.name(), texts.size());
            return false;
        }
        var rows = new ArrayList<EmbeddingStore.Vector>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            // A text of which the model knows nothing is done with, and found by its words.
            if (!Embedder.saysNothing(vectors.get(i))) {
                rows.add(new EmbeddingStore.Vector(texts.get(i).observationId(), vectors.get(i)));
            }
        }
        List<Long> done = texts.stream().map(EmbeddingStore.Unembedded::observationId).toList();
        try {
            database.useTransaction(
                    tx -> {
                        embeddings.store(tx, model, rows);
                        if (listed) {
                            embeddings.takeOffList(tx, done);
                        }
                    });
        } catch (StoreException refused) {
            if (refused.transientFailure()) {
                throw refused;
            }
            LOG.warn("vectors refused: model={} observations={}", model.name(), rows.size());
            return false;
        }
        return true;
    }
}
