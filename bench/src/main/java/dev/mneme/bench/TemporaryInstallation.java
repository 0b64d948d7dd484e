package dev.mneme.bench;

import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresException;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.FileTree;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// A whole Mneme as `mneme install` makes it, in a home of its own that is removed at the end: its
/// programs, runtime images, caches, database, daemon and registration.
///
/// From a clone the programs are installed anew. From an installation they are the ones in use,
/// through a link, with a home, database and port of their own.
final class TemporaryInstallation implements AutoCloseable {

    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(1);

    /// What the environment lends to an installation.
    private static final List<String> LENT =
            List.of("PATH", "MNEME_PGVECTOR_DIR", "JAVA_HOME", "TMPDIR", "SystemRoot");

    private final Path root;
    private final MnemeHome home;
    private final Map<String, String> environment;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TemporaryInstallation(Path root, MnemeHome home, Map<String, String> environment) {
        this.root = root;
        this.home = home;
        this.environment = environment;
    }

    static TemporaryInstallation create() throws BenchFailure, InterruptedException {
        TemporaryInstallation installation;
        try {
            Path root = Files.createTempDirectory("mneme-bench-");
            var home = new MnemeHome(root.resolve("home").resolve(".mneme"));
            installation = new TemporaryInstallation(root, home, environmentOf(root));
            // An interrupted measurement must leave no daemon behind either.
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(installation::close, "remove-installation"));
            Files.createDirectories(home.root());
            Path installed = installedApp();
            if (!installed.toString().isEmpty()) {
                Files.createSymbolicLink(home.app(), installed);
            }
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot prepare a temporary home (" + failed.getMessage() + ")",
                    "see that there is room in the folder for temporary files");
        }
        try {
            Child.Ended ended = installation.mneme(INSTALL_TIMEOUT, "install", "--yes");
            if (ended.exitCode() != 0) {
                throw new BenchFailure(
                        "cannot install into a temporary home: " + ended.lastLine(),
                        "see that `mneme install` works, then measure again");
            }
            return installation;
        } catch (BenchFailure | InterruptedException | RuntimeException failed) {
            installation.close();
            throw failed;
        }
    }

    private static Map<String, String> environmentOf(Path root) {
        var environment = new LinkedHashMap<String, String>();
        for (String name : LENT) {
            String value = System.getenv(name);
            if (value != null && !value.isBlank()) {
                environment.put(name, value);
            }
        }
        environment.put("HOME", root.resolve("home").toString());
        environment.put("LC_ALL", "C.UTF-8");
        return environment;
    }

    /// Empty where a clone is measured.
    private static Path installedApp() {
        return Path.of(System.getProperty("mneme.app", ""));
    }

    MnemeHome home() {
        return home;
    }

    Path folder() {
        return root;
    }

    /// What programs of this installation are started with. The home is the default one of `HOME`.
    Map<String, String> environment() {
        return environment;
    }

    Child.Ended mneme(Duration timeout, String... arguments)
            throws BenchFailure, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xlog:disable", "-Xlog:all=warning:stderr", "-XX:+UseSerialGC"));
        command.add("-Dmneme.clone=" + System.getProperty("mneme.clone", ""));
        command.addAll(List.of("-jar", System.getProperty("mneme.cli", "")));
        command.addAll(List.of(arguments));
        return Child.run(command, environment, root, new byte[0], timeout);
    }

    void restart() throws BenchFailure, InterruptedException {
        mneme(COMMAND_TIMEOUT, "stop");
        Child.Ended started = mneme(COMMAND_TIMEOUT, "start");
        if (started.exitCode() != 0) {
            throw new BenchFailure(
                    "cannot start the daemon: " + started.lastLine(),
                    "see its log with `mneme logs`");
        }
    }

    /// The program and arguments that Claude Code starts for a hook event, from its settings file.
    List<String> hookCommand(String event) throws BenchFailure {
        Path settings = root.resolve("home").resolve(".claude").resolve("settings.json");
        try {
            JsonNode hook =
                    Json.tree(Files.readString(settings, StandardCharsets.UTF_8))
                            .path("hooks")
                            .path(event)
                            .path(0)
                            .path("hooks")
                            .path(0);
            var command = new ArrayList<String>();
            command.add(hook.path("command").stringValue());
            hook.path("args").forEach(argument -> command.add(argument.stringValue()));
            return command;
        } catch (IOException unreadable) {
            throw new BenchFailure(
                    "cannot read `" + settings + "`", "see that `mneme install` registers hooks");
        }
    }

    /// The MCP server that Claude Code starts, from its configuration.
    List<String> serverCommand() throws BenchFailure {
        JsonNode entry = server();
        var command = new ArrayList<String>();
        command.add(entry.path("command").stringValue());
        entry.path("args").forEach(argument -> command.add(argument.stringValue()));
        return command;
    }

    /// What that server is started with.
    Map<String, String> serverEnvironment() throws BenchFailure {
        var lent = new LinkedHashMap<>(environment);
        server().path("env")
                .properties()
                .forEach(entry -> lent.put(entry.getKey(), entry.getValue().stringValue()));
        return lent;
    }

    private JsonNode server() throws BenchFailure {
        Path file = root.resolve("home").resolve(".claude.json");
        try {
            return Json.tree(Files.readString(file, StandardCharsets.UTF_8))
                    .at("/mcpServers/mneme");
        } catch (IOException unreadable) {
            throw new BenchFailure(
                    "cannot read `" + file + "`", "see that `mneme install` registers its server");
        }
    }

    long daemonPid() throws BenchFailure {
        return info().path("pid").asLong();
    }

    int port() throws BenchFailure {
        return info().path("port").asInt();
    }

    private JsonNode info() throws BenchFailure {
        return Json.tree(text(home.daemonInfo()));
    }

    String token() throws BenchFailure {
        return text(home.token()).strip();
    }

    private static String text(Path file) throws BenchFailure {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException gone) {
            throw new BenchFailure(
                    "cannot read `" + file + "`", "see that the daemon starts: `mneme start`");
        }
    }

    /// How to reach the daemon's own server; it is found running and left running.
    ConnectionInfo database() throws BenchFailure, InterruptedException {
        return databaseOf(home);
    }

    /// How to reach the server of the daemon of `home`; it is found running and left running.
    static ConnectionInfo databaseOf(MnemeHome home) throws BenchFailure, InterruptedException {
        try {
            PostgresInstallation programs =
                    PostgresInstallation.unpack(home.postgres(), Progress.SILENT);
            EmbeddedPostgres server =
                    EmbeddedPostgres.start(
                            EmbeddedPostgres.Settings.of(home.postgres(), home.log(), programs)
                                    .leavingItRunning());
            return server.connection();
        } catch (PostgresException failed) {
            throw new BenchFailure(String.valueOf(failed.getMessage()), failed.hint());
        }
    }

    /// The process id of the database server, from the file it keeps itself.
    long serverPid() throws BenchFailure {
        try (Stream<Path> files = Files.walk(home.postgres(), 3)) {
            Path file =
                    files.filter(path -> path.endsWith("postmaster.pid"))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new BenchFailure(
                                                    "the temporary installation has no server",
                                                    "unset `DATABASE_URL` and measure again"));
            return Long.parseLong(Files.readAllLines(file).getFirst().strip());
        } catch (IOException unreadable) {
            throw new BenchFailure("cannot read `postmaster.pid`", "measure again");
        }
    }

    /// Stops what runs and removes everything.
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            long daemon = Files.exists(home.daemonInfo()) ? daemonPid() : 0;
            mneme(COMMAND_TIMEOUT, "stop");
            if (daemon > 0) {
                ProcessHandle.of(daemon).ifPresent(ProcessHandle::destroyForcibly);
            }
        } catch (BenchFailure notStopped) {
            System.err.println("warning: " + notStopped.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        deleteTree(root);
    }

    /// Removes a temporary folder, or says that it could not.
    static void deleteTree(Path folder) {
        try {
            FileTree.delete(folder);
        } catch (IOException inUse) {
            System.err.println("warning: cannot remove all of `" + folder + "`");
        }
    }
}
