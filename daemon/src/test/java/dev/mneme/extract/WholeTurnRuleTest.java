package dev.mneme.extract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Concept;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Turns as stories: what a developer is told of them months later.
class WholeTurnRuleTest {

    private static final Duration TIME_EACH_MAX = Duration.ofMillis(200);
    private static final int EVENTS_MAX = 40;

    private final RuleExtractor extractor = new RuleExtractor();
    private final List<CapturedEvent> events = new ArrayList<>();
    private @Nullable String prompt;

    @Test
    void aFailureAndWhatMendedItAreOneMemory() {
        asked("the linter fails, please mend it");
        failed(
                "golangci-lint run ./...",
                "Exit code 1\nretry.go:12:2: Error return value of `f.Close` is not checked (errcheck)");
        edited("/shop/retry.go", "f.Close()", "_ = f.Close()");
        ran("golangci-lint run ./...", "0 issues.");
        answered("The linter failed because `f.Close` was not checked. Fixed.");

        ObservationDraft draft = theOnly(extract());

        assertThat(draft.type()).isEqualTo(ObservationType.BUGFIX);
        assertThat(draft.title()).contains("because `f.Close` was not checked");
        assertThat(draft.narrative()).contains("Failed on the way: ");
        assertThat(draft.concepts()).contains(Concept.PROBLEM_SOLUTION);
        assertThat(draft.filesModified()).containsExactly("retry.go");
    }

    @Test
    void aFailureThatNothingMendedIsAMemoryOfItsOwn() {
        asked("add a cap to the backoff");
        edited("/shop/retry.go", "wait := base", "wait := min(base, limit)");
        failed("go build ./...", "Exit code 1\n./retry.go:7:20: undefined: limit");
        answered("Added a cap to the backoff in `retry.go`.");

        List<ObservationDraft> drafts = drafts(extract());

        assertThat(drafts).hasSize(2);
        assertThat(drafts.getFirst().type()).isEqualTo(ObservationType.FEATURE);
        assertThat(drafts.getLast().title()).contains("undefined: limit");
    }

    @Test
    void severalEditsAreOneMemoryThatNamesTheirFiles() {
        asked("can you add the agent's name to the log?");
        read("/shop/log/context.go");
        edited("/shop/log/context.go", "const id = 1", "const id = 1\nconst agent = 2");
        edited("/shop/log/logger.go", "return attrs", "return append(attrs, agent)");
        edited("/shop/log/context.go", "const agent = 2", "const agentKey = 2");
        answered("Log entries now carry the agent's name, taken from the context.");

        ObservationDraft draft = theOnly(extract());

        assertThat(draft.type()).isEqualTo(ObservationType.FEATURE);
        assertThat(draft.title())
                .isEqualTo("Log entries now carry the agent's name, taken from the context");
        assertThat(draft.filesModified()).containsExactly("log/context.go", "log/logger.go");
        assertThat(draft.filesRead()).isEmpty();
        assertThat(draft.facts()).isNotEmpty();
        assertThat(draft.narrative()).contains("While asked to: can you add the agent's name");
    }

    /// What is said first is what is wanted; what follows gives a reason or comes along with it.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    add a retry to the upload, it fails without a network | feature
                    the upload fails without a network, can we add a retry? | bugfix
                    the build is failing on Windows | bugfix
                    retryOnce() is not used anywhere, please remove it | refactor
                    this duplicates what `retry` does and may fail otherwise | refactor
                    let's completely remove the retry | change
                    can you add a comment on why we retry? | change
                    Implement the following plan: # Rename retry to attempt, so that nothing fails | refactor
                    a helper that was used to add retries: make it wait longer | change
                    can you fix: critical: duplicate code in two timestamp functions | refactor
                    fix the retry, it never ends | bugfix
                    why is it showing such a high number of retries? | bugfix
                    the wait is too long, cut it | bugfix
                    we need to make "wait" -> "waitForRetry" | refactor
                    the exported limit() is only used in tests | refactor
                    could you prefill the wait with the last one? | feature
                    """)
    void theFirstWishOfAPromptSaysOfWhichKindTheWorkIs(String words, String type) {
        asked(words);
        edited("/shop/retry.go", "wait := base", "wait := limit(base)");
        answered("Done, `retry.go` waits as wished.");

        assertThat(theOnly(extract()).type().wireName()).isEqualTo(type);
    }

    @Test
    void whereThePromptDoesNotTellTheAnswerDoes() {
        asked("yes");
        edited("/shop/retry.go", "wait := base", "wait := limit(base)");
        answered("**Problem:** the wait grew without a limit. It is five seconds at most now.");

        assertThat(theOnly(extract()).type()).isEqualTo(ObservationType.BUGFIX);
    }

    @Test
    void settingsAloneAreNoFeature() {
        asked("add the new linter to the build");
        wrote("/shop/.golangci.yml", "linters: [revive]\n");
        answered("Added `revive` to the linters.");

        assertThat(theOnly(extract()).type()).isEqualTo(ObservationType.CHANGE);
    }

    @Test
    void aPlanAloneIsWhatWasSettled() {
        asked("how would the key get into the released binary?");
        wrote("/shop/plans/release.md", "# Release\n\nThe key is set by the linker.\n");
        answered("Updated the plan: the linker sets the key when the binary is built.");

        assertThat(theOnly(extract()).type()).isEqualTo(ObservationType.DECISION);
    }

    @Test
    void aWishThatIsAnsweredByAQuestionWaitsForTheUser() {
        asked("not as a comment, but as a document attached to the issue");
        answered("`create_document` knows projects only. Would you like a description instead?");

        assertThat(extract().skipped()).containsEntry(2L, "asked-back");
    }

    @Test
    void whatWasMadeAndDeletedLeavesNothing() {
        asked("count patients by their care team");
        wrote("/shop/probe.ts", "export function probe() {}\n");
        ran("npx tsx probe.ts", "15 pages");
        edited("/shop/src/route.ts", "const page = first()", "const pages = all()");
        ran("rm probe.ts", "");
        answered("Fixed: all pages are read now, not the first one only.");

        assertThat(theOnly(extract()).filesModified()).containsExactly("src/route.ts");
    }

    @Test
    void aFileThatWentToAnotherFolderWasMoved() {
        asked("ENT-98");
        read("/shop/cli/commands/help.go");
        wrote("/shop/cli/help.go", "package cli\n\nfunc NewHelp() {}\n");
        ran("rm -rf /shop/cli/commands", "");
        answered("Done. The help command lives in the main package now.");

        ObservationDraft draft = theOnly(extract());

        assertThat(draft.type()).isEqualTo(ObservationType.REFACTOR);
        assertThat(draft.filesModified())
                .containsExactlyInAnyOrder("cli/help.go", "cli/commands/help.go");
    }

    @Test
    void aPatternStandsForTheFilesThatTheCommandPrinted() {
        asked("require Node 22 everywhere");
        ran(
                "perl -pi -e 's/>=18/>=22/' package.json packages/*/package.json && grep -n node"
                        + " package.json packages/*/package.json",
                "package.json:5: \">=22\"\npackages/s3/package.json:9: \">=22\"\n"
                        + "packages/sqs/package.json:9: \">=22\"");

        assertThat(theOnly(extract()).filesModified())
                .containsExactlyInAnyOrder(
                        "package.json", "packages/s3/package.json", "packages/sqs/package.json");
    }

    @Test
    void theUsersChoiceIsADecision() {
        asked("ok. let's use the merge base instead of the tip of main");
        answered("Good. The merge base is where the branch left main, so shared commits stay out.");

        ObservationDraft draft = theOnly(extract());

        assertThat(draft.type()).isEqualTo(ObservationType.DECISION);
        assertThat(draft.title())
                .isEqualTo("The user decides: let's use the merge base instead of the tip of main");
        assertThat(draft.narrative()).contains("shared commits stay out");
    }

    @Test
    void aTurnThatChangedNothingFoundSomething() {
        asked("why does the list show this session as active?");
        read("/shop/list/data.go");
        answered(
                "A session is active while its state file in `.git/sessions` exists, because"
                        + " nobody deletes it when the agent is killed.");

        ObservationDraft draft = theOnly(extract());

        assertThat(draft.type()).isEqualTo(ObservationType.DISCOVERY);
        assertThat(draft.filesRead()).containsExactly("list/data.go");
    }

    @Test
    void anAnswerThatClaimsWorkWhereNothingChangedIsNotBelieved() {
        asked("write a guide to this repository");
        read("/shop/package.json");
        answered("I've created a guide for this repository with its commands and structure.");

        TurnExtraction extraction = extract();

        assertThat(extraction.remembered()).isEmpty();
        assertThat(extraction.skipped()).containsEntry(3L, "nothing-changed");
    }

    @Test
    void aLessonThatNamesNothingOfTheProjectIsSkipped() {
        asked("can you help me understand how decorators work?");
        answered("A decorator wraps a function and adds to what it does, without changing it.");

        assertThat(extract().skipped()).containsEntry(2L, "not-of-the-project");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "can you show me the open points again?",
                "can you show me the code where it waits?",
                "could you write a summary for the PR?",
                "what was the name of that field again?"
            })
    void whatTheUserWantsToSeeAgainIsKnown(String words) {
        asked(words);
        read("/shop/retry.go");
        answered("The wait in `retry.go` is capped by `limit()`, because it grew for ever.");

        TurnExtraction extraction = extract();

        assertThat(extraction.remembered()).isEmpty();
        assertThat(extraction.skipped()).containsEntry(3L, "said-before");
    }

    @Test
    void aCauseThatWasFoundIsKeptAlsoWhereTheAnswerEndsInAQuestion() {
        asked("I mean the sessions that are archived");
        answered(
                "The root cause is that `ListSessions()` groups by the latest session only. Shall I"
                        + " fix it?");

        assertThat(theOnly(extract()).type()).isEqualTo(ObservationType.DISCOVERY);
    }

    @Test
    void testsThatConfirmWhatWasKnownAreRoutine() {
        asked("run the tests once more");
        ran("pytest", "===== 12 passed in 0.41s =====");
        answered("All 12 tests pass.");

        assertThat(extract().remembered()).isEmpty();
    }

    @Test
    void partsOfATurnAreNotJudgedAsIfTheyWereAll() {
        answered("I've created a guide for this repository with its commands and structure.");

        assertThat(theOnly(extract()).type())
                .as("what was done stands in an earlier part")
                .isEqualTo(ObservationType.FEATURE);
    }

    /// Any events in any order: each gets one answer, in bounded time.
    @Test
    void everyEventOfAnyTurnIsAnswered() {
        long seed = 20_261_121;
        var random = new Random(seed);
        List<SharedPayloads.Sample> samples = samples();
        for (int round = 0; round < 300; round++) {
            events.clear();
            prompt = null;
            if (random.nextBoolean()) {
                asked(random.nextBoolean() ? "fix the failing build" : "let's use another one");
            }
            int count = 1 + random.nextInt(EVENTS_MAX);
            for (int i = 0; i < count; i++) {
                SharedPayloads.Sample sample = samples.get(random.nextInt(samples.size()));
                CapturedEvent event = sample.event("");
                add(event.kind(), event.payload());
            }
            Turn turn = turn();
            long started = System.nanoTime();
            TurnExtraction extraction = extractor.extract(turn);
            Duration taken = Duration.ofNanos(System.nanoTime() - started);
            assertThat(extraction.checkedAgainst(turn))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(extractor.extract(turn));
            assertThat(taken).as("seed %d, round %d", seed, round).isLessThan(TIME_EACH_MAX);
            extraction
                    .remembered()
                    .forEach(
                            one ->
                                    assertThat(one.draft().title().length())
                                            .isLessThanOrEqualTo(Bounds.TITLE_CHARS_MAX));
        }
    }

    private static List<SharedPayloads.Sample> samples() {
        var own = new ArrayList<SharedPayloads.Sample>();
        SharedPayloads.resource("samples.json")
                .properties()
                .forEach(
                        entry -> {
                            if (SharedPayloads.kind(entry.getValue()).isPresent()) {
                                own.add(
                                        new SharedPayloads.Sample(
                                                entry.getKey(), entry.getValue()));
                            }
                        });
        SharedPayloads.folder().ifPresent(data -> own.addAll(SharedPayloads.all(data)));
        return own;
    }

    private void asked(String words) {
        prompt = words;
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("prompt", words);
        add(HookEvent.USER_PROMPT_SUBMIT, Json.write(payload));
    }

    private void answered(String words) {
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("last_assistant_message", words);
        add(HookEvent.STOP, Json.write(payload));
    }

    private void read(String file) {
        ObjectNode payload = tool("Read");
        ((ObjectNode) payload.path("tool_input")).put("file_path", file);
        add(HookEvent.POST_TOOL_USE, Json.write(payload));
    }

    private void edited(String file, String before, String after) {
        ObjectNode payload = tool("Edit");
        ObjectNode input = (ObjectNode) payload.path("tool_input");
        input.put("file_path", file);
        input.put("old_string", before);
        input.put("new_string", after);
        add(HookEvent.POST_TOOL_USE, Json.write(payload));
    }

    private void wrote(String file, String content) {
        ObjectNode payload = tool("Write");
        ObjectNode input = (ObjectNode) payload.path("tool_input");
        input.put("file_path", file);
        input.put("content", content);
        add(HookEvent.POST_TOOL_USE, Json.write(payload));
    }

    private void ran(String command, String output) {
        ObjectNode payload = tool("Bash");
        ((ObjectNode) payload.path("tool_input")).put("command", command);
        payload.putObject("tool_response").put("stdout", output);
        add(HookEvent.POST_TOOL_USE, Json.write(payload));
    }

    private void failed(String command, String error) {
        ObjectNode payload = tool("Bash");
        ((ObjectNode) payload.path("tool_input")).put("command", command);
        payload.put("error", error);
        add(HookEvent.POST_TOOL_USE_FAILURE, Json.write(payload));
    }

    private static ObjectNode tool(String name) {
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("tool_name", name);
        payload.putObject("tool_input");
        return payload;
    }

    private void add(HookEvent kind, String payload) {
        events.add(
                new CapturedEvent(
                        events.size() + 1L,
                        kind,
                        "s",
                        Instant.EPOCH,
                        "/shop",
                        null,
                        null,
                        payload,
                        prompt));
    }

    private Turn turn() {
        return new Turn("s", 1, prompt, "/shop", null, events, null, Turn.End.SILENCE, false);
    }

    private TurnExtraction extract() {
        Turn turn = turn();
        return extractor.extract(turn).checkedAgainst(turn);
    }

    private static List<ObservationDraft> drafts(TurnExtraction extraction) {
        return extraction.remembered().stream().map(TurnExtraction.Remembered::draft).toList();
    }

    private static ObservationDraft theOnly(TurnExtraction extraction) {
        assertThat(extraction.remembered()).hasSize(1);
        return extraction.remembered().getFirst().draft();
    }
}
