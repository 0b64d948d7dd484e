package dev.mneme.health;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.embed.Embedder;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.VectorSupport;

import java.util.Optional;

/// Reads how things stand. Never throws: a database that cannot be asked is one of the answers.
public final class HealthCheck {

    /// What the database says of itself and of the queue.
    public record Figures(
            String serverVersion,
            JobStore.Counts jobs,
            long observations,
            long unembedded,
            long vectors) {}

    private final Database database;
    private final JobStore jobs;
    private final ObservationStore observations;
    private final EmbeddingStore embeddings;
    private final Embedder embedder;
    private final VectorSupport vectors;
    private final String provider;
    private final String serverVersion;

    /// @param provider which database this is: `embedded` or `external`
    public HealthCheck(
            Database database,
            JobStore jobs,
            ObservationStore observations,
            EmbeddingStore embeddings,
            Embedder embedder,
            VectorSupport vectors,
            String provider,
            String serverVersion) {
        this.database = database;
        this.jobs = jobs;
        this.observations = observations;
        this.embeddings = embeddings;
        this.embedder = embedder;
        this.vectors = vectors;
        this.provider = provider;
        this.serverVersion = serverVersion;
    }

    /// Empty while the database cannot be asked.
    public Optional<Figures> figures() {
        try {
            return Optional.of(
                    database.inTransaction(
                            tx ->
                                    new Figures(
                                            serverVersion,
                                            jobs.counts(tx),
                                            observations.count(tx),
                                            embeddings.unembeddedCount(tx),
                                            vectors
                                                            instanceof
                                                            VectorSupport.Available(
                                                                    _,
                                                                    EmbeddingModel model)
                                                    ? embeddings.vectorCount(tx, model)
                                                    : 0)));
        } catch (StoreException unreachable) {
            return Optional.empty();
        }
    }

    public Embedder.Model model() {
        return embedder.model();
    }

    public VectorSupport vectors() {
        return vectors;
    }

    public String provider() {
        return provider;
    }
}
