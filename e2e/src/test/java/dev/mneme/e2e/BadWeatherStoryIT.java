package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What lies around Mneme breaks, and nothing is lost. Each obstacle is proved before it is used.
@Tag("proof")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class BadWeatherStoryIT {

    private static final int DEFAULT_PORT = 3377;
    private static final Duration RECOVERY_TIMEOUT = Duration.ofSeconds(60);

    /// A hook's own bound is a quarter of a second for an ordinary event; the rest is for a busy
    /// machine. Claude Code waits 5 s.
    private static final Duration HOOK_BOUND = Duration.ofSeconds(3);

    private static final int TAKE_ATTEMPTS_MAX = 5;

    /// Makes the first argument read-only, and runs the others where it is.
    private static final String READ_ONLY =
            """
            set -eu
            clone=$1; shift
            mount --bind "$clone" "$clone"
            mount -o remount,bind,ro "$clone"
            if touch "$clone/written" 2>/dev/null; then echo 'the clone can be written'; exit 9; fi
            exec "$@"
            """;

    private static Person person;
    private static Ended refused;
    private static Map<String, String> beforeRefusal;
    private static Map<String, String> afterRefusal;
    private static Ended installed;
    private static int port;

    @BeforeAll
    static void installWhileTheDefaultPortIsTaken() throws Exception {
        person = Person.withEmptyHome("home");
        Files.createDirectories(person.settings().getParent());
        Files.writeString(person.settings(), "{\n  \"model\": \"opus\",\n  \"hooks\": [,\n}\n");
        beforeRefusal = Person.snapshot(person.folder());
        refused = person.mneme("install", "--yes");
        afterRefusal = Person.snapshot(person.folder());
        Files.delete(person.settings());
        try (var taken = new ServerSocket()) {
            if (isFree(DEFAULT_PORT)) {
                taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), DEFAULT_PORT));
            }
            assertThat(isFree(DEFAULT_PORT)).as("the default port is free").isFalse();
            installed = person.mneme("install", "--yes");
        }
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        port = person.daemon().info().port();
    }

    @AfterAll
    static void leave() throws Exception {
        person.leave();
    }

    @Test
    @Order(1)
    void brokenSettingsAreNamedByPlaceAndNothingIsChanged() {
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
        assertThat(refused.err())
                .contains(person.settings().toString())
                .contains("line 3, column 13")
                .contains("hint: ");
        assertThat(afterRefusal).isEqualTo(beforeRefusal);
    }

    @Test
    @Order(2)
    void aTakenDefaultPortMeansTheNextFreeOne() throws Exception {
        assertThat(port).isGreaterThan(DEFAULT_PORT);
        assertThat(installed.out()).contains("port " + port);
        assertThat(person.daemon().health().path("status").asString()).isNotEqualTo("unhealthy");
    }

    @Test
    @Order(3)
    void aTakenConfiguredPortIsAnErrorThatNamesItsOwner() throws Exception {
        assertThat(person.mneme("stop").ok()).isTrue();
        Path settings = person.mneme().settings();
        String before = Files.exists(settings) ? Files.readString(settings) : "";
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(settings, before + "\nMNEME_PORT=" + taken.getLocalPort() + "\n");

            Ended ended = person.mneme("start");

            assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("port " + taken.getLocalPort())
                    .contains("process " + ProcessHandle.current().pid())
                    .contains("hint: ")
                    .contains("MNEME_PORT");
            assertThat(person.processes()).isEmpty();
        } finally {
            Files.writeString(settings, before);
        }
    }

    /// A database of one's own; here the embedded server, which outlives a daemon that is killed.
    @Test
    @Order(4)
    void aWrongPasswordIsSaidWithoutShowingIt() throws Exception {
        Ended started = person.mneme("start");
        assertThat(started.exitCode()).as(started.toString()).isZero();
        ProcessHandle daemon = person.daemon().process();
        daemon.destroyForcibly();
        daemon.onExit().join();
        String server = Files.readString(person.mneme().postgres().resolve("port")).strip();
        Path settings = person.mneme().settings();
        String before = Files.readString(settings);
        try {
            Files.writeString(
                    settings,
                    before
                            + "\nDATABASE_URL=postgresql://mneme:n0tThis@127.0.0.1:"
                            + server
                            + "/mneme\n");

            Ended ended = person.mneme("start");

            assertThat(ended.exitCode()).as(ended.toString()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("127.0.0.1:" + server, "28P01")
                    .contains("hint: check that it runs, and user and password")
                    .doesNotContain("n0tThis");
        } finally {
            Files.writeString(settings, before);
        }
        Ended again = person.mneme("start");
        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(person.databases()).hasSize(1);
        assertThat(person.mneme("stop").ok()).isTrue();
        assertThat(person.processes()).isEmpty();
    }

    @Test
    @Order(5)
    void aFullDiskUnderTheSpoolHurtsNoSessionAndLeavesNoHalfFile() throws Exception {
        String script =
                """
                set -eu
                spool=$1; shift
                mount -t tmpfs -o size=64k tmpfs "$spool"
                dd if=/dev/zero of="$spool/filler" bs=4k 2>/dev/null || true
                if (printf x >"$spool/probe") 2>/dev/null && [ -s "$spool/probe" ]; then
                    echo 'the disk is not full'; exit 9
                fi
                rm -f "$spool/probe"
                code=0
                "$@" || code=$?
                echo "exit $code"
                ls -A "$spool"
                """;
        Path spool = Files.createDirectories(person.mneme().spool());
        var command =
                Obstacles.inOwnMounts(
                        script,
                        Stream.concat(
                                        Stream.of(spool.toString()),
                                        person.registeredHook("PostToolUse").stream())
                                .toList());

        Ended full =
                person.run(
                        command,
                        Map.of(),
                        person.home(),
                        edit("full-disk", "toolu_full"),
                        Person.HOOK_TIMEOUT);

        assertThat(full.out()).as(full.toString()).isEqualTo("exit 0\nfiller\n");

        Ended later = person.hook("PostToolUse", edit("full-disk", "toolu_later"));
        assertThat(later.exitCode()).as(later.toString()).isZero();
        assertThat(spooled()).hasSize(1);
        assertThat(person.mneme("start").ok()).isTrue();
        person.daemon().awaitSettled();
        assertThat(stored("toolu_later")).isEqualTo(1);
        assertThat(spooled()).isEmpty();
    }

    @Test
    @Order(6)
    void eventsForAHangingDaemonAreSpooledAndStoredOnce() throws Exception {
        ProcessHandle daemon = person.daemon().process();
        signal("STOP", daemon.pid());
        try {
            Await.until(
                    "the daemon is stopped",
                    Person.COMMAND_TIMEOUT,
                    () ->
                            Files.readString(Path.of("/proc/" + daemon.pid() + "/status"))
                                    .contains("State:\tT"));
            for (String id : List.of("toolu_hang_1", "toolu_hang_2", "toolu_hang_3")) {
                Ended hook = person.hook("PostToolUse", edit("hanging", id));
                assertThat(hook.exitCode()).as(hook.toString()).isZero();
                assertThat(hook.out()).isEmpty();
                assertThat(hook.took()).isLessThan(HOOK_BOUND);
            }
            Ended start = person.hook("SessionStart", Payloads.sessionStart(person, "hanging-2"));
            assertThat(start.exitCode()).as(start.toString()).isZero();
            assertThat(start.took()).isLessThan(HOOK_BOUND.plus(HOOK_BOUND));
            assertThat(spooled()).hasSize(4);
        } finally {
            signal("CONT", daemon.pid());
        }

        Await.until("the spool is drained", RECOVERY_TIMEOUT, () -> spooled().isEmpty());
        person.daemon().awaitSettled();
        for (String id : List.of("toolu_hang_1", "toolu_hang_2", "toolu_hang_3")) {
            assertThat(stored(id)).as(id).isEqualTo(1);
        }
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events e JOIN mem_sessions s"
                                        + " ON s.id = e.session_id"
                                        + " WHERE s.session_id = 'hanging-2'"))
                .isEqualTo(1);
        assertThat(person.daemons()).hasSize(1);
    }

    @Test
    @Order(7)
    void aKilledDatabaseComesBackAndNothingIsLost() throws Exception {
        long daemon = person.daemon().info().pid();
        ProcessHandle database = person.databases().getFirst();
        database.destroyForcibly();
        database.onExit().join();
        assertThatThrownBy(() -> person.database().close()).isNotNull();

        for (String id : List.of("toolu_dead_1", "toolu_dead_2")) {
            Ended hook = person.hook("PostToolUse", edit("database", id));
            assertThat(hook.exitCode()).as(hook.toString()).isZero();
            assertThat(hook.took()).isLessThan(HOOK_BOUND);
        }

        Await.until(
                "the database is back and the spool drained",
                RECOVERY_TIMEOUT,
                () ->
                        spooled().isEmpty()
                                && person.daemon().health().at("/queue/pending").asInt(-1) == 0);
        person.daemon().awaitSettled();
        assertThat(stored("toolu_dead_1")).isEqualTo(1);
        assertThat(stored("toolu_dead_2")).isEqualTo(1);
        assertThat(stored("toolu_later")).isEqualTo(1);
        assertThat(person.daemon().info().pid()).isEqualTo(daemon);
        assertThat(person.databases()).hasSize(1);
    }

    /// Its port is one that the system hands out to anybody: while it is down, somebody may get it.
    @Test
    @Order(8)
    void aDatabaseWhosePortIsTakenComesBackOnAnother() throws Exception {
        long daemon = person.daemon().info().pid();
        int before = databasePort();
        try (var taken = killDatabaseAndTake(before)) {
            Ended hook = person.hook("PostToolUse", edit("database", "toolu_port_1"));
            assertThat(hook.exitCode()).as(hook.toString()).isZero();
            Await.until(
                    "the database is back on another port than " + taken.getLocalPort(),
                    RECOVERY_TIMEOUT,
                    () -> databasePort() != before);
            Await.until(
                    "the spool is drained",
                    RECOVERY_TIMEOUT,
                    () ->
                            spooled().isEmpty()
                                    && person.daemon().health().at("/queue/pending").asInt(-1)
                                            == 0);
        }
        person.daemon().awaitSettled();
        assertThat(stored("toolu_port_1")).isEqualTo(1);
        assertThat(stored("toolu_dead_1")).isEqualTo(1);
        assertThat(person.daemon().info().pid()).isEqualTo(daemon);
        assertThat(person.databases()).hasSize(1);
    }

    /// The daemon may be faster than we are; then once more.
    private static ServerSocket killDatabaseAndTake(int number) throws Exception {
        for (int attempt = 0; attempt < TAKE_ATTEMPTS_MAX; attempt++) {
            Await.until(
                    "the database runs",
                    RECOVERY_TIMEOUT,
                    () -> person.daemon().health().at("/db/status").asString().equals("ok"));
            ProcessHandle database = person.databases().getFirst();
            database.destroyForcibly();
            database.onExit().join();
            var socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), number));
                return socket;
            } catch (IOException faster) {
                socket.close();
            }
        }
        throw new AssertionError("the port " + number + " could not be taken");
    }

    /// As a folder that somebody else shares: nothing is written where it is installed from.
    @Test
    @Order(10)
    void aCloneThatCannotBeWrittenInstallsAsWell() throws Exception {
        if (!Obstacles.smallDisks(person)) {
            return;
        }
        var words = new ArrayList<String>();
        words.add(Person.sourceTree().toString());
        words.addAll(Person.launcher("install", "--yes"));

        Ended again = person.run(Obstacles.inOwnMounts(READ_ONLY, words), Person.INSTALL_TIMEOUT);

        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(again.out()).contains("healthy");
    }

    private static int databasePort() throws IOException {
        return Integer.parseInt(
                Files.readString(person.mneme().postgres().resolve("port")).strip());
    }

    @Test
    @Order(9)
    void aMissingJdkIsNamedByTheLauncherAndByMaven() throws Exception {
        Ended launcher =
                person.run(
                        Obstacles.withoutJdk(Person.launcher("status")),
                        Map.of("MNEME_JAVA_HOME", ""),
                        person.home(),
                        "",
                        Person.COMMAND_TIMEOUT);
        assertThat(launcher.exitCode()).as(launcher.toString()).isEqualTo(1);
        assertThat(launcher.err())
                .contains("error: cannot find a JDK 25 or newer")
                .contains("hint: install one")
                .contains("temurin-25-jdk");

        Path repository = Path.of(System.getProperty("user.home"), ".m2");
        Ended maven =
                person.run(
                        Obstacles.withoutJdk(
                                List.of(
                                        "mvn",
                                        "-B",
                                        "-N",
                                        "-o",
                                        "-Dmaven.repo.local=" + repository.resolve("repository"),
                                        "validate")),
                        // Its memory of the JDKs it saw must not learn of this.
                        Map.of("MNEME_JAVA_HOME", "", "MAVEN_OPTS", "-Duser.home=" + person.home()),
                        Person.sourceTree(),
                        "",
                        Person.COMMAND_TIMEOUT);
        assertThat(maven.exitCode()).as(maven.toString()).isEqualTo(1);
        assertThat(maven.out()).contains("no-JDK-25-found-install-one-such-as-temurin-25-jdk");
    }

    private static String edit(String session, String toolUseId) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "hook_event_name",
                        "PostToolUse",
                        "cwd",
                        person.home().toString(),
                        "tool_name",
                        "Edit",
                        "tool_use_id",
                        toolUseId,
                        "tool_input",
                        Map.of(
                                "file_path",
                                person.home() + "/a.py",
                                "old_string",
                                "timeout = 5",
                                "new_string",
                                "timeout = 9  # " + toolUseId)));
    }

    private static long stored(String toolUseId) throws Exception {
        return person.count(
                "SELECT count(*) FROM mem_events WHERE tool_use_id = '" + toolUseId + "'");
    }

    private static List<Path> spooled() throws IOException {
        try (Stream<Path> files = Files.list(person.mneme().spool())) {
            return files.filter(file -> !file.endsWith("refused")).toList();
        }
    }

    private static void signal(String name, long pid) throws Exception {
        Ended ended =
                person.run(List.of("kill", "-" + name, Long.toString(pid)), Person.COMMAND_TIMEOUT);
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
    }

    private static boolean isFree(int number) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), number));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
