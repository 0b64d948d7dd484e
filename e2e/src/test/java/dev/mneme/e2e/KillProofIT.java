package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `kill -9` at random instants under load: the daemon, PostgreSQL, one of its backends, daemon and
/// PostgreSQL. Real hook programs go on firing, and clients of the wire go on posting, which hand
/// what was not acknowledged to the hook program. After each seed: what was sent is what is stored,
/// every job has ended, and there is one daemon with one PostgreSQL.
@Tag("proof")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class KillProofIT {

    private static final int SEEDS = 20;
    private static final int KILLS = 10;
    private static final int KILL_ATTEMPTS_MAX = 60;
    private static final int HOOK_SENDERS = 2;
    private static final int WIRE_SENDERS = 2;

    /// Of one sender and seed, so that a seed ends on every machine.
    private static final int EVENTS_MAX = 80;

    private static final int BEFORE_KILL_MS_MIN = 100;
    private static final int BEFORE_KILL_MS_MAX = 1_200;
    private static final int AFTER_KILL_MS_MIN = 300;
    private static final int AFTER_KILL_MS_MAX = 900;
    private static final int START_MS_MAX = 2_000;
    private static final Duration POST_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration SENDERS_TIMEOUT = Duration.ofMinutes(2);

    /// Recovery of PostgreSQL, the longest pause of a loop, and the work.
    private static final Duration SETTLE_TIMEOUT = Duration.ofMinutes(2);

    private enum Victim {
        DAEMON,
        DATABASE,
        BACKEND,
        BOTH
    }

    private static final Set<String> SENT = ConcurrentHashMap.newKeySet();

    private static Person person;

    @BeforeAll
    static void install() throws Exception {
        person = Person.withEmptyHome("home");
        Ended installed = person.mneme("install", "--yes");
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
    }

    @AfterAll
    static void leave() throws Exception {
        person.leave();
    }

    @Test
    @Order(1)
    @Timeout(1_200)
    void killedAtAnyInstantEveryEventSentIsStoredOnce() throws Exception {
        long firstSeed = Instant.now().getEpochSecond();
        var spooledBy = new EnumMap<Victim, Long>(Victim.class);
        for (int round = 0; round < SEEDS; round++) {
            Victim victim = Victim.values()[round % Victim.values().length];
            spooledBy.merge(victim, seed(firstSeed + round, victim), Long::sum);
        }
        assertThat(spooledBy.get(Victim.DAEMON)).as("spooled while it was dead").isPositive();
        assertThat(spooledBy.get(Victim.BOTH)).as("spooled while both were dead").isPositive();
    }

    /// Daemons are also killed while they start, and while they take over the database of the one
    /// before.
    @Test
    @Order(2)
    @Timeout(300)
    void tenKillsLeaveOneDatabaseAndOneDaemon() throws Exception {
        long seed = Instant.now().getEpochSecond();
        var random = new Random(seed);
        int kills = 0;
        for (int attempt = 0; attempt < KILL_ATTEMPTS_MAX && kills < KILLS; attempt++) {
            try (var threads = Executors.newSingleThreadExecutor()) {
                String session = "ten-" + attempt;
                Future<Ended> start = threads.submit(() -> startSession(session));
                pause(random.nextInt(START_MS_MAX));
                for (ProcessHandle daemon : person.daemons()) {
                    kill(daemon);
                    kills++;
                }
                assertHarmless(start.get(SENDERS_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
            }
        }
        System.out.printf(Locale.ROOT, "proof: seed %d: %d daemons killed%n", seed, kills);
        assertThat(kills).isGreaterThanOrEqualTo(KILLS);

        startSession("ten-last");
        awaitSettled();
        assertOneOfEach();
        Await.until(
                "nothing else of this home: " + person.processes(),
                Person.COMMAND_TIMEOUT,
                () -> person.processes().size() == 2);
        assertThat(person.count("SELECT count(*) FROM mem_sessions WHERE session_id LIKE 'ten-%'"))
                .as("sessions whose start was reported while daemons died")
                .isGreaterThanOrEqualTo(KILLS);
    }

    @Test
    @Order(3)
    @Timeout(60)
    void theQueueListsEveryEventOnce() throws Exception {
        Ended listed = person.mneme("queue", "list", "--all", "--limit", "10000", "--json");
        assertThat(listed.exitCode()).as(listed.err()).isZero();

        var ids = new ArrayList<String>();
        JsonNode jobs = Json.tree(listed.out()).path("jobs");
        for (JsonNode job : jobs) {
            assertThat(job.path("id").isIntegralNumber()).isTrue();
            assertThat(job.path("state").asString()).isEqualTo("completed");
            assertThat(job.path("attempt").asInt()).isPositive();
            assertThat(job.has("last_error")).isTrue();
            if (job.path("event").asString().equals("post-tool-use")) {
                ids.add(job.path("tool_use_id").asString());
            }
        }

        assertThat(ids).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(ids)).isEqualTo(new TreeSet<>(SENT));
        assertThat((long) jobs.size()).isEqualTo(person.count("SELECT count(*) FROM mem_events"));
    }

    /// Returns how many events lay in the spool before the next session began.
    private static long seed(long seed, Victim victim) throws Exception {
        var random = new Random(seed);
        int beforeMs = random.nextInt(BEFORE_KILL_MS_MIN, BEFORE_KILL_MS_MAX);
        int afterMs = random.nextInt(AFTER_KILL_MS_MIN, AFTER_KILL_MS_MAX);
        var stop = new CountDownLatch(1);
        var senders = new ArrayList<Sender>();
        for (int i = 0; i < HOOK_SENDERS + WIRE_SENDERS; i++) {
            senders.add(new Sender(seed + "-" + i, i >= HOOK_SENDERS, stop));
        }
        long spooled;
        try (var threads = Executors.newFixedThreadPool(senders.size())) {
            var running = new ArrayList<Future<?>>();
            for (Sender sender : senders) {
                running.add(threads.submit(sender::run, true));
            }
            try {
                pause(beforeMs);
                strike(victim, random);
                pause(afterMs);
                spooled = spooled();
                assertHarmless(startSession(seed + "-next"));
            } finally {
                stop.countDown();
            }
            for (Future<?> one : running) {
                one.get(SENDERS_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
        }
        long settled = System.nanoTime();
        awaitSettled();
        var sent = new TreeSet<String>();
        for (Sender sender : senders) {
            assertThat(sender.failure).as(String.valueOf(sender.failure)).isNull();
            sent.addAll(sender.sent);
        }
        System.out.printf(
                Locale.ROOT,
                "proof: seed %d: killed %s after %d ms, %d sent, %d spooled, settled in %d ms%n",
                seed,
                victim,
                beforeMs,
                sent.size(),
                spooled,
                (System.nanoTime() - settled) / 1_000_000);
        assertThat(stored(seed)).as("seed " + seed).isEqualTo(List.copyOf(sent));
        assertEveryJobEnded();
        for (Sender sender : senders) {
            assertInOrder(sender);
        }
        assertOneOfEach();
        SENT.addAll(sent);
        return spooled;
    }

    /// One session that does one thing after the other.
    private static final class Sender {

        private final String session;
        private final boolean wire;
        private final CountDownLatch stop;
        private final List<String> sent = new ArrayList<>();

        /// What the daemon said it has committed, in the order it was sent.
        private final List<String> acknowledged = new ArrayList<>();

        private @Nullable Throwable failure;

        Sender(String session, boolean wire, CountDownLatch stop) {
            this.session = session;
            this.wire = wire;
            this.stop = stop;
        }

        void run() {
            try (var http = HttpClient.newHttpClient()) {
                for (int n = 0; n < EVENTS_MAX && stop.getCount() > 0; n++) {
                    String id = session + "-" + n;
                    String payload = created(session, id);
                    if (wire && acknowledged(http, payload)) {
                        acknowledged.add(id);
                    } else {
                        assertHarmless(person.hook("PostToolUse", payload));
                    }
                    sent.add(id);
                }
            } catch (Exception | AssertionError failed) {
                failure = failed;
            }
        }

        private static boolean acknowledged(HttpClient http, String payload)
                throws IOException, InterruptedException {
            try {
                var request =
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + person.daemon().info().port()
                                                        + "/api/hooks/post-tool-use"))
                                .timeout(POST_TIMEOUT)
                                .header(
                                        "Authorization",
                                        "Bearer "
                                                + Files.readString(person.mneme().token()).strip())
                                .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                .header(HookHeaders.STARTED_AT, Instant.now().toString())
                                .POST(HttpRequest.BodyPublishers.ofString(payload))
                                .build();
                return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()
                        == 200;
            } catch (IOException down) {
                return false;
            }
        }
    }

    private static void strike(Victim victim, Random random) throws Exception {
        switch (victim) {
            case DAEMON -> kill(person.daemon().process());
            case DATABASE -> kill(postmaster());
            case BACKEND -> killBackend(random);
            case BOTH -> {
                ProcessHandle daemon = person.daemon().process();
                ProcessHandle database = postmaster();
                boolean daemonFirst = random.nextBoolean();
                kill(daemonFirst ? daemon : database);
                kill(daemonFirst ? database : daemon);
            }
        }
    }

    /// PostgreSQL then ends all its connections and recovers, ours too.
    private static void killBackend(Random random) throws Exception {
        try (Connection witness = person.database();
                var statement = witness.createStatement()) {
            var backends = new ArrayList<Long>();
            try (var rows =
                    statement.executeQuery(
                            "SELECT pid FROM pg_stat_activity WHERE application_name = 'mneme'")) {
                while (rows.next()) {
                    backends.add(rows.getLong(1));
                }
            }
            assertThat(backends).isNotEmpty();
            kill(ProcessHandle.of(backends.get(random.nextInt(backends.size()))).orElseThrow());
            Await.until(
                    "the server has ended every connection",
                    Person.COMMAND_TIMEOUT,
                    () -> !witness.isValid(1));
        }
    }

    private static void kill(ProcessHandle process) throws Exception {
        process.destroyForcibly();
        process.onExit().get(Person.COMMAND_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(process.isAlive()).isFalse();
    }

    private static ProcessHandle postmaster() throws IOException {
        Path file = person.mneme().postgres().resolve("data").resolve("postmaster.pid");
        return ProcessHandle.of(Long.parseLong(Files.readAllLines(file).getFirst().strip()))
                .orElseThrow();
    }

    private static void pause(int millis) throws InterruptedException {
        // The random instant itself; nothing waits for this to be long enough.
        Thread.sleep(millis);
    }

    private static Ended startSession(String session) throws Exception {
        // Who kills ten daemons in a minute is no crash loop, but cannot be told from one.
        Files.deleteIfExists(person.mneme().starts());
        return person.hook(
                "SessionStart",
                Json.write(
                        Map.of(
                                "session_id",
                                session,
                                "hook_event_name",
                                "SessionStart",
                                "source",
                                "startup",
                                "cwd",
                                person.home().toString())));
    }

    private static String created(String session, String toolUseId) {
        String name = "F" + toolUseId.replace('-', '_');
        return Payloads.created(
                person,
                session,
                toolUseId,
                person.home() + "/proof/" + name + ".java",
                "final class " + name + " {}");
    }

    private static void assertHarmless(Ended hook) {
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        if (!hook.out().isEmpty()) {
            assertThat(Json.tree(hook.out()).isObject()).as(hook.toString()).isTrue();
        }
    }

    private static void awaitSettled() throws Exception {
        Await.until(
                "everything sent has been worked off: " + person.mneme().log(),
                SETTLE_TIMEOUT,
                () -> {
                    JsonNode health = person.daemon().health();
                    return health.at("/queue/scheduled").asInt(-1) == 0
                            && health.at("/queue/pending").asInt(-1) == 0
                            && health.at("/embeddings/pending").asInt(-1) == 0;
                });
    }

    /// As a list: a second row of one event would show.
    private static List<String> stored(long seed) throws Exception {
        var ids = new ArrayList<String>();
        query(
                """
                SELECT events.tool_use_id, 0
                FROM mem_events AS events
                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                WHERE sessions.session_id LIKE '%d-%%' AND events.kind = 'post-tool-use'
                """
                        .formatted(seed),
                (id, _) -> ids.add(id));
        Collections.sort(ids);
        return ids;
    }

    private static void assertEveryJobEnded() throws Exception {
        assertThat(person.count("SELECT count(*) FROM mem_jobs WHERE state <> 'completed'"))
                .as("jobs that did not end well")
                .isZero();
        assertThat(person.count("SELECT count(*) FROM mem_jobs"))
                .as("one job for each event")
                .isEqualTo(person.count("SELECT count(*) FROM mem_events"));
        assertThat(
                        person.count(
                                """
                                SELECT count(*)
                                FROM mem_jobs AS jobs
                                WHERE (
                                    SELECT count(*)
                                    FROM mem_observation_events AS sources
                                    WHERE sources.event_id = jobs.event_id
                                ) <> CASE jobs.outcome WHEN 'remembered' THEN 1 ELSE 0 END
                                """))
                .as("results lost or stored twice")
                .isZero();
    }

    /// What was acknowledged was in the queue before the next was sent, so it came out in that
    /// order.
    private static void assertInOrder(Sender sender) throws Exception {
        var observations = new TreeMap<String, Long>();
        query(
                """
                SELECT events.tool_use_id, sources.observation_id
                FROM mem_events AS events
                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                JOIN mem_observation_events AS sources ON sources.event_id = events.id
                WHERE sessions.session_id = '%s'
                """
                        .formatted(sender.session),
                observations::put);
        assertThat(observations.keySet()).containsAll(sender.sent);
        assertThat(sender.acknowledged.stream().map(observations::get))
                .as("order within session " + sender.session)
                .isSorted();
    }

    private interface Row {
        void take(String text, long number);
    }

    private static void query(String sql, Row row) throws IOException, SQLException {
        try (Connection connection = person.database();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                row.take(rows.getString(1), rows.getLong(2));
            }
        }
    }

    private static long spooled() throws IOException {
        Path spool = person.mneme().spool();
        if (!Files.isDirectory(spool)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(spool)) {
            return files.filter(file -> file.toString().endsWith(".event")).count();
        }
    }

    /// A postmaster's child looks like its parent until it has named itself.
    private static void assertOneOfEach() throws Exception {
        Await.until(
                "one daemon and one database: " + person.daemons() + person.databases(),
                Person.COMMAND_TIMEOUT,
                () -> person.daemons().size() == 1 && person.databases().size() == 1);
    }
}
