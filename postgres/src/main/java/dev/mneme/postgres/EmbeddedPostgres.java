package dev.mneme.postgres;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Our running server, started or found running.
///
/// **One server for one root.** Starting happens under a file lock. Whoever finds a living server
/// of this root adopts it, after it has answered an authenticated question about its data folder;
/// one that lives and does not answer is stopped by its process id and replaced. So ten owners
/// killed one after the other leave one server, and two that start at once share one.
///
/// **The server outlives its owner** unless it is told to stop: it runs in a session of its own,
/// holds none of our streams, and neither a Ctrl-C in a terminal nor a kill -9 of the owner reaches
/// it. [#close] stops it, except with [Settings#leaveRunning].
///
/// Safe for use by several threads.
public final class EmbeddedPostgres implements AutoCloseable {

    /// The database that is created for the caller.
    public static final String DATABASE = "mneme";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    private final Settings settings;
    private final ServerProcess process;
    private final ServerLog log;
    private final ConnectionInfo connection;
    private final long pid;
    private final Origin origin;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedPostgres(
            Settings settings,
            ServerProcess process,
            ServerLog log,
            ConnectionInfo connection,
            long pid,
            Origin origin) {
        this.settings = settings;
        this.process = process;
        this.log = log;
        this.connection = connection;
        this.pid = pid;
        this.origin = origin;
    }

    /// Whether a crash of the machine may lose what was committed.
    public enum Durability {
        /// Every commit is on the disk before it is answered.
        KEPT,
        /// Nothing is forced to the disk. Only for databases that a test throws away.
        THROWAWAY
    }

    /// How we came to the server.
    public enum Origin {
        STARTED,
        ADOPTED
    }

    /// Where and how the server runs.
    ///
    /// @param root holds data, password, port and locks; everything in it is ours
    /// @param logFolder gets `postgres.log` and `postgres.log.1`, bounded, without any content
    /// @param installation whose programs to run
    /// @param environment where `PATH` is looked up
    /// @param startTimeout how long a start may take, crash recovery included
    /// @param stopTimeout how long running statements may delay the stop before it is forced
    /// @param leaveRunning whether `close` leaves the server alone
    public record Settings(
            Path root,
            Path logFolder,
            PostgresInstallation installation,
            Map<String, String> environment,
            Durability durability,
            Duration startTimeout,
            Duration stopTimeout,
            boolean leaveRunning,
            Progress progress) {

        private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
        private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

        public Settings {
            root = root.toAbsolutePath().normalize();
            logFolder = logFolder.toAbsolutePath().normalize();
            environment = Map.copyOf(environment);
        }

        public static Settings of(Path root, Path logFolder, PostgresInstallation installation) {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    System.getenv(),
                    Durability.KEPT,
                    START_TIMEOUT,
                    STOP_TIMEOUT,
                    false,
                    Progress.SILENT);
        }

        public Settings withEnvironment(Map<String, String> other) {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    other,
                    durability,
                    startTimeout,
                    stopTimeout,
                    leaveRunning,
                    progress);
        }

        public Settings withDurability(Durability other) {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    environment,
                    other,
                    startTimeout,
                    stopTimeout,
                    leaveRunning,
                    progress);
        }

        public Settings withProgress(Progress other) {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    environment,
                    durability,
                    startTimeout,
                    stopTimeout,
                    leaveRunning,
                    other);
        }

        public Settings withTimeouts(Duration start, Duration stop) {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    environment,
                    durability,
                    start,
                    stop,
                    leaveRunning,
                    progress);
        }

        public Settings leavingItRunning() {
            return new Settings(
                    root,
                    logFolder,
                    installation,
                    environment,
                    durability,
                    startTimeout,
                    stopTimeout,
                    true,
                    progress);
        }
    }

    /// Starts the server of `settings.root()`, or adopts the one that runs already.
    public static EmbeddedPostgres start(Settings settings)
            throws PostgresException, InterruptedException {
        long deadline = System.nanoTime() + settings.startTimeout().toNanos();
        try (var _ = lockStarts(settings.root(), settings.startTimeout())) {
            var identity =
                    ServerIdentity.choose(
                            settings.root(), settings.installation(), settings.environment());
            var cluster = new Cluster(settings.installation(), identity, settings.root());
            String password = cluster.ensureInitialised(settings.progress());
            var log = new ServerLog(settings.logFolder());
            log.prepare();
            var process = new ServerProcess(settings, identity, cluster, log, password);
            EmbeddedPostgres server = adoptOrLaunch(settings, process, log, deadline);
            log.watch();
            return server;
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot start PostgreSQL in `"
                            + settings.root()
                            + "` ("
                            + failed.getMessage()
                            + ")",
                    "check that the folder can be written and the disk is not full",
                    failed);
        }
    }

    /// Stops a server that runs below `root` without starting one first.
    ///
    /// For the command line, when no daemon is there to do it. Answers whether one was running.
    public static boolean stopRunning(Settings settings)
            throws PostgresException, InterruptedException {
        if (!Files.isDirectory(settings.root().resolve("data"))) {
            return false;
        }
        try (var _ = lockStarts(settings.root(), settings.startTimeout())) {
            var identity =
                    ServerIdentity.choose(
                            settings.root(), settings.installation(), settings.environment());
            var cluster = new Cluster(settings.installation(), identity, settings.root());
            if (!(Postmaster.of(cluster.data()) instanceof Postmaster.Ours ours)) {
                return false;
            }
            new ServerProcess(settings, identity, cluster, new ServerLog(settings.logFolder()), "")
                    .stop(ours.pid());
            return true;
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot tell whether PostgreSQL runs in `" + settings.root() + "`",
                    "check that the folder can be read",
                    failed);
        }
    }

    /// Keeps everybody from starting or stopping a server of `root`: for who moves its folders.
    public static FolderLock lockStarts(Path root, Duration timeout)
            throws PostgresException, InterruptedException {
        return FolderLock.acquire(root.resolve("start.lock"), timeout);
    }

    /// The major version that wrote the data below `root`; empty where there is none.
    public static Optional<String> storedMajorVersion(Path root) throws PostgresException {
        Path version = root.resolve("data").resolve("PG_VERSION");
        try {
            return Files.exists(version)
                    ? Optional.of(Files.readString(version).strip())
                    : Optional.empty();
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot read `" + version + "`",
                    "check that the folder can be read by you",
                    failed);
        }
    }

    private static EmbeddedPostgres adoptOrLaunch(
            Settings settings, ServerProcess process, ServerLog log, long deadline)
            throws IOException, PostgresException, InterruptedException {
        if (process.found() instanceof Postmaster.Ours running) {
            var adopted = process.adopt(running, deadline);
            if (adopted.isPresent()) {
                LOG.info("adopted database pid={} {}", running.pid(), adopted.get());
                return new EmbeddedPostgres(
                        settings, process, log, adopted.get(), running.pid(), Origin.ADOPTED);
            }
            LOG.warn("stopping a database that does not answer pid={}", running.pid());
            process.stop(running.pid());
        }
        settings.progress().step("starting PostgreSQL " + settings.installation().version());
        var started = process.launch(deadline);
        LOG.info("started database pid={} {}", started.pid(), started.connection());
        return new EmbeddedPostgres(
                settings, process, log, started.connection(), started.pid(), Origin.STARTED);
    }

    /// As given to [#start]: starting with them again brings the same server back.
    public Settings settings() {
        return settings;
    }

    public ConnectionInfo connection() {
        return connection;
    }

    public Origin origin() {
        return origin;
    }

    /// The postmaster's process id.
    public long pid() {
        return pid;
    }

    /// Whether the server process still lives.
    public boolean running() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> Postmaster.isServerOf(handle, process.data()))
                .isPresent();
    }

    /// Stops the server: a fast shutdown, forced when it takes longer than the stop time-out.
    public void stop() throws PostgresException, InterruptedException {
        if (closed.getAndSet(true)) {
            return;
        }
        log.close();
        try (var _ = lockStarts(settings.root(), settings.startTimeout())) {
            process.stop(pid);
        }
        LOG.info("stopped database pid={}", pid);
    }

    /// Stops the server, or leaves it running where the settings say so.
    @Override
    public void close() throws PostgresException {
        if (settings.leaveRunning()) {
            closed.set(true);
            log.close();
            return;
        }
        try {
            stop();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new PostgresException(
                    "interrupted while stopping PostgreSQL (process " + pid + ")",
                    "the next start adopts or stops it",
                    interrupted);
        }
    }
}
