package dev.mneme.installer;

import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/// The queue over REST.
final class QueueCalls {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String QUEUE = "/api/queue";

    private final RestCalls calls;

    QueueCalls(DaemonClient client) {
        this.calls = new RestCalls(client, TIMEOUT);
    }

    Wire.QueueJobs list(
            @Nullable String session, @Nullable String state, boolean all, @Nullable Integer limit)
            throws Failure {
        String path = RestCalls.with(QUEUE, "session", session);
        path = RestCalls.with(path, "state", state);
        path = RestCalls.with(path, "all", all ? "true" : null);
        path = RestCalls.with(path, "limit", limit == null ? null : limit.toString());
        return calls.get("list the queue", path, Wire.QueueJobs.class);
    }

    Wire.QueueJob show(long id, boolean payload) throws Failure {
        return calls.get(
                "show job " + id,
                QUEUE + "/" + id + (payload ? "?payload=true" : ""),
                Wire.QueueJob.class);
    }

    Wire.QueueJob retry(long id) throws Failure {
        return calls.post(
                "retry job " + id, QUEUE + "/" + id + "/retry", Map.of(), Wire.QueueJob.class);
    }

    long retryAll() throws Failure {
        return calls.post(
                        "retry dead jobs",
                        QUEUE + "/retry?state=discarded",
                        Map.of(),
                        Wire.QueueRetried.class)
                .retried();
    }

    long purge(String state, @Nullable String olderThan) throws Failure {
        String path =
                RestCalls.with(RestCalls.with(QUEUE, "state", state), "older_than", olderThan);
        return calls.delete("purge the queue", path, Wire.QueuePurged.class).purged();
    }
}
