package dev.mneme.e2e;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import tools.jackson.databind.JsonNode;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Somebody with an empty home, a clone of Mneme and a shell whose umask hides nothing.
///
/// Every program runs with a cleared environment and a deadline. At the end nothing of theirs may
/// be left: a process that still runs is ended and fails the story.
final class Person {

    static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(4);
    static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(1);

    /// Claude Code gives a session-start hook 30 s, the others 5; ours promise far less.
    static final Duration HOOK_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    private final Path folder;
    private final Path home;
    private final Map<String, String> environment = new TreeMap<>();
    private final Daemon daemon;

    /// What every command begins with: empty for whoever runs the tests.
    private List<String> identity = List.of();

    private Person(Path folder, Path home) {
        this.folder = folder;
        this.home = home;
        this.daemon = new Daemon(new MnemeHome(home.resolve(".mneme")));
        environment.put("HOME", home.toString());
        environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.put("LANG", "C.UTF-8");
        environment.put("TERM", "dumb");
        environment.put("MNEME_JAVA_HOME", System.getProperty("java.home"));
        // A turn that nobody ends is over after a second instead of a minute.
        environment.put("MNEME_TURN_IDLE_SECONDS", "1");
        Path pgvector = pgvectorOfThisMachine();
        if (Files.isDirectory(pgvector)) {
            environment.put("MNEME_PGVECTOR_DIR", pgvector.toString());
        }
    }

    static Person withEmptyHome(String name) throws IOException {
        Path folder = Files.createTempDirectory("mneme-e2e-").toRealPath();
        return new Person(folder, Files.createDirectory(folder.resolve(name)));
    }

    /// From now on this person is another user of the machine, whose home is open to look into as
    /// many are; for tests that root runs.
    void becomes(String user) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        Ended owned = run(List.of("chown", user, home.toString()), COMMAND_TIMEOUT);
        if (!owned.ok()) {
            throw new AssertionError(owned.toString());
        }
        identity = List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups");
        // What the tests of root keep lies where nobody else can look.
        environment.remove("MNEME_PGVECTOR_DIR");
        Path kept = pgvectorOfThisMachine();
        if (Files.isDirectory(kept)) {
            Path copy = Files.createDirectory(folder.resolve("pgvector"));
            try (Stream<Path> files = Files.list(kept)) {
                for (Path file : files.toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            run(List.of("chmod", "-R", "a+rX", copy.toString()), COMMAND_TIMEOUT);
            environment.put("MNEME_PGVECTOR_DIR", copy.toString());
        }
    }

    /// Built by the tests of `postgres`, once per machine; without it each installation builds it.
    private static Path pgvectorOfThisMachine() {
        return cache().resolve("pgvector-17-" + System.getProperty("os.arch"));
    }

    /// What tests fetch or build once per machine.
    static Path cache() {
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path base =
                cache.isBlank()
                        ? Path.of(System.getenv().getOrDefault("HOME", ""), ".cache")
                        : Path.of(cache);
        return base.toAbsolutePath().resolve("mneme-build");
    }

    static Path sourceTree() {
        return Path.of(Objects.requireNonNull(System.getProperty("mneme.root")));
    }

    Path home() {
        return home;
    }

    /// Beside the home: for projects and logs that are not Mneme's.
    Path folder() {
        return folder;
    }

    MnemeHome mneme() {
        return new MnemeHome(home.resolve(".mneme"));
    }

    Path settings() {
        return home.resolve(".claude").resolve("settings.json");
    }

    Daemon daemon() {
        return daemon;
    }

    /// Part of this person's environment from now on.
    void set(String name, String value) {
        environment.put(name, value);
    }

    Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    /// `./mneme …` as typed in a clone.
    Ended mneme(String... words) throws IOException, InterruptedException {
        Ended ended = run(launcher(words), timeout(words));
        if (ended.err().contains("building Mneme")) {
            throw new AssertionError(
                    "the launcher built again what Maven had just built: " + ended);
        }
        return ended;
    }

    static List<String> launcher(String... words) {
        var command = new ArrayList<String>();
        command.add(sourceTree().resolve("mneme").toString());
        command.addAll(List.of(words));
        return List.copyOf(command);
    }

    private static Duration timeout(String... words) {
        return List.of(words).contains("install") ? INSTALL_TIMEOUT : COMMAND_TIMEOUT;
    }

    Ended run(List<String> command, Duration timeout) throws IOException, InterruptedException {
        return run(command, Map.of(), home, "", timeout);
    }

    Ended run(
            List<String> command,
            Map<String, String> more,
            Path directory,
            String input,
            Duration timeout)
            throws IOException, InterruptedException {
        var all = new TreeMap<>(environment);
        all.putAll(more);
        return Programs.run(
                asWhoTheyAre(command),
                all,
                directory,
                input.getBytes(StandardCharsets.UTF_8),
                timeout);
    }

    Process start(List<String> command, Map<String, String> more, Path directory)
            throws IOException {
        var all = new TreeMap<>(environment);
        all.putAll(more);
        return Programs.start(asWhoTheyAre(command), all, directory);
    }

    private List<String> asWhoTheyAre(List<String> command) {
        var words = new ArrayList<>(identity);
        words.addAll(exposed(command));
        return words;
    }

    /// What is private must be so by Mneme's own doing.
    private static List<String> exposed(List<String> command) {
        var words = new ArrayList<>(List.of("/bin/sh", "-c", "umask 000; exec \"$@\"", "sh"));
        words.addAll(command);
        return words;
    }

    /// The command that Claude Code runs for an event, word by word from the settings file.
    List<String> registeredHook(String event) throws IOException {
        var words = new ArrayList<String>();
        JsonNode settings = Json.tree(Files.readString(settings()));
        for (JsonNode group : settings.path("hooks").path(event)) {
            for (JsonNode handler : group.path("hooks")) {
                if (handler.toString().contains(mneme().app().toString())) {
                    words.add(handler.path("command").asString());
                    handler.path("args").forEach(word -> words.add(word.asString()));
                }
            }
        }
        if (words.isEmpty()) {
            throw new AssertionError("no hook of ours for " + event + " in " + settings);
        }
        return List.copyOf(words);
    }

    /// Fires a registered hook as Claude Code does.
    Ended hook(String event, String payload) throws IOException, InterruptedException {
        return run(registeredHook(event), Map.of(), home, payload, HOOK_TIMEOUT);
    }

    /// The MCP server as registered in `.claude.json`.
    McpServer mcpServer() throws IOException, InterruptedException {
        return new McpServer(startMcpServer());
    }

    Process startMcpServer() throws IOException {
        JsonNode entry =
                Json.tree(Files.readString(home.resolve(".claude.json"))).at("/mcpServers/mneme");
        var command = new ArrayList<String>();
        command.add(entry.path("command").asString());
        entry.path("args").forEach(word -> command.add(word.asString()));
        var more = new TreeMap<String, String>();
        entry.path("env").properties().forEach(p -> more.put(p.getKey(), p.getValue().asString()));
        return start(command, more, home);
    }

    /// The embedded database, entered as nobody but Mneme does.
    Connection database() throws IOException, SQLException {
        Path postgres = mneme().postgres();
        String port = Files.readString(postgres.resolve("port")).strip();
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/mneme",
                "mneme",
                Files.readString(postgres.resolve("password")).strip());
    }

    /// The one number that a query answers with.
    long count(String sql) throws IOException, SQLException {
        try (Connection connection = database();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /// The first column of each row.
    List<String> texts(String sql) throws IOException, SQLException {
        var texts = new ArrayList<String>();
        try (Connection connection = database();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    /// Processes whose command line names this person's folder, those of the daemon for example.
    List<ProcessHandle> processes() {
        return processes(folder.toString());
    }

    List<ProcessHandle> daemons() {
        return processes(mneme().app().resolve("daemon.jar").toString());
    }

    /// Postmasters; their children call themselves otherwise and end with them.
    List<ProcessHandle> databases() {
        return processes(mneme().postgres().resolve("data").toString());
    }

    private static List<ProcessHandle> processes(String words) {
        long own = ProcessHandle.current().pid();
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != own)
                .filter(process -> commandLine(process).contains(words))
                .toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return new String(
                            Files.readAllBytes(Path.of("/proc/" + process.pid() + "/cmdline")),
                            StandardCharsets.UTF_8)
                    .replace('\0', ' ');
        } catch (IOException ended) {
            return process.info().commandLine().orElse("");
        }
    }

    /// Every file below a folder with its bytes, to compare before and after.
    static Map<String, String> snapshot(Path folder) throws IOException {
        var files = new TreeMap<String, String>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    files.put(
                            folder.relativize(file).toString(),
                            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                }
            }
        }
        return files;
    }

    /// Stops what runs, looks whether anything of ours is left, and cleans up.
    void leave() throws Exception {
        try {
            if (Files.isDirectory(mneme().app())) {
                mneme("stop");
            }
            awaitNothingLeft();
        } finally {
            processes().forEach(ProcessHandle::destroyForcibly);
            daemon.close();
            deleteTree(folder);
        }
    }

    private void awaitNothingLeft() throws Exception {
        Await.until(
                "no process of " + folder + " is left: " + describe(processes()),
                END_TIMEOUT,
                () -> processes().isEmpty());
    }

    private static String describe(List<ProcessHandle> processes) {
        return processes.stream().map(p -> p.pid() + " " + commandLine(p)).toList().toString();
    }

    /// What another program takes away meanwhile is no reason to fail.
    private static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
