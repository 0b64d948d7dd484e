package dev.mneme.http;

import dev.mneme.domain.JobRecord;
import dev.mneme.domain.JobState;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Wire;
import dev.mneme.queue.QueueDesk;
import dev.mneme.store.QueueStore;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/// `/api/queue` for people: what became of each captured event, and what to do about it.
final class QueueRoutes {

    private static final int LIMIT_DEFAULT = 50;
    private static final int LIMIT_MAX = 10_000;
    private static final int SESSION_ID_CHARS_MAX = 500;

    /// Completed jobs say what became of an event; for this long they do so for certain.
    private static final Duration COMPLETED_KEPT = Duration.ofDays(7);

    private static final Set<JobState> PURGEABLE = Set.of(JobState.COMPLETED, JobState.DISCARDED);

    private final QueueDesk queue;

    QueueRoutes(QueueDesk queue) {
        this.queue = queue;
    }

    void list(Context context) {
        String session = Fields.optional(context.queryParam("session"));
        if (session != null) {
            Fields.bounded("session", session, SESSION_ID_CHARS_MAX);
        }
        var filter =
                new QueueStore.Filter(
                        session,
                        state(context.queryParam("state")),
                        Fields.flag(context, "all"),
                        Fields.query(context, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX));
        context.json(
                new Wire.QueueJobs(
                        queue.list(filter).stream().map(job -> Views.of(job, null)).toList()));
    }

    void show(Context context) {
        JobRecord job = existing(id(context));
        String payload =
                Fields.flag(context, "payload") ? queue.payload(job.id()).orElse(null) : null;
        context.json(Views.of(job, payload));
    }

    void retry(Context context) {
        JobRecord job = existing(id(context));
        if (!queue.retry(job.id())) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "the job is " + existing(job.id()).state().wireName(),
                    "only jobs that are discarded, cancelled or wait for a try can be retried",
                    "id");
        }
        context.json(Views.of(existing(job.id()), null));
    }

    void retryAll(Context context) {
        if (state(Fields.required("state", context.queryParam("state"))) != JobState.DISCARDED) {
            throw ApiException.invalid(
                    "state", "cannot be retried as a whole", "send state=discarded");
        }
        context.json(new Wire.QueueRetried(queue.retryDiscarded()));
    }

    void purge(Context context) {
        JobState state = state(Fields.required("state", context.queryParam("state")));
        if (state == null || !PURGEABLE.contains(state)) {
            throw ApiException.invalid(
                    "state", "cannot be purged", "send state=discarded or state=completed");
        }
        Duration age =
                Fields.duration(
                        context,
                        "older_than",
                        state == JobState.COMPLETED ? COMPLETED_KEPT : Duration.ZERO);
        context.json(new Wire.QueuePurged(queue.purge(state, age)));
    }

    private static long id(Context context) {
        try {
            return Long.parseLong(context.pathParam("id"));
        } catch (NumberFormatException notANumber) {
            throw ApiException.invalid("id", "is not a number", "send the `id` of a listed job");
        }
    }

    private JobRecord existing(long id) {
        return queue.find(id)
                .orElseThrow(
                        () ->
                                new ApiException(
                                        ErrorCode.NOT_FOUND,
                                        "there is no job of that id",
                                        "list them with GET /api/queue?all=true"));
    }

    private static @Nullable JobState state(@Nullable String name) {
        if (name == null || name.isBlank()) {
            return null;
        }
        return JobState.ofWireName(name)
                .orElseThrow(
                        () ->
                                ApiException.invalid(
                                        "state",
                                        "is none of the known ones",
                                        "send one of "
                                                + Arrays.stream(JobState.values())
                                                        .map(JobState::wireName)
                                                        .collect(Collectors.joining(", "))));
    }
}
