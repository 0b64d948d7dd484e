package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// 300 sessions are opened and killed, two at a time: each starts its hook and its MCP server, asks
/// it something, and dies without a word. One daemon and one database are left, as large as before.
/// Twenty at once, with nothing running, leave one as well.
@Tag("proof")
@Timeout(900)
final class SoakProofIT {

    private static final int SESSIONS = 300;

    /// Until then caches fill and code is compiled.
    private static final int WARM_UP = 60;

    private static final int AT_ONCE = 2;
    private static final int STARTS_AT_ONCE = 20;

    /// What Claude Code gives a session's start; twenty at once may share two processors.
    private static final Duration CLIENT_WAITS = Duration.ofSeconds(30);

    private static final long RESIDENT_GROWTH_MB_MAX = 40;
    private static final int HANDLES_GROWTH_MAX = 20;
    private static final Duration SESSIONS_TIMEOUT = Duration.ofMinutes(12);

    private static Person person;

    @BeforeAll
    static void install() throws Exception {
        person = Person.withEmptyHome("soak");
        Ended installed = person.mneme("install", "--yes");
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
    }

    @AfterAll
    static void leave() throws Exception {
        person.leave();
    }

    @Test
    void threeHundredKilledSessionsLeaveOneDaemonOfTheSameSize() throws Exception {
        open(0, WARM_UP);
        ProcessHandle daemon = person.daemon().process();
        Footprint before = Footprint.of(daemon);

        open(WARM_UP, SESSIONS);

        Footprint after = Footprint.of(daemon);
        System.out.printf(
                Locale.ROOT,
                "proof: %d sessions killed; daemon from %s to %s%n",
                SESSIONS,
                before,
                after);
        assertThat(person.daemon().process().pid()).isEqualTo(daemon.pid());
        assertThat(person.daemons()).hasSize(1);
        assertThat(person.databases()).hasSize(1);
        Await.until(
                "no MCP server is left",
                Duration.ofSeconds(10),
                () ->
                        person.processes().stream()
                                .noneMatch(
                                        process ->
                                                process.info()
                                                        .commandLine()
                                                        .orElse("")
                                                        .contains("mcp-stdio.jar")));
        assertThat(after.residentMb() - before.residentMb())
                .isLessThanOrEqualTo(RESIDENT_GROWTH_MB_MAX);
        assertThat(after.handles() - before.handles()).isLessThanOrEqualTo(HANDLES_GROWTH_MAX);
        Await.until(
                "every session is stored, also what was spooled",
                Duration.ofMinutes(1),
                () ->
                        person.count(
                                        "SELECT count(*) FROM mem_sessions"
                                                + " WHERE session_id LIKE 'soak-%'")
                                == SESSIONS);
    }

    /// Twenty projects are opened at once, as an editor that restores its windows does, and nothing
    /// runs yet.
    @Test
    void twentySessionStartsAtOnceGiveOneDaemon() throws Exception {
        assertThat(person.mneme("stop").exitCode()).isZero();
        assertThat(person.daemons()).isEmpty();
        assertThat(person.databases()).isEmpty();

        var starts = new ArrayList<Callable<Ended>>();
        for (int i = 0; i < STARTS_AT_ONCE; i++) {
            String payload = Payloads.sessionStart(person, "at-once-" + i);
            starts.add(
                    () ->
                            person.run(
                                    person.registeredHook("SessionStart"),
                                    Map.of(),
                                    person.home(),
                                    payload,
                                    CLIENT_WAITS));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Ended> start : threads.invokeAll(starts)) {
                assertThat(start.get().exitCode()).as(start.get().toString()).isZero();
            }
        }

        Await.until(
                "every session is stored, also what was spooled",
                Duration.ofMinutes(1),
                () ->
                        person.daemon().health().path("pid").asLong(0) > 0
                                && person.count(
                                                "SELECT count(*) FROM mem_sessions"
                                                        + " WHERE session_id LIKE 'at-once-%'")
                                        == STARTS_AT_ONCE);
        Await.until(
                "one daemon and one database: " + person.daemons() + person.databases(),
                Duration.ofMinutes(1),
                () -> person.daemons().size() == 1 && person.databases().size() == 1);
        assertThat(person.daemons().getFirst().pid()).isEqualTo(person.daemon().info().pid());
    }

    private static void open(int from, int to) throws Exception {
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            var sessions = new ArrayList<Future<?>>();
            for (int number = from; number < to; number++) {
                String session = "soak-" + number;
                sessions.add(
                        threads.submit(
                                () -> {
                                    openAndKill(session);
                                    return true;
                                }));
            }
            for (Future<?> session : sessions) {
                session.get(SESSIONS_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
        }
    }

    private static void openAndKill(String session) throws Exception {
        Ended hook = person.hook("SessionStart", Payloads.sessionStart(person, session));
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        Process process = person.startMcpServer();
        try (McpServer server = new McpServer(process)) {
            JsonNode found = server.call("search", Map.of("query", session));
            assertThat(found.path("isError").asBoolean(true)).as(found.toString()).isFalse();
            process.destroyForcibly();
        }
    }

    /// @param handles open files and sockets
    private record Footprint(long residentMb, int handles) {

        static Footprint of(ProcessHandle process) throws IOException {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            List<String> status = Files.readAllLines(proc.resolve("status"));
            long residentKb =
                    status.stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .map(line -> line.replaceAll("[^0-9]", ""))
                            .mapToLong(Long::parseLong)
                            .findFirst()
                            .orElseThrow();
            try (Stream<Path> handles = Files.list(proc.resolve("fd"))) {
                return new Footprint(residentKb / 1024, (int) handles.count());
            }
        }

        @Override
        public String toString() {
            return residentMb + " MB, " + handles + " handles";
        }
    }
}
