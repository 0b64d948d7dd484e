package dev.mneme.installer;

import dev.mneme.installer.program.Programs;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;
import dev.mneme.protocol.client.DaemonClient;
import dev.mneme.protocol.client.DaemonStarter;
import dev.mneme.protocol.client.DaemonUnavailable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// Starts and stops the daemon of one home.
///
/// `run/daemon.json` may outlive its daemon, and its process id may belong to somebody else by
/// now: a process is only ever stopped when its command line names our `app`, or when the lock is
/// held and the daemon's own answer names the same process id.
public final class DaemonControl {

    /// The daemon finishes what it works on and stops its database.
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(3);

    /// How deep below `postgres` a server's data folder may lie.
    private static final int POSTMASTER_DEPTH_MAX = 3;

    private final MnemeHome home;
    private final Programs programs;
    private final DaemonClient client;

    public DaemonControl(MnemeHome home, Programs programs) {
        this.home = home;
        this.programs = programs;
        this.client = new DaemonClient(home);
    }

    public DaemonClient client() {
        return client;
    }

    public Optional<Wire.Health> health() {
        return client.health(HEALTH_TIMEOUT);
    }

    public Wire.Health start() throws Failure, InterruptedException {
        try {
            return DaemonStarter.forPerson(home, client).ensureRunning(Limits.DAEMON_START_TIMEOUT);
        } catch (DaemonUnavailable unavailable) {
            throw new Failure(
                    String.valueOf(unavailable.getMessage()), unavailable.hint(), unavailable);
        }
    }

    /// How stopping went.
    public sealed interface Stopped {
        record NotRunning() implements Stopped {}

        record Ended(long pid) implements Stopped {}

        record Killed(long pid) implements Stopped {}
    }

    public Stopped stop() throws Failure, InterruptedException {
        Optional<DaemonInfo> info = client.info();
        boolean locked = isLocked();
        Optional<ProcessHandle> process =
                info.flatMap(daemon -> ProcessHandle.of(daemon.pid()))
                        .filter(ProcessHandle::isAlive);
        if (process.isPresent() && isOurs(process.get(), locked)) {
            return stop(process.get());
        }
        if (locked) {
            throw new Failure(
                    "cannot stop the daemon: `"
                            + home.daemonLock()
                            + "` is held, but `"
                            + home.daemonInfo()
                            + "` does not name the process that holds it",
                    "wait a moment and try again; find it with `ps`, looking for `daemon.jar`");
        }
        return new Stopped.NotRunning();
    }

    private static Stopped stop(ProcessHandle process) throws Failure, InterruptedException {
        process.destroy();
        if (hasEnded(process, STOP_TIMEOUT)) {
            return new Stopped.Ended(process.pid());
        }
        process.destroyForcibly();
        if (hasEnded(process, KILL_TIMEOUT)) {
            return new Stopped.Killed(process.pid());
        }
        throw new Failure(
                "cannot stop the daemon: process " + process.pid() + " did not end",
                "see what it waits for with `ps -o stat,wchan -p " + process.pid() + "`");
    }

    private static boolean hasEnded(ProcessHandle process, Duration timeout)
            throws InterruptedException {
        try {
            process.onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException stillThere) {
            return !process.isAlive();
        } catch (ExecutionException failed) {
            throw new IllegalStateException("waiting for a process cannot fail", failed);
        }
    }

    private boolean isOurs(ProcessHandle process, boolean locked) {
        String line = commandLine(process);
        return line.contains(programs.daemonJar().toString())
                || (locked && health().filter(health -> health.pid() == process.pid()).isPresent());
    }

    /// The arguments where the system shows them; on Linux from `/proc`, since
    /// `ProcessHandle.info` leaves out what it cannot decode.
    private static String commandLine(ProcessHandle process) {
        Path arguments = Path.of("/proc", Long.toString(process.pid()), "cmdline");
        if (Files.isReadable(arguments)) {
            try {
                return new String(Files.readAllBytes(arguments), StandardCharsets.UTF_8);
            } catch (IOException gone) {
                return "";
            }
        }
        return process.info().commandLine().orElse("");
    }

    /// Whether a living daemon holds the lock of this home.
    public boolean isLocked() {
        if (!Files.exists(home.daemonLock())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(home.daemonLock(), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /// Ends what a killed daemon left behind of PostgreSQL, so that its files can be removed: its
    /// server, and while it was being brought to a new version a second one.
    ///
    /// @return their process ids
    public List<Long> stopLeftDatabases() throws Failure, InterruptedException, IOException {
        if (!Files.isDirectory(home.postgres())) {
            return List.of();
        }
        List<Path> pidFiles;
        try (Stream<Path> files = Files.walk(home.postgres(), POSTMASTER_DEPTH_MAX)) {
            pidFiles = files.filter(file -> file.endsWith("postmaster.pid")).toList();
        }
        var stopped = new ArrayList<Long>();
        for (Path pidFile : pidFiles) {
            Optional<ProcessHandle> server =
                    firstLine(pidFile).flatMap(ProcessHandle::of).filter(this::servesUs);
            if (server.isPresent()) {
                stop(server.get());
                stopped.add(server.get().pid());
            }
        }
        return stopped;
    }

    private boolean servesUs(ProcessHandle process) {
        return commandLine(process).contains(home.postgres().toString());
    }

    /// The server's process id is the first of the file's lines.
    private static Optional<Long> firstLine(Path pidFile) {
        try (Stream<String> lines = Files.lines(pidFile)) {
            return lines.findFirst().map(String::strip).map(Long::valueOf);
        } catch (IOException | UncheckedIOException | NumberFormatException unreadable) {
            return Optional.empty();
        }
    }
}
