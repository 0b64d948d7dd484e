package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// Sample payloads, as the agents' documentation shows them, in the words of Claude Code.
final class AgentWordsTest {

    private static final String FOLDER = "/home/ada/here";

    @Test
    void cursorTellsPromptsCallsEditsAndAnswers() {
        String common =
                """
                "conversation_id":"c-1","generation_id":"g-1","model":"m","cursor_version":"2.0",\
                "workspace_roots":["/home/ada/shop"],"user_email":null,""";
        assertThat(
                        said(
                                "cursor",
                                "session-start",
                                "{" + common + "\"hook_event_name\":\"sessionStart\"}"))
                .isEqualTo(
                        "session-start {\"session_id\":\"c-1\",\"cwd\":\"/home/ada/shop\","
                                + "\"hook_event_name\":\"SessionStart\",\"source\":\"startup\"}");
        assertThat(
                        said(
                                "cursor",
                                "user-prompt-submit",
                                "{" + common + "\"prompt\":\"Cap it\",\"attachments\":[]}"))
                .endsWith("\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"Cap it\"}");
        assertThat(
                        said(
                                "cursor",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "hook_event_name":"postToolUse","tool_name":"Shell",\
                                        "tool_input":{"command":"npm test"},"tool_use_id":"t-1",\
                                        "tool_output":"{\\"output\\":\\"9 passed\\",\\"exitCode\\":0}"}"""))
                .endsWith(
                        "\"tool_name\":\"Bash\",\"tool_use_id\":\"t-1\","
                                + "\"tool_input\":{\"command\":\"npm test\"},"
                                + "\"tool_response\":{\"stdout\":\"9 passed\",\"stderr\":\"\","
                                + "\"interrupted\":false}}");
        assertThat(
                        said(
                                "cursor",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "hook_event_name":"afterFileEdit","file_path":"/home/ada/shop/a.ts",\
                                        "edits":[{"old_string":"1","new_string":"2"}]}"""))
                .endsWith(
                        "\"tool_name\":\"MultiEdit\",\"tool_input\":{\"file_path\":"
                                + "\"/home/ada/shop/a.ts\",\"edits\":[{\"old_string\":\"1\","
                                + "\"new_string\":\"2\"}]},"
                                + "\"tool_response\":{\"filePath\":\"/home/ada/shop/a.ts\"}}");
        assertThat(
                        translated(
                                "cursor",
                                "post-tool-use",
                                "{"
                                        + common
                                        + "\"hook_event_name\":\"postToolUse\",\"tool_name\":\"Write\"}"))
                .as("told by afterFileEdit as well")
                .isNull();
        assertThat(
                        said(
                                "cursor",
                                "post-tool-use-failure",
                                "{"
                                        + common
                                        + """
                                        "tool_name":"Shell","tool_input":{"command":"make"},\
                                        "error_message":"no rule","failure_type":"error"}"""))
                .startsWith("post-tool-use-failure ")
                .endsWith("\"tool_input\":{\"command\":\"make\"},\"error\":\"no rule\"}");
        assertThat(
                        said(
                                "cursor",
                                "post-tool-use",
                                "{"
                                        + common
                                        + "\"tool_name\":\"MCP:get_observations\",\"tool_output\":\"x\"}"))
                .contains("\"tool_name\":\"mcp__mneme__get_observations\"");
        assertThat(cursorTool(common, "MCP:search", "", "2 hits, best first:\\n#12 2026-11-20 fix"))
                .as("rows of ours")
                .isEqualTo("mcp__mneme__search");
        assertThat(cursorTool(common, "MCP:timeline", "", "> #S7 2026-11-20 14:03 summary"))
                .isEqualTo("mcp__mneme__timeline");
        for (String foreign : List.of("Issue #12 is open", "#1 20 hits", "#a", "#", "#12 2026-1")) {
            assertThat(cursorTool(common, "MCP:search", "", foreign))
                    .as("a search of somebody else")
                    .isEqualTo("mcp__server__search");
        }
        assertThat(cursorTool(common, "MCP:search", "jira", "#12 2026-11-20 fix"))
                .isEqualTo("mcp__jira__search");
        assertThat(cursorTool(common, "MCP:jira:get_observations", "", "x"))
                .isEqualTo("mcp__jira__get_observations");
        assertThat(cursorTool(common, "MCP:search", "mneme", "")).isEqualTo("mcp__mneme__search");
        assertThat(said("cursor", "stop", "{" + common + "\"text\":\"Done, because of ü.\"}"))
                .endsWith(
                        "\"hook_event_name\":\"Stop\",\"last_assistant_message\":\"Done, because of"
                                + " ü.\"}");
        assertThat(answer("cursor", context("Line 1\\nLine 2")))
                .isEqualTo("{\"additional_context\":\"Line 1\\nLine 2\"}");
        assertThat(AgentWords.answer("cursor", "{}".getBytes(StandardCharsets.UTF_8))).isNull();
    }

    private static String cursorTool(String common, String tool, String server, String output) {
        String told =
                said(
                        "cursor",
                        "post-tool-use",
                        "{"
                                + common
                                + "\"mcp_server_name\":\""
                                + server
                                + "\",\"tool_name\":\""
                                + tool
                                + "\",\"tool_output\":\""
                                + output
                                + "\"}");
        int begin = told.indexOf("\"tool_name\":\"") + "\"tool_name\":\"".length();
        return told.substring(begin, told.indexOf('"', begin));
    }

    @Test
    void geminiTellsWhatItsToolsDidAndHowTheyFailed() {
        String common =
                """
                "session_id":"g-1","transcript_path":"/t.json","cwd":"/home/ada/shop",\
                "timestamp":"2026-11-20T10:00:00Z",""";
        assertThat(said("gemini", "session-start", "{" + common + "\"source\":\"resume\"}"))
                .endsWith("\"hook_event_name\":\"SessionStart\",\"source\":\"resume\"}");
        assertThat(said("gemini", "user-prompt-submit", "{" + common + "\"prompt\":\"Go\"}"))
                .endsWith("\"prompt\":\"Go\"}");
        // As version 0.61.0 sends the first prompt of a session that was told something.
        assertThat(
                        said(
                                "gemini",
                                "user-prompt-submit",
                                "{"
                                        + common
                                        + "\"prompt\":\"<hook_context>Known: a cap.</hook_context>\\n\\nGo\"}"))
                .endsWith("\"prompt\":\"Go\"}");
        assertThat(
                        said(
                                "gemini",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "tool_name":"replace","tool_input":{"file_path":"/home/ada/shop/a.py",\
                                        "old_string":"a","new_string":"b"},\
                                        "tool_response":{"llmContent":"Replaced","returnDisplay":""}}"""))
                .contains("\"tool_name\":\"Edit\"", "\"old_string\":\"a\"")
                .endsWith("\"tool_response\":\"Replaced\"}");
        String ran =
                "{"
                        + common
                        + """
                        "tool_name":"run_shell_command","tool_input":{"command":"make"},\
                        "tool_response":{"llmContent":"Output: %s\\nExit Code: %s"}}""";
        assertThat(said("gemini", "post-tool-use", ran.formatted("fine", "0")))
                .startsWith("post-tool-use {")
                .contains("\"stdout\":\"Output: fine\\nExit Code: 0\"");
        assertThat(said("gemini", "post-tool-use", ran.formatted("no rule", "2")))
                .startsWith("post-tool-use-failure {")
                .contains("\"error\":\"Output: no rule\\nExit Code: 2\"");
        assertThat(
                        said(
                                "gemini",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "tool_name":"read_file","tool_input":{"absolute_path":"/x"},\
                                        "tool_response":{"error":{"message":"not there"}}}"""))
                .contains(
                        "\"tool_name\":\"Read\"",
                        "\"file_path\":\"/x\"",
                        "\"error\":\"not there\"");
        assertThat(
                        said(
                                "gemini",
                                "post-tool-use",
                                "{" + common + "\"tool_name\":\"mcp_mneme_search\"}"))
                .contains("\"tool_name\":\"mcp__mneme__search\"");
        assertThat(said("gemini", "stop", "{" + common + "\"prompt_response\":\"Capped.\"}"))
                .endsWith("\"last_assistant_message\":\"Capped.\"}");
        assertThat(answer("gemini", context("C"))).isEqualTo(context("C"));
    }

    @Test
    void windsurfTellsWhatItDidWhereTheHookRuns() {
        String common =
                """
                "trajectory_id":"w-1","execution_id":"e-1","timestamp":"2026-11-20T10:00:00Z",""";
        assertThat(
                        said(
                                "windsurf",
                                "user-prompt-submit",
                                "{"
                                        + common
                                        + "\"agent_action_name\":\"pre_user_prompt\","
                                        + "\"tool_info\":{\"user_prompt\":\"Go\"}}"))
                .isEqualTo(
                        "user-prompt-submit {\"session_id\":\"w-1\",\"cwd\":\""
                                + FOLDER
                                + "\",\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":\"Go\"}");
        assertThat(
                        said(
                                "windsurf",
                                "post-tool-use",
                                "{"
                                        + common
                                        + "\"agent_action_name\":\"post_run_command\",\"tool_info\":"
                                        + "{\"command_line\":\"npm i\",\"cwd\":\"/home/ada/shop\"}}"))
                .contains("\"cwd\":\"/home/ada/shop\"", "\"tool_input\":{\"command\":\"npm i\"}");
        assertThat(
                        said(
                                "windsurf",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "agent_action_name":"post_write_code","tool_info":{"file_path":"/a.py",\
                                        "edits":[{"old_string":"x","new_string":"y"}]}}"""))
                .contains("\"tool_name\":\"MultiEdit\"", "\"file_path\":\"/a.py\"");
        assertThat(
                        said(
                                "windsurf",
                                "post-tool-use",
                                "{"
                                        + common
                                        + """
                                        "agent_action_name":"post_mcp_tool_use","tool_info":{\
                                        "mcp_server_name":"mneme","mcp_tool_name":"search",\
                                        "mcp_tool_arguments":{"query":"q"},"mcp_result":"r"}}"""))
                .contains("\"tool_name\":\"mcp__mneme__search\"", "\"query\":\"q\"");
        assertThat(
                        said(
                                "windsurf",
                                "stop",
                                "{"
                                        + common
                                        + "\"agent_action_name\":\"post_cascade_response\","
                                        + "\"tool_info\":{\"response\":\"Done\"}}"))
                .endsWith("\"last_assistant_message\":\"Done\"}");
        assertThat(AgentWords.answer("windsurf", context("C").getBytes(StandardCharsets.UTF_8)))
                .isNull();
    }

    @Test
    void clineTellsItsTasksAndIsNeverStopped() {
        String common =
                """
                "clineVersion":"3.40","taskId":"1736","workspaceRoots":["/home/ada/shop"],\
                "userId":"u",""";
        assertThat(said("cline", "session-start", "{" + common + "\"hookName\":\"TaskResume\"}"))
                .contains("\"session_id\":\"cline-1736\"")
                .endsWith("\"source\":\"resume\"}");
        assertThat(
                        said(
                                "cline",
                                "user-prompt-submit",
                                "{"
                                        + common
                                        + "\"hookName\":\"UserPromptSubmit\","
                                        + "\"userPromptSubmit\":{\"prompt\":\"Go\",\"attachments\":[]}}"))
                .endsWith("\"prompt\":\"Go\"}");
        String used = "{" + common + "\"hookName\":\"PostToolUse\",\"postToolUse\":%s}";
        assertThat(
                        said(
                                "cline",
                                "post-tool-use",
                                used.formatted(
                                        """
                                        {"toolName":"write_to_file","parameters":{"path":"a.ts",\
                                        "content":"x"},"result":"saved","success":true,\
                                        "executionTimeMs":5}""")))
                .contains("\"tool_name\":\"Write\"", "\"file_path\":\"a.ts\"", "\"content\":\"x\"");
        assertThat(
                        said(
                                "cline",
                                "post-tool-use",
                                used.formatted(
                                        """
                                        {"toolName":"execute_command","parameters":{"command":"make"},\
                                        "result":"no rule","success":false}""")))
                .startsWith("post-tool-use-failure {")
                .contains("\"error\":\"no rule\"");
        assertThat(
                        said(
                                "cline",
                                "post-tool-use",
                                used.formatted(
                                        """
                                        {"toolName":"attempt_completion",\
                                        "parameters":{"result":"All capped."},"success":true}""")))
                .startsWith("stop {")
                .endsWith("\"last_assistant_message\":\"All capped.\"}");
        assertThat(answer("cline", context("C")))
                .isEqualTo("{\"cancel\":false,\"contextModification\":\"C\"}");
        assertThat(
                        new String(
                                Objects.requireNonNull(AgentWords.answer("cline", null)),
                                StandardCharsets.UTF_8))
                .isEqualTo("{\"cancel\":false}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "text",
                "[]",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":\"\\u00g1\"}",
                "{\"a\":\"line\nbreak\"}",
                "{\"a\":1} {}"
            })
    void whatIsNoJsonObjectIsDropped(String payload) {
        assertThat(translated("cursor", "user-prompt-submit", payload)).isNull();
    }

    @Test
    void whatIsNestedTooDeepOrTooLargeIsDropped() {
        assertThat(
                        translated(
                                "gemini",
                                "stop",
                                "{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}"))
                .isNull();
        String large = "{\"prompt\":\"" + "x".repeat(AgentWords.PAYLOAD_BYTES_MAX) + "\"}";
        assertThat(translated("gemini", "user-prompt-submit", large)).isNull();
    }

    @Test
    void textsSurviveLetterByLetter() {
        String prompt = "\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4漢🙂\\ud83d";
        String said =
                said(
                        "gemini",
                        "user-prompt-submit",
                        "{\"session_id\":\"s\",\"prompt\":\"" + prompt + "\"}");
        assertThat(said.substring(said.indexOf("\"prompt\":")))
                .isEqualTo(
                        "\"prompt\":\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tä漢\\ud83d\\ude42\\ud83d\"}");
    }

    private static String context(String text) {
        return "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":\""
                + text
                + "\"}}";
    }

    private static String answer(String agent, String answer) {
        return new String(
                Objects.requireNonNull(
                        AgentWords.answer(agent, answer.getBytes(StandardCharsets.UTF_8))),
                StandardCharsets.UTF_8);
    }

    private static AgentWords.@org.jspecify.annotations.Nullable Said translated(
            String agent, String event, String payload) {
        return AgentWords.translated(
                agent, event, new Payload(payload.getBytes(StandardCharsets.UTF_8)), FOLDER);
    }

    private static String said(String agent, String event, String payload) {
        AgentWords.Said said = Objects.requireNonNull(translated(agent, event, payload));
        return said.event()
                + " "
                + new String(said.payload().copy(Integer.MAX_VALUE), StandardCharsets.UTF_8);
    }
}
