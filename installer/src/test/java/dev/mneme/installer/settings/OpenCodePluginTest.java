package dev.mneme.installer.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The plugin as OpenCode loads it, in a JavaScript engine, told what OpenCode 1.18.33 told it in a
/// real session; a script in the place of the hook program notes what arrives.
final class OpenCodePluginTest {

    private static final String HOOK =
            """
            #!/bin/sh
            printf '%s %s\\n' "$1" "$(cat)" >> "${0%/*}/hooks.log"
            [ "$1" != session-start ] ||
                printf '{"hookSpecificOutput":{"additionalContext":"The backoff is capped."}}'
            """;

    private static final String SESSION =
            """
            import { Mneme } from "./mneme.mjs";
            const hooks = await Mneme({ directory: "/home/ada/shop" });
            const part = (more) => hooks.event({ event: { type: "message.part.updated",
              properties: { part: { sessionID: "ses_1", messageID: "msg_2", ...more } } } });
            const bash = (state) => part({ type: "tool", callID: "call_1", tool: "bash", state });
            await hooks["chat.message"]({ sessionID: "ses_1" }, {
              message: { id: "msg_1" }, parts: [{ type: "text", text: "Cap it" }] });
            const told = { system: [] };
            await hooks["experimental.chat.system.transform"]({ sessionID: "ses_1" }, told);
            await part({ type: "text", messageID: "msg_1", text: "Cap it" });
            await bash({ status: "running", input: { command: "make" } });
            const done = { status: "completed", input: { command: "make" }, output: "no rule" };
            await bash({ ...done, metadata: { exit: 2 } });
            await bash({ ...done, metadata: { exit: 2 } });
            await part({ type: "tool", callID: "call_2", tool: "edit", state: { status: "completed",
              input: { filePath: "/a.py", oldString: "1", newString: "2" }, output: "done" } });
            await part({ type: "tool", callID: "call_3", tool: "mneme_search", state: {
              status: "error", input: { query: "q" }, error: "down" } });
            await part({ type: "text", text: "Capped." });
            await hooks.event({ event: { type: "session.created", properties: {
              info: { id: "ses_child", parentID: "ses_1" } } } });
            await hooks.event({ event: { type: "session.idle", properties: { sessionID: "ses_child" } } });
            await hooks.event({ event: { type: "session.idle", properties: { sessionID: "ses_1" } } });
            console.log(told.system.join());
            """;

    @TempDir Path folder;

    @Test
    @Timeout(120)
    void tellsASessionInTheWordsOfClaudeCode() throws Exception {
        Path node = node();
        if (node == null) {
            assertThat(System.getenv("MNEME_REQUIRE_CLAUDE")).as("no node").isNotEqualTo("1");
            System.out.println("not run: the plugin for OpenCode (no node)");
            return;
        }
        Path hook = Files.writeString(folder.resolve("hook"), HOOK);
        assertThat(hook.toFile().setExecutable(true)).isTrue();
        var ours =
                new Agent.Ours(
                        new McpServer(List.of("server"), Map.of()),
                        folder,
                        argument -> List.of(hook.toString(), argument));
        String plugin = AgentHooks.partsOf(Agent.OPENCODE).getFirst().format().apply(ours).put("");
        Files.writeString(folder.resolve("mneme.mjs"), plugin);
        Files.writeString(folder.resolve("session.mjs"), SESSION);

        Process process =
                new ProcessBuilder(node.toString(), "session.mjs")
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();

        assertThat(said).isEqualTo("The backoff is capped.\n");
        List<String> hooks = Files.readAllLines(folder.resolve("hooks.log"));
        assertThat(hooks.stream().map(line -> line.substring(0, line.indexOf(' '))))
                .containsExactly(
                        "session-start",
                        "user-prompt-submit",
                        "post-tool-use-failure",
                        "post-tool-use",
                        "post-tool-use-failure",
                        "stop");
        assertThat(hooks)
                .allMatch(
                        line ->
                                line.contains(
                                        "\"session_id\":\"ses_1\",\"cwd\":\"/home/ada/shop\""));
        assertThat(payload(hooks, 1)).contains("\"prompt\":\"Cap it\"");
        assertThat(payload(hooks, 2))
                .contains("\"tool_name\":\"Bash\"", "\"error\":\"Exit code 2\\nno rule\"");
        assertThat(payload(hooks, 3)).contains("\"tool_name\":\"Edit\"", "\"old_string\":\"1\"");
        assertThat(payload(hooks, 4)).contains("\"tool_name\":\"mcp__mneme__search\"");
        assertThat(payload(hooks, 5)).contains("\"last_assistant_message\":\"Capped.\"");
    }

    private static String payload(List<String> hooks, int index) {
        String line = hooks.get(index);
        return Json.tree(line.substring(line.indexOf(' ') + 1)).toString();
    }

    private static @Nullable Path node() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            Path node = Path.of(folder, "node");
            if (!folder.isEmpty() && Files.isExecutable(node)) {
                return node;
            }
        }
        return null;
    }
}
