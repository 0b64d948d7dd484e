package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.embed.onnx.TinyCrossEncoder;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.models.ModelRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A reranker is used once it is installed, says its part, and is gone again once it is removed.
@Timeout(120)
final class SecondLookIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /// The words favour the first, which is short; what the model counts favours the second.
    private static final String SHORT = "Quartz";

    private static final String LONG = "Quartz pararrat tartar ratatat";

    @Test
    void anInstalledModelReadsTheFirstHitsAndItsPartIsShown() throws Exception {
        try (TestDaemon daemon = TestDaemon.start()) {
            stored(daemon, SHORT);
            stored(daemon, LONG);
            assertThat(titles(search(daemon))).containsExactly(SHORT, LONG);
            assertThat(search(daemon).at("/explain/0/reranker").asDouble()).isZero();

            TinyCrossEncoder.putOnShelf(daemon.home(), "tiny");
            JsonNode reranked = await(daemon, true);
            assertThat(titles(reranked)).as(reranked.toString()).containsExactly(LONG, SHORT);
            assertThat(reranked.at("/explain/0/reranker").asDouble())
                    .isGreaterThan(reranked.at("/explain/1/reranker").asDouble());
            double sum = 0;
            for (String part :
                    List.of(
                            "words",
                            "neighbours",
                            "session",
                            "length",
                            "meaning",
                            "recency",
                            "reranker")) {
                sum += reranked.at("/explain/0/" + part).asDouble();
            }
            assertThat(reranked.at("/observations/0/score").asDouble())
                    .isCloseTo(sum, within(1e-6));
            assertThat(named(daemon.get("/api/models").json(), "tiny").path("chosen").asBoolean())
                    .isTrue();

            Files.delete(daemon.home().models().resolve("own.json"));
            assertThat(ModelRegistry.of(daemon.home()).find("tiny")).isEmpty();
            assertThat(titles(await(daemon, false))).containsExactly(SHORT, LONG);
        }
    }

    /// The answer once the model takes part, or once it does no more; meanwhile it is named.
    private static JsonNode await(TestDaemon daemon, boolean takesPart) throws Exception {
        long end = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() < end) {
            JsonNode answer = search(daemon);
            boolean took = answer.at("/explain/0/reranker").asDouble() > 0;
            if (took == takesPart && answer.path("dropped").isEmpty()) {
                return answer;
            }
            Thread.sleep(50);
        }
        throw new AssertionError("within " + TIMEOUT + " the reranker was not there, or not gone");
    }

    private static JsonNode search(TestDaemon daemon) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/observations/search",
                        Json.write(Map.of("query", "quartz", "project", "p", "explain", true)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static List<String> titles(JsonNode answer) {
        return answer.path("observations")
                .valueStream()
                .map(one -> one.path("title").asString())
                .toList();
    }

    private static JsonNode named(JsonNode models, String name) {
        return models.path("models")
                .valueStream()
                .filter(one -> one.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void stored(TestDaemon daemon, String title) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/observations",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        "s",
                                        "project",
                                        "p",
                                        "type",
                                        "discovery",
                                        "title",
                                        title)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
}
