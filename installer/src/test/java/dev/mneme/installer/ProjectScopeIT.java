package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Claude Code's files of one project, beside a person's own and the plugin.
final class ProjectScopeIT {

    /// Odd on purpose: whoever wrote it gets it back letter by letter.
    private static final String ODD =
            "{ \"permissions\":{\"allow\":[ \"Bash(ls:*)\" ]},\n\t\"n\": 1e400 }";

    @TempDir Path directory;

    @Test
    void registersInOneProjectAndGivesItsFilesBackLetterByLetter() throws Exception {
        try (var sandbox = new Sandbox(directory, "project")) {
            Path project = Files.createDirectory(sandbox.home().resolve("shop"));
            Path settings = project.resolve(".claude/settings.json");
            Files.createDirectories(settings.getParent());
            Files.writeString(settings, ODD);
            Map<String, String> before = Sandbox.snapshot(project);
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();

            Children.Ended registered =
                    sandbox.mnemeIn(project, "agent-setup", "claude-code", "--scope", "project");

            assertThat(registered.exitCode()).as(registered.err()).isZero();
            assertThat(registered.out())
                    .contains("shop/.claude/settings.json", "shop/.mcp.json")
                    .contains("keep them out of version control");
            assertThat(Json.tree(Files.readString(settings)).at("/permissions/allow/0").asString())
                    .isEqualTo("Bash(ls:*)");
            assertThat(tree(project, ".mcp.json").at("/mcpServers/mneme/args").toString())
                    .contains("mcp-stdio.jar");
            assertThat(sandbox.claude()).as("the person's own files").doesNotExist();
            assertThat(sandbox.home().resolve(".claude.json")).doesNotExist();
            Map<String, String> once = Sandbox.snapshot(project);
            assertThat(
                            sandbox.mnemeIn(
                                            project,
                                            "agent-setup",
                                            "claude-code",
                                            "--scope",
                                            "project")
                                    .exitCode())
                    .isZero();
            assertThat(Sandbox.snapshot(project)).as("twice is once").isEqualTo(once);

            Children.Ended removed =
                    sandbox.mnemeIn(
                            project,
                            "agent-setup",
                            "claude-code",
                            "--scope",
                            "project",
                            "--remove");

            assertThat(removed.exitCode()).as(removed.err()).isZero();
            assertThat(Sandbox.snapshot(project)).isEqualTo(before);
            assertThat(sandbox.mnemeHome().resolve("standalone")).doesNotExist();
        }
    }

    @Test
    void theSameHooksInTwoFilesAreTheSameLetterByLetterAndGoTogether() throws Exception {
        try (var sandbox = new Sandbox(directory, "both")) {
            Path project = Files.createDirectory(sandbox.home().resolve("shop"));
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();

            Children.Ended registered =
                    sandbox.mnemeIn(project, "agent-setup", "claude-code", "--scope", "local");

            assertThat(registered.exitCode()).as(registered.err()).isZero();
            assertThat(registered.out()).contains("these run once");
            Path local = project.resolve(".claude/settings.local.json");
            JsonNode own = Json.tree(Files.readString(sandbox.claude().resolve("settings.json")));
            assertThat(Json.tree(Files.readString(local)).at("/hooks")).isEqualTo(own.at("/hooks"));

            // As hooks of an older version would be: an installation brings them up to date.
            String current = Files.readString(local);
            assertThat(current).contains("\"timeout\": 5");
            Files.writeString(local, current.replace("\"timeout\": 5", "\"timeout\": 4"));
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            assertThat(Json.tree(Files.readString(local)).at("/hooks")).isEqualTo(own.at("/hooks"));

            // From which somebody took them, they stay away.
            Path elsewhere = project.resolve(".claude/settings.json");
            String withHooks = Files.readString(local);
            Files.writeString(local, "{}\n");
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();
            assertThat(Files.readString(local)).isEqualTo("{}\n");
            assertThat(elsewhere).doesNotExist();

            // Broken, it keeps nobody from installing.
            Files.writeString(local, "{ broken");
            Children.Ended beside = sandbox.mneme("install", "--yes");
            assertThat(beside.exitCode()).as(beside.err()).isZero();
            Files.writeString(local, withHooks);

            assertThat(sandbox.mneme("uninstall", "--yes").exitCode()).isZero();
            assertThat(Sandbox.snapshot(project).values())
                    .as("what somebody else wrote in between stays, less what is ours")
                    .noneMatch(text -> text.contains(sandbox.mnemeHome().toString()));
        }
    }

    @Test
    void oneScopeOfAProjectGoesAndTheOtherStaysWhole() throws Exception {
        try (var sandbox = new Sandbox(directory, "shared")) {
            Path project = Files.createDirectory(sandbox.home().resolve("shop"));
            Map<String, String> before = Sandbox.snapshot(project);
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            setUp(sandbox, project, "project");
            Map<String, String> shared = Sandbox.snapshot(project);
            setUp(sandbox, project, "local");

            setUp(sandbox, project, "local", "--remove");
            assertThat(Sandbox.snapshot(project)).as("as before the second").isEqualTo(shared);

            setUp(sandbox, project, "local");
            setUp(sandbox, project, "project", "--remove");
            assertThat(project.resolve(".claude/settings.json")).doesNotExist();
            assertThat(tree(project, ".mcp.json").at("/mcpServers/mneme").isObject()).isTrue();
            assertThat(project.resolve(".claude/skills/mem-search/SKILL.md")).isRegularFile();
            setUp(sandbox, project, "local", "--remove");
            assertThat(Sandbox.snapshot(project)).isEqualTo(before);
            assertThat(project.resolve(".claude")).doesNotExist();
        }
    }

    @Test
    void whatOnlyAProjectHasIsBroughtUpToDateAndKnown() throws Exception {
        try (var sandbox = new Sandbox(directory, "alone")) {
            Path project = Files.createDirectory(sandbox.home().resolve("shop"));
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            setUp(sandbox, project, "local");
            Map<String, String> current = Sandbox.snapshot(project);
            for (String file : List.of(".claude/settings.local.json", ".mcp.json")) {
                String text = Files.readString(project.resolve(file));
                assertThat(text).contains("-XX:+UseSerialGC");
                Files.writeString(
                        project.resolve(file), text.replace("-XX:+UseSerialGC", "-XX:+UseZGC"));
            }
            // As older versions left it where a project alone was registered.
            Files.writeString(sandbox.mnemeHome().resolve("standalone"), "");

            Children.Ended again = sandbox.mneme("install", "--yes", "--no-register");

            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.out()).contains("settings.local.json`, brought up to date");
            assertThat(again.out()).contains("hooks registered for one project, in `");
            Map<String, String> after = Sandbox.snapshot(project);
            after.keySet().removeIf(file -> file.contains(".bak-"));
            assertThat(after).isEqualTo(current);
            assertThat(sandbox.mnemeHome().resolve("standalone")).doesNotExist();
        }
    }

    private static void setUp(Sandbox sandbox, Path project, String scope, String... more)
            throws Exception {
        var words = new ArrayList<>(List.of("agent-setup", "claude-code", "--scope", scope));
        words.addAll(List.of(more));
        Children.Ended done = sandbox.mnemeIn(project, words.toArray(String[]::new));
        assertThat(done.exitCode()).as(done.err()).isZero();
    }

    @Test
    void wherePluginOrAnotherAgentIsMeantNothingIsWritten() throws Exception {
        try (var sandbox = new Sandbox(directory, "plugin")) {
            Path project = Files.createDirectory(sandbox.home().resolve("shop"));
            Files.createDirectories(sandbox.claude());
            Files.writeString(
                    sandbox.claude().resolve("settings.json"),
                    "{\"enabledPlugins\":{\"mneme@mneme\":true}}");
            assertThat(sandbox.mneme("install", "--yes").exitCode()).isZero();

            Children.Ended refused =
                    sandbox.mnemeIn(project, "agent-setup", "claude-code", "--scope", "project");

            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("the plugin `mneme@mneme` is enabled for all your projects")
                    .contains("hint: disable it");
            Children.Ended wrong =
                    sandbox.mnemeIn(project, "agent-setup", "zed", "--scope", "local");
            assertThat(wrong.exitCode()).isEqualTo(2);
            assertThat(wrong.err()).contains("--scope is for claude-code");
            assertThat(Sandbox.snapshot(project)).isEmpty();
        }
    }

    @Test
    void claudeConfigDirIsWhereEverythingGoes() throws Exception {
        try (var sandbox = new Sandbox(directory, "elsewhere")) {
            Path elsewhere = sandbox.home().resolve("conf ig");
            Map<String, String> environment = Map.of("CLAUDE_CONFIG_DIR", elsewhere.toString());

            Children.Ended installed = sandbox.mneme(environment, "install", "--yes");

            assertThat(installed.exitCode()).as(installed.err()).isZero();
            assertThat(elsewhere.resolve("settings.json")).isRegularFile();
            assertThat(elsewhere.resolve(".claude.json")).isRegularFile();
            assertThat(elsewhere.resolve("skills/mem-search/SKILL.md")).isRegularFile();
            assertThat(sandbox.claude()).doesNotExist();
            assertThat(sandbox.home().resolve(".claude.json")).doesNotExist();
            assertThat(sandbox.mneme(environment, "uninstall", "--yes").exitCode()).isZero();
            assertThat(elsewhere).doesNotExist();
        }
    }

    private static JsonNode tree(Path folder, String file) throws Exception {
        return Json.tree(Files.readString(folder.resolve(file)));
    }
}
