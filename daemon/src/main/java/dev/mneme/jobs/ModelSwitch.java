package dev.mneme.jobs;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.ServingModel;
import dev.mneme.embed.ServingModel.Serving;
import dev.mneme.embed.onnx.Embedders;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.VectorTable;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// Makes all vectors, and brings another model in without a gap in search.
///
/// While the next model's vectors are made, the former one serves every query and embeds what is
/// new. Only when each observation has a vector of the next model does that take over, in one
/// transaction; the former one's vectors go afterwards. Nothing of this is remembered but the
/// choice and the vectors themselves, so a daemon that is killed goes on where it stopped.
///
/// A model that cannot be used is named as the `problem`; the former one, or the built-in one where
/// it was that, goes on serving.
///
/// `runOnce` is called by one thread; the other methods by any.
public final class ModelSwitch {

    private static final Logger LOG = LoggerFactory.getLogger(ModelSwitch.class);

    private static final int DROPPED_AT_ONCE_MAX = 5_000;

    /// How a change of model stands.
    ///
    /// @param target whose vectors are being made; null when none are
    /// @param problem why the chosen model does not serve; null when it does
    public record Progress(
            String serving,
            @Nullable String target,
            long done,
            long total,
            @Nullable String problem) {}

    /// The next model, and how far it has come.
    private static final class Target {
        private final Embedder embedder;
        private final EmbeddingModel model;
        private final long total;
        private final AtomicLong done;
        private long afterId;
        private long afterSummaryId;

        Target(Embedder embedder, EmbeddingModel model, long done, long total) {
            this.embedder = embedder;
            this.model = model;
            this.done = new AtomicLong(done);
            this.total = total;
        }
    }

    private final Database database;
    private final Database patient;
    private final EmbeddingStore embeddings;
    private final VectorTable observations = VectorTable.ofObservations();
    private final VectorTable summaries = VectorTable.ofSummaries();
    private final Embedders embedders;
    private final boolean storable;
    private final Runnable wake;
    private final ServingModel serving;
    private volatile @Nullable Target target;
    private volatile @Nullable String problem;
    private volatile boolean othersMayBeLeft = true;

    /// Brings the chosen model in as far as it has come.
    ///
    /// @param patient connections of their own: an index or a list of everything may take minutes
    ///     on a large store, longer than a pooled connection waits for an answer
    /// @param storable whether pgvector is there
    /// @param wake makes the loop look at once
    public ModelSwitch(
            Database database,
            Database patient,
            EmbeddingStore embeddings,
            Embedders embedders,
            boolean storable,
            Runnable wake) {
        this.database = database;
        this.patient = patient;
        this.embeddings = embeddings;
        this.embedders = embedders;
        this.storable = storable;
        this.wake = wake;
        Embedder wanted = wanted();
        Optional<Embedder> former = former(wanted);
        Embedder first = former.orElse(wanted);
        serving = new ServingModel(new Serving(first, row(first)));
        takeOver(first, serving.now().model());
        if (former.isPresent()) {
            target = targetOf(wanted);
        }
        serving.whenBroken(this::fallBack);
    }

    public ServingModel serving() {
        return serving;
    }

    public Progress progress() {
        Target next = target;
        return new Progress(
                serving.now().model().name(),
                next == null ? null : next.model.name(),
                next == null ? 0 : next.done.get(),
                next == null ? 0 : next.total,
                problem);
    }

    /// Chooses a model: loads it, tries it, and has its vectors made. Throws `BrokenModel` where it
    /// cannot be used; then nothing has changed.
    public synchronized void use(String name) throws IOException {
        Embedder wanted = embedders.opened(name);
        Target next = target;
        boolean already =
                next == null
                        ? serving.now().model().name().equals(name)
                        : next.model.name().equals(name);
        if (already) {
            embedders.putAway(wanted);
            embedders.choose(name);
            problem = null;
            return;
        }
        if (serving.now().model().name().equals(name)) {
            embedders.putAway(wanted);
            embedders.choose(name);
            drop(next);
        } else {
            start(wanted, next);
        }
        problem = null;
        wake.run();
    }

    private void start(Embedder wanted, @Nullable Target former) throws IOException {
        try {
            if (storable) {
                Target chosen = targetOf(wanted);
                embedders.choose(wanted.model().name());
                drop(former);
                target = chosen;
            } else {
                // There is nowhere to put a vector, and nothing to make.
                EmbeddingModel model = row(wanted);
                embedders.choose(wanted.model().name());
                Serving before = serving.now();
                takeOver(wanted, model);
                serving.replace(new Serving(wanted, model));
                embedders.putAway(before.embedder());
            }
        } catch (IOException | RuntimeException failed) {
            embedders.putAway(wanted);
            throw failed;
        }
    }

    /// Stays with the model that serves; false where no other one was on its way.
    public synchronized boolean cancel() throws IOException {
        Target next = target;
        if (next == null) {
            return false;
        }
        embedders.choose(serving.now().model().name());
        drop(next);
        wake.run();
        return true;
    }

    private void drop(@Nullable Target unwanted) {
        target = null;
        othersMayBeLeft = true;
        if (unwanted != null) {
            embedders.putAway(unwanted.embedder);
        }
    }

    /// Returns true when there may be more to do at once.
    public boolean runOnce() {
        if (!storable) {
            return false;
        }
        Serving now = serving.now();
        boolean more;
        try {
            boolean moreSummaries = round(summaries, now.embedder(), now.model()).runOnce();
            more = round(observations, now.embedder(), now.model()).runOnce() || moreSummaries;
        } catch (BrokenModel broken) {
            if (serving.now().equals(now)) {
                fallBack(broken);
            }
            return true;
        }
        Target next = target;
        if (next != null) {
            step(next);
            return true;
        }
        return more || dropOthers();
    }

    private EmbeddingRound round(VectorTable table, Embedder embedder, EmbeddingModel model) {
        return new EmbeddingRound(database, table, embedder, model);
    }

    /// Embeds the next few observations, then the next few summaries, or lets the next model take
    /// over when there are none.
    private void step(Target next) {
        try {
            EmbeddingRound.Step step =
                    round(observations, next.embedder, next.model).stepFrom(next.afterId);
            next.afterId = step.last();
            next.done.addAndGet(step.texts());
            if (step.texts() > 0) {
                return;
            }
            step = round(summaries, next.embedder, next.model).stepFrom(next.afterSummaryId);
            next.afterSummaryId = step.last();
            if (step.texts() > 0) {
                return;
            }
        } catch (BrokenModel broken) {
            giveUp(next, broken);
            return;
        }
        // The index is built over all vectors at once, in a fraction of the time that it takes to
        // grow it with each; the search of the former model does not wait for it.
        patient.useTransaction(tx -> embeddings.ensureIndex(tx, next.model));
        finish(next);
    }

    private synchronized void finish(Target next) {
        if (target != next) {
            return;
        }
        Serving former = serving.now();
        database.useTransaction(
                tx -> {
                    embeddings.makeCurrent(tx, next.model);
                    observations.listUnembedded(tx, next.model);
                    summaries.listUnembedded(tx, next.model);
                });
        serving.replace(new Serving(next.embedder, next.model));
        target = null;
        problem = null;
        othersMayBeLeft = true;
        LOG.info(
                "embedding model changed: from={} to={} vectors={}",
                former.model().name(),
                next.model.name(),
                next.done.get());
        embedders.putAway(former.embedder());
    }

    private synchronized void giveUp(Target next, BrokenModel broken) {
        if (target == next) {
            LOG.warn("embedding model refused: {}", broken.getMessage());
            problem = broken.getMessage();
            drop(next);
        }
    }

    /// The built-in model takes over at once: its vectors take microseconds, and search by words
    /// works meanwhile.
    private synchronized void fallBack(BrokenModel broken) {
        Serving failed = serving.now();
        if (failed.embedder().equals(embedders.builtIn())) {
            return;
        }
        LOG.warn("embedding model refused, the built-in one serves: {}", broken.getMessage());
        problem = broken.getMessage();
        Embedder builtIn = embedders.builtIn();
        EmbeddingModel model = row(builtIn);
        takeOver(builtIn, model);
        serving.replace(new Serving(builtIn, model));
        embedders.putAway(failed.embedder());
        wake.run();
    }

    private void takeOver(Embedder embedder, EmbeddingModel model) {
        database.useTransaction(tx -> embeddings.makeCurrent(tx, model));
        if (storable) {
            patient.useTransaction(tx -> embeddings.ensureIndex(tx, model));
            patient.useTransaction(
                    tx -> {
                        observations.listUnembedded(tx, model);
                        summaries.listUnembedded(tx, model);
                    });
        }
        LOG.debug("embedding model serves: model={}", embedder.model().name());
    }

    /// Takes vectors of models that are neither used nor chosen out of the way, a few at a time.
    private boolean dropOthers() {
        if (!othersMayBeLeft) {
            return false;
        }
        var kept = new HashSet<String>();
        kept.add(serving.now().model().name());
        // A chosen model that is broken today may be mended tomorrow.
        kept.add(embedders.chosen());
        int gone =
                database.inTransaction(
                        tx ->
                                summaries.dropSomeOfOthers(tx, kept, DROPPED_AT_ONCE_MAX)
                                        + observations.dropSomeOfOthers(
                                                tx, kept, DROPPED_AT_ONCE_MAX));
        if (gone == 0) {
            database.useTransaction(tx -> embeddings.dropIndexesOfOthers(tx, kept));
        }
        othersMayBeLeft = gone > 0;
        return othersMayBeLeft;
    }

    private Embedder wanted() {
        try {
            return embedders.lazily(embedders.chosen());
        } catch (BrokenModel broken) {
            LOG.warn("embedding model refused: {}", broken.getMessage());
            problem = broken.getMessage();
            return embedders.builtIn();
        }
    }

    /// The model whose vectors are there, if it is another one than wanted and can still be used.
    private Optional<Embedder> former(Embedder wanted) {
        Optional<EmbeddingModel> current = database.inTransaction(embeddings::current);
        if (!storable || current.isEmpty() || current.get().name().equals(wanted.model().name())) {
            return Optional.empty();
        }
        try {
            return Optional.of(embedders.lazily(current.get().name()));
        } catch (BrokenModel gone) {
            return Optional.empty();
        }
    }

    private Target targetOf(Embedder wanted) {
        EmbeddingModel model = row(wanted);
        return database.inTransaction(
                tx ->
                        new Target(
                                wanted,
                                model,
                                embeddings.vectorCount(tx, model),
                                embeddings.observationCount(tx)));
    }

    private EmbeddingModel row(Embedder embedder) {
        Embedder.Model wanted = embedder.model();
        EmbeddingModel model =
                database.inTransaction(
                        tx ->
                                embeddings.ensureModel(
                                        tx, wanted.name(), wanted.dimensions(), wanted.provider()));
        if (model.dimensions() != wanted.dimensions()) {
            throw new BrokenModel(
                    wanted.name(),
                    "it had "
                            + model.dimensions()
                            + " dimensions before; give it another name in the registry");
        }
        return model;
    }
}
