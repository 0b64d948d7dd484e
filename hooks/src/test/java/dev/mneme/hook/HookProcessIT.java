package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/// The packed program as real processes: a sample of what `HookMatrixIT` runs in full, and whatever
/// needs a process to be true: streams, character sets, limits of the system, the daemon's start.
final class HookProcessIT {

    private static final String PAYLOAD =
            "{\"session_id\":\"a1\",\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\"}";

    private static final String ANSWER =
            "{\"hookSpecificOutput\":{\"additionalContext\":\"Grüße, 漢字, 🙂\"}}";

    /// What the machine may add to a hook's own limits before a run counts as late.
    private static final long NOISE_MS = 3_000;

    /// The whole process with a daemon that hangs; the best of several runs shows what the program
    /// does, the others what else the machine did.
    private static final long HANGING_WALL_MS_MAX = 250;

    private static final int RUNS = 8;

    @TempDir Path folder;

    private Path home() throws IOException {
        Path home = folder.resolve("home");
        return Files.isDirectory(home) ? home : Files.createDirectory(home);
    }

    private Map<String, String> environment() throws IOException {
        return Map.of("MNEME_HOME", home().toString());
    }

    @ParameterizedTest
    @EnumSource(StubDaemon.Manner.class)
    void isHarmlessWhateverTheDaemonDoes(StubDaemon.Manner manner) throws Exception {
        String expected = manner == StubDaemon.Manner.ANSWERS_NOTHING ? "" : ANSWER;
        try (StubDaemon daemon = new StubDaemon(manner, ANSWER)) {
            daemon.register(home());
            long best = Long.MAX_VALUE;
            int spooled = 0;
            for (int i = 0; i < RUNS; i++) {
                HookJvm.Result result =
                        HookJvm.run(environment(), "post-tool-use", PAYLOAD).assertHarmless();
                int spooledNow = SpooledEvents.of(home()).size();
                boolean delivered = spooledNow == spooled;
                assertThat(spooledNow).isBetween(spooled, spooled + 1);
                spooled = spooledNow;
                assertThat(result.stdout()).isEqualTo(delivered ? expected : "");
                assertThat(result.millis()).isLessThan(HANGING_WALL_MS_MAX + NOISE_MS);
                best = Math.min(best, result.millis());
            }
            System.out.println(
                    "as a process, "
                            + manner
                            + ": best of "
                            + RUNS
                            + " "
                            + best
                            + " ms, "
                            + spooled
                            + " spooled");
            assertThat(best).isLessThan(HANGING_WALL_MS_MAX);
            if (manner.delivers()) {
                assertThat(spooled).as("answers that a busy machine delayed").isLessThan(RUNS);
            } else {
                assertThat(spooled).isEqualTo(RUNS);
            }
        }
    }

    @Test
    void carriesARealPayloadOfEachEvent() throws Exception {
        List<String> seen = new ArrayList<>();
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS, ANSWER)) {
            daemon.register(home());
            for (RealPayloads.Sample sample : RealPayloads.all()) {
                if (!seen.contains(sample.event())) {
                    seen.add(sample.event());
                    assertThat(answerTo(sample)).isEqualTo(ANSWER);
                    assertThat(daemon.requests)
                            .extracting(StubDaemon.Request::body)
                            .contains(sample.payload().strip());
                }
            }
        }
        assertThat(seen).contains("session-start", "user-prompt-submit", "post-tool-use", "stop");
    }

    /// The first answer that comes in time; on a busy machine one may be late and is spooled.
    private String answerTo(RealPayloads.Sample sample) throws Exception {
        String answer = "";
        for (int i = 0; i < RUNS && answer.isEmpty(); i++) {
            int spooled = SpooledEvents.of(home()).size();
            answer =
                    HookJvm.run(environment(), sample.event(), sample.payload())
                            .assertHarmless()
                            .stdout();
            assertThat(SpooledEvents.of(home())).hasSize(answer.isEmpty() ? spooled + 1 : spooled);
        }
        return answer;
    }

    @Test
    void waitsLongerForTheAnswerToASessionStart() throws Exception {
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS_LATE, ANSWER)) {
            daemon.register(home());
            HookJvm.Result result = HookJvm.run(environment(), "session-start", PAYLOAD);
            assertThat(result.assertHarmless().stdout()).isEqualTo(ANSWER);
        }
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.HANGS, "")) {
            daemon.register(home());
            // Where the disk is busy, the watchdog may end one before its event is synced.
            for (int i = 0; i < RUNS && SpooledEvents.of(home()).isEmpty(); i++) {
                HookJvm.Result result = HookJvm.run(environment(), "session-start", PAYLOAD);
                assertThat(result.assertHarmless().stdout()).isEmpty();
                assertThat(result.millis())
                        .isBetween(
                                Deadlines.SESSION_START_MS, Deadlines.SESSION_START_MS + NOISE_MS);
            }
        }
        assertThat(SpooledEvents.of(home())).hasSize(1);
    }

    // ---- stdin

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "   "})
    void doesNothingWithAnEmptyStdin(String input) throws Exception {
        assertThat(HookJvm.run(environment(), "stop", input).assertHarmless().stdout()).isEmpty();
        assertThat(home()).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "garbage", "{\"a\":1} and more", "[]"})
    void passesOnWhatIsNoEvent(String input) throws Exception {
        assertThat(HookJvm.run(environment(), "stop", input).assertHarmless().stdout()).isEmpty();
        assertThat(SpooledEvents.of(home())).hasSize(1);
    }

    @Test
    void endsThoughStdinIsNeverClosed() throws Exception {
        HookJvm.Result complete =
                HookJvm.run(
                        HookJvm.command(HookJvm.FLAGS, "stop"),
                        environment(),
                        stdin -> {
                            stdin.write(PAYLOAD.getBytes(StandardCharsets.UTF_8));
                            stdin.flush();
                        });
        assertThat(complete.assertHarmless().millis()).isLessThan(Deadlines.STDIN_MS);
        HookJvm.Result cut =
                HookJvm.run(
                        HookJvm.command(HookJvm.FLAGS, "stop"),
                        environment(),
                        stdin -> {
                            stdin.write('{');
                            stdin.flush();
                        });
        assertThat(cut.assertHarmless().millis())
                .isBetween(Deadlines.STDIN_MS, Deadlines.STDIN_MS + NOISE_MS);
        HookJvm.Result silent =
                HookJvm.run(HookJvm.command(HookJvm.FLAGS, "stop"), environment(), stdin -> {});
        assertThat(silent.assertHarmless().millis())
                .isBetween(Deadlines.STDIN_MS, Deadlines.STDIN_MS + NOISE_MS);
        assertThat(SpooledEvents.of(home()))
                .extracting(SpooledEvents.Event::payload)
                .containsExactly(PAYLOAD, "{");
    }

    @Test
    void endsThoughStdinIsEndless() throws Exception {
        byte[] piece = "x".repeat(65_536).getBytes(StandardCharsets.UTF_8);
        HookJvm.Result result =
                HookJvm.run(
                        HookJvm.command(HookJvm.FLAGS, "stop"),
                        environment(),
                        stdin -> {
                            stdin.write(
                                    "{\"session_id\":\"a1\",\"b\":\""
                                            .getBytes(StandardCharsets.UTF_8));
                            while (!Thread.currentThread().isInterrupted()) {
                                stdin.write(piece);
                            }
                        });
        assertThat(result.assertHarmless().millis()).isLessThan(Deadlines.STDIN_MS + NOISE_MS);
        assertThat(SpooledEvents.of(home()).getFirst().payload())
                .startsWith("{\"session_id\":\"a1\",\"mneme_truncated\":true,\"mneme_bytes\":");
    }

    @Test
    void replacesWhatIsTooLargeByAMarker() throws Exception {
        String payload = "{\"session_id\":\"a1\",\"b\":\"" + "x".repeat(20_000_000) + "\"}";
        HookJvm.Result result = HookJvm.run(environment(), "post-tool-use", payload);
        assertThat(result.assertHarmless().stdout()).isEmpty();
        assertThat(SpooledEvents.of(home()).getFirst().payload())
                .isEqualTo(
                        "{\"session_id\":\"a1\",\"mneme_truncated\":true,\"mneme_bytes\":"
                                + payload.length()
                                + "}");
    }

    @Test
    void keepsALargePayloadThoughTheDaemonNeverReadsIt() throws Exception {
        String payload = "{\"session_id\":\"a1\",\"b\":\"" + "x y ".repeat(3_000_000) + "\"}";
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.NEVER_READS, "")) {
            daemon.register(home());
            HookJvm.run(environment(), "post-tool-use", payload).assertHarmless();
        }
        assertThat(SpooledEvents.of(home()).getFirst().payload()).isEqualTo(payload);
    }

    @Test
    void keepsAnEventWhenMemoryIsTooSmallForIt() throws Exception {
        String payload = "{\"session_id\":\"a1\",\"b\":\"" + "漢".repeat(4_000_000) + "\"}";
        List<String> flags = new ArrayList<>(HookJvm.FLAGS);
        flags.add("-Xmx32m");
        HookJvm.Result result =
                HookJvm.run(
                        HookJvm.command(flags, "post-tool-use"),
                        environment(),
                        stdin -> {
                            stdin.write(payload.getBytes(StandardCharsets.UTF_8));
                            stdin.close();
                        });
        result.assertHarmless();
        assertThat(SpooledEvents.of(home()).getFirst().payload())
                .startsWith("{\"session_id\":\"a1\",\"mneme_truncated\":true,");
    }

    @Test
    void keepsAPayloadThatIsNotUtf8() throws Exception {
        byte[] payload = PAYLOAD.getBytes(StandardCharsets.UTF_8);
        payload[16] = (byte) 0xFF;
        HookJvm.run(
                        HookJvm.command(HookJvm.FLAGS, "stop"),
                        environment(),
                        stdin -> {
                            stdin.write(payload);
                            stdin.close();
                        })
                .assertHarmless();
        assertThat(SpooledEvents.of(home()).getFirst().payload()).contains("\uFFFD");
    }

    // ---- surroundings

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8", "POSIX"})
    void printsUtf8InEveryLocale(String locale) throws Exception {
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS, ANSWER)) {
            daemon.register(home());
            Map<String, String> environment =
                    Map.of("MNEME_HOME", home().toString(), "LC_ALL", locale);
            for (String charset : List.of("US-ASCII", "ISO-8859-1", "UTF-16")) {
                List<String> flags = new ArrayList<>(HookJvm.FLAGS);
                flags.add("-Dfile.encoding=" + charset);
                flags.add("-Dstdout.encoding=" + charset);
                HookJvm.Result result =
                        HookJvm.run(
                                HookJvm.command(flags, "session-start"),
                                environment,
                                stdin -> {
                                    stdin.write("{\"a\":\"漢\"}".getBytes(StandardCharsets.UTF_8));
                                    stdin.close();
                                });
                assertThat(result.assertHarmless().stdout()).isEqualTo(ANSWER);
                assertThat(daemon.requests.remove().body()).isEqualTo("{\"a\":\"漢\"}");
            }
        }
    }

    @Test
    void doesNothingWhenSwitchedOffOrInTheCloudOrWithoutAHome() throws Exception {
        String home = home().toString();
        for (Map<String, String> environment :
                List.of(
                        Map.of("MNEME_HOME", home, "MNEME_DISABLED", "1"),
                        Map.of("MNEME_HOME", home, "CLAUDE_CODE_REMOTE", "true"),
                        Map.of("MNEME_HOME", home + "/none"),
                        Map.of("HOME", home),
                        Map.of("HOME", home + "/none"))) {
            HookJvm.Result result = HookJvm.run(environment, "session-start", PAYLOAD);
            assertThat(result.assertHarmless().stdout()).isEmpty();
        }
        assertThat(home()).isEmptyDirectory();
        assertThat(HookJvm.run(environment(), "no-such-event", PAYLOAD).assertHarmless().stdout())
                .isEmpty();
        assertThat(home()).isEmptyDirectory();
    }

    /// Neither MNEME_HOME nor HOME: the account's own folder counts, which a stripped environment
    /// or an account without one leaves as `?` or as a folder that is not there.
    @Test
    void doesNothingWithoutAnyHomeInItsEnvironment() throws Exception {
        for (String account : List.of("?", folder.resolve("none").toString(), "/dev/null", "")) {
            List<String> flags = new ArrayList<>(HookJvm.FLAGS);
            flags.add("-Duser.home=" + account);
            for (String event : List.of("session-start", "post-tool-use")) {
                HookJvm.Result result =
                        HookJvm.run(
                                HookJvm.command(flags, event),
                                Map.of(),
                                stdin -> {
                                    stdin.write(PAYLOAD.getBytes(StandardCharsets.UTF_8));
                                    stdin.close();
                                });
                assertThat(result.assertHarmless().stdout()).isEmpty();
                assertThat(result.millis()).isLessThan(HANGING_WALL_MS_MAX + NOISE_MS);
            }
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void findsItsHomeBelowHome() throws Exception {
        Path own = Files.createDirectory(home().resolve(".mneme"));
        HookJvm.run(Map.of("HOME", home().toString()), "stop", PAYLOAD).assertHarmless();
        assertThat(SpooledEvents.of(own)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "022", "077", "777"})
    void keepsItsFilesPrivateUnderAnyUmask(String umask) throws Exception {
        shell("umask " + umask + "; exec \"$@\"", HookJvm.command(HookJvm.FLAGS, "stop"));
        assertThat(mode(home().resolve("spool"))).isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(home().resolve("spool"))) {
            assertThat(mode(files.findFirst().orElseThrow())).isEqualTo("rw-------");
        }
    }

    @Test
    void staysSilentWhenItsHomeIsReadOnly() throws Exception {
        String readOnly =
                "mount --bind \"$MNEME_HOME\" \"$MNEME_HOME\" && mount -o remount,bind,ro"
                        + " \"$MNEME_HOME\" && ! touch \"$MNEME_HOME/x\" 2>/dev/null && exec \"$@\"";
        inMountNamespace(readOnly, HookJvm.command(HookJvm.FLAGS, "stop"));
        inMountNamespace(readOnly, HookJvm.command(HookJvm.FLAGS, "session-start"));
        assertThat(home()).isEmptyDirectory();
    }

    @Test
    void leavesNoPartOfAFileOnAFullDisk() throws Exception {
        Path result = folder.resolve("listing");
        String full =
                "mkdir \"$MNEME_HOME/spool\" && mount -t tmpfs -o size=64k none \"$MNEME_HOME/spool\""
                        + " && { ! head -c 100000 /dev/zero > \"$MNEME_HOME/spool/filler\"; } 2>/dev/null"
                        + " && \"$@\"; code=$?; ls -A \"$MNEME_HOME/spool\" > "
                        + result
                        + "; exit $code";
        inMountNamespace(full, HookJvm.command(HookJvm.FLAGS, "stop"));
        assertThat(Files.readAllLines(result)).containsExactly("filler");
        List<String> log = Files.readAllLines(home().resolve("log/hook.log"));
        assertThat(log).hasSize(1);
        assertThat(log.getFirst()).contains("cannot spool events").doesNotContain("a1");
    }

    private void inMountNamespace(String script, List<String> command) throws Exception {
        List<String> unshare = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", script, "sh"));
        unshare.addAll(command);
        HookJvm.Result result =
                HookJvm.run(
                        unshare,
                        environment(),
                        stdin -> {
                            stdin.write(PAYLOAD.getBytes(StandardCharsets.UTF_8));
                            stdin.close();
                        });
        assertThat(result.assertHarmless().stdout()).isEmpty();
    }

    private void shell(String script, List<String> command) throws Exception {
        List<String> shell = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        shell.addAll(command);
        HookJvm.run(
                        shell,
                        environment(),
                        stdin -> {
                            stdin.write(PAYLOAD.getBytes(StandardCharsets.UTF_8));
                            stdin.close();
                        })
                .assertHarmless();
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    // ---- the daemon's start

    @Test
    void startsADaemonThatHoldsNoneOfItsStreams() throws Exception {
        Path started = folder.resolve("started");
        String script =
                "echo $$ $MNEME_HOME > "
                        + started
                        + "; ls -l /proc/$$/fd >> "
                        + started
                        + "; echo to the log; exec sleep 30";
        writeDaemonCommand("/bin/sh", "-c", script);
        HookJvm.Result result = HookJvm.run(environment(), "session-start", PAYLOAD);
        assertThat(result.assertHarmless().stdout()).isEmpty();
        List<String> lines = Files.readAllLines(started);
        long pid = Long.parseLong(lines.getFirst().split(" ", -1)[0]);
        ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
        try {
            assertThat(daemon.isAlive()).as("streams ended while the daemon lives").isTrue();
            assertThat(result.millis()).isLessThan(Deadlines.SESSION_START_MS + NOISE_MS);
            assertThat(lines.getFirst()).endsWith(" " + home());
            assertThat(String.join("\n", lines)).doesNotContain("pipe:");
            assertThat(Files.readString(home().resolve("log/daemon.out")))
                    .isEqualTo("to the log\n");
            assertThat(mode(home().resolve("log/daemon.out"))).isEqualTo("rw-------");
        } finally {
            daemon.destroyForcibly();
        }
        assertThat(SpooledEvents.of(home())).hasSize(1);
    }

    @Test
    void deliversToTheDaemonItStarted() throws Exception {
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS, ANSWER)) {
            daemon.register(home());
            Path info = home().resolve("run/daemon.json");
            Path hidden = home().resolve("run/hidden.json");
            Files.move(info, hidden);
            writeDaemonCommand("/bin/sh", "-c", "sleep 0.3; mv " + hidden + " " + info);
            HookJvm.Result ordinary = HookJvm.run(environment(), "post-tool-use", PAYLOAD);
            assertThat(ordinary.assertHarmless().stdout()).isEmpty();
            assertThat(hidden).as("only a session's start starts a daemon").exists();
            HookJvm.Result result = HookJvm.run(environment(), "session-start", PAYLOAD);
            assertThat(result.assertHarmless().stdout()).isEqualTo(ANSWER);
        }
    }

    @Test
    void leavesADaemonAloneThatKeepsEndingRightAfterItsStart() throws Exception {
        Path started = home().resolve("started");
        writeDaemonCommand("/usr/bin/touch", started.toString());
        Path starts = Files.createDirectories(home().resolve("run")).resolve("starts");
        Files.write(starts, new byte[4]);

        HookJvm.run(environment(), "session-start", PAYLOAD).assertHarmless();
        assertThat(started).doesNotExist();
        assertThat(SpooledEvents.of(home())).hasSize(1);

        Files.setLastModifiedTime(
                starts, FileTime.from(Instant.now().minus(Duration.ofSeconds(21))));
        HookJvm.run(environment(), "session-start", PAYLOAD).assertHarmless();
        assertThat(started).exists();
    }

    @Test
    void survivesACommandThatDoesNotExist() throws Exception {
        writeDaemonCommand("/no/such/program");
        HookJvm.Result result = HookJvm.run(environment(), "session-start", PAYLOAD);
        assertThat(result.assertHarmless().stdout()).isEmpty();
        assertThat(SpooledEvents.of(home())).hasSize(1);
    }

    private void writeDaemonCommand(String... arguments) throws IOException {
        Files.createDirectories(home().resolve("app"));
        Files.write(home().resolve("app/daemon.command"), List.of(arguments));
    }

    // ---- the jar

    /// The nullness annotations are named in the classes and never loaded; nothing else is missing.
    @Test
    void needsNothingButJavaBase() throws Exception {
        assertThat(jdeps("--ignore-missing-deps", "--print-module-deps")).isEqualTo("java.base");
        assertThat(jdeps("--missing-deps").lines())
                .isNotEmpty()
                .allMatch(
                        line ->
                                line.contains(".jar")
                                        || line.contains("org.jspecify.annotations."));
    }

    private static String jdeps(String... options) throws IOException {
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        StringWriter out = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.add(HookJvm.jar().toString());
        PrintWriter writer = new PrintWriter(out);
        int exitCode = jdeps.run(writer, writer, arguments.toArray(new String[0]));
        assertThat(exitCode).as(out.toString()).isZero();
        return out.toString().strip();
    }

    @Test
    void runsAsAJarToo() throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        HookJvm.jar().toString(),
                        "session-start",
                        "--agent",
                        "claude-code");
        try (StubDaemon daemon = new StubDaemon(StubDaemon.Manner.ANSWERS_NOTHING, "")) {
            daemon.register(home());
            HookJvm.run(
                            command,
                            environment(),
                            stdin -> {
                                stdin.write(PAYLOAD.getBytes(StandardCharsets.UTF_8));
                                stdin.close();
                            })
                    .assertHarmless();
            assertThat(daemon.requests.remove().headers()).contains("X-Mneme-Agent: claude-code");
        }
    }
}
