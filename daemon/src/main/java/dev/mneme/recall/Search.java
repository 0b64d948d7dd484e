package dev.mneme.recall;

import dev.mneme.domain.SearchFilter;
import dev.mneme.domain.StorableText;
import dev.mneme.embed.ServingModel;
import dev.mneme.store.VectorSupport;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One question to all that is remembered: memories, and what turns and sessions came to. Both are
/// asked at once, with one vector, and the slower one decides how long it takes.
public final class Search {

    /// Which summaries are wanted.
    public enum Summaries {
        NONE,

        /// A few that plainly speak of the query.
        BESIDE,

        /// As many as fit.
        ASKED
    }

    /// Where nobody asked for summaries.
    private static final int BESIDE_MAX = 3;

    /// What somebody wants to know.
    ///
    /// @param memories whether they are asked for
    /// @param after a page's `next`; null for the first page
    public record Question(
            String query,
            SearchMode mode,
            SearchFilter filter,
            boolean memories,
            Summaries summaries,
            @Nullable String after) {}

    /// What there is.
    ///
    /// @param dropped all that did not answer in time: `words`, `meaning`, `reranker`, `summaries`
    public record Answer(Recall.Found found, List<SummaryHit> summaries, List<String> dropped) {}

    private final Recall recall;
    private final SummaryRecall summaries;
    private final ServingModel models;
    private final VectorSupport vectors;

    public Search(
            Recall recall, SummaryRecall summaries, ServingModel models, VectorSupport vectors) {
        this.recall = recall;
        this.summaries = summaries;
        this.models = models;
        this.vectors = vectors;
    }

    public Answer answer(Question asked) {
        SearchMode mode = asked.mode();
        QueryVector vector =
                mode.asksMeaning() && vectors instanceof VectorSupport.Available
                        ? QueryVector.of(StorableText.of(asked.query()), models)
                        : null;
        FutureTask<SummaryRecall.Found> told = new FutureTask<>(() -> told(asked, vector));
        boolean tells = asked.summaries() != Summaries.NONE;
        // First the vector may take its time, then the statement.
        long deadline =
                System.nanoTime() + Recall.ARM_TIME_MAX.plus(SummaryRecall.TIME_MAX).toNanos();
        if (tells) {
            Thread.ofVirtual().name("mneme-summaries").start(told);
        }
        Recall.Found found =
                asked.memories()
                        ? recall.search(asked.query(), mode, asked.filter(), asked.after(), vector)
                        : Recall.Found.nothing(mode);
        SummaryRecall.Found beside =
                tells ? answered(told, deadline) : new SummaryRecall.Found(List.of(), List.of());
        var dropped = new LinkedHashSet<>(found.dropped());
        dropped.addAll(beside.dropped());
        return new Answer(found, beside.hits(), List.copyOf(dropped));
    }

    private SummaryRecall.Found told(Question asked, @Nullable QueryVector vector) {
        boolean beside = asked.summaries() == Summaries.BESIDE;
        SearchFilter filter = asked.filter();
        return summaries.search(
                asked.query(),
                asked.mode(),
                beside ? filter.withLimit(Math.min(filter.limit(), BESIDE_MAX)) : filter,
                vector,
                beside);
    }

    private static SummaryRecall.Found answered(
            FutureTask<SummaryRecall.Found> told, long deadline) {
        try {
            return told.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException slow) {
            told.cancel(true);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(failed.getCause());
        }
        return new SummaryRecall.Found(List.of(), List.of(SummaryRecall.SUMMARIES));
    }
}
