package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The queue over REST, and what its work cost, with every refusal as something a person can act
/// on.
final class QueueCalls {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String QUEUE = "/api/queue";

    private final DaemonClient client;

    QueueCalls(DaemonClient client) {
        this.client = client;
    }

    Wire.QueueJobs list(
            @Nullable String session, @Nullable String state, boolean all, @Nullable Integer limit)
            throws Failure {
        var query = new ArrayList<String>();
        add(query, "session", session);
        add(query, "state", state);
        add(query, "all", all ? "true" : null);
        add(query, "limit", limit == null ? null : limit.toString());
        return read("list the queue", get(QUEUE + joined(query)), Wire.QueueJobs.class);
    }

    Wire.QueueJob show(long id, boolean payload) throws Failure {
        return read(
                "show job " + id,
                get(QUEUE + "/" + id + (payload ? "?payload=true" : "")),
                Wire.QueueJob.class);
    }

    Wire.QueueJob retry(long id) throws Failure {
        return read("retry job " + id, post(QUEUE + "/" + id + "/retry"), Wire.QueueJob.class);
    }

    Wire.CostResponse cost(int days) throws Failure {
        return read("show the cost", get("/api/cost?days=" + days), Wire.CostResponse.class);
    }

    long retryAll() throws Failure {
        return read(
                        "retry dead jobs",
                        post(QUEUE + "/retry?state=discarded"),
                        Wire.QueueRetried.class)
                .retried();
    }

    long purge(String state, @Nullable String olderThan) throws Failure {
        var query = new ArrayList<String>();
        add(query, "state", state);
        add(query, "older_than", olderThan);
        try {
            return read(
                            "purge the queue",
                            client.delete(QUEUE + joined(query), TIMEOUT),
                            Wire.QueuePurged.class)
                    .purged();
        } catch (DaemonUnavailable down) {
            throw unavailable(down);
        }
    }

    private DaemonClient.Answer get(String path) throws Failure {
        try {
            return client.get(path, TIMEOUT);
        } catch (DaemonUnavailable down) {
            throw unavailable(down);
        }
    }

    private DaemonClient.Answer post(String path) throws Failure {
        try {
            return client.post(path, Map.of(), TIMEOUT);
        } catch (DaemonUnavailable down) {
            throw unavailable(down);
        }
    }

    private static Failure unavailable(DaemonUnavailable down) {
        return new Failure(String.valueOf(down.getMessage()), down.hint(), down);
    }

    private static <T> T read(String attempt, DaemonClient.Answer answer, Class<T> type)
            throws Failure {
        try {
            if (answer.ok()) {
                return Json.read(answer.body(), type);
            }
            Problem problem = Json.read(answer.body(), Problem.class);
            String hint = problem.hint();
            throw new Failure(
                    "cannot " + attempt + ": " + problem.detail() + " [" + problem.code() + "]",
                    hint == null ? "see `mneme doctor`" : hint);
        } catch (JacksonException unreadable) {
            throw new Failure(
                    "cannot " + attempt + ": the answer of the daemon is unreadable",
                    "restart it with `mneme restart`; it may be of another version",
                    unreadable);
        }
    }

    private static void add(List<String> query, String name, @Nullable String value) {
        if (value != null) {
            query.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    private static String joined(List<String> query) {
        return query.isEmpty() ? "" : "?" + String.join("&", query);
    }
}
