package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.Turn;
import dev.mneme.extract.RuleExtractor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

final class RecordingsTest {

    private static final String SESSION = "\"sessionId\":\"s1\",\"cwd\":\"/shop\"";

    @TempDir private Path data;

    @Test
    void aTranscriptBecomesWhatTheHooksWouldHaveSent() throws Exception {
        write(
                "shop.jsonl",
                said("Cap the backoff"),
                "{broken",
                called("t1", "Read", "{\"file_path\":\"/shop/retry.py\"}"),
                answered("t1", "text", ""),
                called("t2", "Edit", "{\"file_path\":\"/shop/retry.py\"}"),
                answered("t2", "<tool_use_error>not read</tool_use_error>", "true"),
                called("t3", "Bash", "{\"command\":\"pytest\"}"),
                answered("t3", "Exit code 1", "true"),
                spoke("Capped at five seconds."),
                said("[Request interrupted by user]"),
                said("And now?"));

        List<RecordedTurn> turns = Recordings.below(data);

        assertThat(turns).hasSize(1);
        RecordedTurn turn = turns.getFirst();
        assertThat(turn.place()).isEqualTo("shop.jsonl:1");
        assertThat(turn.hooks().stream().map(RecordedTurn.Hook::kind))
                .as("neither the invalid call nor the end of an interrupted turn is told")
                .containsExactly(
                        HookEvent.USER_PROMPT_SUBMIT,
                        HookEvent.POST_TOOL_USE,
                        HookEvent.POST_TOOL_USE_FAILURE);
        assertThat(turn.hooks().get(2).payload().path("error").asString()).isEqualTo("Exit code 1");
    }

    @Test
    void theAnswerIsWhatWasSaidAfterTheLastCall() throws Exception {
        write(
                "shop.jsonl",
                said("<command-name>/review</command-name><command-args>now</command-args>"),
                spoke("Let me look."),
                called("t1", "TodoWrite", "{}"),
                answered("t1", "ok", ""),
                spoke("All is well."));

        Turn turn = new AsCaptured().parts(Recordings.below(data).getFirst()).getFirst();

        assertThat(turn.answer()).isEqualTo("All is well.");
        assertThat(turn.end()).isEqualTo(Turn.End.ANSWER);
        assertThat(turn.prompt()).as("a command is no wish in words").isNull();
        assertThat(turn.events().stream().map(CapturedEvent::kind))
                .as("the to-do list is not kept")
                .containsExactly(HookEvent.USER_PROMPT_SUBMIT, HookEvent.STOP);
        assertThat(turn.events().getFirst().payload()).contains("/review now");
    }

    @Test
    void aSessionInLogsOfItsOwnForEachEventIsOneTurn() throws Exception {
        write(
                "log/PostToolUse.jsonl",
                hook("PostToolUse", "a", "\"tool_name\":\"Bash\""),
                hook("PostToolUse", "b", "\"tool_name\":\"Bash\""));
        write("log/Stop.jsonl", hook("Stop", "a", "\"last_assistant_message\":\"Done.\""));
        write("log/UserPromptSubmit.jsonl", hook("UserPromptSubmit", "a", "\"prompt\":\"Go\""));

        List<RecordedTurn> turns = Recordings.below(data);

        assertThat(turns.stream().map(RecordedTurn::place))
                .containsExactly("log/PostToolUse.jsonl:1", "log/PostToolUse.jsonl:2");
        assertThat(turns.getFirst().hooks().stream().map(RecordedTurn.Hook::kind))
                .containsExactly(
                        HookEvent.USER_PROMPT_SUBMIT, HookEvent.POST_TOOL_USE, HookEvent.STOP);
    }

    @Test
    void aSessionOfOnePromptOfWhichOnlyADigestIsLeftIsOneTurn() throws Exception {
        write(
                "digests.jsonl",
                digest(
                        "2026-01-05-a1",
                        "Claude Code",
                        says("user", "Cap the backoff"),
                        says("assistant", "Let me look."),
                        says("assistant", "Capped."),
                        says("user_command", "<command-name>/exit</command-name>"),
                        says("assistant", "No response requested.")),
                digest("2026-01-05-b2", "Gemini CLI", says("user", "Go"), says("assistant", "?")),
                digest("2026-01-05-c3", "Claude Code", says("user", "On"), says("assistant", "Ok")),
                digest("2026-01-05-d4", "Claude Code", says("user", "On"), says("assistant", "Ok")),
                digest("2026-01-05-s1", "Claude Code", says("user", "Go"), says("assistant", "Ok")),
                digest(
                        "two",
                        "Claude Code",
                        says("user", "More"),
                        says("assistant", "Ok"),
                        says("user", "More"),
                        says("assistant", "Ok")));
        write("full.jsonl", said("Go"), spoke("Ok."));

        List<RecordedTurn> turns =
                Recordings.below(data).stream()
                        .filter(turn -> turn.file().equals("digests.jsonl"))
                        .toList();

        assertThat(turns.stream().map(RecordedTurn::place))
                .as("neither another host's, one resumed, recorded in full, nor one to be cut")
                .containsExactly("digests.jsonl:1", "digests.jsonl:3");
        Turn turn = new AsCaptured().parts(turns.getFirst()).getFirst();
        assertThat(turn.prompt()).isEqualTo("Cap the backoff");
        assertThat(turn.answer()).isEqualTo("Capped.");
        assertThat(turn.events().stream().map(CapturedEvent::kind))
                .as("the prompt that was answered, three calls, the end")
                .containsExactly(
                        HookEvent.USER_PROMPT_SUBMIT,
                        HookEvent.POST_TOOL_USE,
                        HookEvent.POST_TOOL_USE,
                        HookEvent.POST_TOOL_USE,
                        HookEvent.STOP);
        assertThat(new RuleExtractor().extract(turn).remembered())
                .singleElement()
                .satisfies(
                        one ->
                                assertThat(one.draft().filesModified())
                                        .as("named from the folder that the commits name it from")
                                        .containsExactly("src/retry.py"));
    }

    @Test
    void aSessionIsCutAtItsPromptsWhereAReaderSaidWhenItsFilesWereEdited() throws Exception {
        write(
                "digests.jsonl",
                digest(
                        "a1",
                        "Claude Code",
                        says("user", "Why does it hang?"),
                        says("assistant", "README.md says that nothing caps the backoff."),
                        says("user", "Never mind"),
                        says("user", "Cap it"),
                        says("assistant", "Capped, as README.md asks.")));
        List<RecordedLines.Line> lines = RecordedLines.of(data.resolve("digests.jsonl"));
        PlacedEdits placed =
                PlacedEdits.of(
                        Stream.of(
                                "{\"sha256\":\"%s\",\"folder\":\"/shop\",\"turns\":[[],[\"/shop/src/retry.py\"]]}"
                                        .formatted(lines.getFirst().hash())));

        List<RecordedTurn> turns = SessionDigest.turns("digests.jsonl", lines, placed);

        assertThat(turns.stream().map(RecordedTurn::place))
                .as("a prompt that nobody answered is no turn")
                .containsExactly("digests.jsonl:1", "digests.jsonl:1#2");
        assertThat(turns.stream().map(RecordingsTest::calls))
                .containsExactly(
                        List.of("Read /shop/README.md"), List.of("Edit /shop/src/retry.py"));
        assertThat(new AsCaptured().parts(turns.get(1)).getFirst().prompt()).isEqualTo("Cap it");
    }

    private static List<String> calls(RecordedTurn turn) {
        return turn.hooks().stream()
                .filter(hook -> hook.kind() == HookEvent.POST_TOOL_USE)
                .map(
                        hook ->
                                hook.payload().path("tool_name").asString("")
                                        + " "
                                        + hook.payload()
                                                .path("tool_input")
                                                .path("file_path")
                                                .asString(""))
                .toList();
    }

    private void write(String name, String... lines) throws IOException {
        Path file = data.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, String.join("\n", lines));
    }

    private static String said(String text) {
        return "{\"type\":\"user\"," + SESSION + ",\"message\":{\"content\":\"" + text + "\"}}";
    }

    private static String spoke(String text) {
        return "{\"type\":\"assistant\","
                + SESSION
                + ",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\""
                + text
                + "\"}]}}";
    }

    private static String called(String id, String tool, String input) {
        return "{\"type\":\"assistant\","
                + SESSION
                + ",\"message\":{\"content\":[{\"type\":\"tool_use\",\"id\":\""
                + id
                + "\",\"name\":\""
                + tool
                + "\",\"input\":"
                + input
                + "}]}}";
    }

    private static String answered(String id, String content, String failed) {
        return "{\"type\":\"user\","
                + SESSION
                + ",\"message\":{\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\""
                + id
                + "\",\"content\":\""
                + content
                + "\""
                + (failed.isEmpty() ? "" : ",\"is_error\":" + failed)
                + "}]}}";
    }

    private static String hook(String event, String session, String more) {
        return "{\"session_id\":\""
                + session
                + "\",\"cwd\":\"/shop\",\"hook_event_name\":\""
                + event
                + "\","
                + more
                + "}";
    }

    private static String says(String role, String text) {
        return "{\"role\":\"" + role + "\",\"ts\":\"t\",\"text\":\"" + text + "\"}";
    }

    private static String digest(String session, String agent, String... turns) {
        return """
        {"session_id":"%s","agent":"%s","checkpoints":[{"files_touched":["src/retry.py"]}],\
        "files_read":["/shop/README.md"],"files_edited":["/shop/src/retry.py"],\
        "commands":["pytest"],"turns":[%s]}"""
                .formatted(session, agent, String.join(",", turns));
    }
}
