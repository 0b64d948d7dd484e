package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The plugin's script beside an installation: it runs the installed programs, and stands back
/// where these are registered by themselves.
final class PluginIT {

    private static final Path SCRIPT =
            Path.of(Objects.requireNonNull(System.getProperty("mneme.root")))
                    .resolve("plugin/bin/mneme-run");

    @TempDir Path directory;

    @Test
    void runsTheInstalledHooksUnlessTheyAreRegisteredThemselves() throws Exception {
        try (var sandbox = new Sandbox(directory, "plug in's home")) {
            Children.Ended early = run(sandbox, "{}", "hook", "session-start");
            assertThat(early.exitCode()).as("no hook ever hurts a session").isZero();
            assertThat(early.out() + early.err()).isEmpty();
            Children.Ended noServer = run(sandbox, "", "server");
            assertThat(noServer.exitCode()).isEqualTo(1);
            assertThat(noServer.err()).contains("Mneme is not installed");

            Files.createDirectories(sandbox.claude());
            Files.writeString(
                    sandbox.claude().resolve("settings.json"),
                    "{\"enabledPlugins\":{\"mneme@mneme\":true}}");
            Children.Ended installed = sandbox.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.err()).isZero();
            assertThat(installed.out())
                    .contains("`mneme@mneme` registers hooks, MCP server and skill");
            assertThat(Files.readString(sandbox.claude().resolve("settings.json")))
                    .doesNotContain("hooks");

            Files.writeString(sandbox.mnemeHome().resolve("standin"), "record");
            String words = "{\"session_id\":\"s\",\"prompt\":\"remember the plug\"}";
            Children.Ended hook = run(sandbox, words, "hook", "user-prompt-submit");
            assertThat(hook.exitCode()).as(hook.err()).isZero();
            assertThat(hook.err()).isEmpty();
            assertThat(captured(sandbox)).contains("remember the plug");
            assertThat(run(sandbox, "{}", "hook", "no-such-event").exitCode()).isZero();

            assertThat(sandbox.mneme("agent-setup", "claude-code").exitCode()).isZero();
            run(sandbox, words.replace("the plug", "it twice"), "hook", "user-prompt-submit");
            assertThat(captured(sandbox)).as("registered itself").doesNotContain("it twice");
            assertThat(sandbox.mneme("agent-setup", "claude-code", "--remove").exitCode()).isZero();
            run(sandbox, words.replace("the plug", "it again"), "hook", "user-prompt-submit");
            assertThat(captured(sandbox)).contains("it again");
        }
    }

    @Test
    void aProjectWithHooksOfItsOwnIsLeftToThemAndEveryOtherIsNot() throws Exception {
        try (var sandbox = new Sandbox(directory, "later")) {
            Path shop = Files.createDirectory(sandbox.home().resolve("shop"));
            Path attic = Files.createDirectory(sandbox.home().resolve("attic"));
            assertThat(sandbox.mneme("install", "--yes", "--no-register").exitCode()).isZero();
            assertThat(
                            sandbox.mnemeIn(shop, "agent-setup", "claude-code", "--scope", "local")
                                    .exitCode())
                    .isZero();
            Files.writeString(sandbox.mnemeHome().resolve("standin"), "record");

            // The plugin is enabled after that.
            for (Path project : List.of(shop, attic)) {
                Children.Ended hook =
                        run(
                                sandbox,
                                Map.of("CLAUDE_PROJECT_DIR", project.toString()),
                                "{\"prompt\":\"said in " + project.getFileName() + "\"}",
                                "hook",
                                "user-prompt-submit");
                assertThat(hook.exitCode()).as(hook.err()).isZero();
            }
            assertThat(captured(sandbox)).contains("said in attic").doesNotContain("said in shop");
        }
    }

    private static String captured(Sandbox sandbox) throws Exception {
        return Files.readString(sandbox.mnemeHome().resolve("captured"));
    }

    private static Children.Ended run(Sandbox sandbox, String input, String... words)
            throws Exception {
        return run(sandbox, Map.of(), input, words);
    }

    private static Children.Ended run(
            Sandbox sandbox, Map<String, String> more, String input, String... words)
            throws Exception {
        var environment = new HashMap<>(more);
        environment.put("HOME", sandbox.home().toString());
        environment.put("MNEME_HOME", "");
        var command = new ArrayList<>(List.of("/bin/sh", SCRIPT.toString()));
        command.addAll(List.of(words));
        return Children.run(
                Children.Call.of(command, sandbox.home(), Duration.ofSeconds(30))
                        .with(environment)
                        .input(input));
    }
}
