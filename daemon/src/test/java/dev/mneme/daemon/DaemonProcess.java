package dev.mneme.daemon;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.client.DaemonClient;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// A daemon as a process of its own, from the built jar, on a test database.
final class DaemonProcess implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(5);

    private final Process process;
    private final DaemonClient client;

    private DaemonProcess(Process process, DaemonClient client) {
        this.process = process;
        this.client = client;
    }

    static DaemonProcess start(Path home, TestDatabase database) throws Exception {
        return start(home, database, Map.of());
    }

    /// @param keys settings beside those of the database
    static DaemonProcess start(Path home, TestDatabase database, Map<String, String> keys)
            throws Exception {
        Path jar =
                Path.of(Objects.requireNonNull(System.getProperty("mneme.root")))
                        .resolve("daemon/target")
                        .resolve("mneme-daemon-" + System.getProperty("mneme.version") + ".jar");
        var builder =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-Xmx128m",
                                        "-jar",
                                        jar.toString()))
                        .redirectErrorStream(true)
                        .redirectOutput(home.resolve("console.log").toFile());
        var environment = builder.environment();
        environment.keySet().removeIf(key -> key.startsWith("POSTGRES_"));
        environment.put("MNEME_HOME", home.toString());
        environment.put("MNEME_PORT", Integer.toString(TestDaemon.freePort()));
        environment.put("QUEUE_MAX_RETRIES", "100");
        environment.put(
                "DATABASE_URL",
                database.jdbcUrl()
                        .substring("jdbc:".length())
                        .replace("://", "://" + database.user() + ":" + database.password() + "@"));
        environment.putAll(keys);
        Process process = builder.start();
        var daemon = new DaemonProcess(process, new DaemonClient(new MnemeHome(home)));
        try {
            daemon.awaitAnswer(home);
            return daemon;
        } catch (Exception | AssertionError failed) {
            daemon.kill();
            throw failed;
        }
    }

    /// The same on an embedded server, from a class path.
    static DaemonProcess embedded(MnemeHome home, String classPath) throws Exception {
        Process process =
                embeddedProgram(home, classPath)
                        .redirectOutput(home.root().resolve("console.log").toFile())
                        .start();
        var daemon = new DaemonProcess(process, new DaemonClient(home));
        try {
            daemon.awaitAnswer(home.root());
            return daemon;
        } catch (Exception | AssertionError failed) {
            daemon.kill();
            throw failed;
        }
    }

    /// A run of the program that has a server of its own.
    static ProcessBuilder embeddedProgram(MnemeHome home, String classPath, String... words) {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                classPath,
                                Main.class.getName()));
        command.addAll(List.of(words));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        var environment = builder.environment();
        environment
                .keySet()
                .removeIf(key -> key.startsWith("POSTGRES_") || key.equals("DATABASE_URL"));
        environment.put("MNEME_HOME", home.root().toString());
        environment.put("MNEME_PORT", Integer.toString(TestDaemon.freePort()));
        return builder;
    }

    private void awaitAnswer(Path home) throws Exception {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (client.health(POLL_TIMEOUT).filter(h -> h.pid() == process.pid()).isPresent()) {
                return;
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        throw new AssertionError(
                "the daemon does not answer: " + Files.readString(home.resolve("console.log")));
    }

    long pid() {
        return process.pid();
    }

    DaemonClient client() {
        return client;
    }

    /// As `kill -9` does.
    void kill() throws IOException, InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IOException("process " + process.pid() + " does not die");
        }
    }

    /// Ends the daemon in order, within a bounded time.
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (IOException stubborn) {
            throw new java.io.UncheckedIOException(stubborn);
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
