package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/// It starts fast and ends with its client.
final class LifecycleIT {

    /// The promise is one second on a machine that is doing nothing else.
    private static final Duration INITIALIZE_TIMEOUT = Duration.ofSeconds(1);

    private static final int SHARED_MACHINE_FACTOR = 2;
    private static final int STARTS = 5;

    private static final Duration ORPHAN_TIMEOUT = Duration.ofSeconds(15);

    @TempDir Path home;

    @Test
    void answersInitializeWithinASecondWithoutADaemon() throws Exception {
        long[] nanos = new long[STARTS];
        for (int start = 0; start < STARTS; start++) {
            long beginNanos = System.nanoTime();
            try (var server = ServerProcess.start(home)) {
                server.request("initialize", ServerProcess.initializeParams("2025-11-25"));
                nanos[start] = System.nanoTime() - beginNanos;
            }
        }
        long median = LongStream.of(nanos).sorted().toArray()[STARTS / 2];
        System.out.println("initialize answered after ms (median): " + median / 1_000_000);
        assertThat(Duration.ofNanos(median))
                .isLessThan(INITIALIZE_TIMEOUT.multipliedBy(SHARED_MACHINE_FACTOR));
    }

    @Test
    void endsWithItsInputWhenIdle() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            server.endInput();
            assertThat(server.endsWithin(Duration.ofSeconds(5))).isTrue();
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void endsWithoutEverHavingReadALine() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.endInput();
            assertThat(server.endsWithin(Duration.ofSeconds(10))).isTrue();
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void stillAnswersACallUnderWayWhenItsInputEnds() throws Exception {
        var answer = StubDaemon.Reply.ok(StubDaemon.searchAnswer(List.of()));
        var inputEnded = new CountDownLatch(1);
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> {
                                    inputEnded.await();
                                    return answer;
                                });
                var server = ServerProcess.start(home)) {
            server.initialize();
            int id = server.send("tools/call", ServerProcess.call("search", Map.of("query", "a")));
            stub.seen().take();
            server.endInput();
            inputEnded.countDown();
            assertThat(server.endsWithin(Duration.ofSeconds(10))).isTrue();
            assertThat(server.rest())
                    .singleElement()
                    .satisfies(last -> assertThat(last.get("id").asInt()).isEqualTo(id));
        }
    }

    @Test
    void endsSoonWhenItsInputEndsDuringACallThatHangs() throws Exception {
        var never = new CountDownLatch(1);
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> {
                                    never.await();
                                    return new StubDaemon.Reply(200, "");
                                });
                var server = ServerProcess.start(home)) {
            server.initialize();
            server.send("tools/call", ServerProcess.call("search", Map.of("query", "a")));
            stub.seen().take();
            server.endInput();
            assertThat(server.endsWithin(StdioLoop.DRAIN_TIMEOUT.plusSeconds(3))).isTrue();
            assertThat(server.exitCode()).isZero();
        }
    }

    /// The pipes stay open here, held by this test, so that only the parent's death can tell.
    @Test
    @DisabledOnOs(OS.WINDOWS) // no named pipes in the file system
    void endsWhenItsParentIsKilledThoughItsInputStaysOpen() throws Exception {
        Path in = fifo("in");
        Path out = fifo("out");
        var parent =
                new ProcessBuilder(
                        "/bin/sh", "-c", "\"$@\" < '" + in + "' > '" + out + "'; exit $?", "sh");
        parent.command().addAll(ServerProcess.command());
        parent.environment().put("MNEME_HOME", home.toString());
        try (var input = new RandomAccessFile(in.toFile(), "rw");
                var _ = new RandomAccessFile(out.toFile(), "rw");
                var output =
                        new BufferedReader(
                                new InputStreamReader(
                                        new FileInputStream(out.toFile()),
                                        StandardCharsets.UTF_8))) {
            Process shell = parent.start();
            input.write(ping(1));
            assertThat(line(output)).contains("\"id\":1");
            ProcessHandle server = shell.toHandle().children().findFirst().orElseThrow();
            shell.destroyForcibly().waitFor();
            // Still there and reading: its input did not end with its parent.
            input.write(ping(2));
            assertThat(line(output)).contains("\"id\":2");
            try {
                server.onExit().get(ORPHAN_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            } finally {
                server.destroyForcibly();
            }
        }
    }

    private static String line(BufferedReader output) throws Exception {
        var reading = new FutureTask<>(output::readLine);
        Thread.ofPlatform().daemon(true).start(reading);
        return reading.get(ServerProcess.ANSWER_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    private static byte[] ping(int id) {
        return (Json.write(Map.of("jsonrpc", "2.0", "id", id, "method", "ping")) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private Path fifo(String name) throws Exception {
        Path fifo = home.resolve(name + ".fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
        return fifo;
    }
}
