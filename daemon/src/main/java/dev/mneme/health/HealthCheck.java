package dev.mneme.health;

import dev.mneme.domain.ModelCost;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.ServingModel;
import dev.mneme.store.CostStore;
import dev.mneme.store.Database;
import dev.mneme.store.EmbeddingStore;
import dev.mneme.store.JobStore;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.StoreException;
import dev.mneme.store.Tx;
import dev.mneme.store.VectorSupport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/// Reads how things stand. Never throws: a database that cannot be asked is one of the answers.
public final class HealthCheck {

    /// What the database says of itself and of the queue.
    public record Figures(
            String serverVersion,
            JobStore.Counts jobs,
            long observations,
            long unembedded,
            long vectors,
            ModelCost.Figures modelsToday) {}

    /// A change of the embedding model under way.
    ///
    /// @param target whose vectors are being made; null when none are
    /// @param problem why the chosen model does not serve; null when it does
    public record Change(
            @Nullable String target, long done, long total, @Nullable String problem) {}

    /// A caller of health decides by the answer whether the daemon lives; it must come soon.
    private static final Duration DEADLINE = Duration.ofSeconds(1);

    /// Questions that may hang at once; each holds a connection.
    private static final int QUESTIONS_MAX = 4;

    private final Semaphore questions = new Semaphore(QUESTIONS_MAX);
    private final Database database;
    private final JobStore jobs;
    private final ObservationStore observations;
    private final EmbeddingStore embeddings;
    private final CostStore costs;
    private final InstantSource clock;
    private final Instant startedAt;
    private final ServingModel models;
    private final Supplier<Change> change;
    private final VectorSupport vectors;
    private final String provider;
    private final String serverVersion;

    /// @param provider which database this is: `embedded` or `external`
    public HealthCheck(
            Database database,
            JobStore jobs,
            ObservationStore observations,
            EmbeddingStore embeddings,
            CostStore costs,
            InstantSource clock,
            ServingModel models,
            Supplier<Change> change,
            VectorSupport vectors,
            String provider,
            String serverVersion) {
        this.database = database;
        this.jobs = jobs;
        this.observations = observations;
        this.embeddings = embeddings;
        this.costs = costs;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.models = models;
        this.change = change;
        this.vectors = vectors;
        this.provider = provider;
        this.serverVersion = serverVersion;
    }

    /// Empty while the database cannot be asked, or does not answer in time.
    ///
    /// Every call asks anew: who waits for an empty queue must not be told of a moment ago. While
    /// some questions hang, nobody waits for another.
    public Optional<Figures> figures() {
        return answer(
                tx ->
                        new Figures(
                                serverVersion,
                                jobs.counts(tx),
                                observations.count(tx),
                                embeddings.unembeddedCount(tx),
                                vectors instanceof VectorSupport.Available
                                        ? embeddings.vectorCount(tx, models.now().model())
                                        : 0,
                                costs.total(
                                        tx, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC))));
    }

    /// What language models took since ever, by backend; empty as `figures` is.
    public Optional<Map<String, ModelCost.Figures>> modelTotals() {
        return answer(costs::totals);
    }

    public Progress progress(JobStore.Counts counts) {
        return Progress.of(counts, startedAt, clock.instant());
    }

    public Instant startedAt() {
        return startedAt;
    }

    private <T> Optional<T> answer(Function<Tx, T> asked) {
        if (!questions.tryAcquire()) {
            return Optional.empty();
        }
        CompletableFuture<Optional<T>> question =
                CompletableFuture.supplyAsync(
                        () -> askAndRelease(asked), Thread::startVirtualThread);
        try {
            return question.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException silent) {
            return Optional.empty();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private <T> Optional<T> askAndRelease(Function<Tx, T> asked) {
        try {
            return Optional.of(database.inTransaction(asked));
        } catch (StoreException unreachable) {
            return Optional.empty();
        } finally {
            questions.release();
        }
    }

    public Embedder.Model model() {
        return models.now().embedder().model();
    }

    public Change change() {
        return change.get();
    }

    public VectorSupport vectors() {
        return vectors;
    }

    public String provider() {
        return provider;
    }
}
