package dev.mneme.jobs;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.store.Database;
import dev.mneme.store.StoreException;
import dev.mneme.store.VectorTable;
import dev.mneme.store.VectorTable.Unembedded;
import dev.mneme.store.VectorTable.Vector;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;

/// Gives the next texts that want a vector theirs: read, embed outside any transaction, store.
///
/// The only place where vectors are made, whether a text is new, came in by REST, or wants a vector
/// of a model that has just become current.
public final class EmbeddingRound {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddingRound.class);

    /// Texts embedded at once; a daemon that stops waits for them.
    private static final int BATCH_TEXTS_MAX = 32;

    /// After so many failures a text stays without a vector; full text still finds it.
    private static final int FAILURES_MAX = 5;

    /// What came of a step.
    ///
    /// @param last the id of the last text that was looked at
    record Step(long last, int texts) {}

    private final Database database;
    private final VectorTable table;
    private final Embedder embedder;
    private final EmbeddingModel model;

    public EmbeddingRound(
            Database database, VectorTable table, Embedder embedder, EmbeddingModel model) {
        this.database = database;
        this.table = table;
        this.embedder = embedder;
        this.model = model;
    }

    /// Returns true when there may be more. Throws `BrokenModel` where it is not the texts' fault.
    public boolean runOnce() {
        List<Unembedded> next =
                database.inTransaction(
                        tx -> table.nextUnembedded(tx, FAILURES_MAX, BATCH_TEXTS_MAX));
        if (next.isEmpty()) {
            return false;
        }
        List<Long> failed = embedEach(next, true);
        if (!failed.isEmpty()) {
            database.useTransaction(tx -> table.noteFailure(tx, failed));
        }
        return true;
    }

    /// Gives the next after `afterId` vectors of a model that does not serve yet; without any text
    /// there are none left.
    Step stepFrom(long afterId) {
        List<Unembedded> next =
                database.inTransaction(
                        tx -> table.nextWithout(tx, model, afterId, BATCH_TEXTS_MAX));
        if (next.isEmpty()) {
            return new Step(afterId, 0);
        }
        embedEach(next, false);
        return new Step(next.getLast().id(), next.size());
    }

    /// Stores the vectors of some texts and returns those that could get none.
    ///
    /// @param listed whether what is done is taken off the list of what wants a vector
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
                    "embedding failed: model={} {}={} error={}",
                    model.name(),
                    table.name(),
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
            // A text of which the model knows nothing is done with, and found by its words.
            if (!Embedder.saysNothing(vectors.get(i))) {
                Unembedded one = texts.get(i);
                rows.add(new Vector(one.id(), one.revision(), vectors.get(i)));
            }
        }
        try {
            database.useTransaction(
                    tx -> {
                        table.store(tx, model, rows);
                        if (listed) {
                            table.takeOffList(tx, texts);
                        }
                    });
        } catch (StoreException refused) {
            if (refused.transientFailure()) {
                throw refused;
            }
            LOG.warn("vectors refused: model={} {}={}", model.name(), table.name(), rows.size());
            return false;
        }
        return true;
    }
}
