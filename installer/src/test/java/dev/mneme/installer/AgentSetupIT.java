package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.installer.settings.Agent;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// `mneme agent-setup` for every agent, on one machine: registered twice, looked at, and gone again
/// without a trace.
final class AgentSetupIT {

    @TempDir Path directory;

    @Test
    void registersWithEveryAgentAndLeavesNothingBehind() throws Exception {
        try (var sandbox = new Sandbox(directory, "agents")) {
            Path zed = sandbox.home().resolve(".config/zed/settings.json");
            Path codex = sandbox.home().resolve(".codex/config.toml");
            Files.createDirectories(zed.getParent());
            Files.createDirectories(codex.getParent());
            Files.writeString(zed, "// my settings\n{\n  \"theme\": \"One\", // nice\n}\n");
            Files.writeString(codex, "# mine\nmodel = \"gpt\"\n");
            Map<String, String> before = Sandbox.snapshot(sandbox.home());

            Children.Ended early = sandbox.mneme("agent-setup", "cursor");
            assertThat(early.exitCode()).isEqualTo(1);
            assertThat(early.err()).contains("Mneme is not installed");
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();

            for (Agent agent : Agent.values()) {
                Children.Ended ended = sandbox.mneme("agent-setup", agent.word());
                assertThat(ended.exitCode()).as(agent + ended.err()).isZero();
                assertThat(ended.out()).as(agent.word()).contains(": registered");
            }
            assertThat(sandbox.filtered(sandbox.mneme("agent-setup", "codex").out()))
                    .isEqualTo(
                            """
                            `~/.codex/config.toml`: already there
                            `~/.codex/hooks.json`: already there
                            restart Codex CLI to have it look
                            Codex CLI asks you to trust the hooks: see `/hooks` in it
                            """);

            assertThat(Files.readString(zed))
                    .startsWith("// my settings\n{\n  \"theme\": \"One\", // nice\n")
                    .contains("\"source\": \"custom\"");
            assertThat(Files.readString(codex))
                    .startsWith("# mine\nmodel = \"gpt\"\n\n[mcp_servers.mneme]\n");
            checkEntry(sandbox, ".cursor/mcp.json", "/mcpServers/mneme");
            checkEntry(sandbox, ".codeium/windsurf/mcp_config.json", "/mcpServers/mneme");
            checkEntry(sandbox, ".gemini/settings.json", "/mcpServers/mneme");
            checkEntry(sandbox, ".config/Claude/claude_desktop_config.json", "/mcpServers/mneme");
            checkEntry(sandbox, ".config/Code/User/mcp.json", "/servers/mneme");
            checkEntry(
                    sandbox,
                    ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings"
                            + "/cline_mcp_settings.json",
                    "/mcpServers/mneme");
            JsonNode openCode =
                    Json.tree(
                            Files.readString(
                                    sandbox.home().resolve(".config/opencode/opencode.json")));
            assertThat(openCode.at("/mcp/mneme/type").asString()).isEqualTo("local");
            assertThat(openCode.at("/mcp/mneme/command/0").asString()).endsWith("/bin/java");
            JsonNode hooks =
                    Json.tree(Files.readString(sandbox.home().resolve(".codex/hooks.json")));
            assertThat(hooks.at("/hooks/SessionStart/0/hooks/0/command").asString())
                    .contains(sandbox.mnemeHome() + "/app/")
                    .endsWith(" session-start");
            assertThat(hooks.at("/hooks/PreToolUse").isMissingNode()).isTrue();

            Children.Ended removed = sandbox.mneme("agent-setup", "zed", "--remove");
            assertThat(removed.exitCode()).as(removed.err()).isZero();
            assertThat(sandbox.filtered(removed.out()))
                    .isEqualTo("`~/.config/zed/settings.json`: restored\n");

            Children.Ended uninstalled = sandbox.mneme("uninstall", "--yes", "--purge");
            assertThat(uninstalled.exitCode()).as(uninstalled.err()).isZero();
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);
            assertThat(sandbox.home().resolve(".cursor")).doesNotExist();
            assertThat(sandbox.home().resolve(".config/Code")).as("two shared it").doesNotExist();
        }
    }

    @Test
    void printsWithoutWritingAndRefusesWhatIsNotOurs() throws Exception {
        try (var sandbox = new Sandbox(directory, "print")) {
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            Map<String, String> before = Sandbox.snapshot(sandbox.home());

            Children.Ended printed = sandbox.mneme("agent-setup", "vscode", "--print");

            assertThat(printed.exitCode()).as(printed.err()).isZero();
            assertThat(sandbox.filtered(printed.out()))
                    .startsWith("# ~/.config/Code/User/mcp.json\n{\n  \"servers\": {")
                    .contains("\"type\": \"stdio\"");
            assertThat(sandbox.mneme("agent-setup", "claude-code", "--print").out())
                    .contains("\"hooks\"")
                    .contains("\"mcpServers\"");
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);

            Path cursor = sandbox.home().resolve(".cursor/mcp.json");
            Files.createDirectories(cursor.getParent());
            Files.writeString(cursor, "{\"mcpServers\":{\"mneme\":{\"command\":\"other\"}}}");
            Children.Ended refused = sandbox.mneme("agent-setup", "cursor");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("that is not ours").contains("hint: rename");
            Files.writeString(cursor, "{\"mcpServers\":{} // no\n}");
            Children.Ended broken = sandbox.mneme("agent-setup", "cursor");
            assertThat(broken.exitCode()).isEqualTo(1);
            assertThat(broken.err()).contains("comments are not allowed in JSON");

            Children.Ended unknown = sandbox.mneme("agent-setup", "emacs");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("choose claude-code, claude-desktop, codex");
            assertThat(sandbox.mneme("agent-setup", "--help").out()).contains("Example:");
        }
    }

    private static void checkEntry(Sandbox sandbox, String file, String place) throws Exception {
        JsonNode entry = Json.tree(Files.readString(sandbox.home().resolve(file))).at(place);
        assertThat(entry.path("command").asString()).as(file).endsWith("/bin/java");
        assertThat(entry.path("args").toString()).as(file).contains("mcp-stdio.jar");
        assertThat(entry.at("/env/MNEME_HOME").asString())
                .as(file)
                .isEqualTo(sandbox.mnemeHome().toString());
    }
}
