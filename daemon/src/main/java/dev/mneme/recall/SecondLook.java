package dev.mneme.recall;

import dev.mneme.domain.Observation;
import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Reranker;
import dev.mneme.embed.Rerankers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Has a reranker, where one is installed, read the first hits together with the query. What it
/// says is added to their scores and is never negative, so that pages behind them stay as they are.
///
/// A model that takes too long is left out, as any arm is; one that is still at an earlier query is
/// not asked another, so that queries do not queue up behind it.
final class SecondLook {

    /// Called so where it did not answer.
    static final String NAME = "reranker";

    /// Read in full by the model: about 20 ms each on two cores.
    private static final int HITS = 20;

    private static final int TEXT_CHARS_MAX = 1_500;

    /// As much as the best by words has of them.
    private static final double WEIGHT = 1;

    private static final Logger LOG = LoggerFactory.getLogger(SecondLook.class);

    /// One query at a time for each model: one that took the place of another does not wait for
    /// what that is still at.
    private record Turn(@Nullable Reranker of, Semaphore free) {}

    private final Rerankers rerankers;
    private final Duration timeMax;
    private Turn turn = new Turn(null, new Semaphore(0));

    SecondLook(Rerankers rerankers, Duration timeMax) {
        this.rerankers = rerankers;
        this.timeMax = timeMax;
    }

    boolean isInstalled() {
        return !(rerankers.now() instanceof Rerankers.State.Absent);
    }

    static List<Fusion.Hit> first(List<Fusion.Hit> hits) {
        return hits.subList(0, Math.min(HITS, hits.size()));
    }

    /// The hits, the first of them in their new order. Not to be called in a transaction.
    ///
    /// @param texts of the first hits by their ids
    /// @param dropped takes the name where the model did not answer
    SearchPage.Rest at(
            String query,
            List<Fusion.Hit> hits,
            Map<Long, Observation> texts,
            List<String> dropped) {
        List<Fusion.Hit> first = first(hits);
        if (first.isEmpty()) {
            return SearchPage.first(hits);
        }
        float[] scores =
                scores(query, first.stream().map(hit -> text(texts.get(hit.id()))).toList());
        if (scores == null) {
            dropped.add(NAME);
            return SearchPage.first(hits);
        }
        var read = new ArrayList<Fusion.Hit>();
        for (int i = 0; i < scores.length; i++) {
            read.add(first.get(i).withReranker(WEIGHT * scores[i]));
        }
        read.sort(Fusion.BEST_FIRST);
        var ranked = new ArrayList<>(read);
        ranked.addAll(hits.subList(read.size(), hits.size()));
        return new SearchPage.Rest(ranked, read.size(), first.getLast());
    }

    @SuppressWarnings("ReferenceEquality") // The model itself, whatever it is equal to.
    private synchronized Semaphore turnOf(Reranker reranker) {
        if (turn.of() != reranker) {
            turn = new Turn(reranker, new Semaphore(1));
        }
        return turn.free();
    }

    private static String text(@Nullable Observation observation) {
        if (observation == null) {
            return "";
        }
        var text = new StringBuilder(observation.title());
        if (observation.narrative() != null) {
            text.append('\n').append(observation.narrative());
        }
        observation.facts().forEach(fact -> text.append('\n').append(fact));
        return text.substring(0, Math.min(text.length(), TEXT_CHARS_MAX));
    }

    /// Null where it does not answer in time, or not at all.
    private float @Nullable [] scores(String query, List<String> texts) {
        if (!(rerankers.now() instanceof Rerankers.State.Ready(Reranker reranker))) {
            return null;
        }
        Semaphore mine = turnOf(reranker);
        if (!mine.tryAcquire()) {
            return null;
        }
        var asked =
                new FutureTask<>(
                        () -> {
                            try {
                                return reranker.scores(query, texts);
                            } finally {
                                mine.release();
                            }
                        });
        // A native call holds the thread that carries it: a virtual one would hold up others.
        Thread.ofPlatform().daemon().name("mneme-second-look").start(asked);
        try {
            return asked.get(timeMax.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException slow) {
            return null;
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof BrokenModel broken) {
                LOG.warn("reranker failed: {}", broken.getMessage());
            } else {
                LOG.warn("reranker failed: error={}", String.valueOf(failed.getCause()));
            }
            return null;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
