package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.TurnExtraction;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

final class ExtractBenchTest {

    private static final Path RECORDINGS =
            Path.of(System.getProperty("mneme.root", ".."), "..", "shared", "data");

    private static final String SESSION =
            """
            {"type":"user","sessionId":"s","cwd":"/shop","message":{"content":"Why is it slow?"}}
            {"type":"assistant","message":{"content":[{"type":"text","text":"`load()` reads the file twice, because nobody keeps it."}]}}
            """;

    private static final String VALID = "valid turns, share";
    private static final String VERDICT = "keep or skip as labelled";
    private static final String TYPE = "type as labelled";
    private static final String FILES = "files as labelled, F1";

    private static final String SKIPPING =
            """
            {"choices":[{"message":{"role":"assistant","content":\
            "{\\"observations\\":[],\\"skip\\":\\"routine\\"}"},"finish_reason":"stop"}],\
            "usage":{"prompt_tokens":1200,"completion_tokens":150}}
            """;

    @TempDir private Path data;

    /// The promise, on the labelled turns that nothing was tuned on.
    @Test
    void theRulesAgreeWithWhatAPersonWouldKeep() throws Exception {
        if (!Files.isDirectory(RECORDINGS)) {
            if ("1".equals(System.getenv("MNEME_REQUIRE_SHARED"))) {
                throw new AssertionError("MNEME_REQUIRE_SHARED=1, but there is no " + RECORDINGS);
            }
            System.out.println("not run: agreement with labelled turns (no ../shared/data)");
            return;
        }
        Report report =
                new ExtractBench(ExtractBench.Backend.named(ExtractBench.RULES)).run(RECORDINGS);
        System.out.println(report.table());

        assertThat(report.targets().stream().map(Report.Target::name))
                .containsExactly(VALID, VERDICT, TYPE, FILES);
        assertThat(report.targets()).allMatch(Report.Target::holds);
    }

    @Test
    void aBackendThatBreaksIsSeen() throws Exception {
        Files.writeString(data.resolve("shop.jsonl"), SESSION);
        var broken =
                new ExtractBench.Backend(
                        "broken",
                        turn -> {
                            throw new IllegalStateException("no model");
                        });

        Report report = new ExtractBench(broken).run(data);

        assertThat(report.ok()).isFalse();
        assertThat(report.json()).contains("\"bench\" : \"extract\"", "no model");
    }

    @Test
    void whatDoesNotFitTheSchemaIsNotValid() throws Exception {
        Files.writeString(data.resolve("shop.jsonl"), SESSION);
        var wordy =
                new ExtractBench.Backend(
                        "wordy",
                        turn ->
                                new TurnExtraction(
                                        new TurnExtraction.Maker("wordy", 1),
                                        List.of(
                                                new TurnExtraction.Remembered(
                                                        draft("x".repeat(500)),
                                                        turn.events().stream()
                                                                .map(event -> event.id())
                                                                .toList())),
                                        Map.of(),
                                        null));

        assertThat(new ExtractBench(wordy).run(data).ok()).isFalse();
    }

    @Test
    void turnsThatNobodyLabelledAreShownAndCounted() throws Exception {
        Files.writeString(data.resolve("shop.jsonl"), SESSION);
        var shown = new ArrayList<String>();

        Report report =
                new ExtractBench(ExtractBench.Backend.named(ExtractBench.RULES))
                        .show(data, shown::add);

        assertThat(report.ok()).isTrue();
        assertThat(shown)
                .singleElement()
                .asString()
                .contains("shop.jsonl:1", "reads the file twice");
    }

    @Test
    void nothingToMeasureIsAnErrorWithAWayOn() {
        assertThatThrownBy(
                        () ->
                                new ExtractBench(ExtractBench.Backend.named(ExtractBench.RULES))
                                        .run(data))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("no recorded session");
        assertThatThrownBy(() -> ExtractBench.Backend.named("oracle"))
                .isInstanceOf(BenchFailure.class);
    }

    /// A service on this machine that says of every turn that it holds nothing.
    @Test
    void aModelIsAskedAsTheDaemonWouldAskAndItsTokensAreCounted() throws Exception {
        Files.writeString(data.resolve("shop.jsonl"), SESSION);
        var asked = new AtomicInteger();
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    asked.incrementAndGet();
                    exchange.getRequestBody().readAllBytes();
                    byte[] answer = SKIPPING.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, answer.length);
                    try (var body = exchange.getResponseBody()) {
                        body.write(answer);
                    }
                });
        server.start();
        try (ExtractBench.Backend openAi =
                ModelBackends.named(
                        "openai",
                        Map.of(
                                "MNEME_HOME",
                                data.resolve("home").toString(),
                                "MNEME_OPENAI_URL",
                                "http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
                                "MNEME_OPENAI_MODEL",
                                "small"))) {
            Report report = new ExtractBench(openAi).run(data);

            assertThat(asked).hasValue(1);
            assertThat(report.ok()).isTrue();
            assertThat(report.json())
                    .contains("\"tokens_in_per_turn\" : 1200", "\"tokens_out_per_turn\" : 150")
                    .contains("\"skipped_turns_share\" : 1.0");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aModelThatIsNotConfiguredIsAnErrorWithAWayOn() {
        assertThatThrownBy(
                        () ->
                                ModelBackends.named(
                                        "local",
                                        Map.of("MNEME_HOME", data.resolve("home").toString())))
                .isInstanceOf(BenchFailure.class)
                .hasMessageContaining("no model is configured");
    }

    private static ObservationDraft draft(String title) {
        return new ObservationDraft(
                title,
                null,
                ObservationType.DISCOVERY,
                "Text.",
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }
}
