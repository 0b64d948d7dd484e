package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import dev.mneme.embed.onnx.RandomBert;
import dev.mneme.llama.TinyModel;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// Models as a person has them: pulled from a server, chosen, working, failing, removed; with the
/// installed programs, real models and a real daemon. Whatever becomes of a model, what is captured
/// is stored and found, `status` says what is wrong, and `doctor` names the cure.
@Tag("proof")
@Timeout(300)
final class ModelStoryProofIT {

    private static final Duration MODEL_TIMEOUT = Duration.ofMinutes(2);

    private static final String OWN =
            """
            {"models": [
              {"name": "tiny-bert", "kind": "embedding", "licence": "MIT", "about": "for a test",
               "source": "",
               "files": [{"name": "model.onnx", "address": "https://hub.invalid/model.onnx"},
                         {"name": "tokenizer.json",
                          "address": "https://hub.invalid/tokenizer.json"}],
               "embedding": {"dimensions": 64, "pooling": "mean", "tokens_max": 128}},
              {"name": "tiny-llama", "kind": "extraction", "licence": "MIT",
               "about": "for a test", "source": "",
               "files": [{"name": "tiny.gguf", "address": "https://hub.invalid/tiny.gguf"}]}]}
            """;

    private static Person person;
    private static HttpServer hub;
    private static Path files;
    private static String settings;
    private static int calls;

    @BeforeAll
    static void install() throws Exception {
        person = Person.withEmptyHome("home");
        files = Files.createDirectory(person.folder().resolve("hub"));
        new RandomBert(1, 64, true).writeTo(files);
        TinyModel.write(files.resolve("tiny.gguf"), 7);
        hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext(
                "/",
                exchange -> {
                    byte[] body =
                            Files.readAllBytes(
                                    files.resolve(exchange.getRequestURI().getPath().substring(1)));
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        hub.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        hub.start();
        person.set("MNEME_MODEL_MIRROR", "http://127.0.0.1:" + hub.getAddress().getPort());
        person.set("MNEME_EXTRACT_LOAD_MAX", "0");
        person.set("MNEME_EXTRACT_BATTERY_MIN", "0");
        person.set("MNEME_EXTRACT_TOKENS", "512");
        Ended installed = person.mneme("install", "--yes");
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        Path own = person.mneme().settings();
        settings = Files.exists(own) ? Files.readString(own) : "";
        Files.createDirectories(person.mneme().models());
        Files.writeString(person.mneme().models().resolve("own.json"), OWN);
    }

    @AfterAll
    static void leave() throws Exception {
        hub.stop(0);
        person.leave();
    }

    @AfterEach
    void goBackToWhatIsBuiltIn() throws Exception {
        Files.writeString(person.mneme().settings(), settings);
        good("models", "use", "rules");
        good("restart");
    }

    @Test
    void modelsArePulledChosenUsedAndRemovedWhileTheDaemonRuns() throws Exception {
        work("before");
        good("models", "pull", "tiny-bert");
        good("models", "pull", "tiny-llama");
        long daemon = person.daemon().info().pid();

        assertThat(good("models", "use", "tiny-bert").out()).contains("tiny-bert");
        assertThat(good("models", "use", "tiny-llama").out())
                .contains("`tiny-llama` is chosen for extraction");
        Await.until(
                "all vectors are of the new model", MODEL_TIMEOUT, () -> servesSearch("tiny-bert"));
        assertThat(person.count(vectorsOf("tiny-bert")))
                .isEqualTo(person.count("SELECT count(*) FROM mem_observations"));

        work("after");
        assertThat(status().at("/extraction/in_use").asString()).isEqualTo("local");
        assertThat(status().at("/extraction/backends/0/model").asString()).isEqualTo("tiny");
        assertThat(status().at("/extraction/today/calls").asInt()).isPositive();
        assertThat(good("cost").out()).contains("local", "tiny", "$0.0000");
        assertThat(good("status").out()).contains("tiny-bert", "local");
        assertThat(good("search", "--all", "before").out()).contains("before");
        assertThat(person.daemon().info().pid()).as("no restart").isEqualTo(daemon);

        assertThat(person.mneme("models", "remove", "tiny-llama").err())
                .contains("choose another one first");
        good("models", "use", "rules");
        good("models", "use", "mneme-words-v1");
        good("models", "remove", "tiny-llama");
        Await.until(
                "the built-in vectors are back",
                MODEL_TIMEOUT,
                () -> servesSearch("mneme-words-v1"));
        good("models", "remove", "tiny-bert");
        assertThat(person.mneme().models().resolve("tiny-llama")).doesNotExist();
        assertThat(status().at("/extraction/in_use").asString()).isEqualTo("rules");
        assertThat(good("search", "--all", "before").out()).contains("before");
    }

    @Test
    void doctorNamesTheCureOfEveryModelThatCannotWork() throws Exception {
        assertThat(extractionStep().at("/detail").asString()).isEqualTo("by rules");
        assertThat(extractionStep().at("/hint").asString("")).as("nothing to cure").isEmpty();

        Path missing = person.folder().resolve("gone.gguf");
        Files.writeString(missing, "GGUF");
        good("models", "use", missing.toString());
        Files.delete(missing);
        failsWith("gone.gguf", "mneme models pull");

        Path broken = Files.writeString(person.folder().resolve("broken.gguf"), "GGUF, no more");
        good("models", "use", broken.toString());
        failsWith("cannot load", "mneme models verify");

        good("models", "pull", "tiny-llama");
        good("models", "use", "tiny-llama");
        Path shelved = person.mneme().models().resolve("tiny-llama/tiny.gguf");
        Files.writeString(shelved, "GGUF, and other bytes than were verified");
        failsWith("tiny.gguf", "mneme models pull tiny-llama");
    }

    @Test
    void anEmbeddingModelThatBrokeIsNamedWithItsCureAndTheBuiltInOneServes() throws Exception {
        work("sextant");
        good("models", "pull", "tiny-bert");
        good("models", "use", "tiny-bert");
        Await.until("tiny-bert serves", MODEL_TIMEOUT, () -> servesSearch("tiny-bert"));
        Path weights = person.mneme().models().resolve("tiny-bert/model.onnx");
        Files.writeString(weights, "cut off");
        good("restart");

        assertThat(person.daemon().search("sextant")).as("found").isNotEmpty();
        assertThat(servesSearch("mneme-words-v1")).isTrue();
        assertThat(status().at("/embeddings/problem").asString())
                .contains("`tiny-bert`", "model.onnx");
        assertThat(good("status").out()).contains("warning", "model.onnx");
        JsonNode step = doctorsStep("queue");
        assertThat(step.at("/detail").asString()).contains("`tiny-bert`", "model.onnx");
        assertThat(step.at("/hint").asString()).contains("mneme models pull");

        good("models", "pull", "tiny-bert");
        good("models", "use", "tiny-bert");
        Await.until("the cure works", MODEL_TIMEOUT, () -> servesSearch("tiny-bert"));
        assertThat(status().at("/embeddings/problem").asString("")).isEmpty();
        good("models", "use", "mneme-words-v1");
        Await.until("the built-in one serves", MODEL_TIMEOUT, () -> servesSearch("mneme-words-v1"));
        good("models", "remove", "tiny-bert");
    }

    private static boolean servesSearch(String model) throws IOException, InterruptedException {
        return status().at("/embeddings/model").asString().equals(model);
    }

    @Test
    void aModelWhoseProcessDiesAndAServiceThatHangsAreNamedWithTheirCures() throws Exception {
        good("models", "pull", "tiny-llama");
        good("models", "use", "tiny-llama");
        var dying = new AtomicBoolean(true);
        Thread killer = Thread.ofVirtual().start(() -> killModels(dying));
        try {
            failsWith("ended in the middle", "MNEME_EXTRACT_MEMORY_MB");
        } finally {
            dying.set(false);
            killer.join();
        }

        HttpServer hanging =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hanging.createContext("/", exchange -> {});
        hanging.start();
        try {
            settings(
                    "MNEME_EXTRACTOR=openai",
                    "MNEME_OPENAI_URL=http://127.0.0.1:" + hanging.getAddress().getPort() + "/v1",
                    "MNEME_OPENAI_MODEL=some-model",
                    "MNEME_OPENAI_SECONDS=1");
            failsWith("no answer within 1 s", "MNEME_EXTRACTOR");
        } finally {
            hanging.stop(0);
        }
    }

    @Test
    void aFullDiskStopsDownloadsAndModelsAndNothingElse() throws Exception {
        if (!Obstacles.smallDisks(person)) {
            return;
        }
        good("models", "pull", "tiny-llama");
        good("models", "use", "tiny-llama");
        Path small = Files.createDirectories(person.mneme().models().resolve("tiny-bert"));
        List<String> pull =
                Obstacles.inOwnMounts(
                        """
                        set -eu
                        small=$1; shift
                        mount -t tmpfs -o size=64k tmpfs "$small"
                        exec "$@"
                        """,
                        Stream.concat(
                                        Stream.of(small.toString()),
                                        Person.launcher("models", "pull", "tiny-bert").stream())
                                .toList());
        Ended pulled = person.run(pull, Person.COMMAND_TIMEOUT);
        assertThat(pulled.exitCode()).as(pulled.toString()).isEqualTo(1);
        assertThat(pulled.err()).contains("free some space there");
        Files.delete(small);

        Process daemon = daemonWithoutRoomForTheLibrary();
        try {
            work("full-disk");
            JsonNode backend = status().at("/extraction/backends/0");
            assertThat(backend.at("/problem").asString()).contains("the disk is full", "run");
            assertThat(status().at("/extraction/in_use").asString()).isEqualTo("rules");
            JsonNode step = extractionStep();
            assertThat(step.at("/detail").asString()).contains("the disk is full");
            assertThat(step.at("/hint").asString()).isEqualTo("free some space there");
        } finally {
            good("stop");
            daemon.destroyForcibly().waitFor();
        }
    }

    /// Each process of the model dies as soon as it is seen.
    private static void killModels(AtomicBoolean dying) {
        while (dying.get()) {
            person.processes().stream()
                    .filter(one -> one.info().commandLine().orElse("").contains("tiny.gguf"))
                    .forEach(ProcessHandle::destroyForcibly);
            Thread.onSpinWait();
        }
    }

    /// The daemon as it is installed, on a machine where its folder for processes is on a disk
    /// that is full.
    private static Process daemonWithoutRoomForTheLibrary() throws Exception {
        good("stop");
        Path folder = Files.createDirectories(person.mneme().run().resolve("model"));
        var words = new ArrayList<>(List.of(folder.toString()));
        for (String word : Files.readAllLines(person.mneme().app().resolve("daemon.command"))) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        Process daemon =
                person.start(
                        Obstacles.inOwnMounts(
                                """
                                set -eu
                                small=$1; shift
                                mount -t tmpfs -o size=64k tmpfs "$small"
                                exec "$@"
                                """,
                                words),
                        Map.of("MNEME_HOME", person.mneme().root().toString()),
                        person.home());
        Await.until(
                "the daemon answers",
                MODEL_TIMEOUT,
                () -> person.daemon().health().path("pid").asLong() == daemon.pid());
        return daemon;
    }

    /// A turn is captured, understood by the rules and found; `status` says why, `doctor` what to
    /// do about it.
    private static void failsWith(String problem, String cure) throws Exception {
        String word = "sluice" + ++calls;
        work(word);
        assertThat(person.daemon().search(word)).as("found").isNotEmpty();
        JsonNode extraction = status().at("/extraction");
        assertThat(extraction.at("/in_use").asString()).isEqualTo("rules");
        assertThat(extraction.at("/backends/0/problem").asString()).contains(problem);
        JsonNode step = extractionStep();
        assertThat(step.at("/detail").asString()).contains("by rules", problem);
        assertThat(step.at("/hint").asString()).contains(cure);
        assertThat(person.count("SELECT count(*) FROM mem_jobs WHERE state = 'discarded'"))
                .isZero();
    }

    private static void settings(String... lines) throws Exception {
        Files.writeString(
                person.mneme().settings(), settings + "\n" + String.join("\n", lines) + "\n");
        good("restart");
    }

    /// What was written, by a hook as Claude Code fires it, until it is understood.
    private static void work(String word) throws Exception {
        String id = "call-" + ++calls;
        Ended hook =
                person.hook(
                        "PostToolUse",
                        Payloads.created(
                                person,
                                "session-" + word,
                                id,
                                person.home() + "/project/" + word + ".py",
                                "def " + word + "():\n    return 'the " + word + "'\n"));
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        person.daemon().awaitSettled();
    }

    private static JsonNode status() throws IOException, InterruptedException {
        return Json.tree(person.mneme("status", "--json").out());
    }

    private static JsonNode extractionStep() throws IOException, InterruptedException {
        return doctorsStep("extraction");
    }

    private static JsonNode doctorsStep(String name) throws IOException, InterruptedException {
        Ended doctor = person.mneme("doctor", "--json");
        for (JsonNode step : Json.tree(doctor.out()).path("steps")) {
            if (step.path("name").asString().equals(name)) {
                return step;
            }
        }
        throw new AssertionError("doctor says nothing of " + name + ": " + doctor);
    }

    private static String vectorsOf(String model) {
        return "SELECT count(*) FROM mem_embeddings AS e JOIN mem_embedding_models AS m"
                + " ON m.id = e.model_id WHERE m.name = '"
                + model
                + "'";
    }

    private static Ended good(String... words) throws IOException, InterruptedException {
        Ended ended = person.mneme(words);
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        return ended;
    }
}
