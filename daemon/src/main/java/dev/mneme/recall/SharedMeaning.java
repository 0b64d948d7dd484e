package dev.mneme.recall;

import dev.mneme.domain.EmbeddingModel;
import dev.mneme.store.SearchStore;
import dev.mneme.store.Tx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Takes out of a query what all texts of its project have in common.
///
/// Every memory of a code base speaks of that code base, and the ones that speak of nothing else
/// are near to every question. So half of the mean of the project's vectors is taken from the
/// query: then what makes a memory different from its kin counts more. As the product of two
/// vectors is linear, taking it from the query is taking it from every score, and no vector that
/// is stored changes.
///
/// The mean is that of the newest vectors and is used for a while: a few more texts move it little.
final class SharedMeaning {

    /// Of the mean; docs/PERFORMANCE.md has what it is worth.
    private static final double TAKEN_OUT = 0.5;

    /// The mean of fewer is not what they share, it is they themselves.
    private static final int VECTORS_MIN = 50;

    private static final int VECTORS_MAX = 2_000;

    private static final Duration USED_FOR = Duration.ofMinutes(10);

    /// Means kept at once; of a thousand dimensions all take one megabyte.
    private static final int MEANS_MAX = 256;

    /// What the mean is asked by.
    ///
    /// @param projectId null for all projects together
    private record Key(@Nullable Long projectId, int modelId) {}

    private record Mean(float[] values, Instant readAt) {}

    /// A query without what is shared.
    ///
    /// @param whole the query as it came
    /// @param length of the vector: a cosine times this is the score
    record Aimed(float[] whole, float[] vector, double length) {

        static Aimed at(float[] whole, float[] vector) {
            double squares = 0;
            for (float value : vector) {
                squares += (double) value * value;
            }
            return new Aimed(whole, vector, Math.sqrt(squares));
        }

        static Aimed at(float[] whole) {
            return at(whole, whole);
        }
    }

    private final SearchStore store;
    private final InstantSource clock;
    private final Map<Key, Mean> means = new ConcurrentHashMap<>();

    SharedMeaning(SearchStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    Aimed without(Tx tx, float[] query, EmbeddingModel model, @Nullable Long projectId) {
        Optional<float[]> mean = mean(tx, model, projectId);
        if (mean.isEmpty() || mean.get().length != query.length) {
            return Aimed.at(query);
        }
        float[] aimed = query.clone();
        for (int i = 0; i < aimed.length; i++) {
            aimed[i] -= (float) (TAKEN_OUT * mean.get()[i]);
        }
        return Aimed.at(query, aimed);
    }

    private Optional<float[]> mean(Tx tx, EmbeddingModel model, @Nullable Long projectId) {
        var key = new Key(projectId, model.id());
        Instant now = clock.instant();
        Mean known = means.get(key);
        if (known != null && known.readAt().plus(USED_FOR).isAfter(now)) {
            return Optional.of(known.values());
        }
        Optional<float[]> read = store.meanVector(tx, model, projectId, VECTORS_MIN, VECTORS_MAX);
        if (means.size() >= MEANS_MAX) {
            means.entrySet().stream()
                    .min(Comparator.comparing(entry -> entry.getValue().readAt()))
                    .ifPresent(oldest -> means.remove(oldest.getKey(), oldest.getValue()));
        }
        // Where there are too few, the next search looks again.
        read.ifPresent(values -> means.put(key, new Mean(values, now)));
        return read;
    }
}
