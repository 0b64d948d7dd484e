package dev.mneme.recall;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.ServingModel;
import dev.mneme.embed.ServingModel.Serving;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The vector of a query. A model may take its time, so it is made beside everything else, once for
/// all who need it.
final class QueryVector {

    /// What came of it.
    ///
    /// @param values null where the model could not be asked
    record Made(float @Nullable [] values, Serving serving) {}

    private final String query;
    private final ServingModel models;
    private final FutureTask<Made> making;
    private final long startedNanos = System.nanoTime();

    private QueryVector(String query, ServingModel models) {
        this.query = query;
        this.models = models;
        making = new FutureTask<>(() -> made(query, models));
    }

    static QueryVector of(String query, ServingModel models) {
        var vector = new QueryVector(query, models);
        Thread.ofVirtual().name("mneme-vector").start(vector.making);
        return vector;
    }

    /// Nothing where it was not made within this time of its beginning.
    Optional<Made> within(Duration most) throws InterruptedException {
        long left = startedNanos + most.toNanos() - System.nanoTime();
        try {
            return Optional.of(making.get(Math.max(1, left), TimeUnit.NANOSECONDS));
        } catch (TimeoutException slow) {
            making.cancel(true);
            return Optional.empty();
        } catch (CancellationException givenUp) {
            return Optional.empty();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(failed.getCause());
        }
    }

    /// Another one, where a model has taken over since this one was made: the vectors that it could
    /// be compared with go. Where it could not be made there is nothing to make anew.
    Optional<QueryVector> anew(Made made) {
        boolean stands = made.values() == null || models.now().equals(made.serving());
        return stands ? Optional.empty() : Optional.of(of(query, models));
    }

    private static Made made(String query, ServingModel models) {
        Serving serving = models.now();
        try {
            return new Made(serving.embedder().embedQuery(query), serving);
        } catch (BrokenModel broken) {
            if (!models.now().equals(serving)) {
                // Another model has taken over since; it is asked instead.
                return made(query, models);
            }
            models.broke(broken);
            return new Made(null, serving);
        }
    }
}
