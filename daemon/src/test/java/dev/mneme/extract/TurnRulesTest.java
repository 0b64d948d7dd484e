package dev.mneme.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.domain.TurnExtraction.Remembered;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/// What the events of a turn say together.
class TurnRulesTest {

    private static final String FOLDER = "/srv/none/shop";
    private static final Duration TURN_TIME_MAX = Duration.ofSeconds(2);

    private final RuleExtractor extractor = new RuleExtractor();

    @Test
    void aFailureItsRefutedTriesAndItsFixAreOneMemory() {
        TurnExtraction said =
                new Story()
                        .fails("pytest tests/test_cart.py", "E   KeyError: 'total'")
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .fails("pytest tests/test_cart.py", "E   KeyError: 'total'")
                        .edit("prices.py", "return None", "return prices")
                        .passes("pytest tests/test_cart.py -q", "1 passed in 0.02s")
                        .told();

        Remembered fix = only(said);
        assertThat(fix.draft().type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(fix.draft().narrative()).contains("KeyError: 'total'");
        assertThat(fix.draft().filesModified()).containsExactly("cart.py", "prices.py");
        assertThat(fix.eventIds()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void aTryThatWasTakenBackIsNoMemory() {
        TurnExtraction said =
                new Story()
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .edit("cart.py", "total = sum(prices)", "total = 0")
                        .edit("list.py", "size = 5", "size = 10")
                        .edit("shelf.py", "depth = 5", "depth = 10")
                        .passes("git restore shelf.py", "")
                        .told();

        assertThat(only(said).draft().filesModified()).containsExactly("list.py");
        assertThat(said.skipped())
                .containsEntry(1L, "taken-back")
                .containsEntry(2L, "taken-back")
                .containsEntry(4L, "taken-back");
    }

    @Test
    void aFailureThatPassesWithoutAChangeIsNoFix() {
        TurnExtraction said =
                new Story()
                        .fails("pytest tests/test_cart.py", "E   KeyError: 'total'")
                        .passes("pytest tests/test_cart.py", "1 passed in 0.02s")
                        .told();

        assertThat(types(said)).doesNotContain(ObservationType.BUGFIX);
    }

    @Test
    void aFailureThatNothingRepairedStaysBesideTheFixOfAnother() {
        TurnExtraction said =
                new Story()
                        .fails("pytest tests/test_cart.py", "E   KeyError: 'total'")
                        .fails("mypy src", "src/list.py:3: error: Missing return statement")
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .passes("pytest tests/test_cart.py", "1 passed in 0.02s")
                        .told();

        assertThat(said.remembered()).hasSize(2);
        assertThat(said.remembered().getFirst().draft().type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(said.remembered().getLast().draft().title()).contains("Missing return");
        assertThat(said.remembered().getLast().eventIds()).containsExactly(2L);
    }

    @Test
    void whatWasMissingAndGotInstalledIsAFix() {
        TurnExtraction said =
                new Story()
                        .fails("python report.py", "ModuleNotFoundError: No module named 'yaml'")
                        .passes("pip install pyyaml", "Successfully installed pyyaml-6.0")
                        .passes("python report.py", "42 rows")
                        .told();

        assertThat(only(said).draft().type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(only(said).draft().narrative()).contains("yaml");
    }

    @Test
    void theEditsOfARequestAreOneMemoryAndTheAnswerSaysWhy() {
        TurnExtraction said =
                new Story()
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .edit("cart.py", "tax = 0", "tax = total * RATE")
                        .edit("rates.py", "RATE = 0", "RATE = 0.19")
                        .passes("pytest", "12 passed in 0.3s")
                        .answer("Added the tax to the cart's total, because invoices need it.")
                        .told();

        ObservationDraft change = only(said).draft();
        assertThat(change.title()).startsWith("Added the tax to the cart's total");
        assertThat(change.filesModified()).containsExactly("cart.py", "rates.py");
        assertThat(change.narrative()).contains("because invoices need it");
        assertThat(change.facts()).anyMatch(fact -> fact.contains("12 Python tests pass"));
        assertThat(only(said).eventIds()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void whatAnAnswerFoundOutIsToldWithWhatWasChanged() {
        TurnExtraction said =
                new Story()
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .answer(
                                "The shop keeps its prices in cents, and every view divides them"
                                        + " by a hundred before it shows them.")
                        .told();

        assertThat(only(said).draft().narrative()).contains("prices in cents");
        assertThat(only(said).draft().filesModified()).containsExactly("cart.py");
    }

    @Test
    void theSummarySaysWhatWasAskedDoneAndLeft() {
        @Nullable SummaryDraft said =
                new Story()
                        .read("cart.py")
                        .edit("cart.py", "total = 0", "total = sum(prices)")
                        .answer(
                                """
                                Added the sum to the cart, because it was missing.

                                **Next steps:**
                                1. Round to cents
                                2. Show the tax
                                """)
                        .told()
                        .summary();
        SummaryDraft summary = Objects.requireNonNull(said);

        assertThat(summary.request()).isEqualTo("Repair the cart");
        assertThat(summary.investigated()).isEqualTo("cart.py");
        assertThat(summary.completed()).isNotBlank();
        assertThat(summary.nextSteps()).isEqualTo("Round to cents\nShow the tax");
        assertThat(NextSteps.in("All done. Nothing is left.")).isEmpty();
        assertThat(NextSteps.in("Next steps: none")).isEmpty();
    }

    /// Any mixture of real payloads gets an answer for each event, the same each time, and soon.
    @Test
    void everyEventOfAnyTurnIsAnsweredForOnce() {
        List<SharedPayloads.Sample> samples = new ArrayList<>(RuleExtractorTest.payloads());
        long seed = Instant.now().getEpochSecond();
        System.out.println("proof: seed " + seed);
        Collections.shuffle(samples, new Random(seed));
        for (int from = 0; from < samples.size(); from += Turn.EVENTS_MAX) {
            var events = new ArrayList<CapturedEvent>();
            for (SharedPayloads.Sample sample :
                    samples.subList(from, Math.min(samples.size(), from + Turn.EVENTS_MAX))) {
                CapturedEvent event = sample.event("Do it");
                events.add(
                        new CapturedEvent(
                                events.size() + 1,
                                event.kind(),
                                event.sessionId(),
                                event.occurredAt(),
                                event.cwd(),
                                event.toolName(),
                                event.toolUseId(),
                                event.payload(),
                                event.promptText()));
            }
            Turn turn = turn(events, null);
            long started = System.nanoTime();
            TurnExtraction said = extractor.extract(turn).checkedAgainst(turn);
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(TURN_TIME_MAX);
            assertThat(extractor.extract(turn)).isEqualTo(said);
        }
    }

    private static Remembered only(TurnExtraction said) {
        assertThat(said.remembered()).hasSize(1);
        return said.remembered().getFirst();
    }

    private static List<ObservationType> types(TurnExtraction said) {
        return said.remembered().stream().map(one -> one.draft().type()).toList();
    }

    private static Turn turn(List<CapturedEvent> events, @Nullable String answer) {
        return new Turn(
                "s",
                1,
                "Repair the cart",
                FOLDER,
                "main",
                List.copyOf(events),
                answer,
                answer == null ? Turn.End.SILENCE : Turn.End.ANSWER,
                false);
    }

    /// A turn as a test tells it.
    private final class Story {

        private final List<CapturedEvent> events = new ArrayList<>();
        private @Nullable String answer;

        Story fails(String command, String error) {
            return add(
                    HookEvent.POST_TOOL_USE_FAILURE,
                    "Bash",
                    Map.of(
                            "tool_input",
                            Map.of("command", command),
                            "error",
                            "Exit code 1\n" + error));
        }

        Story passes(String command, String output) {
            return add(
                    HookEvent.POST_TOOL_USE,
                    "Bash",
                    Map.of(
                            "tool_input",
                            Map.of("command", command),
                            "tool_response",
                            Map.of("stdout", output)));
        }

        Story edit(String file, String before, String after) {
            return add(
                    HookEvent.POST_TOOL_USE,
                    "Edit",
                    Map.of(
                            "tool_input",
                            Map.of(
                                    "file_path",
                                    FOLDER + "/" + file,
                                    "old_string",
                                    before,
                                    "new_string",
                                    after)));
        }

        Story read(String file) {
            return add(
                    HookEvent.POST_TOOL_USE,
                    "Read",
                    Map.of("tool_input", Map.of("file_path", FOLDER + "/" + file)));
        }

        Story answer(String text) {
            answer = text;
            return add(HookEvent.STOP, "", Map.of("last_assistant_message", text));
        }

        private Story add(HookEvent kind, String tool, Map<String, Object> payload) {
            events.add(
                    new CapturedEvent(
                            events.size() + 1,
                            kind,
                            "s",
                            Instant.EPOCH.plusSeconds(events.size()),
                            FOLDER,
                            tool,
                            "t" + events.size(),
                            Json.write(payload),
                            null));
            return this;
        }

        TurnExtraction told() {
            Turn turn = turn(events, answer);
            return extractor.extract(turn).checkedAgainst(turn);
        }
    }
}
