package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.config.Settings;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.client.DaemonClient;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Clocks jump by an hour, ahead and back, in the middle of a load: PostgreSQL's by libfaketime,
/// the daemon's, which is injected, or both. A real server process, and the daemon with all its
/// loops and its HTTP server in this JVM: under libfaketime a JVM's timed waits never end.
@Tag("proof")
final class ClockProofIT {

    private static final String REQUIREMENT = "MNEME_REQUIRE_PROOFS";
    private static final List<Integer> JUMPS_SECONDS = List.of(3_600, -3_600, 0);
    private static final int SENDERS = 3;

    /// Between two events of one sender, so that the load lasts over all jumps.
    private static final Duration PACE = Duration.ofMillis(10);

    private static final int LOAD_MS_MIN = 500;
    private static final int LOAD_MS_MAX = 2_000;

    /// How long libfaketime may go on with what it read before.
    private static final Duration JUMP_TIMEOUT = Duration.ofSeconds(30);

    /// No job may wait longer because of a jump: a lease, the rescuer's interval, and the work.
    private static final Duration STUCK_MAX = Duration.ofSeconds(60 + 30 + 15);

    private static final Duration POST_TIMEOUT = Duration.ofSeconds(30);

    @TempDir Path folder;

    enum Whose {
        DATABASE,
        DAEMON,
        BOTH;

        boolean database() {
            return this != DAEMON;
        }

        boolean daemon() {
            return this != DATABASE;
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(300)
    void aJumpUnderLoadLosesNothingAndHoldsNothingUp(Whose whose) throws Exception {
        Path library = library();
        if (library == null) {
            return;
        }
        long seed = Instant.now().getEpochSecond();
        var random = new Random(seed);
        MnemeHome home = new MnemeHome(Files.createDirectory(folder.resolve("home")));
        Path offset = folder.resolve("offset");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        jump(offset, 0);
        var daemonOffset = new AtomicInteger();
        PrivateHome.prepare(home);
        try (EmbeddedPostgres server = server(library, offset);
                Lifecycle daemon =
                        Lifecycle.start(
                                home,
                                settings(server.connection()),
                                () -> Instant.now().plusSeconds(daemonOffset.get()))) {
            daemon.announce();
            ConnectionInfo database = server.connection();
            var senders = new ArrayList<Sender>();
            var stop = new CountDownLatch(1);
            int port = new DaemonClient(home).info().orElseThrow().port();
            for (int i = 0; i < SENDERS; i++) {
                senders.add(new Sender("clock-" + i, port, PrivateHome.token(home), stop));
            }
            try (var threads = Executors.newFixedThreadPool(SENDERS)) {
                var running = new ArrayList<Future<?>>();
                senders.forEach(sender -> running.add(threads.submit(sender::run, true)));
                try {
                    for (int seconds : JUMPS_SECONDS) {
                        stop.await(random.nextInt(LOAD_MS_MIN, LOAD_MS_MAX), TimeUnit.MILLISECONDS);
                        if (whose.database()) {
                            jump(offset, seconds);
                        }
                        if (whose.daemon()) {
                            daemonOffset.set(seconds);
                        }
                        awaitJump(database, whose, seconds);
                    }
                    stop.await(random.nextInt(LOAD_MS_MIN, LOAD_MS_MAX), TimeUnit.MILLISECONDS);
                } finally {
                    stop.countDown();
                }
                for (Future<?> one : running) {
                    one.get(POST_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                }
            }
            var sent = new TreeSet<String>();
            for (Sender sender : senders) {
                assertThat(sender.failure).as(String.valueOf(sender.failure)).isNull();
                sent.addAll(sender.sent);
            }
            long waited = awaitWorkedOff(database);
            System.out.printf(
                    Locale.ROOT,
                    "proof: seed %d: clock of %s jumped by %s s, %d sent, the last job %d ms after%n",
                    seed,
                    whose,
                    JUMPS_SECONDS,
                    sent.size(),
                    waited);
            assertStoredOnceAndInOrder(database, sent, senders);
        }
    }

    /// Null where it is not installed; then one line says so, and where it is required this fails.
    private static @Nullable Path library() throws IOException {
        Path libraries = Path.of("/usr/lib");
        if (Files.isDirectory(libraries)) {
            try (var architectures = Files.newDirectoryStream(libraries, "*-linux-*")) {
                for (Path one : architectures) {
                    Path library = one.resolve("faketime/libfaketime.so.1");
                    if (Files.exists(library)) {
                        return library;
                    }
                }
            }
        }
        if (System.getenv().getOrDefault(REQUIREMENT, "").equals("1")) {
            throw new AssertionError(
                    REQUIREMENT + "=1, but libfaketime is not installed (package `faketime`)");
        }
        System.out.println("not run: jumping clocks (libfaketime is not installed)");
        return null;
    }

    /// The server is started through `setsid`, found on the path: ours gives it a false clock.
    private EmbeddedPostgres server(Path library, Path offset) throws Exception {
        String script =
                """
                #!/bin/sh
                export LD_PRELOAD='%s' FAKETIME_TIMESTAMP_FILE='%s'
                export FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1
                export DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
                exec /usr/bin/setsid "$@"
                """
                        .formatted(library, offset);
        Path programs = Files.createDirectory(folder.resolve("bin"));
        Path setsid = Files.writeString(programs.resolve("setsid"), script);
        Files.setPosixFilePermissions(setsid, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path root = Files.createDirectory(folder.resolve("postgres"));
        return EmbeddedPostgres.start(
                EmbeddedPostgres.Settings.of(
                                root,
                                root.resolve("log"),
                                PostgresInstallation.unpack(root, System.out::println))
                        .withEnvironment(Map.of("PATH", programs + ":" + System.getenv("PATH"))));
    }

    private static Settings settings(ConnectionInfo database) {
        return TestDaemon.settings(
                TestDaemon.freePort(),
                new Settings.ExternalDatabase(
                        database.host(),
                        database.port(),
                        database.database(),
                        database.user(),
                        new Settings.Secret(database.password())));
    }

    private static void jump(Path offset, int seconds) throws IOException {
        Path draft = offset.resolveSibling("offset.draft");
        Files.writeString(draft, String.format(Locale.ROOT, "%+d%n", seconds));
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(draft, offset, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The obstacle is real: whose clock jumped shows the new time, the other's does not. What the
    /// daemon's shows is the time at which it received its newest event.
    private static void awaitJump(ConnectionInfo database, Whose whose, int seconds)
            throws Exception {
        long deadline = System.nanoTime() + JUMP_TIMEOUT.toNanos();
        String seen = "";
        while (System.nanoTime() < deadline) {
            try (Connection connection = connect(database);
                    var statement = connection.createStatement();
                    var row =
                            statement.executeQuery(
                                    """
                                    SELECT
                                        extract(epoch FROM clock_timestamp()),
                                        extract(epoch FROM (
                                            SELECT received_at FROM mem_events
                                            ORDER BY id DESC LIMIT 1))
                                    """)) {
                row.next();
                double now = System.currentTimeMillis() / 1e3;
                double server = row.getDouble(1) - now;
                double daemon = row.getDouble(2) - now;
                seen =
                        String.format(
                                Locale.ROOT, "database %+.1f s, daemon %+.1f s", server, daemon);
                if (near(server, whose.database() ? seconds : 0)
                        && near(daemon, whose.daemon() ? seconds : 0)) {
                    return;
                }
            }
            Looks.pause();
        }
        throw new AssertionError("the clock did not jump by " + seconds + " s: " + seen);
    }

    private static boolean near(double found, double wanted) {
        return Math.abs(found - wanted) < 60;
    }

    private static final class Sender {

        private final String session;
        private final int port;
        private final String token;
        private final CountDownLatch stop;
        private final List<String> sent = new ArrayList<>();
        private @Nullable Throwable failure;

        Sender(String session, int port, String token, CountDownLatch stop) {
            this.session = session;
            this.port = port;
            this.token = token;
            this.stop = stop;
        }

        void run() {
            try (var http = HttpClient.newHttpClient()) {
                for (int n = 0; !stop.await(PACE.toMillis(), TimeUnit.MILLISECONDS); n++) {
                    String id = session + "-" + n;
                    var request =
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:"
                                                            + port
                                                            + "/api/hooks/post-tool-use"))
                                    .timeout(POST_TIMEOUT)
                                    .header("Authorization", "Bearer " + token)
                                    .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                    .header(HookHeaders.STARTED_AT, Instant.now().toString())
                                    .POST(HttpRequest.BodyPublishers.ofString(payload(id)))
                                    .build();
                    var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                    sent.add(id);
                }
            } catch (Exception | AssertionError failed) {
                failure = failed;
            }
        }

        private String payload(String id) {
            String name = id.replace('-', '_');
            return Json.write(
                    Map.of(
                            "session_id",
                            session,
                            "hook_event_name",
                            "PostToolUse",
                            "cwd",
                            "/tmp/none/clock",
                            "tool_name",
                            "Write",
                            "tool_use_id",
                            id,
                            "tool_input",
                            Map.of(
                                    "file_path",
                                    "/tmp/none/clock/" + name + ".java",
                                    "content",
                                    "final class " + name + " {}"),
                            "tool_response",
                            Map.of("type", "create")));
        }
    }

    private static long awaitWorkedOff(ConnectionInfo database) throws Exception {
        long started = System.nanoTime();
        try (Connection connection = connect(database)) {
            while (true) {
                String left =
                        text(
                                connection,
                                "SELECT count(*) FROM mem_jobs WHERE state <> 'completed'");
                if (left.equals("0")) {
                    return (System.nanoTime() - started) / 1_000_000;
                }
                assertThat(System.nanoTime() - started)
                        .as("%s jobs are stuck", left)
                        .isLessThan(STUCK_MAX.toNanos());
                text(connection, "SELECT pg_sleep(0.05)");
            }
        }
    }

    private static void assertStoredOnceAndInOrder(
            ConnectionInfo database, SortedSet<String> sent, List<Sender> senders)
            throws Exception {
        var events = new ArrayList<String>();
        var observations = new TreeMap<String, Long>();
        try (Connection connection = connect(database);
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                SELECT events.tool_use_id, sources.observation_id
                                FROM mem_events AS events
                                LEFT JOIN mem_observation_events AS sources
                                    ON sources.event_id = events.id
                                """)) {
            while (rows.next()) {
                events.add(rows.getString(1));
                assertThat(rows.getLong(2)).as("its result").isPositive();
                observations.put(rows.getString(1), rows.getLong(2));
            }
        }
        events.sort(null);
        assertThat(events).isEqualTo(List.copyOf(sent));
        for (Sender sender : senders) {
            assertThat(sender.sent).isNotEmpty();
            assertThat(sender.sent.stream().map(observations::get))
                    .as("order within session " + sender.session)
                    .isSorted();
        }
    }

    private static Connection connect(ConnectionInfo database) throws SQLException {
        return DriverManager.getConnection(database.jdbcUrl(), database.properties());
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
