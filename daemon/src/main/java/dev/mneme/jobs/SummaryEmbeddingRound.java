package dev.mneme.jobs;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.store.Database;
import dev.mneme.store.StoreException;
import dev.mneme.store.SummaryEmbeddingStore;
import dev.mneme.store.SummaryEmbeddingStore.Unembedded;
import dev.mneme.store.SummaryEmbeddingStore.Vector;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/// Gives the next summaries that want a vector theirs, as `EmbeddingRound` does for observations:
/// read, embed outside any transaction, store.
final class SummaryEmbeddingRound {

    private static final Logger LOG = LoggerFactory.getLogger(SummaryEmbeddingRound.class);

    private static final int BATCH_SUMMARIES_MAX = 16;

    /// After so many failures a summary stays without a vector until its words change.
    private static final int FAILURES_MAX = 5;

    private final Database database;
    private final SummaryEmbeddingStore embeddings;
    private final Embedder embedder;
    private final EmbeddingModel model;

    SummaryEmbeddingRound(
            Database database,
            SummaryEmbeddingStore embeddings,
            Embedder embedder,
            EmbeddingModel model) {
        this.database = database;
        this.embeddings = embeddings;
        this.embedder = embedder;
        this.model = model;
    }

    /// Returns true when there may be more.
    boolean runOnce() {
        List<Unembedded> next =
                database.inTransaction(
                        tx -> embeddings.nextUnembedded(tx, FAILURES_MAX, BATCH_SUMMARIES_MAX));
        if (next.isEmpty()) {
            return false;
        }
        List<Long> failed = embedEach(next, true);
        if (!failed.isEmpty()) {
            database.useTransaction(tx -> embeddings.noteFailure(tx, failed));
        }
        return true;
    }

    /// The next after `afterId` get vectors of a model that does not serve yet. Returns the last
    /// one's id, or `afterId` where there are none left.
    long stepFrom(long afterId) {
        List<Unembedded> next =
                database.inTransaction(
                        tx -> embeddings.nextWithout(tx, model, afterId, BATCH_SUMMARIES_MAX));
        if (next.isEmpty()) {
            return afterId;
        }
        embedEach(next, false);
        return next.getLast().id();
    }

    private List<Long> embedEach(List<Unembedded> texts, boolean listed) {
        if (isEmbedded(texts, listed)) {
            return List.of();
        }
        // One text that cannot be embedded must not take the others with it.
        return texts.stream()
                .filter(one -> !isEmbedded(List.of(one), listed))
                .map(Unembedded::id)
                .toList();
    }

    /// Returns false when the model failed; nothing is stored then.
    private boolean isEmbedded(List<Unembedded> texts, boolean listed) {
        List<float[]> vectors;
        try {
            vectors = embedder.embedDocuments(texts.stream().map(Unembedded::text).toList());
        } catch (BrokenModel broken) {
            throw broken;
        } catch (RuntimeException failed) {
            LOG.warn(
                    "embedding failed: model={} summaries={} error={}",
                    model.name(),
                    texts.size(),
                    failed.getClass().getSimpleName());
            return false;
        }
        if (vectors.size() != texts.size()) {
            LOG.warn("embedding incomplete: model={} wanted={}", model.name(), texts.size());
            return false;
        }
        var rows = new ArrayList<Vector>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            if (!Embedder.saysNothing(vectors.get(i))) {
                Unembedded one = texts.get(i);
                rows.add(new Vector(one.id(), one.revision(), vectors.get(i)));
            }
        }
        try {
            database.useTransaction(
                    tx -> {
                        embeddings.store(tx, model, rows);
                        if (listed) {
                            embeddings.takeOffList(tx, texts);
                        }
                    });
        } catch (StoreException refused) {
            if (refused.transientFailure()) {
                throw refused;
            }
            LOG.warn("vectors refused: model={} summaries={}", model.name(), rows.size());
            return false;
        }
        return true;
    }
}
