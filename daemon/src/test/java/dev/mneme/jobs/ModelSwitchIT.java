package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.daemon.TestDaemon;
import dev.mneme.embed.onnx.RandomBert;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Predicate;

/// Another embedding model in a running daemon: real models, a real database, REST.
final class ModelSwitchIT {

    private static final String BUILT_IN = "mneme-words-v1";
    private static final int OBSERVATIONS = 250;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private TestDaemon daemon;

    @BeforeEach
    void fill() {
        daemon = TestDaemon.start();
        var batch = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < OBSERVATIONS; i++) {
            batch.add(
                    Map.of(
                            "session_id",
                            "s",
                            "project",
                            "shop",
                            "title",
                            "Cap retry " + i + " of the gateway",
                            "narrative",
                            "The server drops connections. ".repeat(1 + i % 12)));
        }
        assertThat(
                        daemon.post(
                                        "/api/observations/batch",
                                        Json.write(Map.of("observations", batch)))
                                .status())
                .isEqualTo(200);
        daemon.settle();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void searchByMeaningGoesOnWhileEachObservationGetsAVectorOfTheNewModel() throws IOException {
        shelve("tiny", 64);
        long mixed = 0;

        assertThat(use("tiny").at("/change/model").asString()).isEqualTo("tiny");
        assertThat(serving()).as("the former model serves").isEqualTo(BUILT_IN);
        String before = BUILT_IN;
        while (!before.equals("tiny")) {
            JsonNode found = search("why does the gateway drop connections");
            assertThat(found.at("/mode").asString()).isEqualTo("vector");
            assertThat(found.at("/observations").size()).isEqualTo(20);
            mixed++;
            before = serving();
        }
        assertThat(mixed).as("searches while the vectors were made").isPositive();
        assertThat(search("gateway").at("/observations").size()).isEqualTo(20);
        assertThat(health().at("/embeddings/dimensions").asInt()).isEqualTo(64);
        assertThat(health().at("/embeddings").has("change")).isFalse();
        assertThat(vectorsOf("tiny")).isEqualTo(OBSERVATIONS);

        store("a new one");
        daemon.settle();
        assertThat(vectorsOf("tiny")).isEqualTo(OBSERVATIONS + 1);
        await("the former model's vectors to go", any -> vectorsOf(BUILT_IN) == 0);
        assertThat(indexes()).isEqualTo(1);

        daemon.restart();
        assertThat(serving()).isEqualTo("tiny");
        assertThat(search("gateway").at("/observations").size()).isEqualTo(20);
        use(BUILT_IN);
        await("the built-in model", health -> servingOf(health).equals(BUILT_IN));
    }

    @Test
    void aStopInTheMiddleIsWhereTheNextDaemonGoesOn() throws IOException {
        shelve("tiny", 64);
        use("tiny");
        await("some vectors", any -> vectorsOf("tiny") > 0);
        daemon.restart();
        String stand = serving();
        assertThat(stand).isIn(BUILT_IN, "tiny");
        await("the new model", health -> servingOf(health).equals("tiny"));
        assertThat(vectorsOf("tiny")).isEqualTo(OBSERVATIONS);
    }

    @Test
    void aChangeCanBeCancelledAndLeavesNothing() throws IOException {
        // Slow enough to be met half-way.
        new RandomBert(3, 256, false).putOnShelf(daemon.home(), "slow");
        use("slow");
        await("some vectors", any -> vectorsOf("slow") > 0);
        JsonNode change = health().at("/embeddings/change");
        assertThat(change.at("/model").asString()).isEqualTo("slow");
        assertThat(change.at("/total").asInt()).isEqualTo(OBSERVATIONS);

        var cancelled = daemon.post("/api/models/cancel", "{}");

        assertThat(cancelled.status()).as(cancelled.body()).isEqualTo(200);
        assertThat(health().at("/embeddings").has("change")).isFalse();
        await("the unwanted vectors to go", any -> vectorsOf("slow") == 0);
        assertThat(serving()).isEqualTo(BUILT_IN);
        assertThat(daemon.post("/api/models/cancel", "{}").status()).isEqualTo(409);
        daemon.restart();
        assertThat(health().at("/embeddings").has("change")).isFalse();
    }

    @Test
    void aBrokenModelIsRefusedByNameAndTheFormerOneStays() throws IOException {
        Map<String, Path> files = shelve("tiny", 64);
        assertRefused("nobody", "the registry has no such model");
        Files.writeString(files.get("model.onnx"), "no graph");
        assertRefused("tiny", "model.onnx");
        verify("tiny");
        assertRefused("tiny", "no usable ONNX graph");
        assertThat(serving()).isEqualTo(BUILT_IN);

        // It was fine when it was chosen, and is broken when it is needed.
        shelve("tiny", 64);
        use("tiny");
        await("the new model", health -> servingOf(health).equals("tiny"));
        daemon.restart();
        Files.writeString(files.get("model.onnx"), "no graph");
        JsonNode found = search("gateway");
        assertThat(found.at("/observations").size()).as("found by words").isEqualTo(20);
        await(
                "the built-in model",
                health ->
                        servingOf(health).equals(BUILT_IN)
                                && health.at("/embeddings/pending").asInt() == 0);
        assertThat(health().at("/embeddings/status").asString()).isEqualTo("degraded");
        assertThat(health().at("/embeddings/problem").asString()).contains("`tiny`");
        assertThat(search("gateway").at("/mode").asString()).isEqualTo("vector");

        daemon.restart();
        assertThat(serving()).isEqualTo(BUILT_IN);
        assertThat(health().at("/embeddings/problem").asString()).contains("model.onnx");
    }

    private void assertRefused(String name, String why) {
        var answer = daemon.post("/api/models/use", Json.write(Map.of("name", name)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(409);
        assertThat(answer.json().at("/code").asString()).isEqualTo("MODEL_UNUSABLE");
        assertThat(answer.json().at("/detail").asString()).contains("`" + name + "`", why);
    }

    private Map<String, Path> shelve(String name, int dimensions) throws IOException {
        return new RandomBert(1, dimensions, true).putOnShelf(daemon.home(), name);
    }

    private void verify(String name) throws IOException {
        var registry = ModelRegistry.of(daemon.home());
        KnownModel row = registry.find(name).orElseThrow();
        for (KnownModel.File file : row.files()) {
            var shelf = new ModelShelf(daemon.home(), registry);
            shelf.record(row, file, ModelShelf.sha256(shelf.folder(row).resolve(file.name())));
        }
    }

    private JsonNode use(String name) {
        var answer = daemon.post("/api/models/use", Json.write(Map.of("name", name)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private JsonNode search(String query) {
        var answer =
                daemon.post(
                        "/api/observations/search",
                        Json.write(Map.of("query", query, "mode", "vector", "limit", 20)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private void store(String title) {
        var answer =
                daemon.post(
                        "/api/observations",
                        Json.write(Map.of("session_id", "s", "project", "shop", "title", title)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private JsonNode health() {
        return daemon.get("/api/health").json();
    }

    private String serving() {
        return servingOf(health());
    }

    private static String servingOf(JsonNode health) {
        return health.at("/embeddings/model").asString();
    }

    private long vectorsOf(String model) {
        return Long.parseLong(
                daemon.sql(
                        "SELECT count(*) FROM mem_embeddings AS e JOIN mem_embedding_models AS m"
                                + " ON m.id = e.model_id WHERE m.name = '"
                                + model
                                + "'"));
    }

    private long indexes() {
        return Long.parseLong(
                daemon.sql(
                        "SELECT count(*) FROM pg_indexes WHERE indexname LIKE"
                                + " 'mem_embeddings_model_%_hnsw_idx'"));
    }

    private void await(String what, Predicate<JsonNode> reached) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!reached.test(health())) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what + ": " + health());
            }
            Looks.pause();
        }
    }
}
