package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.extract.model.ModelServer;
import dev.mneme.llama.TinyModel;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Models in the daemon: whatever becomes of them, what is captured is stored and understood.
@Timeout(120)
final class ModelsIT {

    private static final String ANSWER =
            """
            {"skip":"","observations":[{"type":"bugfix","title":"The retry delay is capped at 30 s",\
            "subtitle":"","narrative":"It grew without a bound.","facts":[],"concepts":[],\
            "files_read":[],"files_modified":[1],"events":[1]}],"summary":{"request":"",\
            "investigated":"","learned":"","completed":"","next_steps":""}}""";

    @TempDir Path folder;

    private static Map<String, String> openAi(ModelServer server, String... more) {
        var keys =
                new HashMap<>(
                        Map.of(
                                "MNEME_EXTRACTOR", "openai",
                                "MNEME_OPENAI_URL", server.address() + "/v1",
                                "MNEME_OPENAI_MODEL", "some-model",
                                "MNEME_OPENAI_SECONDS", "1",
                                "MNEME_EXTRACT_LOAD_MAX", "0"));
        for (int index = 0; index < more.length; index += 2) {
            keys.put(more[index], more[index + 1]);
        }
        return keys;
    }

    /// One turn of a session: a request, an edit, the final answer.
    private void work(TestDaemon daemon, String session) {
        for (String event : List.of("user-prompt-submit", "post-tool-use", "stop")) {
            assertThat(
                            daemon.post("/api/hooks/" + event, Json.write(payload(event, session)))
                                    .status())
                    .isEqualTo(200);
        }
    }

    private Map<String, Object> payload(String event, String session) {
        var payload = new HashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", folder.toString());
        switch (event) {
            case "user-prompt-submit" -> payload.put("prompt", "bound the retries");
            case "post-tool-use" -> {
                payload.put("tool_name", "Edit");
                payload.put("tool_use_id", "use-" + session);
                payload.put(
                        "tool_input", Map.of("file_path", folder.resolve("retry.py").toString()));
                payload.put("tool_response", Map.of("structuredPatch", List.of(hunk())));
            }
            default ->
                    payload.put(
                            "last_assistant_message",
                            "Fixed the retries: the delay is capped at 30 s.");
        }
        return payload;
    }

    private static Map<String, Object> hunk() {
        return Map.of(
                "oldStart",
                1,
                "oldLines",
                1,
                "newStart",
                1,
                "newLines",
                1,
                "lines",
                List.of(
                        "-def delay(attempt): return 2 ** attempt",
                        "+def delay(attempt): return min(30, 2 ** attempt)"));
    }

    private static JsonNode extraction(TestDaemon daemon) {
        return daemon.get("/api/health").json().path("extraction");
    }

    private static List<String> makers(TestDaemon daemon) {
        return List.of(
                daemon.sql("SELECT string_agg(DISTINCT made_by, ',') FROM mem_observations")
                        .split(",", -1));
    }

    @Test
    void whatAModelUnderstoodIsStoredAndCounted() {
        try (var server = new ModelServer(ModelServer.openAi(ANSWER));
                TestDaemon daemon =
                        TestDaemon.start(
                                openAi(
                                        server,
                                        "MNEME_OPENAI_PRICE_IN",
                                        "1",
                                        "MNEME_OPENAI_PRICE_OUT",
                                        "10"))) {
            assertThat(extraction(daemon).path("in_use").stringValue()).isEqualTo("openai");

            work(daemon, "session-1");
            daemon.settle();

            assertThat(makers(daemon)).containsExactly("openai:some-model");
            int calls = server.calls().size();
            assertThat(calls).isPositive();
            JsonNode cost = daemon.get("/api/cost").json();
            assertThat(cost.path("rows").size()).isEqualTo(1);
            JsonNode row = cost.path("rows").path(0);
            assertThat(row.path("project").stringValue())
                    .isEqualTo(String.valueOf(folder.getFileName()));
            assertThat(row.path("backend").stringValue()).isEqualTo("openai");
            assertThat(row.path("model").stringValue()).isEqualTo("some-model");
            JsonNode figures = row.path("figures");
            assertThat(figures.path("calls").intValue()).isEqualTo(calls);
            assertThat(figures.path("tokens_in").intValue()).isEqualTo(calls * 1_200);
            assertThat(figures.path("tokens_out").intValue()).isEqualTo(calls * 150);
            assertThat(figures.path("cpu_seconds").asDouble()).isZero();
            // 1,200 tokens at a dollar and 150 at ten dollars a million.
            assertThat(figures.path("dollars").asDouble())
                    .isCloseTo(calls * 0.0027, org.assertj.core.data.Offset.offset(1e-9));
            assertThat(cost.path("today")).isEqualTo(figures);
            assertThat(extraction(daemon).path("today")).isEqualTo(figures);
        }
    }

    @Test
    void aCapPausesModelsAndNeverCapture() {
        try (var server = new ModelServer(ModelServer.openAi(ANSWER));
                TestDaemon daemon =
                        TestDaemon.start(openAi(server, "MNEME_EXTRACT_CALLS_PER_DAY", "1"))) {
            work(daemon, "session-1");
            work(daemon, "session-2");
            daemon.settle();

            assertThat(server.calls()).hasSize(1);
            assertThat(makers(daemon)).contains("openai:some-model", "rules");
            assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("6");
            assertThat(extraction(daemon).path("paused").stringValue())
                    .isEqualTo("the day's calls are used up");
            assertThat(daemon.get("/api/cost").json().at("/caps/calls_per_day").intValue())
                    .isEqualTo(1);
        }
    }

    /// JSON may name characters that no database stores, and a service may count as it likes.
    @Test
    void aTurnIsNotLostToWhatItsModelSays() {
        String odd =
                """
                {"choices":[{"message":{"content":%s}}],"usage":{"prompt_tokens":-1}}"""
                        .formatted(
                                Json.write(
                                        ANSWER.replace("The retry", "The \\u0000\\ud800retry")
                                                .replace("a bound", "a\\u0000 bound")));
        try (var server =
                        new ModelServer(
                                ModelServer.raw(odd), ModelServer.openAi("No JSON from me."));
                TestDaemon daemon = TestDaemon.start(openAi(server), 1)) {
            work(daemon, "session-1");
            daemon.settle();
            assertThat(
                            daemon.sql(
                                    "SELECT made_by || ': ' || title || narrative"
                                            + " FROM mem_observations"))
                    .isEqualTo(
                            "openai:some-model: The retry delay is capped at 30 sIt grew without"
                                    + " a bound.");
            assertThat(daemon.get("/api/cost").json().at("/today/tokens_in").intValue()).isZero();

            work(daemon, "session-2");
            daemon.settle();
            assertThat(makers(daemon)).containsExactly("openai:some-model", "rules");
            assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE state <> 'completed'"))
                    .isEqualTo("0");
            assertThat(extraction(daemon).at("/backends/0/problem").stringValue())
                    .contains("it holds no JSON");
        }
    }

    @Test
    void whileAServiceHangsCaptureAndSearchGoOnAndTheRulesTakeOver() {
        try (var server = new ModelServer()) {
            server.then(server.hang());
            try (TestDaemon daemon = TestDaemon.start(openAi(server))) {
                work(daemon, "session-1");
                long begun = System.nanoTime();
                work(daemon, "session-2");
                assertThat(
                                daemon.post("/api/observations/search", "{\"query\":\"retries\"}")
                                        .status())
                        .isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - begun))
                        .as("nothing waits for the minutes that the service may take")
                        .isLessThan(Duration.ofSeconds(30));

                daemon.settle();

                assertThat(makers(daemon)).containsExactly("rules");
                assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE state = 'discarded'"))
                        .isEqualTo("0");
                JsonNode backend = extraction(daemon).path("backends").path(0);
                assertThat(backend.path("problem").stringValue()).contains("no answer within 1 s");
                // A call that got no answer was made all the same.
                JsonNode today = daemon.get("/api/cost").json().at("/today");
                assertThat(today.at("/calls").intValue()).isPositive();
                assertThat(today.at("/seconds").asDouble()).isGreaterThan(2);
            }
        }
    }

    @Test
    void aModelOnThisMachineWorksAndItsDeathCostsNothing() throws Exception {
        Path model = TinyModel.write(folder.resolve("tiny.gguf"), 7);
        try (TestDaemon daemon = TestDaemon.start(local(model))) {
            assertThat(state(daemon)).isEqualTo("ready");
            work(daemon, "session-1");
            daemon.settle();
            // What it says is random; that it was it who said it is not.
            assertThat(extraction(daemon).path("in_use").stringValue()).isEqualTo("local");
            assertThat(state(daemon)).isEqualTo("loaded");
            assertThat(daemon.get("/api/cost").json().at("/today/dollars").asDouble()).isZero();
            assertThat(daemon.get("/api/cost").json().at("/today/tokens_out").intValue())
                    .isPositive();

            ProcessHandle.current()
                    .children()
                    .filter(
                            child ->
                                    child.info()
                                            .commandLine()
                                            .filter(line -> line.contains(model.toString()))
                                            .isPresent())
                    .forEach(ProcessHandle::destroyForcibly);
            work(daemon, "session-2");
            daemon.settle();

            assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE state <> 'completed'"))
                    .isEqualTo("0");
            assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("6");

            // Of the third model that a daemon had when it was killed.
            Path left = daemon.home().run().resolve("model/m3/p1");
            Files.writeString(Files.createDirectories(left).resolve("libjllama.so"), "library");
            daemon.restart();
            assertThat(daemon.home().run().resolve("model/m3")).doesNotExist();
        }
    }

    @Test
    void aModelThatIsNotThereIsNamedWithItsCure() throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.gguf"), "GGUF and no more");
        for (Path model : List.of(folder.resolve("missing.gguf"), broken)) {
            try (TestDaemon daemon = TestDaemon.start(local(model))) {
                work(daemon, "session-1");
                daemon.settle();
                assertThat(makers(daemon)).containsExactly("rules");
                JsonNode extraction = extraction(daemon);
                assertThat(extraction.path("in_use").stringValue()).isEqualTo("rules");
                assertThat(extraction.at("/backends/0/problem").stringValue())
                        .contains(model.toString());
                assertThat(extraction.path("hint").stringValue()).contains("mneme models");
                assertThat(extraction.at("/today/calls").intValue())
                        .as("nobody was there to be called")
                        .isZero();
            }
        }
    }

    @Test
    void anotherModelUnderstandsTheNextTurnWithoutARestart() throws Exception {
        Map<String, String> keys = new HashMap<>(local(folder.resolve("unused")));
        keys.remove("MNEME_EXTRACT_MODEL");
        try (TestDaemon daemon = TestDaemon.start(keys)) {
            var shelf = new ModelShelf(daemon.home(), ModelRegistry.builtIn());
            work(daemon, "session-1");
            daemon.settle();
            assertThat(extraction(daemon).path("in_use").stringValue()).isEqualTo("rules");
            assertThat(extraction(daemon).path("backends").size()).isZero();

            choose(shelf, TinyModel.write(folder.resolve("first.gguf"), 7));
            assertThat(state(daemon)).isEqualTo("ready");
            work(daemon, "session-2");
            daemon.settle();
            assertThat(extraction(daemon).path("in_use").stringValue()).isEqualTo("local");
            assertThat(modelsThatWereAsked(daemon)).isEqualTo("first");

            choose(shelf, TinyModel.write(folder.resolve("second.gguf"), 8));
            work(daemon, "session-3");
            daemon.settle();
            assertThat(modelsThatWereAsked(daemon)).isEqualTo("first second");
            assertThat(processesOf("second.gguf")).as("the one that serves").isEqualTo(1);
            awaitEnd("first.gguf");

            shelf.choose(ModelKind.EXTRACTION, "no-such-model");
            work(daemon, "session-4");
            daemon.settle();
            JsonNode extraction = extraction(daemon);
            assertThat(extraction.path("in_use").stringValue()).isEqualTo("rules");
            assertThat(extraction.at("/backends/0/problem").stringValue())
                    .contains("no-such-model");
            assertThat(extraction.path("hint").stringValue()).contains("mneme models use");

            shelf.choose(ModelKind.EXTRACTION, null);
            assertThat(extraction(daemon).path("backends").size()).isZero();
            assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE state <> 'completed'"))
                    .isEqualTo("0");
        }
    }

    private static void choose(ModelShelf shelf, Path model) throws IOException {
        shelf.choose(ModelKind.EXTRACTION, model.toString());
    }

    private static String modelsThatWereAsked(TestDaemon daemon) {
        return daemon.sql(
                "SELECT string_agg(DISTINCT model, ' ' ORDER BY model) FROM mem_model_costs");
    }

    private static long processesOf(String model) {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains(model))
                .count();
    }

    private static void awaitEnd(String model) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (processesOf(model) > 0) {
            assertThat(System.nanoTime()).as("`" + model + "` is unloaded").isLessThan(deadline);
            Looks.pause();
        }
    }

    /// Services quote what they were sent, and a daemon that is killed cannot clean up.
    @Test
    void neitherKeyNorContentIsLoggedAndTheModelEndsWithAKilledDaemon() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path model = TinyModel.write(folder.resolve("tiny.gguf"), 7);
        var keys = new HashMap<>(local(model));
        try (var server = new ModelServer(ModelServer.status(401));
                TestDatabase database = TestDatabase.create()) {
            keys.put("MNEME_EXTRACTOR", "anthropic,local");
            keys.put("MNEME_ANTHROPIC_URL", server.address().toString());
            keys.put("ANTHROPIC_API_KEY", "key-that-is-never-shown");
            ProcessHandle child;
            try (DaemonProcess daemon = DaemonProcess.start(home, database, keys)) {
                for (String event : List.of("user-prompt-submit", "post-tool-use", "stop")) {
                    var answer =
                            daemon.client()
                                    .post(
                                            "/api/hooks/" + event,
                                            payload(event, "session-1"),
                                            Duration.ofSeconds(30));
                    assertThat(answer.ok()).isTrue();
                }
                child = awaitChild(daemon, model);
                daemon.kill();
            }
            child.onExit().get(20, TimeUnit.SECONDS);
            assertThat(server.calls()).isNotEmpty();
            assertThat(server.calls().getFirst().headers().getFirst("x-api-key"))
                    .isEqualTo("key-that-is-never-shown");
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.startsWith(home.resolve("log")) || file.endsWith("console.log")) {
                    assertThat(Files.readString(file))
                            .doesNotContain("key-that-is-never-shown")
                            .doesNotContain("marker-of-content")
                            .doesNotContain("bound the retries")
                            .doesNotContain("capped at 30 s");
                }
            }
        }
    }

    private static ProcessHandle awaitChild(DaemonProcess daemon, Path model) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        ProcessHandle owner = ProcessHandle.of(daemon.pid()).orElseThrow();
        while (System.nanoTime() < deadline) {
            var child =
                    owner.children()
                            .filter(
                                    one ->
                                            one.info()
                                                    .commandLine()
                                                    .orElse("")
                                                    .contains(model.toString()))
                            .findFirst();
            if (child.isPresent()) {
                return child.get();
            }
            Looks.pause();
        }
        throw new AssertionError("no process was started for `" + model + "`");
    }

    private static Map<String, String> local(Path model) {
        return Map.of(
                "MNEME_EXTRACT_MODEL",
                model.toString(),
                "MNEME_EXTRACT_TOKENS",
                "512",
                "MNEME_EXTRACT_BATTERY_MIN",
                "0",
                "MNEME_EXTRACT_LOAD_MAX",
                "0");
    }

    private static String state(TestDaemon daemon) {
        return extraction(daemon).at("/backends/0/state").stringValue();
    }
}
