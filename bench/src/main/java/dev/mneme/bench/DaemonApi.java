package dev.mneme.bench;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonUnavailable;

import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What benchmarks ask of a daemon over HTTP; what fails ends the measurement.
final class DaemonApi {

    private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration CALL_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration SETTLE_TIMEOUT = Duration.ofMinutes(20);
    private static final Duration POLL = Duration.ofMillis(100);

    private final DaemonClient client;

    DaemonApi(MnemeHome home) {
        this.client = new DaemonClient(home);
    }

    Optional<Wire.Health> health() {
        return client.health(HEALTH_TIMEOUT);
    }

    /// The answer to a request that must succeed.
    JsonNode post(String path, Object body) throws BenchFailure {
        try {
            DaemonClient.Answer answer = client.post(path, body, CALL_TIMEOUT);
            if (!answer.ok()) {
                throw new BenchFailure(
                        "`" + path + "` was answered with " + answer.status(),
                        "see what it says: " + answer.body());
            }
            return Json.tree(answer.body());
        } catch (DaemonUnavailable gone) {
            throw new BenchFailure(
                    "the daemon does not answer `" + path + "` (" + gone.getMessage() + ")",
                    "measure again");
        }
    }

    /// Stores memories in a project and says their ids, in their order; closed ones are closed.
    List<Long> store(String project, List<RetrievalSet.Memory> memories) throws BenchFailure {
        var ids = new ArrayList<Long>();
        for (int from = 0; from < memories.size(); from += Limits.BATCH_OBSERVATIONS_MAX) {
            List<RetrievalSet.Memory> some =
                    memories.subList(
                            from, Math.min(memories.size(), from + Limits.BATCH_OBSERVATIONS_MAX));
            post(
                            "/api/observations/batch",
                            new Wire.BatchRequest(
                                    some.stream().map(one -> one.request(project)).toList()))
                    .path("ids")
                    .forEach(id -> ids.add(id.asLong()));
        }
        for (int i = 0; i < ids.size(); i++) {
            if (memories.get(i).closed()) {
                post("/api/observations/" + ids.get(i) + "/close", new Wire.CloseRequest(null));
            }
        }
        return ids;
    }

    /// Has another model make all vectors, and waits until it serves.
    void use(String model) throws BenchFailure, InterruptedException {
        post("/api/models/use", Map.of("name", model));
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        while (!awaitVectors().embeddings().model().equals(model)) {
            if (System.nanoTime() > deadline) {
                throw new BenchFailure(
                        "`"
                                + model
                                + "` does not serve within "
                                + SETTLE_TIMEOUT.toMinutes()
                                + " minutes",
                        "see what `mneme models list` says of it");
            }
            Thread.sleep(POLL);
        }
    }

    /// Waits until everything that was stored has a vector; says the health then.
    Wire.Health awaitVectors() throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + SETTLE_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<Wire.Health> health = health();
            if (health.isPresent() && health.get().embeddings().pending() == 0) {
                return health.get();
            }
            Thread.sleep(POLL);
        }
        throw new BenchFailure(
                "the vectors were not made within " + SETTLE_TIMEOUT.toMinutes() + " minutes",
                "see what the machine is busy with");
    }
}
