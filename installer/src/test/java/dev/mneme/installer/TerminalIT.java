package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// What needs somebody in front of a screen: questions, and a log that goes on.
final class TerminalIT {

    private static final Path SCRIPT = Path.of("/usr/bin/script");

    private static final int FOLLOW_SECONDS_MAX = 40;

    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(4);

    @TempDir Path directory;

    @Test
    void asksBeforeItInstallsAndBeforeItRemoves() throws Exception {
        if (!Files.isExecutable(SCRIPT)) {
            System.out.println("not run: questions on a terminal (no " + SCRIPT + ")");
            return;
        }
        try (var sandbox = new Sandbox(directory, "asked")) {
            Children.Ended refused = onTerminal(sandbox, "n\n", "install");
            assertThat(refused.out())
                    .contains("Install Mneme into `" + sandbox.mnemeHome() + "`", "[y/N]")
                    .contains("nothing was changed");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(sandbox.mnemeHome()).doesNotExist();

            Children.Ended agreed = onTerminal(sandbox, "y\n", "install");
            assertThat(agreed.exitCode()).as(agreed.out()).isZero();
            assertThat(agreed.out()).contains("healthy");

            Children.Ended kept = onTerminal(sandbox, "\n", "uninstall", "--purge");
            assertThat(kept.out())
                    .contains("Remove Mneme and all memories")
                    .contains("nothing was changed");
            assertThat(sandbox.mnemeHome()).isDirectory();
            assertThat(onTerminal(sandbox, "y\n", "uninstall", "--purge").exitCode()).isZero();
            assertThat(sandbox.mnemeHome()).doesNotExist();

            Children.Ended alone = sandbox.mneme("install");
            assertThat(alone.exitCode()).isEqualTo(1);
            assertThat(alone.err()).contains("there is no terminal", "--yes");
        }
    }

    @Test
    @Timeout(60)
    void aLogThatIsFollowedGoesOn() throws Exception {
        try (var sandbox = new Sandbox(directory, "follow")) {
            Path log =
                    Files.createDirectories(sandbox.mnemeHome().resolve("log"))
                            .resolve("daemon.log");
            Files.writeString(log, "before\n");
            var follow =
                    new ProcessBuilder(
                                    sandbox.sourceTree().resolve("mneme").toString(),
                                    "logs",
                                    "--follow")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .directory(sandbox.home().toFile());
            follow.environment().putAll(environment(sandbox));
            Process process = follow.start();
            // A line that never comes ends the wait for it.
            CompletableFuture.delayedExecutor(FOLLOW_SECONDS_MAX, TimeUnit.SECONDS)
                    .execute(process::destroyForcibly);
            try (BufferedReader lines = process.inputReader()) {
                assertThat(lines.readLine()).isEqualTo("before");
                Files.writeString(log, "after\n", StandardOpenOption.APPEND);
                assertThat(lines.readLine()).isEqualTo("after");
                // Rotated: a new file of the same name.
                Files.writeString(log, "anew\n");
                assertThat(lines.readLine()).isEqualTo("anew");
            } finally {
                process.destroy();
            }
        }
    }

    private static Children.Ended onTerminal(Sandbox sandbox, String keys, String... words)
            throws Exception {
        String command =
                "'" + sandbox.sourceTree().resolve("mneme") + "' " + String.join(" ", words);
        var call = new ArrayList<>(List.of("/usr/bin/env", "-i", "PATH=/usr/bin:/bin"));
        environment(sandbox).forEach((name, value) -> call.add(name + "=" + value));
        call.addAll(List.of(SCRIPT.toString(), "-qec", command, "/dev/null"));
        return Children.run(Children.Call.of(call, sandbox.home(), INSTALL_TIMEOUT).input(keys));
    }

    private static Map<String, String> environment(Sandbox sandbox) throws Exception {
        return Map.of(
                "HOME",
                sandbox.home().toString(),
                "MNEME_HOME",
                "",
                "MNEME_JAVA_HOME",
                SharedJava.home().toString(),
                "TERM",
                "dumb");
    }
}
