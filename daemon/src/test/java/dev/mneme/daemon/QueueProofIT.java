package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// Nothing is lost, doubled or out of order: real daemons on a real database, also killed.
@Tag("proof")
final class QueueProofIT {

    private static final int JOBS = 10_000;
    private static final int SESSIONS = 100;
    private static final int SEEDS = 20;
    private static final int SENDERS = 4;
    private static final Duration LOAD_MIN = Duration.ofMillis(50);
    private static final Duration LOAD_MAX = Duration.ofMillis(1_500);
    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(2);

    @TempDir Path folder;

    @Test
    @Timeout(300)
    void tenThousandJobsThroughTwoDaemonsAreDoneOnceAndInOrder() throws Exception {
        try (var database = TestDatabase.create();
                Connection connection = database.connect();
                var one = DaemonProcess.start(home("one"), database);
                var two = DaemonProcess.start(home("two"), database)) {
            for (DaemonProcess daemon : new DaemonProcess[] {one, two}) {
                assertThat(daemon.client().health(DRAIN_TIMEOUT)).isPresent();
            }
            long started = System.nanoTime();
            enqueue(connection);
            execute(connection, "NOTIFY mneme_jobs, 'proof'");
            await(connection, "0", "SELECT count(*) FROM mem_jobs WHERE state <> 'completed'");
            double seconds = (System.nanoTime() - started) / 1e9;

            String shares =
                    text(
                            connection,
                            """
                            SELECT string_agg(jobs::text, ' and ')
                            FROM (SELECT count(*) AS jobs FROM mem_jobs GROUP BY attempted_by) AS s
                            """);
            System.out.printf(
                    Locale.ROOT,
                    "proof: %d jobs, two daemons: %.1f s, shares %s%n",
                    JOBS,
                    seconds,
                    shares);
            assertThat(text(connection, "SELECT count(DISTINCT attempted_by) FROM mem_jobs"))
                    .as("both took part")
                    .isEqualTo("2");
            assertThat(text(connection, "SELECT count(*) FROM mem_jobs WHERE attempt <> 1"))
                    .isEqualTo("0");
            assertThat(text(connection, "SELECT count(*) FROM mem_observations"))
                    .isEqualTo(Integer.toString(JOBS));
            assertThat(
                            text(
                                    connection,
                                    "SELECT count(DISTINCT event_id) FROM mem_observation_events"))
                    .isEqualTo(Integer.toString(JOBS));
            assertThat(
                            text(
                                    connection,
                                    """
                                    SELECT count(*)
                                    FROM (
                                        SELECT
                                            sources.event_id,
                                            lag(sources.event_id) OVER (
                                                PARTITION BY observations.session_id
                                                ORDER BY observations.id) AS before
                                        FROM mem_observations AS observations
                                        JOIN mem_observation_events AS sources
                                            ON sources.observation_id = observations.id) AS pairs
                                    WHERE before > event_id
                                    """))
                    .as("stored out of order")
                    .isEqualTo("0");
        }
    }

    @Test
    @Timeout(900)
    void killedAtAnyInstantUnderLoadEveryEventSentIsStoredOnce() throws Exception {
        Path home = home("killed");
        Set<String> sent = ConcurrentHashMap.newKeySet();
        long firstSeed = Instant.now().getEpochSecond();
        try (var database = TestDatabase.create();
                Connection connection = database.connect()) {
            for (int round = 0; round < SEEDS; round++) {
                var random = new Random(firstSeed + round);
                var load =
                        Duration.ofMillis(
                                random.nextLong(LOAD_MIN.toMillis(), LOAD_MAX.toMillis()));
                int before = sent.size();
                long spooledBefore = spooled(home);
                DaemonProcess daemon = DaemonProcess.start(home, database);
                try (var senders = Executors.newFixedThreadPool(SENDERS)) {
                    var running = new ArrayList<Future<?>>();
                    var until = new java.util.concurrent.CountDownLatch(1);
                    int port = daemon.client().info().orElseThrow().port();
                    String token = Files.readString(home.resolve("token")).strip();
                    for (int i = 0; i < SENDERS; i++) {
                        String session = "killed-" + round + "-" + i;
                        running.add(
                                senders.submit(
                                        () -> send(home, port, token, session, sent, until)));
                    }
                    try {
                        until.await(load.toMillis(), TimeUnit.MILLISECONDS);
                        daemon.kill();
                    } finally {
                        until.countDown();
                    }
                    for (Future<?> one : running) {
                        one.get(60, TimeUnit.SECONDS);
                    }
                } finally {
                    daemon.kill();
                }
                System.out.printf(
                        Locale.ROOT,
                        "proof: seed %d: killed after %d ms, %d sent, %d of them spooled%n",
                        firstSeed + round,
                        load.toMillis(),
                        sent.size() - before,
                        Math.max(0, spooled(home) - spooledBefore));
            }
            try (var last = DaemonProcess.start(home, database)) {
                await(connection, Integer.toString(sent.size()), "SELECT count(*) FROM mem_events");
                await(connection, "0", "SELECT count(*) FROM mem_jobs WHERE state <> 'completed'");
                assertThat(last.client().health(Duration.ofSeconds(5))).isPresent();
            }
            assertThat(stored(connection)).isEqualTo(new TreeSet<>(sent));
            assertThat(text(connection, "SELECT count(*) FROM mem_jobs"))
                    .isEqualTo(Integer.toString(sent.size()));
            assertThat(
                            text(
                                    connection,
                                    """
                                    SELECT count(*)
                                    FROM (
                                        SELECT event_id
                                        FROM mem_observation_events
                                        GROUP BY event_id
                                        HAVING count(*) > 1) AS doubled
                                    """))
                    .isEqualTo("0");
            System.out.printf(
                    Locale.ROOT,
                    "proof: %d kills, %d events sent, all stored, %s jobs tried more than once%n",
                    SEEDS,
                    sent.size(),
                    text(connection, "SELECT count(*) FROM mem_jobs WHERE attempt > 1"));
        }
    }

    /// Sends events until told to stop; what the daemon does not acknowledge is spooled as a hook
    /// does it.
    private static boolean send(
            Path home,
            int port,
            String token,
            String session,
            Set<String> sent,
            java.util.concurrent.CountDownLatch until)
            throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            for (int n = 0; until.getCount() > 0; n++) {
                String id = UUID.randomUUID().toString();
                Instant at = Instant.now();
                String payload = payload(session, n);
                var request =
                        HttpRequest.newBuilder(
                                        URI.create("http://127.0.0.1:" + port + "/api/hooks/stop"))
                                .timeout(Duration.ofSeconds(5))
                                .header("Authorization", "Bearer " + token)
                                .header(HookHeaders.EVENT_ID, id)
                                .header(HookHeaders.STARTED_AT, at.toString())
                                .POST(HttpRequest.BodyPublishers.ofString(payload))
                                .build();
                boolean acknowledged;
                try {
                    acknowledged =
                            http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()
                                    == 200;
                } catch (IOException gone) {
                    acknowledged = false;
                }
                if (!acknowledged) {
                    spool(home, id, at, payload);
                }
                sent.add("id:" + id);
            }
        }
        return true;
    }

    private static void spool(Path home, String id, Instant at, String payload) throws IOException {
        Path spool = new MnemeHome(home).spool();
        Files.createDirectories(spool);
        String name = String.format(Locale.ROOT, "%013d-%s.event", at.toEpochMilli(), id);
        Path temporary = spool.resolve(".tmp-" + id);
        try (FileChannel file =
                FileChannel.open(
                        temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            String text = "mneme-spool 1 stop " + at + " " + id + "\n" + payload;
            file.write(StandardCharsets.UTF_8.encode(text));
            file.force(true);
        }
        Files.move(temporary, spool.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String payload(String session, int n) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "hook_event_name",
                        "Stop",
                        "cwd",
                        "/tmp/none/proof",
                        "last_assistant_message",
                        "Step " + n + " of " + session + " is done."));
    }

    private static void enqueue(Connection connection) throws SQLException {
        execute(
                connection,
                """
                INSERT INTO mem_projects (name) VALUES ('proof');
                INSERT INTO mem_sessions (session_id, project_id)
                    SELECT 'session-' || n, (SELECT id FROM mem_projects WHERE name = 'proof')
                    FROM generate_series(0, %2$d - 1) AS n;
                WITH events AS (
                    INSERT INTO mem_events
                        (session_id, kind, dedupe_key, tool_name, occurred_at, payload_hash, payload)
                    SELECT sessions.id, 'stop', 'n-' || n, NULL, now(), sha256('x'),
                        jsonb_build_object(
                            'cwd', '/srv/none/proof',
                            'last_assistant_message',
                                'Added the class File' || n || ' to the parser.')::text
                    FROM generate_series(0, %1$d - 1) AS n
                    JOIN mem_sessions AS sessions
                        ON sessions.session_id = 'session-' || (n %% %2$d)
                    ORDER BY n
                    RETURNING id, session_id
                )
                INSERT INTO mem_jobs (event_id, session_id)
                SELECT id, session_id FROM events ORDER BY id;
                """
                        .formatted(JOBS, SESSIONS));
    }

    private static Set<String> stored(Connection connection) throws SQLException {
        var keys = new TreeSet<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT dedupe_key FROM mem_events")) {
            while (rows.next()) {
                keys.add(rows.getString(1));
            }
        }
        return keys;
    }

    private static long spooled(Path home) throws IOException {
        Path spool = new MnemeHome(home).spool();
        if (!Files.isDirectory(spool)) {
            return 0;
        }
        try (var files = Files.list(spool)) {
            return files.filter(file -> file.toString().endsWith(".event")).count();
        }
    }

    private static void await(Connection connection, String wanted, String query) throws Exception {
        long deadline = System.nanoTime() + DRAIN_TIMEOUT.toNanos();
        String last = "";
        while (System.nanoTime() < deadline) {
            last = text(connection, query);
            if (last.equals(wanted)) {
                return;
            }
            text(connection, "SELECT pg_sleep(0.05)");
        }
        throw new AssertionError(query + " is " + last + ", not " + wanted);
    }

    private Path home(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }
}
