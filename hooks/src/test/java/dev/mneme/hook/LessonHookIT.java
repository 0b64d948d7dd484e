package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The hook before a tool call, as a real process: prints a lesson or nothing, holds the call up
/// for a bounded time, and leaves nothing of it anywhere.
final class LessonHookIT {

    private static final String PAYLOAD =
            "{\"session_id\":\"a1\",\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"Bash\","
                    + "\"tool_input\":{\"command\":\"echo xylophonist\"}}";

    private static final String LESSON =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"additionalContext\":"
                    + "\"Grüße, 漢字, 🙂\"}}";

    /// The whole process with a daemon that hangs; the best of several runs shows what the program
    /// does, the others what else the machine did.
    private static final long HANGING_WALL_MS_MAX = 300;

    private static final int RUNS = 4;

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(StubDaemon.Manner.class)
    void isHarmlessWhateverTheDaemonDoes(StubDaemon.Manner manner) throws Exception {
        boolean lessons =
                manner == StubDaemon.Manner.ANSWERS
                        || manner == StubDaemon.Manner.ANSWERS_IN_CHUNKS;
        try (StubDaemon daemon = new StubDaemon(manner, LESSON)) {
            daemon.register(home());
            mark();
            long best = Long.MAX_VALUE;
            boolean told = false;
            for (int i = 0; i < RUNS; i++) {
                HookJvm.Result result = ask();
                assertThat(result.stdout()).isIn("", LESSON);
                told |= result.stdout().equals(LESSON);
                best = Math.min(best, result.millis());
            }
            assertThat(told).isEqualTo(lessons);
            assertThat(best).isLessThan(HANGING_WALL_MS_MAX);
            assertThatNothingStays();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"permissionDecision\":\"allow\"}}",
                "{\"decision\":\"block\",\"reason\":\"x\"}",
                "{\"continue\":false}"
            })
    void decidesNothingAboutTheCallWhoeverAnswers(String answer) throws Exception {
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS, answer)) {
            daemon.register(home());
            mark();
            for (int i = 0; i < RUNS; i++) {
                assertThat(ask().stdout()).isEmpty();
            }
            assertThat(daemon.requests).as("it was asked").isNotEmpty();
        }
    }

    @Test
    void asksNobodyWhereThereAreNoLessons() throws Exception {
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS, LESSON)) {
            daemon.register(home());
            assertThat(ask().stdout()).isEmpty();
            assertThat(daemon.requests).isEmpty();
        }
    }

    @Test
    void saysNothingWhereNoDaemonRunsAndStartsNone() throws Exception {
        mark();
        Files.createDirectories(home().resolve("app"));
        Path started = folder.resolve("started");
        Files.writeString(
                home().resolve("app/daemon.command"), "/usr/bin/touch\n" + started + "\n");
        assertThat(ask().stdout()).isEmpty();
        assertThat(started).doesNotExist();
        assertThatNothingStays();
    }

    private HookJvm.Result ask() throws Exception {
        return HookJvm.run(Map.of("MNEME_HOME", home().toString()), HookCall.PRE_TOOL_USE, PAYLOAD)
                .assertHarmless();
    }

    private Path home() throws IOException {
        return Files.createDirectories(folder.resolve("home"));
    }

    private void mark() throws IOException {
        Files.createDirectories(home().resolve("run"));
        Files.writeString(home().resolve("run/lessons"), "");
    }

    private void assertThatNothingStays() throws IOException {
        assertThat(SpooledEvents.of(home())).isEmpty();
        try (var files = Files.walk(home())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).doesNotContain("xylophonist");
            }
        }
    }
}
