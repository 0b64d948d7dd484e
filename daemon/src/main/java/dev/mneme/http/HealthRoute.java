package dev.mneme.http;

import dev.mneme.domain.ModelCost;
import dev.mneme.extract.model.ModelExtractor;
import dev.mneme.health.HealthCheck;
import dev.mneme.health.Progress;
import dev.mneme.health.StorageWatch;
import dev.mneme.ingest.SpoolDrain;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;
import dev.mneme.store.VectorSupport;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

/// `GET /api/health`: always 200, whatever is broken; the body says what.
final class HealthRoute {

    private static final long UNKNOWN = -1;

    private final HealthCheck health;
    private final StorageWatch storage;
    private final ModelExtractor extractor;
    private final MnemeHome home;
    private final String version;

    HealthRoute(
            HealthCheck health,
            StorageWatch storage,
            ModelExtractor extractor,
            MnemeHome home,
            String version) {
        this.health = health;
        this.storage = storage;
        this.extractor = extractor;
        this.home = home;
        this.version = version;
    }

    void show(Context context) {
        // The spool first: an event that is taken in meanwhile is then counted twice, never not.
        long spooled = SpoolDrain.countWaiting(home);
        context.json(
                health.figures()
                        .map(figures -> reachable(figures, spooled))
                        .orElseGet(() -> unreachable(spooled)));
    }

    private Wire.Health reachable(HealthCheck.Figures figures, long spooled) {
        Progress progress = health.progress(figures.jobs());
        return answer(
                progress.state() == Progress.State.STALLED ? "degraded" : "ok",
                new Wire.DatabaseHealth(
                        "ok", health.provider(), figures.serverVersion(), pgvectorVersion(), null),
                figures.unembedded(),
                new Wire.QueueHealth(
                        figures.jobs().pending() + spooled,
                        figures.jobs().scheduled(),
                        figures.jobs().dead(),
                        spooled,
                        SpoolDrain.countRefused(home),
                        figures.observations()),
                Views.of(progress),
                figures.vectors(),
                figures.modelsToday());
    }

    private Wire.Health unreachable(long spooled) {
        return answer(
                "degraded",
                new Wire.DatabaseHealth(
                        "error", health.provider(), null, null, "the database cannot be reached"),
                UNKNOWN,
                new Wire.QueueHealth(
                        UNKNOWN, UNKNOWN, UNKNOWN, spooled, SpoolDrain.countRefused(home), UNKNOWN),
                null,
                UNKNOWN,
                null);
    }

    private Wire.Health answer(
            String status,
            Wire.DatabaseHealth database,
            long unembedded,
            Wire.QueueHealth queue,
            Wire.@Nullable ProgressHealth progress,
            long vectorRows,
            ModelCost.@Nullable Figures modelsToday) {
        var model = health.model();
        var change = health.change();
        String next = change.target();
        Wire.VectorHealth vector =
                switch (health.vectors()) {
                    case VectorSupport.Available(var pgvector) ->
                            new Wire.VectorHealth("available", pgvector, "hnsw", vectorRows, null);
                    case VectorSupport.Missing(var hint) ->
                            new Wire.VectorHealth("missing", null, "none", 0, hint);
                };
        // Without pgvector nothing waits for a vector: there is nowhere to put one.
        boolean vectorsWork = health.vectors() instanceof VectorSupport.Available;
        return new Wire.Health(
                status,
                version,
                ProcessHandle.current().pid(),
                database,
                new Wire.EmbeddingHealth(
                        vectorsWork ? change.problem() == null ? "ok" : "degraded" : "off",
                        model.name(),
                        model.dimensions(),
                        model.provider(),
                        vectorsWork ? unembedded : 0,
                        next == null
                                ? null
                                : new Wire.ModelChange(next, change.done(), change.total()),
                        change.problem()),
                queue,
                progress,
                vector,
                onDisk(),
                Views.of(extractor, modelsToday));
    }

    private Wire.StorageHealth onDisk() {
        var figures = storage.figures();
        var free = storage.freeBytes();
        return new Wire.StorageHealth(
                figures.map(StorageWatch.Figures::databaseBytes).orElse(null),
                figures.map(StorageWatch.Figures::growthBytesPerDay).orElse(null),
                figures.map(StorageWatch.Figures::growthSince).map(Object::toString).orElse(null),
                StorageWatch.bytesIn(home.spool()),
                Limits.SPOOL_BYTES_MAX,
                StorageWatch.bytesIn(home.log()),
                free.isPresent() ? free.getAsLong() : null,
                storage.warning().orElse(null));
    }

    private @Nullable String pgvectorVersion() {
        return health.vectors() instanceof VectorSupport.Available(var version) ? version : null;
    }
}
