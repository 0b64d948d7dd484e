package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Sessions are open while `mneme upgrade` changes everything under them: other programs, another
/// schema with the copy before it, another daemon. What they sent is what is stored, once and in
/// order, and sessions that begin meanwhile do not disturb the upgrade.
@Tag("proof")
@Timeout(420)
final class UpgradeStoryIT {

    private static final int SESSIONS = 3;

    /// Of one session, so that the story ends on every machine.
    private static final int EVENTS_MAX = 400;

    /// Every so many events a session begins, as people open them while an upgrade runs.
    private static final int STARTS_EVERY = 10;

    private static final int BEFORE_EVENTS = 5;
    private static final int AFTER_EVENTS = 5;

    /// What the scripts of the vector part make.
    private static final Pattern MADE =
            Pattern.compile(
                    "(?m)^CREATE (?:OR REPLACE )?(TABLE|FUNCTION) (?:IF NOT EXISTS )?(\\w+)");

    private static final Duration PHASE_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration SENDERS_TIMEOUT = Duration.ofMinutes(3);

    @Test
    void openSessionsLoseNothing() throws Exception {
        Person person = Person.withEmptyHome("home");
        try {
            Ended installed = person.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.toString()).isZero();
            makeOld(person);
            Path programs = person.mneme().app().toRealPath();
            long daemon = person.daemon().info().pid();

            var stop = new CountDownLatch(1);
            var senders = new ArrayList<Sender>();
            Ended upgraded;
            int during;
            try (var threads = Executors.newFixedThreadPool(SESSIONS)) {
                var running = new ArrayList<Future<?>>();
                for (int i = 0; i < SESSIONS; i++) {
                    var sender = new Sender(person, "open-" + i, stop);
                    senders.add(sender);
                    running.add(threads.submit(sender::run, true));
                }
                try {
                    awaitEach(senders, BEFORE_EVENTS);
                    takeBackSchema(person);
                    int before = sum(senders);
                    upgraded = person.run(Person.launcher("upgrade"), Person.INSTALL_TIMEOUT);
                    during = sum(senders) - before;
                    awaitEach(
                            senders,
                            senders.stream().mapToInt(Sender::sent).max().orElse(0) + AFTER_EVENTS);
                } finally {
                    stop.countDown();
                }
                for (Future<?> one : running) {
                    one.get(SENDERS_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                }
            }

            assertThat(upgraded.exitCode()).as(upgraded.toString()).isZero();
            assertThat(upgraded.out()).contains("healthy").contains("upgraded from");
            assertThat(person.mneme().app().toRealPath())
                    .as("other programs")
                    .isNotEqualTo(programs);
            assertThat(person.daemon().info().pid()).as("another daemon").isNotEqualTo(daemon);
            assertThat(copiesBefore(person)).as("a copy before the schema changed").isNotEmpty();
            assertThat(during).as("events that were sent meanwhile").isPositive();
            assertThat(person.count("SELECT count(*) FROM mem_vector_schema_history WHERE success"))
                    .as("scripts that the upgrade ran")
                    .isGreaterThanOrEqualTo(vectorScripts().size());
            everythingSentIsStored(person, senders);
            System.out.printf(
                    Locale.ROOT,
                    "proof: %d events of %d sessions, %d of them during an upgrade of %d ms; all stored%n",
                    sum(senders),
                    SESSIONS,
                    during,
                    upgraded.took().toMillis());
        } finally {
            person.leave();
        }
    }

    /// The programs in use get another name than those that the clone would install.
    private static void makeOld(Person person) throws Exception {
        assertThat(person.mneme("stop").exitCode()).isZero();
        Path app = person.mneme().app();
        Path installed = app.toRealPath();
        Path old = installed.resolveSibling("0123456789abcdef");
        Files.move(installed, old);
        Path link = app.resolveSibling(".app-old");
        Files.createSymbolicLink(link, person.mneme().root().toRealPath().relativize(old));
        Files.move(link, app, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Ended started = person.mneme("start");
        assertThat(started.exitCode()).as(started.toString()).isZero();
    }

    /// The part of the schema that comes with pgvector goes, as if that had not been there yet: an
    /// upgrade then has to change the schema of a database that sessions are writing to.
    private static void takeBackSchema(Person person) throws Exception {
        try (Connection owner = person.database();
                var statement = owner.createStatement()) {
            statement.execute("DROP EXTENSION vector CASCADE");
            for (Path script : vectorScripts()) {
                Matcher made = MADE.matcher(Files.readString(script));
                while (made.find()) {
                    statement.execute(
                            "DROP " + made.group(1) + " IF EXISTS " + made.group(2) + " CASCADE");
                }
            }
            statement.execute("DROP TABLE mem_vector_schema_history");
        }
    }

    private static List<Path> vectorScripts() throws IOException {
        Path folder =
                Person.sourceTree()
                        .resolve("migrations/src/main/resources/dev/mneme/migrations/vector");
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".sql")).toList();
        }
    }

    private static List<Path> copiesBefore(Person person) throws IOException {
        Path backups = person.mneme().root().resolve("backups");
        if (!Files.isDirectory(backups)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(backups)) {
            return files.filter(file -> file.getFileName().toString().startsWith("before-schema-"))
                    .toList();
        }
    }

    private static void everythingSentIsStored(Person person, List<Sender> senders)
            throws Exception {
        Await.until(
                "the spool is empty and everything is worked off",
                PHASE_TIMEOUT,
                () -> {
                    var health = person.daemon().health();
                    return health.at("/queue/pending").asInt(-1) == 0
                            && health.at("/queue/scheduled").asInt(-1) == 0;
                });
        for (Sender sender : senders) {
            assertThat(sender.failure).as(String.valueOf(sender.failure)).isNull();
            assertThat(
                            person.texts(
                                    """
                                    SELECT events.tool_use_id
                                    FROM mem_events AS events
                                    JOIN mem_sessions AS sessions
                                        ON sessions.id = events.session_id
                                    WHERE sessions.session_id = '%s'
                                        AND events.kind = 'post-tool-use'
                                    ORDER BY events.occurred_at, events.id
                                    """
                                            .formatted(sender.session)))
                    .as("session " + sender.session)
                    .isEqualTo(sender.ids());
        }
    }

    private static void awaitEach(List<Sender> senders, int events) throws Exception {
        Await.until(
                "each session has sent " + events,
                PHASE_TIMEOUT,
                () ->
                        senders.stream()
                                .allMatch(
                                        sender ->
                                                sender.sent() >= Math.min(events, EVENTS_MAX)
                                                        || sender.failure != null));
    }

    private static int sum(List<Sender> senders) {
        return senders.stream().mapToInt(Sender::sent).sum();
    }

    /// One session that does one thing after the other, with the hooks that are registered.
    private static final class Sender {

        private final Person person;
        private final String session;
        private final CountDownLatch stop;
        private final AtomicInteger sent = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Sender(Person person, String session, CountDownLatch stop) {
            this.person = person;
            this.session = session;
            this.stop = stop;
        }

        int sent() {
            return sent.get();
        }

        List<String> ids() {
            return Stream.iterate(0, n -> n + 1).limit(sent()).map(n -> session + "-" + n).toList();
        }

        void run() {
            try {
                for (int n = 0; n < EVENTS_MAX && stop.getCount() > 0; n++) {
                    String id = session + "-" + n;
                    fire(
                            "PostToolUse",
                            Payloads.created(
                                    person,
                                    session,
                                    id,
                                    person.home() + "/shop/" + id + ".txt",
                                    "line " + n));
                    sent.incrementAndGet();
                    if (n % STARTS_EVERY == STARTS_EVERY - 1) {
                        fire(
                                "SessionStart",
                                Payloads.sessionStart(person, session + "-begun-" + n));
                    }
                }
            } catch (Exception | AssertionError failed) {
                failure = failed;
            }
        }

        private void fire(String event, String payload) throws Exception {
            Ended hook =
                    person.run(
                            person.registeredHook(event),
                            Map.of(),
                            person.home(),
                            payload,
                            Duration.ofSeconds(30));
            assertThat(hook.exitCode()).as(hook.toString()).isZero();
            if (!hook.out().isEmpty()) {
                assertThat(Json.tree(hook.out()).isObject()).as(hook.toString()).isTrue();
            }
        }
    }
}
