package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A machine with neither JDK nor Maven, nor any network but loopback: one person makes a package,
/// another installs from it, works and removes it. The home's path is long and in no ASCII.
///
/// The kernel counts what wanted to go where no route leads, name servers included: in a network
/// namespace that has loopback alone, that counter is what nobody can hide from.
@Tag("proof")
@Timeout(600)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PackageStoryIT {

    private static final String LONG_NAME = "Größe und Weite " + "x".repeat(150);

    /// Loopback up, without a tool that may be missing.
    private static final String OWN_NETWORK =
            """
            import fcntl, socket, struct, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            fcntl.ioctl(s, 0x8914, struct.pack('16sH14s', b'lo', 0x41, b''))
            print('up', flush=True)
            time.sleep(900)
            """;

    private static boolean possible;
    private static Person person;
    private static @Nullable Process network;
    private static Path unpacked = Path.of("");

    @BeforeAll
    static void packAndUnpack() throws Exception {
        person = Person.withEmptyHome(LONG_NAME);
        possible = Obstacles.smallDisks(person);
        if (!possible) {
            return;
        }
        person.set("MNEME_JAVA_HOME", System.getProperty("java.home"));
        Path output = person.folder().resolve("dist");
        Ended packed =
                person.run(
                        Person.launcher("package", "--output", output.toString()),
                        Person.INSTALL_TIMEOUT);
        assertThat(packed.exitCode()).as(packed.toString()).isZero();
        Path archive;
        try (Stream<Path> files = Files.list(output)) {
            archive = files.filter(file -> file.toString().endsWith(".tar.gz")).findFirst().get();
        }
        Path place = Files.createDirectories(person.folder().resolve("Ablage für Pakete"));
        Ended tar =
                person.run(
                        List.of("tar", "-xzf", archive.toString(), "-C", place.toString()),
                        Person.COMMAND_TIMEOUT);
        assertThat(tar.exitCode()).as(tar.toString()).isZero();
        try (Stream<Path> folders = Files.list(place)) {
            unpacked = folders.findFirst().orElseThrow();
        }
        Process holder =
                person.start(
                        List.of("unshare", "-n", "python3", "-c", OWN_NETWORK),
                        Map.of(),
                        person.folder());
        network = holder;
        assertThat(holder.inputReader().readLine()).isEqualTo("up");
    }

    @AfterAll
    static void leave() throws Exception {
        try {
            if (possible && Files.isDirectory(person.mneme().app())) {
                offline(unpacked.resolve("mneme").toString(), "stop");
            }
        } finally {
            if (network != null) {
                network.destroyForcibly().waitFor();
            }
            person.leave();
        }
    }

    @Test
    @Order(1)
    void itInstallsHealthyWithoutJdkAndNetwork() throws Exception {
        if (!possible) {
            return;
        }
        assertThat(person.home().toString().length()).isGreaterThan(180);

        Ended installed =
                offline(
                        Map.of("LC_ALL", "C"),
                        "",
                        unpacked.resolve("mneme").toString(),
                        "install",
                        "--yes");

        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        assertThat(installed.out()).contains("healthy").contains("the folder");
        // Nothing of the package is needed any more.
        Ended removed =
                person.run(List.of("rm", "-rf", unpacked.toString()), Person.COMMAND_TIMEOUT);
        assertThat(removed.exitCode()).isZero();
    }

    @Test
    @Order(2)
    void aSessionIsRememberedByTheNext() throws Exception {
        if (!possible) {
            return;
        }
        String file = person.home() + "/gateway.conf";
        hook(
                "PostToolUse",
                Payloads.created(person, "first", "tool-1", file, "listen 8089  # proxy has 8080"));
        hook("Stop", event("Stop", "first", "last_assistant_message", "The gateway listens."));
        Await.until(
                "the edit is found",
                Person.COMMAND_TIMEOUT,
                () ->
                        offline(launcher(), "search", "--all", "--json", "gateway")
                                .out()
                                .contains("gateway.conf"));
        // On a busy machine an answer may be late for one session; the next is told as well.
        var session = new AtomicInteger();
        Await.until(
                "a session is told",
                Person.COMMAND_TIMEOUT,
                () -> {
                    String name = "next-" + session.incrementAndGet();
                    Ended start = hook("SessionStart", Payloads.sessionStart(person, name));
                    return start.out().contains("gateway.conf");
                });
        try (var server = new McpServer(offlineServer())) {
            assertThat(server.call("search", Map.of("query", "gateway.conf")).toString())
                    .contains("gateway.conf");
        }
    }

    /// Every library of the package is named with its licence.
    @Test
    @Order(3)
    void noticesNameEveryLibrary() throws Exception {
        if (!possible) {
            return;
        }
        Path app = person.mneme().app();
        String notices = Files.readString(app.resolve("notices").resolve("NOTICE.md"));
        var missing = new ArrayList<String>();
        for (Path folder : List.of(app.resolve("lib"), app.resolve("bench"))) {
            try (Stream<Path> jars = Files.list(folder)) {
                for (Path jar : jars.toList()) {
                    String library =
                            jar.getFileName().toString().replaceFirst("-[0-9][^/]*\\.jar$", "");
                    library = library.replaceFirst("-(linux|darwin|windows)-.*$", "");
                    boolean ours = library.startsWith("mneme-") || library.equals("bench.jar");
                    if (!ours
                            && !Pattern.compile("[| ,(]" + Pattern.quote(library) + "[ ,|]")
                                    .matcher(notices)
                                    .find()) {
                        missing.add(library);
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    @Order(4)
    void nothingWantedToLeaveTheMachine() throws Exception {
        if (!possible) {
            return;
        }
        String counted =
                """
                rows = [line.split() for line in open('/proc/net/snmp') if line.startswith('Ip:')]
                v4 = int(dict(zip(*rows))['OutNoRoutes'])
                v6 = int(dict(l.split() for l in open('/proc/net/snmp6'))['Ip6OutNoRoutes'])
                print(v4 + v6)
                """;
        assertThat(offline("python3", "-c", counted).lastLine()).isEqualTo("0");

        // The counter counts: a program that asks for the network is seen.
        offline("python3", "-c", "import socket; socket.socket().connect_ex(('192.0.2.1', 443))");
        assertThat(offline("python3", "-c", counted).lastLine()).isEqualTo("1");
    }

    @Test
    @Order(5)
    void purgeLeavesNothing() throws Exception {
        if (!possible) {
            return;
        }
        Ended purged = offline(launcher(), "uninstall", "--yes", "--purge");

        assertThat(purged.exitCode()).as(purged.toString()).isZero();
        assertThat(Person.snapshot(person.home())).isEmpty();
        assertThat(person.mneme().root()).doesNotExist();
    }

    private static String launcher() {
        return person.mneme().bin().resolve("mneme").toString();
    }

    private static String event(String event, String session, String field, String value) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "hook_event_name",
                        event,
                        "cwd",
                        person.home().toString(),
                        field,
                        value));
    }

    private static Ended hook(String event, String payload) throws Exception {
        Ended ended =
                offline(Map.of(), payload, person.registeredHook(event).toArray(String[]::new));
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        return ended;
    }

    private static Process offlineServer() throws IOException {
        var entry =
                Json.tree(Files.readString(person.home().resolve(".claude.json")))
                        .at("/mcpServers/mneme");
        var command = new ArrayList<String>();
        command.add(entry.path("command").asString());
        entry.path("args").forEach(word -> command.add(word.asString()));
        var more = new TreeMap<String, String>();
        entry.path("env").properties().forEach(p -> more.put(p.getKey(), p.getValue().asString()));
        return person.start(onThatMachine(command), more, person.home());
    }

    private static Ended offline(String... command) throws IOException, InterruptedException {
        return offline(Map.of(), "", command);
    }

    private static Ended offline(Map<String, String> more, String input, String... command)
            throws IOException, InterruptedException {
        var environment = new TreeMap<String, String>();
        environment.put("MNEME_JAVA_HOME", "");
        environment.put("MNEME_PGVECTOR_DIR", "");
        environment.putAll(more);
        return person.run(
                onThatMachine(List.of(command)),
                environment,
                person.home(),
                input,
                Person.INSTALL_TIMEOUT);
    }

    private static List<String> onThatMachine(List<String> command) throws IOException {
        var words =
                new ArrayList<>(
                        List.of(
                                "nsenter",
                                "-n",
                                "-t",
                                Long.toString(Objects.requireNonNull(network).pid())));
        words.addAll(Obstacles.withoutJdk(command));
        return words;
    }
}
