package dev.mneme.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(value = 180)
final class EmbeddedPostgresIT {

    private static final int KILLS = 10;
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(20);
    private static final String MARKER = "marker-7f3a9c";

    private static PostgresInstallation installation;

    @TempDir Path folder;
    private Path root;

    @BeforeAll
    static void prepareMachine() throws PostgresException, InterruptedException {
        installation = Machine.installation();
    }

    @BeforeEach
    void chooseRoot() {
        // Whatever a home may be called.
        root = folder.resolve("a home's $name `of` ünïcode").resolve("postgres");
    }

    @AfterEach
    void leaveNoServer() throws PostgresException, InterruptedException {
        EmbeddedPostgres.stopRunning(settings());
        assertThat(postmasters()).isEmpty();
    }

    @Test
    void searchesVectorsThroughAnHnswIndex() throws Exception {
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection());
                var statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION vector");
            statement.execute("CREATE TABLE points (id int PRIMARY KEY, place vector(3))");
            statement.execute(
                    "INSERT INTO points SELECT n, ARRAY[n, n % 7, 1]::vector"
                            + " FROM generate_series(1, 2000) n");
            statement.execute("CREATE INDEX ON points USING hnsw (place vector_l2_ops)");
            String nearest = "SELECT id FROM points ORDER BY place <-> '[1000,6,1]' LIMIT 1";

            assertThat(text(connection, nearest)).isEqualTo("1000");
            assertThat(text(connection, "EXPLAIN " + nearest)).contains("Limit");
            assertThat(all(connection, "EXPLAIN " + nearest))
                    .anyMatch(line -> line.contains("Index Scan using points_place_idx"));
        }
    }

    @Test
    void keepsDataPasswordAndPortAcrossARestart() throws Exception {
        ConnectionInfo before;
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection());
                var statement = connection.createStatement()) {
            before = server.connection();
            assertThat(server.origin()).isEqualTo(EmbeddedPostgres.Origin.STARTED);
            statement.execute("CREATE TABLE kept AS SELECT 42 AS answer");
        }
        assertThat(postmasters()).isEmpty();

        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection())) {
            assertThat(server.connection()).isEqualTo(before);
            assertThat(text(connection, "SELECT answer FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void takesAnotherPortWhenTheRememberedOneIsTaken() throws Exception {
        int before;
        try (var server = EmbeddedPostgres.start(settings())) {
            before = server.connection().port();
        }
        try (var taker = new ServerSocket()) {
            taker.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), before));
            try (var server = EmbeddedPostgres.start(settings())) {
                assertThat(server.connection().port()).isNotEqualTo(before);
            }
        }
    }

    @Test
    void leavesOneServerWhenItsOwnerIsKilledTenTimes() throws Exception {
        var serverIds = new HashSet<Long>();
        for (int kill = 0; kill < KILLS; kill++) {
            Process owner = startOwner();
            try (var output = reader(owner)) {
                String[] words = awaitOwnerLine(output).split(" ", -1);
                assertThat(words[1]).isEqualTo(kill == 0 ? "STARTED" : "ADOPTED");
                serverIds.add(Long.parseLong(words[2]));
            } finally {
                // SIGKILL
                owner.destroyForcibly();
                assertThat(owner.waitFor(EXIT_TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(serverIds).hasSize(1);
        assertThat(postmasters()).containsExactlyElementsOf(serverIds);

        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(server.origin()).isEqualTo(EmbeddedPostgres.Origin.ADOPTED);
            assertThat(serverIds).containsExactly(server.pid());
        }
        assertThat(postmasters()).isEmpty();
    }

    @Test
    void startsAgainAfterTheServerItselfWasKilled() throws Exception {
        var killed = EmbeddedPostgres.start(settings());
        try (var connection = connect(killed.connection());
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE kept AS SELECT 42 AS answer");
        }
        ProcessHandle process = ProcessHandle.of(killed.pid()).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(EXIT_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(root.resolve("data").resolve("postmaster.pid")).exists();
        assertThat(killed.running()).isFalse();

        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection())) {
            assertThat(server.pid()).isNotEqualTo(killed.pid());
            assertThat(text(connection, "SELECT answer FROM kept")).isEqualTo("42");
        }
        killed.close();
    }

    @Test
    void neitherKillsNorTrustsAStrangerNamedInThePidFile() throws Exception {
        EmbeddedPostgres.start(settings()).close();
        Process stranger = new ProcessBuilder("sleep", "120").start();
        try {
            Path pidFile = root.resolve("data").resolve("postmaster.pid");
            Files.writeString(
                    pidFile,
                    stranger.pid()
                            + "\n"
                            + root.resolve("data")
                            + "\n1\n5432\n\n127.0.0.1\n0 0\nready\n");
            assertThat(Postmaster.of(root.resolve("data")))
                    .isEqualTo(new Postmaster.Stranger(stranger.pid()));

            try (var server = EmbeddedPostgres.start(settings())) {
                assertThat(server.origin()).isEqualTo(EmbeddedPostgres.Origin.STARTED);
                assertThat(stranger.isAlive()).isTrue();
            }
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroyForcibly().waitFor();
        }
    }

    @Test
    void replacesALivingServerThatDoesNotAnswer() throws Exception {
        var stuck = EmbeddedPostgres.start(settings().leavingItRunning());
        stuck.close();
        // Stopped, it lives and takes connections into its backlog, and never answers one.
        Process frozen = new ProcessBuilder("kill", "-STOP", Long.toString(stuck.pid())).start();
        assertThat(frozen.waitFor()).isZero();

        var impatient = settings().withTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(1));
        try (var server = EmbeddedPostgres.start(impatient)) {
            assertThat(server.origin()).isEqualTo(EmbeddedPostgres.Origin.STARTED);
            assertThat(server.pid()).isNotEqualTo(stuck.pid());
            assertThat(stuck.running()).isFalse();
            assertThat(postmasters()).containsExactly(server.pid());
        }
    }

    @Test
    void servesTwoStartersAtOnceWithOneServer() throws Exception {
        var together = new CountDownLatch(2);
        Callable<EmbeddedPostgres> starter =
                () -> {
                    together.countDown();
                    together.await(EXIT_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                    return EmbeddedPostgres.start(settings());
                };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<EmbeddedPostgres>> starts =
                    List.of(threads.submit(starter), threads.submit(starter));
            EmbeddedPostgres first = starts.getFirst().get(60, TimeUnit.SECONDS);
            EmbeddedPostgres second = starts.getLast().get(60, TimeUnit.SECONDS);
            assertThat(first.pid()).isEqualTo(second.pid());
            assertThat(List.of(first.origin(), second.origin()))
                    .containsExactlyInAnyOrder(
                            EmbeddedPostgres.Origin.STARTED, EmbeddedPostgres.Origin.ADOPTED);
            assertThat(postmasters()).hasSize(1);
            second.close();
            first.close();
        }
    }

    @Test
    void listensOnLoopbackOnlyAndAsksForThePassword() throws Exception {
        try (var server = EmbeddedPostgres.start(settings())) {
            ConnectionInfo info = server.connection();
            try (var reached = new Socket(InetAddress.ofLiteral(info.host()), info.port())) {
                assertThat(reached.isConnected()).isTrue();
            }
            for (InetAddress address : otherAddresses()) {
                assertThatThrownBy(() -> new Socket(address, info.port()).close())
                        .as("connecting to %s", address)
                        .isInstanceOf(IOException.class);
            }
            var wrong =
                    new ConnectionInfo(
                            info.host(), info.port(), info.database(), info.user(), "wrong");
            assertThatThrownBy(() -> connect(wrong).close())
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("28P01"));
            assertThat(info.toString()).doesNotContain(info.password());
        }
    }

    @Test
    void writesNoContentIntoItsLog() throws Exception {
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection());
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE said (words text UNIQUE, number int)");
            String insert = "INSERT INTO said (words) VALUES (?)";
            try (var prepared = connection.prepareStatement(insert)) {
                prepared.setString(1, MARKER);
                prepared.execute();
                assertThatThrownBy(prepared::execute).isInstanceOf(SQLException.class);
            }
            for (String failing :
                    List.of(
                            "INSERT INTO said VALUES ('" + MARKER + "', 1)",
                            "SELECT '" + MARKER + "'::int",
                            "SELECT 1 '" + MARKER + "' syntax",
                            "SELECT * FROM \"" + MARKER + "\"",
                            "DO $$ BEGIN RAISE WARNING '"
                                    + MARKER
                                    + "'; END $$;"
                                    + "SELECT '"
                                    + MARKER
                                    + "'::uuid")) {
                assertThatThrownBy(() -> statement.execute(failing))
                        .isInstanceOf(SQLException.class);
            }
            // A backend that dies while it runs a statement is reported with that statement.
            String pid = text(connection, "SELECT pg_backend_pid()");
            assertThatThrownBy(
                            () ->
                                    statement.execute(
                                            "/* "
                                                    + MARKER
                                                    + " */ SELECT pg_sleep(60) FROM"
                                                    + " (SELECT pg_terminate_backend("
                                                    + pid
                                                    + ")) x"))
                    .isInstanceOf(SQLException.class);
        }
        List<Path> logs = new ArrayList<>();
        for (Path place : List.of(root.resolve("log"), folder.resolve("log"))) {
            try (Stream<Path> files = Files.list(place)) {
                files.forEach(logs::add);
            }
        }
        assertThat(logs).anyMatch(log -> log.endsWith("postgres.log"));
        assertThat(folder.resolve("log").resolve("postgres.log")).content().contains("shut down");
        for (Path log : logs) {
            assertThat(Files.readString(log, StandardCharsets.ISO_8859_1))
                    .as(log.toString())
                    .doesNotContain(MARKER)
                    .doesNotContain("CREATE TABLE said");
        }
    }

    @Test
    void keepsThePasswordPrivateUnderAnyUmask() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "umask 000; exec \"$@\"", "sh"));
        command.addAll(ownerCommand());
        Process owner =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var output = reader(owner)) {
            awaitOwnerLine(output);
            assertThat(mode(root)).isEqualTo("rwx------");
            assertThat(mode(root.resolve("password"))).isEqualTo("rw-------");
            assertThat(mode(root.resolve("data"))).isEqualTo("rwx------");
            try (Stream<Path> files = Files.walk(root)) {
                assertThat(files.filter(file -> !Files.isSymbolicLink(file)).toList())
                        .allSatisfy(
                                file ->
                                        assertThat(mode(file))
                                                .as(file.toString())
                                                .endsWith("------"));
            }
        } finally {
            owner.outputWriter().close();
            assertThat(owner.waitFor(EXIT_TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void setsANewPasswordWhenTheFileWasLost() throws Exception {
        EmbeddedPostgres.start(settings()).close();
        String before = Files.readString(root.resolve("password"));
        Files.delete(root.resolve("password"));
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection())) {
            assertThat(server.connection().password()).isNotEqualTo(before.strip());
            assertThat(text(connection, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void tellsLettersFromSignsInEveryScript() throws Exception {
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection())) {
            assertThat(text(connection, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(text(connection, "SHOW data_checksums")).isEqualTo("on");
            assertThat(text(connection, "SELECT to_tsvector('simple', '„ÄPFEL“ 「記憶」、東京')"))
                    .isEqualTo("'äpfel':1 '東京':3 '記憶':2");
        }
    }

    @Test
    void bringsAnUnfinishedClusterToItsEnd() throws Exception {
        Path unfinished = root.resolve(".initdb-1").resolve("data");
        Files.createDirectories(unfinished);
        Files.writeString(unfinished.resolve("PG_VERSION"), "17\n");
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(server.running()).isTrue();
        }
        assertThat(root.resolve(".initdb-1")).doesNotExist();
    }

    @Test
    void staysSmallBesideTheDaemon() throws Exception {
        try (var server = EmbeddedPostgres.start(settings());
                var connection = connect(server.connection());
                var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE filler AS SELECT n, md5(n::text) FROM generate_series(1, 100000) n");
            statement.execute("SELECT count(*) FROM filler");
            long kilobytes = 0;
            List<ProcessHandle> processes =
                    Stream.concat(
                                    Stream.of(ProcessHandle.of(server.pid()).orElseThrow()),
                                    ProcessHandle.of(server.pid()).orElseThrow().descendants())
                            .toList();
            for (ProcessHandle process : processes) {
                Path rollup = Path.of("/proc/" + process.pid() + "/smaps_rollup");
                if (!Files.exists(rollup)) {
                    System.out.println("not run: memory of the server (no " + rollup + ")");
                    return;
                }
                kilobytes +=
                        Files.readAllLines(rollup).stream()
                                .filter(line -> line.startsWith("Pss:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                                .sum();
            }
            System.out.println(
                    "server memory PSS kB=" + kilobytes + " processes=" + processes.size());
            assertThat(kilobytes).isBetween(1L, 150L * 1024);
        }
    }

    @Test
    void holdsTheLogBelowItsLimit() throws Exception {
        Path logs = folder.resolve("log");
        Files.createDirectories(logs);
        Files.write(logs.resolve("postgres.log"), new byte[(int) (3 * ServerLog.BYTES_MAX)]);
        try (var _ = EmbeddedPostgres.start(settings())) {
            assertThat(Files.size(logs.resolve("postgres.log"))).isLessThan(ServerLog.BYTES_MAX);
            assertThat(Files.size(logs.resolve("postgres.log.1"))).isEqualTo(ServerLog.BYTES_MAX);
        }
        assertThat(logs.resolve("postgres.log")).content().contains("shut down");
    }

    private EmbeddedPostgres.Settings settings() {
        return EmbeddedPostgres.Settings.of(root, folder.resolve("log"), installation);
    }

    private List<Long> postmasters() {
        return ProcessHandle.allProcesses()
                .filter(process -> Postmaster.isServerOf(process, root.resolve("data")))
                .filter(EmbeddedPostgresIT::isPostmaster)
                .map(ProcessHandle::pid)
                .toList();
    }

    private static boolean isPostmaster(ProcessHandle process) {
        return process.info()
                .command()
                .orElse("postgres")
                .toLowerCase(Locale.ROOT)
                .contains("postgres");
    }

    private List<String> ownerCommand() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.mneme.postgres.ServerOwner",
                root.toString());
    }

    private Process startOwner() throws IOException {
        return new ProcessBuilder(ownerCommand())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String awaitOwnerLine(BufferedReader output) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("owner ")) {
                return line;
            }
        }
        throw new AssertionError("the owner ended before it had a server");
    }

    private static List<InetAddress> otherAddresses() throws IOException {
        var addresses = new ArrayList<InetAddress>();
        for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(network.getInetAddresses())) {
                if (!address.getHostAddress().equals("127.0.0.1")) {
                    addresses.add(address);
                }
            }
        }
        // Part of every machine's loopback network, and not the address that is listened on.
        addresses.add(InetAddress.ofLiteral("127.0.0.2"));
        return addresses;
    }

    private static String mode(Path path) throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path));
    }

    private static Connection connect(ConnectionInfo info) throws SQLException {
        return DriverManager.getConnection(info.jdbcUrl(), info.user(), info.password());
    }

    private static String text(Connection connection, String sql) throws SQLException {
        return all(connection, sql).getFirst();
    }

    private static List<String> all(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var values = new ArrayList<String>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
