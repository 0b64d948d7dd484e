package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.redaction.RedactionKey;
import dev.mneme.redaction.Redactor;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Every real payload against every manner of daemon, through the same `Hook` that `Main` runs, in
/// this process: thousands of runs, each with real sockets and files. `HookProcessIT` runs a sample
/// of them as real processes.
@Tag("proof")
final class HookMatrixIT {

    /// The manners of the stub, and no daemon at all.
    enum Situation {
        DOWN,
        STALE_ADDRESS,
        ANSWERS,
        ANSWERS_NOTHING,
        ANSWERS_IN_CHUNKS,
        HANGS,
        DRIPS,
        ANSWERS_GARBAGE,
        ANSWERS_NO_HTTP,
        ANSWERS_500,
        ANSWERS_TOO_MUCH,
        CLOSES_EARLY,
        CLOSES_AT_ONCE,
        NEVER_READS;

        boolean delivers() {
            return this == ANSWERS || this == ANSWERS_NOTHING || this == ANSWERS_IN_CHUNKS;
        }
    }

    private static final String ANSWER =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":"
                    + "\"Memory for project shop:\\n- Grüße, 漢字, 🙂 \\u0007\"}}";

    private static final String LESSON =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\",\"additionalContext\":"
                    + "\"Grüße, 漢字, 🙂 \\u0007\"}}";

    /// As many at once keep the waits for silent daemons short in sum.
    private static final int AT_ONCE = 12;

    /// On top of a hook's own limits, for a machine that does other things.
    private static final long NOISE_MS = 3_000;

    /// Fewer than one in so many answers may be late on a busy machine.
    private static final int LATE_SHARE = 10;

    private record Run(RealPayloads.Sample sample, String stdout, long millis) {}

    @ParameterizedTest
    @EnumSource(Situation.class)
    void neverHurtsASessionAndLosesNothing(Situation situation, @TempDir Path home)
            throws Exception {
        List<RealPayloads.Sample> samples = RealPayloads.all();
        boolean stub = situation != Situation.DOWN && situation != Situation.STALE_ADDRESS;
        StubDaemon.Manner manner =
                stub ? StubDaemon.Manner.valueOf(situation.name()) : StubDaemon.Manner.ANSWERS;
        StubDaemon daemon = new StubDaemon(manner, ANSWER);
        List<Run> runs = new ArrayList<>();
        try (daemon;
                ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
            if (situation != Situation.DOWN) {
                daemon.register(home);
            }
            if (!stub) {
                daemon.close();
            }
            List<Future<Run>> futures = new ArrayList<>();
            for (RealPayloads.Sample sample : samples) {
                futures.add(executor.submit(() -> run(home, sample)));
            }
            for (Future<Run> future : futures) {
                runs.add(future.get());
            }
        }
        String printed =
                situation == Situation.ANSWERS || situation == Situation.ANSWERS_IN_CHUNKS
                        ? ANSWER
                        : "";
        for (Run run : runs) {
            assertThat(run.stdout()).isIn("", printed);
            long limit =
                    run.sample().event().equals(HookCall.SESSION_START)
                            ? Deadlines.SESSION_START_MS
                            : Deadlines.ANSWER_MS;
            assertThat(run.millis()).isLessThan(limit + Deadlines.SPOOL_MS + NOISE_MS);
        }
        if (!printed.isEmpty()) {
            long silent = runs.stream().filter(run -> run.stdout().isEmpty()).count();
            assertThat(silent).isEqualTo(SpooledEvents.of(home).size());
        }
        long[] ordinary =
                runs.stream()
                        .filter(run -> !run.sample().event().equals(HookCall.SESSION_START))
                        .mapToLong(Run::millis)
                        .sorted()
                        .toArray();
        System.out.println(
                "in process, "
                        + situation
                        + ": "
                        + runs.size()
                        + " events, median "
                        + ordinary[ordinary.length / 2]
                        + " ms, longest "
                        + ordinary[ordinary.length - 1]
                        + " ms");
        assertDeliveredOrSpooled(situation, samples, home, daemon);
    }

    /// The same payloads, asked about before the call: told or not, nothing of them stays.
    @ParameterizedTest
    @EnumSource(Situation.class)
    void theQuestionBeforeACallHurtsNobodyAndLeavesNothing(Situation situation, @TempDir Path home)
            throws Exception {
        boolean stub = situation != Situation.DOWN && situation != Situation.STALE_ADDRESS;
        StubDaemon.Manner manner =
                stub ? StubDaemon.Manner.valueOf(situation.name()) : StubDaemon.Manner.ANSWERS;
        StubDaemon daemon = new StubDaemon(manner, LESSON);
        List<Run> runs = new ArrayList<>();
        try (daemon;
                ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
            Files.createDirectories(home.resolve("run"));
            Files.writeString(home.resolve("run/lessons"), "");
            if (situation != Situation.DOWN) {
                daemon.register(home);
            }
            if (!stub) {
                daemon.close();
            }
            List<Future<Run>> futures = new ArrayList<>();
            for (RealPayloads.Sample sample : RealPayloads.all()) {
                var question = new RealPayloads.Sample(HookCall.PRE_TOOL_USE, sample.payload());
                futures.add(executor.submit(() -> run(home, question)));
            }
            for (Future<Run> future : futures) {
                runs.add(future.get());
            }
        }
        boolean told = situation == Situation.ANSWERS || situation == Situation.ANSWERS_IN_CHUNKS;
        long late = runs.stream().filter(run -> told && run.stdout().isEmpty()).count();
        assertThat(late).as("late answers").isLessThan(Math.max(1, runs.size() / LATE_SHARE));
        for (Run run : runs) {
            assertThat(run.stdout()).isIn("", told ? LESSON : "");
            assertThat(run.millis())
                    .isLessThan(Deadlines.LESSON_MS + Deadlines.LESSON_SLACK_MS + NOISE_MS);
        }
        assertThat(SpooledEvents.of(home)).isEmpty();
    }

    private void assertDeliveredOrSpooled(
            Situation situation, List<RealPayloads.Sample> samples, Path home, StubDaemon daemon)
            throws Exception {
        List<SpooledEvents.Event> spooled = SpooledEvents.of(home);
        Redactor redactor = new Redactor(RedactionKey.ofHomeOrNull(home));
        if (situation.delivers()) {
            assertDelivered(samples, spooled, daemon, redactor);
            return;
        }
        List<String> expected = new ArrayList<>();
        List<String> actual = new ArrayList<>();
        for (RealPayloads.Sample sample : samples) {
            expected.add(sample.event() + " " + redactor.redactJson(sample.payload().strip()));
        }
        for (SpooledEvents.Event event : spooled) {
            actual.add(event.event() + " " + event.payload());
        }
        Collections.sort(expected);
        Collections.sort(actual);
        assertThat(actual).isEqualTo(expected);
    }

    /// Every event reached the daemon untouched; those whose answer a busy machine delayed lie in
    /// the spool as well.
    private static void assertDelivered(
            List<RealPayloads.Sample> samples,
            List<SpooledEvents.Event> spooled,
            StubDaemon daemon,
            Redactor redactor) {
        assertThat(spooled).as("late answers").hasSizeLessThan(samples.size() / LATE_SHARE);
        Set<String> delivered = new HashSet<>();
        for (StubDaemon.Request request : daemon.requests) {
            delivered.add(request.line().split(" ", -1)[1] + " " + request.body());
            assertThat(request.headers())
                    .contains("Authorization: Bearer " + StubDaemon.TOKEN, "Connection: close")
                    .anyMatch(line -> line.matches("X-Mneme-Event-Id: [0-9a-f-]{36}"))
                    .anyMatch(line -> line.matches("X-Mneme-Started-At: [0-9T:.-]{23}Z"));
        }
        for (RealPayloads.Sample sample : samples) {
            String payload = sample.payload().strip();
            boolean known = delivered.contains("/api/hooks/" + sample.event() + " " + payload);
            for (SpooledEvents.Event event : spooled) {
                known |= event.payload().equals(redactor.redactJson(payload));
            }
            assertThat(known).as("delivered or spooled: %s", sample).isTrue();
        }
    }

    private static Run run(Path home, RealPayloads.Sample sample) {
        long start = System.nanoTime();
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        HookCall call = new HookCall(sample.event(), null, System.currentTimeMillis(), start);
        Watchdog watchdog = Watchdog.start(() -> {});
        new Hook(call, new HookHome(home.toFile()), watchdog)
                .run(
                        new ByteArrayInputStream(sample.payload().getBytes(StandardCharsets.UTF_8)),
                        stdout);
        long millis = (System.nanoTime() - start) / 1_000_000;
        watchdog.end();
        return new Run(sample, stdout.toString(StandardCharsets.UTF_8), millis);
    }
}
