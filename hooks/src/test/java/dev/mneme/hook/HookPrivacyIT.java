package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.redaction.pause.Pause;
import dev.mneme.redaction.pause.PauseFile;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The packed program with no daemon: what is ignored or paused reaches no file below the home.
final class HookPrivacyIT {

    private static final String MARKER = "MARKER-4XQZ";

    @TempDir Path folder;

    private Path home;
    private Path project;

    @BeforeEach
    void places() throws IOException {
        home = Files.createDirectory(folder.toRealPath().resolve("home"));
        project = Files.createDirectory(folder.toRealPath().resolve("project"));
        Files.createDirectory(project.resolve(".git"));
        Files.createDirectory(project.resolve("private"));
    }

    @Test
    void spoolsOfAnEventOnAnIgnoredPathItsIdsAlone() throws Exception {
        Files.writeString(project.resolve(".mnemeignore"), "private/\n");

        fire(event("cat private/key", MARKER), Map.of());
        fire(event("make", "private/key:1:" + MARKER + "\nsrc/a:1:kept"), Map.of());

        assertThat(SpooledEvents.of(home)).extracting(SpooledEvents.Event::payload).hasSize(2);
        assertNoFileHoldsTheMarker();
        assertThat(SpooledEvents.of(home).getFirst().payload())
                .endsWith("\"mneme_ignored\":\"ignored path\"}");
        assertThat(SpooledEvents.of(home).getLast().payload()).contains("src/a:1:kept");
    }

    @Test
    void theGlobalFileAndTheOldNameHoldAsWell() throws Exception {
        Files.writeString(home.resolve(".mnemeignore"), "*.pem\n");
        Files.writeString(project.resolve(".agentmemoryignore"), "old\n");

        fire(event("cat a.pem", MARKER), Map.of());
        fire(event("cat old", MARKER), Map.of());

        assertThat(SpooledEvents.of(home)).hasSize(2);
        assertNoFileHoldsTheMarker();
    }

    @Test
    void spoolsNothingOfABrokenPayloadWhereFilesAreIgnored() throws Exception {
        Files.writeString(project.resolve(".mnemeignore"), "private/\n");
        String event = event("cat private/key", MARKER);

        fire(event.substring(0, event.length() - 2), Map.of());

        assertThat(SpooledEvents.of(home)).hasSize(1);
        assertNoFileHoldsTheMarker();
    }

    @Test
    void keepsNothingWhileEverythingIsPaused() throws Exception {
        PauseFile pauses = new PauseFile(home.toFile());
        pauses.add(Pause.all(now(), 0), now());

        fire(event("make", MARKER), Map.of());

        assertThat(SpooledEvents.of(home)).isEmpty();
        assertNoFileHoldsTheMarker();
        pauses.change(now(), current -> List.of());
        fire(event("make", "kept"), Map.of());
        assertThat(SpooledEvents.of(home)).hasSize(1);
        assertThat(home.resolve("paused")).doesNotExist();
    }

    @Test
    void aPausedSessionAndAPauseThatIsOverConcernNobodyElse() throws Exception {
        PauseFile pauses = new PauseFile(home.toFile());
        pauses.add(Pause.session("s1", now(), 0), now());
        pauses.add(Pause.all(now() - 60_000, now() - 1), now() - 2);

        fire(event("make", MARKER), Map.of());
        assertThat(SpooledEvents.of(home)).isEmpty();
        fire(event("make", "kept").replace("\"s1\"", "\"s2\""), Map.of());

        assertThat(SpooledEvents.of(home)).hasSize(1);
        assertNoFileHoldsTheMarker();
    }

    @Test
    void aPausedProjectIsPausedInItsFoldersItsWorkTreesAndItsSessions() throws Exception {
        Path linked = Files.createDirectory(folder.toRealPath().resolve("linked"));
        Path own = Files.createDirectories(project.resolve(".git/worktrees/linked"));
        Files.writeString(own.resolve("commondir"), "../..\n");
        Files.writeString(linked.resolve(".git"), "gitdir: " + own + "\n");
        Path elsewhere = Files.createDirectory(folder.toRealPath().resolve("project-2"));
        new PauseFile(home.toFile())
                .add(
                        new Pause(
                                Pause.Kind.PROJECT,
                                "project",
                                0,
                                List.of(project.toString()),
                                now(),
                                0),
                        now());
        String event = event("make", MARKER);

        fire(event, Map.of());
        fire(event.replace(project.toString(), project + "/private"), Map.of());
        fire(event.replace(project.toString(), linked.toString()), Map.of());
        fire(
                event.replace(project.toString(), elsewhere.toString()),
                Map.of("CLAUDE_PROJECT_DIR", project.toString()));
        assertThat(SpooledEvents.of(home)).isEmpty();
        assertNoFileHoldsTheMarker();

        fire(event("make", "kept").replace(project.toString(), elsewhere.toString()), Map.of());
        assertThat(SpooledEvents.of(home)).hasSize(1);
    }

    @Test
    void aProjectThatSaysCaptureIsOffLeavesNothing() throws Exception {
        Files.writeString(project.resolve(".mneme"), "# ours\nproject = shop\ncapture = off\n");

        fire(event("make", MARKER), Map.of());
        fire(event("make", MARKER).replace(project.toString(), project + "/private"), Map.of());

        assertThat(SpooledEvents.of(home)).isEmpty();
        assertNoFileHoldsTheMarker();
    }

    @Test
    void aDamagedPauseFilePausesEverything() throws Exception {
        Files.writeString(home.resolve("paused"), "mneme-paused 1\nsess");

        fire(event("make", MARKER), Map.of());

        assertThat(SpooledEvents.of(home)).isEmpty();
        assertNoFileHoldsTheMarker();
    }

    private void fire(String payload, Map<String, String> more) throws Exception {
        var environment = new java.util.HashMap<>(more);
        environment.put("MNEME_HOME", home.toString());
        HookJvm.Result result = HookJvm.run(environment, "post-tool-use", payload);
        assertThat(result.assertHarmless().stdout()).isEmpty();
    }

    private String event(String command, String output) {
        return "{\"session_id\":\"s1\",\"cwd\":\""
                + project
                + "\",\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\",\"tool_use_id\":\"t1\","
                + "\"tool_input\":{\"command\":\""
                + command
                + "\"},\"tool_response\":{\"stdout\":\""
                + output.replace("\n", "\\n")
                + "\"}}";
    }

    private void assertNoFileHoldsTheMarker() throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(MARKER);
            }
        }
    }

    private static long now() {
        return System.currentTimeMillis();
    }
}
