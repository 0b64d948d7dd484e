package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Where another memory is installed already: its entries stay as they are, and that both capture
/// is said.
final class BesideIT {

    @TempDir Path directory;

    @Test
    void theHooksAndPluginsOfOthersStayAndAreNamed() throws Exception {
        try (var sandbox = new Sandbox(directory, "old")) {
            Path settings = sandbox.claude().resolve("settings.json");
            Files.createDirectories(settings.getParent());
            Files.writeString(
                    settings,
                    """
                    {
                      "enabledPlugins": {"claude-mem@thedotmack": true, "claude-mem@off": false},
                      "hooks": {
                        "Stop": [
                          {"hooks": [
                            {"type": "command", "command": "node ~/.claude/hooks/agent-memory-stop.js"},
                            {"type": "command", "command": "say done"}
                          ]}
                        ]
                      }
                    }
                    """);
            Path servers = sandbox.home().resolve(".claude.json");
            Files.writeString(
                    servers, "{\"mcpServers\": {\"agent-memory\": {\"command\": \"node\"}}}");
            Map<String, String> before = Sandbox.snapshot(sandbox.home());

            Children.Ended installed = sandbox.mneme("install", "--yes");

            assertThat(installed.exitCode()).as(installed.err()).isZero();
            assertThat(sandbox.filtered(installed.out()))
                    .contains(
                            "the plugin `claude-mem@thedotmack` and the hooks of agent-memory"
                                    + " capture the same sessions");
            String both = Files.readString(settings);
            assertThat(both).contains("agent-memory-stop.js", "dev.mneme.hook.Main");
            assertThat(Json.tree(Files.readString(servers)).at("/mcpServers").propertyNames())
                    .containsExactlyInAnyOrder("agent-memory", "mneme");
            assertThat(sandbox.mneme("uninstall", "--yes", "--purge").exitCode()).isZero();
            assertThat(Sandbox.snapshot(sandbox.home())).isEqualTo(before);
        }
    }

    /// One person, two homes: the later one leaves the earlier one's hooks alone, and both say so.
    @Test
    void anotherHomeKeepsItsHooksAndIsNamed() throws Exception {
        try (var sandbox = new Sandbox(directory, "first")) {
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            Path settings = sandbox.claude().resolve("settings.json");
            String first = Files.readString(settings);
            Path other = sandbox.home().resolve("other home");
            Map<String, String> there = Map.of("MNEME_HOME", other.toString());

            Children.Ended second = sandbox.mneme(there, "install", "--yes");

            assertThat(second.exitCode()).as(second.err() + second.out()).isZero();
            assertThat(second.out())
                    .contains(
                            "a Mneme in `" + sandbox.mnemeHome() + "` captures the same sessions");
            assertThat(sandbox.mneme("doctor").out())
                    .contains("a Mneme in `" + other + "` captures the same sessions");
            int firstPort = port(sandbox.mnemeHome());
            assertThat(port(other)).isNotEqualTo(firstPort);
            assertThat(List.of(Files.readString(settings).split("\n")).size())
                    .isGreaterThan(first.split("\n").length);

            assertThat(sandbox.mneme(there, "uninstall", "--yes", "--purge").exitCode()).isZero();
            assertThat(Files.readString(settings)).isEqualTo(first);
            assertThat(sandbox.mneme("doctor").out()).doesNotContain("the same sessions");
        }
    }

    private static int port(Path home) throws Exception {
        return Json.tree(Files.readString(home.resolve("run/daemon.json"))).path("port").asInt();
    }
}
