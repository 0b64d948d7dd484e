package dev.mneme.bench;

import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A daemon of the programs that this one runs with, in a home of its own that is removed: a
/// process with its own database, reached over HTTP as everybody reaches it. Nothing of the
/// environment says which database to use.
final class BenchDaemon implements AutoCloseable {

    private static final Duration PREPARE_TIMEOUT = Duration.ofMinutes(15);
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(100);

    private static final List<String> LENT =
            List.of("PATH", "MNEME_PGVECTOR_DIR", "JAVA_HOME", "TMPDIR", "SystemRoot");

    private final Path root;
    private final MnemeHome home;
    private final Process process;
    private final DaemonApi api;
    private final List<String> lent;
    private final AtomicBoolean closed = new AtomicBoolean();

    private BenchDaemon(Path root, MnemeHome home, Process process, List<String> lent) {
        this.lent = lent;
        this.root = root;
        this.home = home;
        this.process = process;
        this.api = new DaemonApi(home);
    }

    static BenchDaemon start() throws BenchFailure, InterruptedException {
        return start(null);
    }

    /// The same with models of somebody's.
    ///
    /// @param models a folder with models, which is left as it is; null for none
    static BenchDaemon start(@Nullable Path models) throws BenchFailure, InterruptedException {
        BenchDaemon daemon;
        try {
            Path root = Files.createTempDirectory("mneme-bench-");
            var home = new MnemeHome(root.resolve("home").resolve(".mneme"));
            Files.createDirectories(home.log());
            List<String> lent = models == null ? List.of() : LentModels.lend(models, home);
            prepare(root, home);
            daemon = new BenchDaemon(root, home, spawn(root, home, "run"), lent);
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot start a daemon in a temporary home (" + failed.getMessage() + ")",
                    "see that there is room in the folder for temporary files");
        }
        // An interrupted measurement must leave no daemon behind either.
        Runtime.getRuntime().addShutdownHook(new Thread(daemon::close, "stop-daemon"));
        try {
            daemon.awaitHealth();
            return daemon;
        } catch (BenchFailure | InterruptedException | RuntimeException failed) {
            daemon.close();
            throw failed;
        }
    }

    /// Makes the database with pgvector, as an installation does.
    private static void prepare(Path root, MnemeHome home)
            throws IOException, BenchFailure, InterruptedException {
        Process preparing = spawn(root, home, "prepare-database");
        try {
            if (!preparing.waitFor(PREPARE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    || preparing.exitValue() != 0) {
                throw new BenchFailure(
                        "cannot make a database: " + lastWords(home),
                        "see that `mneme install` works on this machine");
            }
        } finally {
            preparing.destroy();
        }
    }

    private static Process spawn(Path root, MnemeHome home, String word) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of("-XX:+UseSerialGC", "-Xmx384m", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("dev.mneme.daemon.Main", word));
        var builder = new ProcessBuilder(command).directory(root.toFile());
        var environment = builder.environment();
        environment.keySet().retainAll(LENT);
        environment.put("HOME", root.resolve("home").toString());
        environment.put("MNEME_HOME", home.root().toString());
        environment.put("LC_ALL", "C.UTF-8");
        builder.redirectErrorStream(true).redirectOutput(home.log().resolve("daemon.out").toFile());
        return builder.start();
    }

    private void awaitHealth() throws BenchFailure, InterruptedException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            if (api.health().isPresent()) {
                return;
            }
            Thread.sleep(POLL);
        }
        throw new BenchFailure(
                "the daemon does not answer: " + lastWords(home),
                "see that `mneme start` works on this machine");
    }

    private static String lastWords(MnemeHome home) {
        try {
            return Files.readAllLines(home.log().resolve("daemon.out")).stream()
                    .filter(line -> line.startsWith("error: "))
                    .reduce("it said nothing", (first, second) -> second);
        } catch (IOException unreadable) {
            return "it said nothing";
        }
    }

    MnemeHome home() {
        return home;
    }

    long pid() {
        return process.pid();
    }

    /// The models that it can be told to use beside the one that it began with.
    List<String> lent() {
        return lent;
    }

    /// What clients ask of it.
    DaemonApi api() {
        return api;
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        TemporaryInstallation.deleteTree(root);
    }
}
