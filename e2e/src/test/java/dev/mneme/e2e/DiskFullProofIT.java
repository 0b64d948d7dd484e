package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/// The disk under the database is full: first for tables, then for the write-ahead log, whereupon
/// PostgreSQL gives itself up. Hooks spool meanwhile, and once there is room everything arrives.
///
/// The small disk is a tmpfs that only the daemon's own mount namespace knows; it goes with it.
@Tag("proof")
final class DiskFullProofIT {

    /// Room beside what the fresh database takes.
    private static final int ROOM_KIB = 24 * 1024;

    private static final int POSTS_MAX = 3_000;
    private static final int PAYLOAD_BYTES = 16 * 1024;
    private static final int LOG_SWITCHES_MAX = 64;

    /// How long PostgreSQL is watched failing to come back.
    private static final Duration OUTAGE = Duration.ofSeconds(15);

    /// Attempts to start it in that time: each follows a longer pause.
    private static final int STARTS_MAX = 8;

    /// The longest pause of a loop, twice, and recovery.
    private static final Duration RECOVERY_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration POST_TIMEOUT = Duration.ofSeconds(20);

    private static Person person;

    @BeforeAll
    static void install() throws Exception {
        person = Person.withEmptyHome("home");
        Ended installed = person.mneme("install", "--yes");
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        assertThat(person.mneme("stop").ok()).isTrue();
    }

    @AfterAll
    static void leave() throws Exception {
        person.leave();
    }

    @Test
    @Timeout(420)
    void everythingArrivesOnceThereIsRoomAgain() throws Exception {
        if (!Obstacles.smallDisks(person)) {
            return;
        }
        long seed = Instant.now().getEpochSecond();
        System.out.printf(Locale.ROOT, "proof: seed %d: the disk under the database fills%n", seed);
        var random = new Random(seed);
        var sent = new TreeSet<String>();
        Process daemon = daemonOnASmallDisk();
        try {
            Path disk = Path.of("/proc/" + daemon.pid() + "/root" + data());
            fill(disk);

            var refused = postUntilRefused(random, sent);
            assertThat(refused.status()).as(refused.body()).isEqualTo(503);
            assertThat(Json.tree(refused.body()).path("code").asString())
                    .as(refused.body())
                    .isEqualTo("DISK_FULL");
            fire(random, sent, "tables");
            assertThat(spooled()).as("the hook keeps what the database cannot take").isPositive();

            fillTheLog();
            String log = Files.readString(person.mneme().log().resolve("postgres.log"));
            assertThat(log).as("PostgreSQL gave itself up").contains("PANIC");
            long startsBefore = starts();
            long until = System.nanoTime() + OUTAGE.toNanos();
            for (int n = 0; System.nanoTime() < until; n++) {
                fire(random, sent, "log-" + n);
            }
            assertThat(starts() - startsBefore)
                    .as("starts of PostgreSQL within %s", OUTAGE)
                    .isLessThanOrEqualTo(STARTS_MAX);
            assertThat(daemon.isAlive()).isTrue();
            assertThat(person.daemon().get("/api/health").status()).isEqualTo(200);

            Files.delete(disk.resolve("filler"));
            long freed = System.nanoTime();
            Await.until(
                    "everything has arrived: " + spooled() + " spooled",
                    RECOVERY_TIMEOUT,
                    () -> person.daemon().health().at("/queue/pending").asInt(-1) == 0);
            person.daemon().awaitSettled();
            System.out.printf(
                    Locale.ROOT,
                    "proof: seed %d: %d events, all there %d ms after the disk had room%n",
                    seed,
                    sent.size(),
                    (System.nanoTime() - freed) / 1_000_000);
            assertThat(stored()).isEqualTo(List.copyOf(sent));
            assertThat(spooled()).isZero();
            assertThat(person.count("SELECT count(*) FROM mem_jobs WHERE state <> 'completed'"))
                    .isZero();
            assertThat(person.daemon().info().pid()).as("the same daemon").isEqualTo(daemon.pid());
            assertThat(person.daemons()).hasSize(1);
            Await.until(
                    "one database", Person.COMMAND_TIMEOUT, () -> person.databases().size() == 1);
        } finally {
            person.mneme("stop");
            daemon.destroyForcibly().waitFor();
        }
    }

    /// Several events that a full disk keeps from the spool: each hook ends well, none leaves a
    /// part of a file, and the loss is noted once.
    @Test
    @Timeout(60)
    void aFullSpoolNotesItsLossOnce() throws Exception {
        if (!Obstacles.smallDisks(person)) {
            return;
        }
        Path spool = Files.createDirectories(person.mneme().spool());
        Path hookLog = person.mneme().log().resolve("hook.log");
        long linesBefore = Files.exists(hookLog) ? Files.readAllLines(hookLog).size() : 0;
        String script =
                """
                set -eu
                spool=$1; input=$2; shift 2
                mount -t tmpfs -o size=64k tmpfs "$spool"
                dd if=/dev/zero of="$spool/filler" bs=4k 2>/dev/null || true
                if (printf x >"$spool/probe") 2>/dev/null && [ -s "$spool/probe" ]; then
                    echo 'the disk is not full'; exit 9
                fi
                rm -f "$spool/probe"
                for n in 1 2 3; do "$@" <"$input" || echo "hook $n: exit $?"; done
                ls -A "$spool"
                """;
        Path input = person.folder().resolve("event.json");
        Files.writeString(input, created("full", "full-1", "x"));
        var command =
                Obstacles.inOwnMounts(
                        script,
                        Stream.concat(
                                        Stream.of(spool.toString(), input.toString()),
                                        person.registeredHook("PostToolUse").stream())
                                .toList());

        Ended full = person.run(command, Person.COMMAND_TIMEOUT);

        assertThat(full.out()).as(full.toString()).isEqualTo("filler\n");
        List<String> lines = Files.readAllLines(hookLog);
        assertThat(lines).hasSize((int) linesBefore + 1);
        assertThat(lines.getLast()).contains("cannot spool");
    }

    /// The daemon as it is installed, with its database moved to a disk of just the size it needs.
    private static Process daemonOnASmallDisk() throws Exception {
        String script =
                """
                set -eu
                data=$1; disk=$2; room=$3; shift 3
                size=$(du -sk "$data" | cut -f1)
                mount -t tmpfs -o "size=$((size + room))k" tmpfs "$disk"
                cp -a "$data/." "$disk/"
                mount --bind "$disk" "$data"
                exec "$@"
                """;
        Path disk = Files.createDirectory(person.folder().resolve("disk"));
        var words =
                new ArrayList<>(
                        List.of(data().toString(), disk.toString(), Integer.toString(ROOM_KIB)));
        for (String word : Files.readAllLines(person.mneme().app().resolve("daemon.command"))) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        Process daemon =
                person.start(
                        Obstacles.inOwnMounts(script, words),
                        Map.of("MNEME_HOME", person.mneme().root().toString()),
                        person.home());
        Await.until(
                "the daemon answers",
                Duration.ofSeconds(60),
                () -> person.daemon().health().path("pid").asLong() == daemon.pid());
        assertThat(Path.of("/proc/" + daemon.pid() + "/root" + data()).resolve("PG_VERSION"))
                .exists();
        return daemon;
    }

    private static Path data() {
        return person.mneme().postgres().resolve("data");
    }

    private static void fill(Path disk) throws IOException {
        Path filler = disk.resolve("filler");
        for (int bytes : new int[] {1 << 16, 1 << 12}) {
            try (OutputStream out =
                    Files.newOutputStream(
                            filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                byte[] piece = new byte[bytes];
                while (true) {
                    out.write(piece);
                }
            } catch (IOException full) {
                // As wanted; the next size takes what is left.
            }
        }
        Path probe = disk.resolve("probe");
        assertThatThrownBy(() -> Files.write(probe, new byte[1 << 12]))
                .as("the disk is full")
                .isInstanceOf(IOException.class);
        Files.deleteIfExists(probe);
    }

    private record Refused(int status, String body) {}

    /// What the daemon refuses goes to the hook program, as it would have gone in a session.
    private static Refused postUntilRefused(Random random, Set<String> sent) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            for (int n = 0; n < POSTS_MAX; n++) {
                String id = "post-" + n;
                String payload = created("disk", id, text(random));
                HttpResponse<String> answer =
                        http.send(
                                HttpRequest.newBuilder(
                                                URI.create(
                                                        "http://127.0.0.1:"
                                                                + person.daemon().info().port()
                                                                + "/api/hooks/post-tool-use"))
                                        .timeout(POST_TIMEOUT)
                                        .header(
                                                "Authorization",
                                                "Bearer "
                                                        + Files.readString(person.mneme().token())
                                                                .strip())
                                        .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                        .POST(HttpRequest.BodyPublishers.ofString(payload))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                sent.add(id);
                if (answer.statusCode() != 200) {
                    hook(payload);
                    return new Refused(answer.statusCode(), answer.body());
                }
            }
        }
        throw new AssertionError("the disk never became full");
    }

    private static void fire(Random random, Set<String> sent, String id) throws Exception {
        hook(created("disk", id, text(random)));
        sent.add(id);
    }

    private static void hook(String payload) throws Exception {
        Ended hook = person.hook("PostToolUse", payload);
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        assertThat(hook.out()).as(hook.toString()).isEmpty();
    }

    /// A new file of the log needs more room than there is.
    private static void fillTheLog() throws Exception {
        try (Connection connection = person.database();
                var statement = connection.createStatement()) {
            for (int n = 0; n < LOG_SWITCHES_MAX; n++) {
                statement.execute("SELECT pg_current_xact_id()");
                statement.execute("SELECT pg_switch_wal()");
            }
        } catch (SQLException panicked) {
            return;
        }
        throw new AssertionError("the write-ahead log never filled the disk");
    }

    private static long starts() throws IOException {
        try (Stream<String> lines = Files.lines(person.mneme().log().resolve("daemon.log"))) {
            return lines.filter(line -> line.contains("the database ended, starting it again"))
                    .count();
        }
    }

    private static String created(String session, String toolUseId, String content) {
        String file = person.home() + "/disk/" + toolUseId + ".txt";
        return Payloads.created(person, session, toolUseId, file, content);
    }

    /// What no compression makes smaller, in words, so that it is no secret either.
    private static String text(Random random) {
        var text = new StringBuilder(PAYLOAD_BYTES);
        byte[] bytes = new byte[6];
        while (text.length() < PAYLOAD_BYTES) {
            random.nextBytes(bytes);
            text.append(Base64.getUrlEncoder().encodeToString(bytes)).append(' ');
        }
        return text.toString();
    }

    private static List<String> stored() throws Exception {
        var ids = new ArrayList<String>();
        try (Connection connection = person.database();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                SELECT events.tool_use_id
                                FROM mem_events AS events
                                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                                WHERE sessions.session_id = 'disk'
                                """)) {
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
        }
        ids.sort(null);
        return ids;
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
}
