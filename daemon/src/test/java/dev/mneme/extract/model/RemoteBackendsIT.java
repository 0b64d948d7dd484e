package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

/// Services elsewhere, played by real HTTP servers on loopback.
@Timeout(60)
final class RemoteBackendsIT {

    private static final String KEY = "key-that-is-never-shown";

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
    private final InstantSource clock = now::get;

    private static RemoteService service(URI address) {
        return new RemoteService(
                address,
                "some-model",
                KEY,
                10_000,
                2_048,
                Duration.ofMillis(800),
                Duration.ofMillis(10));
    }

    private Backend openAi(ModelServer server) {
        return new OpenAiBackend(service(server.address().resolve("/v1")), clock);
    }

    private Backend anthropic(ModelServer server) {
        return new AnthropicBackend(service(server.address()), clock);
    }

    private static Backend.Asked asked() {
        return new Backend.Asked("be a memory", "a turn", AnswerShape.within(2_048, 3, 2));
    }

    private static BackendFailure failure(Backend backend) {
        BackendFailure failure =
                Objects.requireNonNull(
                        catchThrowableOfType(BackendFailure.class, () -> backend.ask(asked())));
        assertThat(failure.getMessage()).doesNotContain(KEY).doesNotContain("marker-of-content");
        return failure;
    }

    @Test
    void anOpenAiCompatibleServerIsAskedForTheSchemaAndCounted() throws Exception {
        try (var server = new ModelServer(ModelServer.openAi(ModelAnswerTest.GOOD));
                Backend backend = openAi(server)) {
            Backend.Reply reply = backend.ask(asked());

            assertThat(reply.text()).isEqualTo(ModelAnswerTest.GOOD);
            assertThat(reply.usage().promptTokens()).isEqualTo(1_200);
            assertThat(reply.usage().answerTokens()).isEqualTo(150);
            assertThat(reply.usage().cpu()).isZero();
            ModelServer.Call call = server.calls().getFirst();
            assertThat(call.path()).isEqualTo("/v1/chat/completions");
            assertThat(call.headers().getFirst("Authorization")).isEqualTo("Bearer " + KEY);
            JsonNode body = call.body();
            assertThat(body.path("model").stringValue()).isEqualTo("some-model");
            assertThat(body.path("stream").booleanValue()).isFalse();
            assertThat(body.path("max_tokens").intValue()).isEqualTo(2_048);
            assertThat(body.path("messages").path(1).path("content").stringValue())
                    .isEqualTo("a turn");
            JsonNode format = body.path("response_format");
            assertThat(format.path("type").stringValue()).isEqualTo("json_schema");
            assertThat(format.path("json_schema").path("strict").booleanValue()).isTrue();
            assertThat(format.path("json_schema").path("schema")).isEqualTo(AnswerShape.schema());
        }
    }

    @Test
    void theMessagesApiIsAskedWithoutWhatItsNewerModelsRefuse() throws Exception {
        try (var server = new ModelServer(ModelServer.anthropic(ModelAnswerTest.GOOD, "end_turn"));
                Backend backend = anthropic(server)) {
            Backend.Reply reply = backend.ask(asked());

            assertThat(reply.text()).isEqualTo(ModelAnswerTest.GOOD);
            assertThat(reply.usage().promptTokens()).isEqualTo(1_300);
            ModelServer.Call call = server.calls().getFirst();
            assertThat(call.path()).isEqualTo("/v1/messages");
            assertThat(call.headers().getFirst("x-api-key")).isEqualTo(KEY);
            assertThat(call.headers().getFirst("anthropic-version")).isEqualTo("2023-06-01");
            JsonNode body = call.body();
            assertThat(body.propertyNames())
                    .containsExactlyInAnyOrder(
                            "model", "max_tokens", "system", "messages", "output_config");
            assertThat(body.path("output_config").path("effort").stringValue()).isEqualTo("low");
            assertThat(body.path("output_config").path("format").path("schema"))
                    .isEqualTo(AnswerShape.schema());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504, 529})
    void whatPassesIsTriedAgain(int status) throws Exception {
        try (var server =
                        new ModelServer(
                                ModelServer.status(status),
                                ModelServer.status(status),
                                ModelServer.openAi("{}"));
                Backend backend = openAi(server)) {
            assertThat(backend.ask(asked()).text()).isEqualTo("{}");
            assertThat(server.calls()).hasSize(3);
            assertThat(backend.state().word()).isEqualTo("ready");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 400, 401, 403, 404})
    void whatOnlyAPersonCanChangeIsNotTriedAgainForAWhile(int status) {
        try (var server = new ModelServer(ModelServer.status(status));
                Backend backend = anthropic(server)) {
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.REFUSED);
            assertThat(backend.state().word()).isEqualTo("paused");
            assertThat(backend.state().problem()).contains(Integer.toString(status));
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.AWAY);
            assertThat(server.calls()).hasSize(1);
        }
    }

    @Test
    void aServiceThatKeepsFailingIsLeftAloneLongerEachTime() throws Exception {
        try (var server = new ModelServer(ModelServer.status(500));
                Backend backend = openAi(server)) {
            for (int count = 0; count < 3; count++) {
                assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.FAILED);
            }
            int calls = server.calls().size();
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.AWAY);
            assertThat(server.calls()).hasSize(calls);

            now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(61)));
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.FAILED);
            now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(61)));
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.AWAY);

            server.then(ModelServer.openAi("{}"));
            now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(31)));
            assertThat(backend.ask(asked()).text()).isEqualTo("{}");
            backend.understood();
            assertThat(backend.state().problem()).isNull();
        }
    }

    @Test
    void aServiceThatAsksForPatienceGetsIt() throws Exception {
        try (var server =
                        new ModelServer(
                                ModelServer.retryAfter(429, "1"), ModelServer.openAi("{}"));
                Backend backend = openAi(server)) {
            long begun = System.nanoTime();
            backend.ask(asked());
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
        try (var server = new ModelServer(ModelServer.retryAfter(429, "600"));
                Backend backend = openAi(server)) {
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.REFUSED);
            now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(599)));
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.AWAY);
            assertThat(server.calls()).hasSize(1);
        }
    }

    @Test
    void aServiceThatHangsOrStallsHasADeadline() {
        try (var server = new ModelServer()) {
            server.then(server.hang());
            server.then(server.stall());
            try (Backend backend = openAi(server)) {
                long begun = System.nanoTime();
                BackendFailure late = failure(backend);
                assertThat(late).hasMessageContaining("no answer within");
                assertThat(Duration.ofNanos(System.nanoTime() - begun))
                        .isLessThan(Duration.ofSeconds(30));
                assertThat(late.usage().time())
                        .as("three tries of 0.8 s are counted")
                        .isGreaterThan(Duration.ofSeconds(2));
                assertThat(server.calls()).hasSize(3);
            }
        }
    }

    @Test
    void aStoppedCallerIsNotKept() throws Exception {
        try (var server = new ModelServer()) {
            server.then(server.hang());
            try (Backend backend =
                    new OpenAiBackend(
                            new RemoteService(
                                    server.address(),
                                    "m",
                                    "",
                                    1_000,
                                    2_048,
                                    Duration.ofMinutes(5),
                                    Duration.ofMillis(10)),
                            clock)) {
                var asking = new FutureTask<>(() -> backend.ask(asked()));
                Thread caller = Thread.ofPlatform().start(asking);
                caller.interrupt();
                assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
                assertThat(asking.state()).isEqualTo(Future.State.FAILED);
                assertThat(asking.exceptionNow()).isInstanceOf(InterruptedException.class);
            }
        }
    }

    @Test
    void garbageTornAnswersAndEmptyOnesAreFailures() {
        try (var server =
                        new ModelServer(
                                ModelServer.raw("<html>It works!</html>"),
                                ModelServer.raw("[1,2]"),
                                ModelServer.torn("{\"choices\":[{\"message\""));
                Backend backend = openAi(server)) {
            assertThat(failure(backend).kind()).isEqualTo(BackendFailure.Kind.FAILED);
            assertThat(server.calls()).hasSize(3);
        }
        try (var server = new ModelServer(ModelServer.raw("{\"another\":\"schema\"}"));
                Backend openAi = openAi(server);
                Backend anthropic = anthropic(server)) {
            assertThat(failure(openAi)).hasMessageContaining("said nothing");
            assertThat(failure(anthropic)).hasMessageContaining("said nothing");
        }
    }

    /// A count below zero is refused by the ledger's table, and with it the turn.
    @Test
    void whatAServiceSaysOfItsTokensIsNotBelieved() throws Exception {
        String openAi =
                """
                {"choices":[{"message":{"content":"{}"}}],
                "usage":{"prompt_tokens":-7,"completion_tokens":2000000000}}""";
        String anthropic =
                """
                {"content":[{"type":"text","text":"{}"}],
                "usage":{"input_tokens":2000000000,"cache_read_input_tokens":2000000000,
                "output_tokens":"many"}}""";
        try (var one = new ModelServer(ModelServer.raw(openAi));
                var other = new ModelServer(ModelServer.raw(anthropic));
                Backend first = openAi(one);
                Backend second = anthropic(other)) {
            Backend.Usage wrong = first.ask(asked()).usage();
            assertThat(wrong.promptTokens()).isZero();
            assertThat(wrong.answerTokens()).isEqualTo(100_000_000);
            Backend.Usage large = second.ask(asked()).usage();
            assertThat(large.promptTokens()).isEqualTo(100_000_000);
            assertThat(large.answerTokens()).isZero();
        }
    }

    @Test
    void aModelThatDeclinesIsNotAskedTwice() {
        try (var server = new ModelServer(ModelServer.anthropic("", "refusal"));
                Backend backend = anthropic(server)) {
            BackendFailure declined = failure(backend);
            assertThat(declined.kind()).isEqualTo(BackendFailure.Kind.DECLINED);
            assertThat(declined.usage().answerTokens()).isEqualTo(200);
            assertThat(server.calls()).hasSize(1);
        }
    }

    @Test
    void theKeyIsNotCarriedElsewhere() {
        try (var elsewhere = new ModelServer(ModelServer.openAi("{}"));
                var server = new ModelServer(ModelServer.redirect(elsewhere.address()));
                Backend backend = openAi(server)) {
            failure(backend);
            assertThat(elsewhere.calls()).isEmpty();
        }
        assertThat(service(URI.create("http://localhost:1/v1")).toString()).doesNotContain(KEY);
    }

    @Test
    void nobodyThereIsAFailureThatNamesNoAddressButTheHost() {
        try (Backend backend =
                new OpenAiBackend(service(URI.create("http://127.0.0.1:9/v1?user=me")), clock)) {
            assertThat(failure(backend)).hasMessageContaining("cannot be reached at 127.0.0.1");
        }
    }
}
