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

    /// Where there are too few vectors for a mean, they are soon counted again.
    private static final Duration TOO_FEW_FOR = Duration.ofSeconds(5);

    /// Means kept at once; of a thousand dimensions all take one megabyte.
    private static final int MEANS_MAX = 256;

    /// What the mean is asked by.
    ///
    /// @param projectId null for all projects together
    private record Key(@Nullable Long projectId, int modelId) {}

    private record Mean(SearchStore.Shared shared, Instant readAt) {

        boolean isUsable(Instant now) {
            Duration most = shared.mean() == null ? TOO_FEW_FOR : USED_FOR;
            return readAt.plus(most).isAfter(now);
        }
    }

    /// A query without what is shared.
    ///
    /// @param whole the query as it came
    /// @param length of the vector: a cosine times this is the score
    /// @param isFew whether all vectors of its project can be looked at
    record Aimed(float[] whole, float[] vector, double length, boolean isFew) {

        static Aimed at(float[] whole, float[] vector, boolean isFew) {
            double squares = 0;
            for (float value : vector) {
                squares += (double) value * value;
            }
            return new Aimed(whole, vector, Math.sqrt(squares), isFew);
        }

        static Aimed at(float[] whole) {
            return at(whole, whole, false);
        }

        SearchStore.Aim aim() {
            return new SearchStore.Aim(vector, whole);
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
        SearchStore.Shared known = known(tx, model, projectId);
        float[] mean = known.mean();
        if (mean == null || mean.length != query.length) {
            return Aimed.at(query, query, known.isFew());
        }
        float[] aimed = query.clone();
        for (int i = 0; i < aimed.length; i++) {
            aimed[i] -= (float) (TAKEN_OUT * mean[i]);
        }
        return Aimed.at(query, aimed, known.isFew());
    }

    private SearchStore.Shared known(Tx tx, EmbeddingModel model, @Nullable Long projectId) {
        var key = new Key(projectId, model.id());
        Instant now = clock.instant();
        Mean known = means.get(key);
        if (known != null && known.isUsable(now)) {
            return known.shared();
        }
        SearchStore.Shared read = store.shared(tx, model, projectId, VECTORS_MIN, VECTORS_MAX);
        if (means.size() >= MEANS_MAX) {
            means.entrySet().stream()
                    .min(Comparator.comparing(entry -> entry.getValue().readAt()))
                    .ifPresent(oldest -> means.remove(oldest.getKey(), oldest.getValue()));
        }
        means.put(key, new Mean(read, now));
        return read;
    }
}
