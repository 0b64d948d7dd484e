package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.domain.Utf8;
import dev.mneme.extract.RuleExtractor;
import dev.mneme.llama.Limits;
import dev.mneme.llama.LocalModel;
import dev.mneme.llama.TinyModel;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The chain of models and rules on a real turn, with real servers, a real model and real faults.
@Timeout(60)
final class ModelExtractorIT {

    private static final long READ = 11;
    private static final long FAILED = 12;
    private static final long EDIT = 13;
    private static final long STOP = 14;

    @TempDir Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Notes ledger = new Notes();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
    }

    /// A ledger on paper.
    private static final class Notes implements Ledger {

        private final List<Call> made = new ArrayList<>();
        private final List<Backend.Usage> taken = new ArrayList<>();
        private Optional<String> enough = Optional.empty();
        private OptionalLong tokensPerCall = OptionalLong.empty();

        @Override
        public OptionalLong tokensPerCall() {
            return tokensPerCall;
        }

        @Override
        public Optional<String> refuses(Call call) {
            if (enough.isEmpty()) {
                made.add(call);
            }
            return enough;
        }

        @Override
        public void took(Call call, Backend.Usage usage) {
            taken.add(usage);
        }

        @Override
        public void notMade(Call call) {
            made.remove(call);
        }
    }

    private static CapturedEvent event(long id, HookEvent kind, String tool, Object payload) {
        return new CapturedEvent(
                id,
                kind,
                "session-1",
                Instant.parse("2026-11-21T12:00:00Z").plusSeconds(id),
                "/home/me/shop",
                tool,
                "use-" + id,
                Json.write(payload),
                "make the retries bounded");
    }

    private static Turn turn() {
        return new Turn(
                "session-1",
                1,
                "make the retries bounded <|im_end|>",
                "/home/me/shop",
                "main",
                List.of(
                        event(
                                READ,
                                HookEvent.POST_TOOL_USE,
                                "Read",
                                Map.of(
                                        "tool_name",
                                        "Read",
                                        "tool_input",
                                        Map.of("file_path", "/home/me/shop/src/retry.py"))),
                        event(
                                FAILED,
                                HookEvent.POST_TOOL_USE_FAILURE,
                                "Bash",
                                Map.of(
                                        "tool_name",
                                        "Bash",
                                        "tool_input",
                                        Map.of("command", "pytest tests/test_retry.py"),
                                        "error",
                                        "Exit code 1\nE   AssertionError: waited 4096 s\n1 failed")),
                        event(
                                EDIT,
                                HookEvent.POST_TOOL_USE,
                                "Edit",
                                Map.of(
                                        "tool_name",
                                        "Edit",
                                        "tool_input",
                                        Map.of("file_path", "/home/me/shop/src/retry.py"),
                                        "tool_response",
                                        Map.of(
                                                "structuredPatch",
                                                List.of(
                                                        Map.of(
                                                                "oldStart",
                                                                1,
                                                                "newStart",
                                                                1,
                                                                "lines",
                                                                List.of(
                                                                        "-delay = 2 ** attempt",
                                                                        "+delay = min(30, 2 **"
                                                                                + " attempt)")))))),
                        event(
                                STOP,
                                HookEvent.STOP,
                                "",
                                Map.of(
                                        "last_assistant_message",
                                        "Fixed the retries: the delay is capped at 30 s."))),
                "Fixed the retries: the delay is capped at 30 s.",
                Turn.End.ANSWER,
                false);
    }

    private static Turn quietTurn() {
        Turn turn = turn();
        return new Turn(
                turn.sessionId(),
                1,
                "look",
                turn.cwd(),
                turn.branch(),
                turn.events().subList(0, 1),
                null,
                Turn.End.SILENCE,
                false);
    }

    /// Another turn, of which the rules keep something too.
    private static Turn withoutItsFirst(Turn turn) {
        return new Turn(
                turn.sessionId(),
                turn.promptNumber(),
                turn.prompt(),
                turn.cwd(),
                turn.branch(),
                turn.events().subList(1, turn.events().size()),
                turn.answer(),
                turn.end(),
                false);
    }

    private ModelServer server(ModelServer.Step... steps) {
        var server = new ModelServer(steps);
        opened.add(server);
        return server;
    }

    private static RemoteService service(ModelServer server) {
        return new RemoteService(
                server.address(),
                "some-model",
                "",
                8_000,
                2_048,
                Duration.ofMillis(800),
                Duration.ofMillis(5));
    }

    private static Backend openAi(ModelServer server) {
        return new OpenAiBackend(service(server), InstantSource.system());
    }

    private static Backend anthropic(ModelServer server) {
        return new AnthropicBackend(service(server), InstantSource.system());
    }

    private Backend local(Path file, Duration answerTime) {
        var limits =
                new Limits(
                        1L << 30,
                        8_192,
                        1,
                        Duration.ofSeconds(20),
                        answerTime,
                        Duration.ofSeconds(60));
        return new LocalBackend(
                new LocalModel(file, limits, folder.resolve("run" + opened.size())), 2_048);
    }

    private ModelExtractor chain(Backend... backends) {
        return chain(new Machine(folder, folder, 0, 0), backends);
    }

    private ModelExtractor chain(Machine machine, Backend... backends) {
        List<Backend> chain = List.of(backends);
        var extractor = new ModelExtractor(new RuleExtractor(), () -> chain, ledger, machine);
        opened.add(extractor);
        return extractor;
    }

    private static TurnExtraction extract(ModelExtractor extractor, Turn turn) throws Exception {
        return extractor.extract(turn).checkedAgainst(turn);
    }

    /// Tries as the queue does.
    private static TurnExtraction extractPatiently(ModelExtractor extractor, Turn turn)
            throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                return extract(extractor, turn);
            } catch (TurnNotUnderstood again) {
                assertThat(attempt).isLessThan(4);
            }
        }
    }

    @Test
    void theModelIsAskedForTheTurnAndItsNumbersBecomeEventsAndFiles() throws Exception {
        var server =
                server(
                        ModelServer.openAi(
                                """
                                {"skip":"","observations":[{"type":"bugfix","title":"Retries are \
                                capped at 30 s","subtitle":"","narrative":"They grew without \
                                bound.","facts":[],"concepts":["problem-solution"],\
                                "files_read":[],"files_modified":[1],"events":[2,3]}],\
                                "summary":{"request":"","investigated":"","learned":"",\
                                "completed":"capped","next_steps":""}}"""));
        ModelExtractor extractor = chain(openAi(server));

        TurnExtraction extraction = extract(extractor, turn());

        assertThat(extraction.maker().name()).isEqualTo("openai:some-model");
        assertThat(extraction.remembered()).hasSize(1);
        var remembered = extraction.remembered().getFirst();
        assertThat(remembered.eventIds()).containsExactly(FAILED, EDIT);
        assertThat(remembered.draft().type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(remembered.draft().filesModified()).containsExactly("src/retry.py");
        assertThat(extraction.skipped())
                .containsEntry(READ, "read-only")
                .containsEntry(STOP, "not-used");
        assertThat(extraction.summary()).isNotNull();
        assertThat(extractor.inUse()).isEqualTo("openai");
        String asked =
                server.calls()
                        .getFirst()
                        .body()
                        .path("messages")
                        .path(1)
                        .path("content")
                        .stringValue();
        assertThat(asked)
                .contains("make the retries bounded")
                .contains("1 src/retry.py")
                .contains("[2] Bash pytest tests/test_retry.py FAILED")
                .contains("AssertionError: waited 4096 s")
                .contains("+delay = min(30")
                .contains("capped at 30 s")
                .doesNotContain("<|");
        assertThat(ledger.made).hasSize(1);
        assertThat(ledger.made.getFirst().sessionId()).isEqualTo("session-1");
        assertThat(ledger.taken.getFirst().promptTokens()).isEqualTo(1_200);
    }

    @Test
    void aTurnInWhichTheRulesFindNothingCostsNoCall() throws Exception {
        var server = server(ModelServer.status(500));
        TurnExtraction extraction = extract(chain(openAi(server)), quietTurn());
        assertThat(extraction.remembered()).isEmpty();
        assertThat(extraction.maker().name()).isEqualTo("rules");
        assertThat(server.calls()).isEmpty();
        assertThat(ledger.made).isEmpty();
    }

    @Test
    void aDeliberateSkipIsAnAnswerAndNobodyElseIsAsked() throws Exception {
        var first = server(ModelServer.openAi("{\"skip\":\"routine\",\"observations\":[]}"));
        var second = server(ModelServer.anthropic("{}", "end_turn"));

        TurnExtraction extraction = extract(chain(openAi(first), anthropic(second)), turn());

        assertThat(extraction.remembered()).isEmpty();
        assertThat(extraction.skipped())
                .containsEntry(READ, "read-only")
                .containsEntry(EDIT, "routine");
        assertThat(first.calls()).hasSize(1);
        assertThat(second.calls()).isEmpty();
    }

    @Test
    void whereOneFailsTwiceTheNextIsAskedAndAtLastTheRules() throws Exception {
        var broken = server(ModelServer.raw("{\"wrong\":\"schema\"}"));
        var talking = server(ModelServer.anthropic("I would rather not use JSON.", "end_turn"));
        ModelExtractor extractor = chain(openAi(broken), anthropic(talking));

        assertThatThrownBy(() -> extractor.extract(turn()))
                .isInstanceOf(TurnNotUnderstood.class)
                .hasMessageNotContaining("rather");
        TurnExtraction extraction = extractPatiently(extractor, turn());

        assertThat(extraction.maker().name()).isEqualTo("rules");
        assertThat(extraction.remembered()).isNotEmpty();
        assertThat(broken.calls()).hasSize(2);
        assertThat(talking.calls()).hasSize(2);
        assertThat(extractor.inUse()).isEqualTo("rules");
    }

    /// What is put off at the last try is lost.
    @Test
    void atTheLastTryNobodyIsAskedAgainAndNothingIsPutOff() throws Exception {
        var broken = server(ModelServer.raw("{\"wrong\":\"schema\"}"));
        var other = server(ModelServer.anthropic("{\"skip\":1}", "end_turn"));
        ModelExtractor extractor = chain(openAi(broken), anthropic(other));
        assertThatThrownBy(() -> extractor.extract(turn())).isInstanceOf(TurnNotUnderstood.class);

        TurnExtraction extraction = extractor.extractAtLast(turn());

        assertThat(extraction.maker().name()).isEqualTo("rules");
        assertThat(extraction.remembered()).isNotEmpty();
        assertThat(broken.calls()).as("at the first try alone").hasSize(1);
        assertThat(other.calls()).as("at the last one alone").hasSize(1);
    }

    @Test
    void aServiceWhoseAnswersAreNeverOfUseIsLeftAloneAndNamed() throws Exception {
        var talking = server(ModelServer.openAi("I would rather not use JSON."));
        ModelExtractor extractor = chain(openAi(talking));

        for (Turn turn : List.of(turn(), withoutItsFirst(turn()), quietTurn())) {
            assertThat(extractPatiently(extractor, turn).maker().name()).isEqualTo("rules");
        }

        assertThat(talking.calls()).as("then it is left alone").hasSize(3);
        Backend.State state = extractor.chain().getFirst().state();
        assertThat(state.word()).isEqualTo("paused");
        assertThat(state.problem()).contains("openai answered, but it holds no JSON");
        assertThat(state.cure()).contains("JSON schema", "MNEME_EXTRACTOR");
        assertThat(ledger.made).as("no call is written down that was not made").hasSize(3);
    }

    /// The grammar forbids it; but a library that cannot read a grammar takes none.
    @Test
    void aModelHereWhoseAnswersAreNeverOfUseIsLeftAloneAndNamed() {
        Backend backend =
                local(TinyModel.write(folder.resolve("tiny.gguf"), 7), Duration.ofSeconds(40));
        opened.add(backend);
        for (int answer = 0; answer < 3; answer++) {
            backend.notUnderstood("its JSON does not end");
        }
        assertThatThrownBy(
                        () ->
                                backend.ask(
                                        new Backend.Asked(
                                                "be brief",
                                                "a turn",
                                                AnswerShape.within(2_048, 1, 1))))
                .isInstanceOfSatisfying(
                        BackendFailure.class,
                        failure -> assertThat(failure.kind()).isEqualTo(BackendFailure.Kind.AWAY));
        assertThat(backend.state().word()).isEqualTo("paused");
        assertThat(backend.state().problem()).contains("its JSON does not end");
        assertThat(backend.state().cure()).contains("mneme models use");
        backend.understood();
        assertThat(backend.state().word()).isEqualTo("ready");
    }

    @Test
    void whoDeclinedIsNotAskedAgainWhenTheTurnIsTriedAgain() throws Exception {
        var declining = server(ModelServer.anthropic("", "refusal"));
        var broken = server(ModelServer.raw("{\"wrong\":\"schema\"}"));
        TurnExtraction extraction =
                extractPatiently(chain(anthropic(declining), openAi(broken)), turn());
        assertThat(extraction.maker().name()).isEqualTo("rules");
        assertThat(declining.calls()).hasSize(1);
        assertThat(broken.calls()).hasSize(2);
    }

    @Test
    void oneThatDeclinesOrIsMisconfiguredIsPassedOverAtOnce() throws Exception {
        var declining = server(ModelServer.anthropic("", "refusal"));
        var locked = server(ModelServer.status(401));
        TurnExtraction extraction = extract(chain(anthropic(declining), openAi(locked)), turn());
        assertThat(extraction.maker().name()).isEqualTo("rules");
        assertThat(declining.calls()).hasSize(1);
        assertThat(locked.calls()).hasSize(1);
    }

    @Test
    void aModelOnThisMachineAnswersInTheShapeItIsGiven() throws Exception {
        ModelExtractor extractor =
                chain(
                        local(
                                TinyModel.write(folder.resolve("tiny.gguf"), 7),
                                Duration.ofSeconds(40)));

        TurnExtraction extraction = extract(extractor, turn());

        assertThat(extraction.maker().name()).isEqualTo("local:tiny");
        assertThat(extractor.inUse()).isEqualTo("local");
        assertThat(extractor.chain().getFirst().state().word()).isEqualTo("loaded");
        assertThat(ledger.taken.getFirst().promptTokens()).isPositive();
        assertThat(ledger.taken.getFirst().answerTokens()).isPositive();
    }

    @Test
    void aModelThatIsMissingBrokenOrTooSlowLeavesTheTurnToTheNext() throws Exception {
        var server = server(ModelServer.openAi(ModelAnswerTest.GOOD));
        Path missing = folder.resolve("missing.gguf");
        Path broken = Files.writeString(folder.resolve("broken.gguf"), "GGUF, but not really");
        for (Path file : List.of(missing, broken)) {
            ModelExtractor extractor = chain(local(file, Duration.ofSeconds(40)), openAi(server));
            assertThat(extract(extractor, turn()).maker().name()).isEqualTo("openai:some-model");
            Backend.State state = extractor.chain().getFirst().state();
            assertThat(state.problem()).contains(file.toString());
            assertThat(state.cure()).isNotBlank();
        }
        assertThat(ledger.made)
                .as("a model that is not there was not called")
                .extracting(call -> call.backend().name())
                .containsExactly("openai", "openai");
        Path tiny = TinyModel.write(folder.resolve("tiny.gguf"), 7);
        ModelExtractor slow = chain(local(tiny, Duration.ofMillis(1)), openAi(server));
        assertThat(extractPatiently(slow, turn()).maker().name()).isEqualTo("openai:some-model");
        assertThat(slow.chain().getFirst().state().problem()).contains("within 0 s");
    }

    @Test
    void whatTheLedgerRefusesIsNotAskedAndTheRulesGoOn() throws Exception {
        var server = server(ModelServer.openAi(ModelAnswerTest.GOOD));
        ModelExtractor extractor = chain(openAi(server));
        ledger.enough = Optional.of("the day's calls are used up");

        assertThat(extract(extractor, turn()).maker().name()).isEqualTo("rules");
        assertThat(server.calls()).isEmpty();
        assertThat(extractor.paused()).contains("the day's calls are used up");

        ledger.enough = Optional.empty();
        ledger.tokensPerCall = OptionalLong.of(1_000);
        assertThat(extract(extractor, turn()).maker().name()).isEqualTo("rules");
        assertThat(server.calls()).isEmpty();

        ledger.tokensPerCall = OptionalLong.of(6_000);
        assertThat(extract(extractor, turn()).maker().name()).isEqualTo("openai:some-model");
        assertThat(extractor.paused()).isEmpty();
        assertThat(ledger.made.getLast().tokensMax()).isLessThanOrEqualTo(6_000);
    }

    /// A character of another script has three bytes and takes more than one token.
    @Test
    void theCapOfACallHoldsInAnyScript() throws Exception {
        var server = server(ModelServer.openAi(ModelAnswerTest.GOOD));
        ledger.tokensPerCall = OptionalLong.of(6_000);
        Turn turn = turn();
        var chinese =
                new Turn(
                        turn.sessionId(),
                        1,
                        "重试没有上限".repeat(1_000),
                        turn.cwd(),
                        turn.branch(),
                        turn.events(),
                        "现在最多等三十秒".repeat(1_000),
                        Turn.End.ANSWER,
                        false);

        TurnExtraction extraction = extract(chain(openAi(server)), chinese);

        assertThat(extraction.maker().name()).isEqualTo("openai:some-model");
        int bytes = 0;
        for (JsonNode message : server.calls().getFirst().body().path("messages")) {
            bytes += Utf8.bytes(message.path("content").stringValue());
        }
        assertThat(bytes / 2 + 2_048).isLessThanOrEqualTo(6_000);
        assertThat(bytes).as("as much of it as fits").isGreaterThan(4_000);
    }

    @Test
    void onBatteryOnlyTheModelOnThisMachinePauses() throws Exception {
        Path battery = Files.createDirectories(folder.resolve("power").resolve("BAT0"));
        Files.writeString(battery.resolve("type"), "Battery\n");
        Files.writeString(battery.resolve("status"), "Discharging\n");
        Files.writeString(battery.resolve("capacity"), "20\n");
        var machine = new Machine(folder.resolve("power"), folder, 50, 0);
        Path tiny = TinyModel.write(folder.resolve("tiny.gguf"), 7);

        ModelExtractor alone = chain(machine, local(tiny, Duration.ofSeconds(40)));
        assertThat(extract(alone, turn()).maker().name()).isEqualTo("rules");
        assertThat(alone.paused()).contains("the battery is to last");

        var server = server(ModelServer.openAi(ModelAnswerTest.GOOD));
        ModelExtractor both = chain(machine, local(tiny, Duration.ofSeconds(40)), openAi(server));
        assertThat(extract(both, turn()).maker().name()).isEqualTo("openai:some-model");
    }

    @Test
    void aLongTurnIsToldInFewerWordsUntilItFits() throws Exception {
        Path tiny = TinyModel.write(folder.resolve("tiny.gguf"), 7);
        var limits =
                new Limits(
                        1L << 30,
                        4_096,
                        1,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(40),
                        Duration.ofSeconds(60));
        // One token a letter: three times as many as are reckoned with.
        var backend = new LocalBackend(new LocalModel(tiny, limits, folder.resolve("small")), 512);
        Turn turn = turn();
        var longer =
                new Turn(
                        turn.sessionId(),
                        1,
                        turn.prompt(),
                        turn.cwd(),
                        turn.branch(),
                        turn.events(),
                        "w ".repeat(20_000),
                        Turn.End.ANSWER,
                        false);

        TurnExtraction extraction = extractPatiently(chain(backend), longer);

        assertThat(extraction.maker().name()).isIn("local:tiny", "rules");
        assertThat(ledger.made.size()).isGreaterThan(1);
    }
}
