package dev.mneme.postgres;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// The server process of one data folder: launching, questioning, ending. Callers hold the lock.
final class ServerProcess {

    private static final String LOOPBACK = "127.0.0.1";
    private static final int LAUNCHES_MAX = 5;
    private static final Duration RELAUNCH_PAUSE = Duration.ofMillis(300);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(20);
    private static final Duration SIGNAL_DEADLINE = Duration.ofSeconds(10);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ADOPT_TIMEOUT = Duration.ofSeconds(10);
    private static final String CONNECT_TIMEOUT_SECONDS = "5";
    private static final String DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = ?";

    private final EmbeddedPostgres.Settings settings;
    private final ServerIdentity identity;
    private final Cluster cluster;
    private final ServerLog log;
    private final String password;

    ServerProcess(
            EmbeddedPostgres.Settings settings,
            ServerIdentity identity,
            Cluster cluster,
            ServerLog log,
            String password) {
        this.settings = settings;
        this.identity = identity;
        this.cluster = cluster;
        this.log = log;
        this.password = password;
    }

    record Started(long pid, ConnectionInfo connection) {}

    Path data() {
        return cluster.data();
    }

    Postmaster found() throws IOException {
        return Postmaster.of(cluster.data());
    }

    /// A server that runs already, if it answers as ours in time.
    Optional<ConnectionInfo> adopt(Postmaster.Ours running, long deadline)
            throws IOException, InterruptedException {
        long patience = Math.min(deadline, System.nanoTime() + ADOPT_TIMEOUT.toNanos());
        Postmaster now = running;
        while (now instanceof Postmaster.Ours ours && ours.pid() == running.pid()) {
            if (ours.ready()) {
                try {
                    return Optional.of(prepared(ours.port()));
                } catch (SQLException _) {
                    // Not ours after all, or not able to answer: asked again until patience ends.
                }
            }
            if (System.nanoTime() > patience) {
                return Optional.empty();
            }
            Thread.sleep(POLL_INTERVAL);
            now = found();
        }
        return Optional.empty();
    }

    Started launch(long deadline) throws IOException, PostgresException, InterruptedException {
        removeStrangersPidFile();
        String reason = "";
        for (int launch = 0; launch < LAUNCHES_MAX; launch++) {
            int port = choosePort();
            cluster.configure(port, settings.durability());
            long logStart = log.size();
            Process process = spawn();
            try {
                Optional<Started> started = awaitReady(process, deadline);
                if (started.isPresent()) {
                    PrivateFiles.writeAtomically(
                            portFile(), started.get().connection().port() + "\n");
                    return started.get();
                }
            } catch (PostgresException | InterruptedException | IOException failed) {
                abandon();
                throw failed;
            }
            reason = ExternalCommand.reason(String.join("\n", log.since(logStart)));
            // Trigger: somebody took the port between our look and the server's, or children of a
            // killed server have not left yet. Both pass; anything else does not.
            if (!reason.contains("TCP/IP socket")
                    && !reason.contains("pre-existing shared memory")) {
                break;
            }
            Files.deleteIfExists(portFile());
            Thread.sleep(RELAUNCH_PAUSE);
        }
        throw new PostgresException(
                "PostgreSQL did not start in `" + cluster.data() + "` (" + reason + ")",
                "the reason is at the end of `" + log.file() + "`");
    }

    /// Ends the server with this process id, and nobody else's process.
    void stop(long pid) throws PostgresException, InterruptedException {
        Optional<ProcessHandle> server = alive(pid);
        if (server.isEmpty()) {
            return;
        }
        signal("INT", pid);
        if (awaitGone(pid, settings.stopTimeout())) {
            return;
        }
        signal("QUIT", pid);
        if (awaitGone(pid, settings.stopTimeout())) {
            return;
        }
        alive(pid).ifPresent(ProcessHandle::destroyForcibly);
        if (!awaitGone(pid, KILL_TIMEOUT)) {
            throw new PostgresException(
                    "PostgreSQL (process " + pid + ") does not end, not even when killed",
                    "look at that process: its disk may hang");
        }
    }

    private Optional<ProcessHandle> alive(long pid) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> Postmaster.isServerOf(handle, cluster.data()));
    }

    private void signal(String name, long pid) throws InterruptedException {
        var command = new ArrayList<>(identity.prefix());
        command.addAll(
                List.of(
                        settings.installation().program("pg_ctl").toString(),
                        "kill",
                        name,
                        Long.toString(pid)));
        // An unsuccessful signal shows in the process living on, which is what the caller looks at.
        var _ = new ExternalCommand(command, ownLog("signal.log"), SIGNAL_DEADLINE).run();
    }

    private boolean awaitGone(long pid, Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (alive(pid).isPresent()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL_INTERVAL);
        }
        return true;
    }

    /// A start that failed half-way leaves no process behind.
    private void abandon() throws IOException, PostgresException, InterruptedException {
        if (found() instanceof Postmaster.Ours ours) {
            boolean interrupted = Thread.interrupted();
            stop(ours.pid());
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// PostgreSQL takes any living process named in the file for a server and refuses to start. It
    /// cannot know better; we do. Its second interlock, on shared memory, stays in force.
    private void removeStrangersPidFile() throws IOException {
        if (found() instanceof Postmaster.Stranger) {
            Files.deleteIfExists(cluster.data().resolve("postmaster.pid"));
        }
    }

    private Process spawn() throws IOException {
        var command = new ArrayList<String>();
        Optional<Path> setsid = ExternalCommand.find(settings.environment(), "setsid");
        if (setsid.isPresent()) {
            command.add(setsid.get().toString());
            command.addAll(identity.prefix());
            command.add(settings.installation().program("postgres").toString());
            command.addAll(List.of("-D", cluster.data().toString()));
        } else {
            // `pg_ctl` makes a session of its own too, but through a shell that trips over a `$` in
            // a path; so it is the second choice.
            command.addAll(identity.prefix());
            command.add(settings.installation().program("pg_ctl").toString());
            command.addAll(
                    List.of(
                            "start",
                            "--no-wait",
                            "--silent",
                            "--pgdata=" + cluster.data(),
                            "--log=" + log.file()));
        }
        var builder =
                new ProcessBuilder(command)
                        .directory(cluster.data().toFile())
                        .redirectInput(ExternalCommand.nothing())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
        ExternalCommand.makePlain(builder.environment());
        return builder.start();
    }

    /// The connection of the server that `process` became, or empty when it ended before.
    private Optional<Started> awaitReady(Process process, long deadline)
            throws IOException, PostgresException, InterruptedException {
        @Nullable SQLException refused = null;
        boolean seen = false;
        while (System.nanoTime() < deadline) {
            switch (found()) {
                case Postmaster.Ours ours -> {
                    seen = true;
                    if (ours.ready()) {
                        try {
                            return Optional.of(new Started(ours.pid(), prepared(ours.port())));
                        } catch (SQLException failed) {
                            refused = failed;
                        }
                    }
                }
                case Postmaster.Absent _, Postmaster.Stranger _ -> {
                    if (seen || (!process.isAlive() && process.exitValue() != 0)) {
                        return Optional.empty();
                    }
                }
            }
            Thread.sleep(POLL_INTERVAL);
        }
        throw new PostgresException(
                "PostgreSQL was not ready within "
                        + settings.startTimeout().toSeconds()
                        + " s"
                        + (refused == null ? "" : " (SQL state " + refused.getSQLState() + ")"),
                "the reason is at the end of `" + log.file() + "`",
                refused);
    }

    /// Proves that the server is ours and completes it: its first owner may have been killed before
    /// the database was created.
    private ConnectionInfo prepared(int port) throws SQLException {
        ConnectionInfo info = connectionInfo(port);
        try (var connection = connect(info, "postgres")) {
            requireOurData(connection);
            createDatabase(connection);
        }
        return info;
    }

    private void requireOurData(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SHOW data_directory")) {
            rows.next();
            Path answered = Path.of(rows.getString(1));
            if (!answered.equals(cluster.data()) && !sameFolder(answered)) {
                throw new SQLException("the server serves another data folder");
            }
        }
    }

    private boolean sameFolder(Path answered) throws SQLException {
        try {
            return Files.isSameFile(answered, cluster.data());
        } catch (IOException failed) {
            throw new SQLException("the server's data folder cannot be compared", failed);
        }
    }

    private static void createDatabase(Connection connection) throws SQLException {
        try (var exists = connection.prepareStatement(DATABASE_EXISTS)) {
            exists.setString(1, EmbeddedPostgres.DATABASE);
            try (var rows = exists.executeQuery()) {
                if (rows.next()) {
                    return;
                }
            }
        }
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE mneme");
        }
    }

    private static Connection connect(ConnectionInfo info, String database) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", info.user());
        properties.setProperty("password", info.password());
        properties.setProperty("connectTimeout", CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("loginTimeout", CONNECT_TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("ApplicationName", "mneme-start");
        return DriverManager.getConnection(info.jdbcUrl(database), properties);
    }

    private ConnectionInfo connectionInfo(int port) {
        return new ConnectionInfo(
                LOOPBACK, port, EmbeddedPostgres.DATABASE, Cluster.SUPERUSER, password);
    }

    /// The port of last time while it is free, so that what a person wrote down stays true.
    private int choosePort() throws IOException {
        int remembered = rememberedPort();
        if (remembered > 0 && isFree(remembered)) {
            return remembered;
        }
        try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral(LOOPBACK))) {
            return socket.getLocalPort();
        }
    }

    private int rememberedPort() throws IOException {
        if (!Files.isRegularFile(portFile())) {
            return 0;
        }
        try {
            int port = Integer.parseInt(Files.readString(portFile()).strip());
            return port > 0 && port <= 65_535 ? port : 0;
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private Path portFile() {
        return settings.root().resolve("port");
    }

    private Path ownLog(String name) {
        return settings.root().resolve("log").resolve(name);
    }
}
