package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;

/// `mneme pause` and `resume` while no daemon runs, as people use them.
final class PauseCommandIT {

    @TempDir Path directory;

    @Test
    void pausesAndResumesWithoutADaemon() throws Exception {
        try (var sandbox = new Sandbox(directory, "pause")) {
            Files.createDirectories(sandbox.mnemeHome());
            Path project = Files.createDirectories(directory.toRealPath().resolve("shop/src"));
            Files.createDirectory(directory.toRealPath().resolve("shop/.git"));
            Path file = sandbox.mnemeHome().resolve("paused");

            expect(
                    sandbox.mneme("pause", "--project", project.toString()),
                    "paused: project shop\n");
            assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
            assertThat(Files.readString(file)).endsWith("\tshop\t" + project.getParent() + "\n");
            expect(
                    sandbox.mneme("pause", "--session", "s 1"),
                    "paused: project shop\npaused: session s 1\n");
            Children.Ended timed = sandbox.mneme("pause", "--all", "--for", "30m");
            assertThat(timed.out())
                    .containsPattern("paused: everything until 20[0-9-]+T[0-9:.]+Z\n");

            JsonNode status = Json.tree(sandbox.mneme("status", "--json").out());
            assertThat(status.at("/paused")).hasSize(3);
            assertThat(status.at("/paused/0/kind").asString()).isEqualTo("project");
            assertThat(status.at("/paused/0/until").isNull()).isTrue();
            assertThat(sandbox.mneme("status").out()).contains("  paused       session s 1\n");

            assertThat(sandbox.mneme("resume", "--project", project.toString()).out())
                    .startsWith("resumed: project shop\nstill paused: session s 1\n");
            assertThat(sandbox.mneme("resume", "--all").out())
                    .startsWith("resumed: session s 1\nresumed: everything until ");
            expect(sandbox.mneme("resume", "--all"), "nothing was paused here\n");
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void theCurrentFolderIsMeantAndItsOwnFileIsShown() throws Exception {
        try (var sandbox = new Sandbox(directory, "here")) {
            Files.createDirectories(sandbox.mnemeHome());

            expect(sandbox.mneme("pause"), "paused: project here\n");
            expect(sandbox.mneme("resume"), "resumed: project here\n");
            Files.writeString(directory.resolve("here/.mneme"), "capture = off\n");
            assertThat(sandbox.mneme("status").out())
                    .contains("  paused       `capture = off` in ");
        }
    }

    @Test
    void saysWhatItCouldNotDoAndWhy() throws Exception {
        try (var sandbox = new Sandbox(directory, "refused")) {
            Children.Ended nothing = sandbox.mneme("pause", "--all");
            assertThat(nothing.exitCode()).isEqualTo(1);
            assertThat(nothing.err()).contains("does not exist");
            Files.createDirectories(sandbox.mnemeHome());
            Children.Ended name = sandbox.mneme("pause", "--project", "shop");
            assertThat(name.exitCode()).isEqualTo(1);
            assertThat(name.err())
                    .isEqualTo(
                            """
                            error: cannot tell which folders `shop` has: no daemon is running
                            hint: give the project's folder, or start the daemon with `mneme start`
                            """);
            assertThat(sandbox.mneme("pause", "--for", "soon").exitCode()).isEqualTo(1);
            assertThat(sandbox.mneme("pause", "--all", "--session", "s").exitCode()).isEqualTo(2);
            assertThat(sandbox.mnemeHome().resolve("paused")).doesNotExist();
        }
    }

    private static void expect(Children.Ended ended, String out) {
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).isEqualTo(out);
    }
}
