package dev.mneme.migrations.testkit;

import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PgvectorProvider;
import dev.mneme.postgres.PgvectorResult;
import dev.mneme.postgres.PostgresException;
import dev.mneme.postgres.PostgresInstallation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// An embedded server in a temporary folder that ends with this process, even by kill -9.
///
/// A watchdog, one small shell, reads from a pipe that this process holds. However this process
/// ends, the pipe closes; the watchdog then stops the server and removes its folder. A shutdown
/// hook alone would leave a server behind whenever a build is killed.
///
/// Programs and pgvector are prepared once per machine below
/// `${XDG_CACHE_HOME:-$HOME/.cache}/mneme-build`, under locks, so that builds may run side by side.
final class EmbeddedTestServer {

    private static final Path SHELL = Path.of("/bin/sh");
    private static final long WATCHDOG_EXIT_SECONDS = 20;

    /// `$1` is the server's process id, `$2` its folder.
    private static final String WATCHDOG =
            """
            trap '' HUP INT TERM
            read -r nothing
            file="$2/data/postmaster.pid"
            if [ "$(head -n 1 "$file" 2>/dev/null)" = "$1" ]; then kill -INT "$1"; fi
            tenths=0
            while [ -e "$file" ] && [ "$tenths" -lt 150 ]; do
              sleep 0.1
              tenths=$((tenths + 1))
            done
            if [ "$(head -n 1 "$file" 2>/dev/null)" = "$1" ]; then kill -KILL "$1"; fi
            rm -rf -- "$2"
            """;

    private EmbeddedTestServer() {}

    static TestServer.Address start(Map<String, String> environment) {
        try {
            PostgresInstallation installation = prepareMachine(environment);
            Path root = Files.createTempDirectory("mneme-test-postgres-");
            var server =
                    EmbeddedPostgres.start(
                            EmbeddedPostgres.Settings.of(root, root.resolve("log"), installation)
                                    .withDurability(EmbeddedPostgres.Durability.THROWAWAY));
            endWithThisProcess(server, root);
            ConnectionInfo connection = server.connection();
            String url = connection.jdbcUrl();
            return new TestServer.Address(
                    url.substring(0, url.lastIndexOf('/') + 1),
                    "postgres",
                    connection.user(),
                    connection.password());
        } catch (PostgresException failed) {
            throw new TestDatabaseUnavailable(
                    "cannot start an embedded test database; " + failed.hint(), failed);
        } catch (IOException failed) {
            throw new TestDatabaseUnavailable("cannot start an embedded test database", failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new TestDatabaseUnavailable("interrupted", interrupted);
        }
    }

    private static PostgresInstallation prepareMachine(Map<String, String> environment)
            throws PostgresException, InterruptedException {
        Path cache = cache(environment);
        var installation =
                PostgresInstallation.unpack(cache.resolve("postgres"), System.out::println);
        var provider =
                new PgvectorProvider(
                        installation,
                        cache.resolve("pgvector-work"),
                        environment,
                        System.out::println);
        switch (provider.provide()) {
            case PgvectorResult.Provided _ ->
                    provider.exportTo(
                            cache.resolve(
                                    "pgvector-"
                                            + installation.majorVersion()
                                            + "-"
                                            + System.getProperty("os.arch")));
            case PgvectorResult.Unavailable unavailable ->
                    throw new TestDatabaseUnavailable(
                            "no pgvector for the test database: "
                                    + unavailable.attempts()
                                    + "\nhint: "
                                    + unavailable.hint());
        }
        return installation;
    }

    private static Path cache(Map<String, String> environment) {
        String named = environment.getOrDefault("XDG_CACHE_HOME", "");
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        Path base = named.isBlank() ? Path.of(home, ".cache") : Path.of(named);
        return base.resolve("mneme-build");
    }

    private static void endWithThisProcess(EmbeddedPostgres server, Path root) throws IOException {
        if (!Files.isExecutable(SHELL)) {
            // Windows: a killed build leaves a server behind there, a build that ends does not.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> closeQuietly(server)));
            return;
        }
        Process watchdog =
                new ProcessBuilder(
                                List.of(
                                        SHELL.toString(),
                                        "-c",
                                        WATCHDOG,
                                        "mneme-test-watchdog",
                                        Long.toString(server.pid()),
                                        root.toString()))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> release(watchdog)));
    }

    /// Waits for the watchdog, so that nothing of ours lives when this process has ended.
    private static void release(Process watchdog) {
        try {
            watchdog.getOutputStream().close();
            watchdog.waitFor(WATCHDOG_EXIT_SECONDS, TimeUnit.SECONDS);
        } catch (IOException _) {
            // The watchdog is gone already; its work is done.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(EmbeddedPostgres server) {
        try {
            server.close();
        } catch (PostgresException failed) {
            System.err.println(failed.getMessage());
        }
    }
}
