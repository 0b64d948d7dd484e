package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.daemon.Looks;
import dev.mneme.domain.GitPosition;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.NewEvent;
import dev.mneme.jobs.SessionCloser;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.protocol.Json;
import dev.mneme.store.Database;
import dev.mneme.store.EventStore;
import dev.mneme.store.SessionStore;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// What a session is does not depend on the order in which its events arrive: spooled ones come
/// late.
@Timeout(180)
final class SessionLifeIT {

    private static final Instant START = Instant.parse("2026-11-20T10:00:00Z");

    private static TestDatabase testDatabase;
    private static HikariDataSource pool;
    private static Database database;
    private static Instant now = START.plus(Duration.ofHours(1));

    private record Event(HookEvent kind, int second, Map<String, Object> more) {}

    @BeforeAll
    static void start() {
        testDatabase = TestDatabase.create();
        pool = TestPool.of(testDatabase, 8);
        database = new Database(pool);
    }

    @AfterAll
    static void stop() {
        pool.close();
        testDatabase.close();
    }

    @Test
    void aSessionEndsTheSameWayInWhateverOrderItsEventsArrive() throws Exception {
        List<String> sessions =
                inEveryOrder(
                        "ends",
                        start(0, "startup"),
                        prompt(10, "Do it"),
                        tool(15),
                        end(20, "logout"));

        assertThat(sessions).hasSize(24);
        for (String session : sessions) {
            assertThat(
                            row(
                                    session,
                                    "status, end_reason, start_source,"
                                            + " extract(epoch FROM started_at)::bigint,"
                                            + " extract(epoch FROM completed_at)::bigint"))
                    .as(session)
                    .isEqualTo("completed|logout|startup|" + epoch(0) + "|" + epoch(20));
        }
    }

    @Test
    void aResumedSessionIsActiveInWhateverOrderItsEventsArrive() throws Exception {
        for (String session :
                inEveryOrder(
                        "resumed",
                        start(0, "startup"),
                        end(20, "prompt_input_exit"),
                        start(30, "resume"),
                        tool(35))) {
            assertThat(row(session, "status, end_reason, start_source, completed_at"))
                    .as(session)
                    .isEqualTo("active|null|startup|null");
            assertThat(runs(session))
                    .as(session)
                    .isEqualTo("startup 0-20 prompt_input_exit, resume 30-null null");
        }
    }

    @Test
    void theLastEndCountsInWhateverOrderEventsArrive() throws Exception {
        for (String session :
                inEveryOrder(
                        "twice",
                        start(0, "startup"),
                        end(20, "other"),
                        prompt(30, "More"),
                        end(40, "logout"))) {
            assertThat(row(session, "status, end_reason, extract(epoch FROM completed_at)::bigint"))
                    .as(session)
                    .isEqualTo("completed|logout|" + epoch(40));
        }
    }

    /// The host kills its hooks at the end, and a subagent may report after it.
    @Test
    void whatHappensAfterTheEndDoesNotOpenTheSessionAgain() throws Exception {
        for (String session :
                inEveryOrder("after", prompt(0, "Do it"), end(20, "other"), tool(29), agent(28))) {
            assertThat(row(session, "status, end_reason")).as(session).isEqualTo("completed|other");
        }
    }

    @Test
    void aSessionStartedAgainWithoutAnEndHasTwoRuns() throws Exception {
        for (String session :
                inEveryOrder(
                        "crashed",
                        start(0, "startup"),
                        start(40, "compact"),
                        start(50, "startup"),
                        end(60, "clear"))) {
            assertThat(row(session, "status, end_reason")).as(session).isEqualTo("completed|clear");
            assertThat(runs(session))
                    .as(session)
                    .isEqualTo("startup 0-50 new-start, startup 50-60 clear");
        }
    }

    @Test
    void clearEndsTheOldSessionAndBeginsAnother() throws Exception {
        accept("before", start(0, "startup"));
        accept("before", end(20, "clear"));
        accept("cleared", start(20, "clear"));

        assertThat(row("before", "status, end_reason")).isEqualTo("completed|clear");
        assertThat(row("cleared", "status, start_source")).isEqualTo("active|clear");
    }

    /// Nothing stays open for ever, whatever arrives when; and a guess gives way to the truth.
    @Test
    void idlenessEndsASessionUntilSomethingSaysOtherwise() throws Exception {
        accept("idle", start(0, "startup"));
        accept("idle", tool(100));
        idleFor(Duration.ofHours(7));
        assertThat(row("idle", "status, end_reason")).isEqualTo("completed|idle");

        // A call that was spooled then, and arrives now: it was the last sign of life.
        accept("idle", tool(300));
        assertThat(row("idle", "status")).isEqualTo("active");
        idleFor(Duration.ofHours(7));
        assertThat(row("idle", "status, end_reason, extract(epoch FROM completed_at)::bigint"))
                .isEqualTo("completed|idle|" + epoch(300));

        // One from before the last sign of life changes nothing.
        accept("idle", tool(200));
        assertThat(row("idle", "status, end_reason")).isEqualTo("completed|idle");

        accept("idle", end(310, "logout"));
        assertThat(row("idle", "status, end_reason")).isEqualTo("completed|logout");
    }

    @Test
    void stopClosesATurnAndNotTheSession() throws Exception {
        for (String session :
                inEveryOrder(
                        "turns",
                        prompt(0, "First"),
                        answer(10, "one"),
                        prompt(20, "Second"),
                        answer(30, "two"))) {
            assertThat(row(session, "status")).as(session).isEqualTo("active");
            assertThat(
                            sql(
                                    """
                                    SELECT string_agg(
                                        turns.prompt_number || ' '
                                            || extract(epoch FROM turns.ended_at)::bigint || ' '
                                            || (mem_payload_field(
                                                events.payload, 'last_assistant_message')
                                                #>> '{}'),
                                        ', ' ORDER BY turns.prompt_number)
                                    FROM mem_turns AS turns
                                    JOIN mem_sessions AS sessions
                                        ON sessions.id = turns.session_id
                                    JOIN mem_events AS events
                                        ON events.id = turns.answer_event_id
                                    WHERE sessions.session_id = '%s'
                                    """
                                            .formatted(session)))
                    .as(session)
                    .isEqualTo("1 " + epoch(10) + " one, 2 " + epoch(30) + " two");
        }
    }

    @Test
    void anEventBelongsToThePromptBeforeItInWhateverOrderTheyArrive() throws Exception {
        List<String> sessions =
                inEveryOrder(
                        "numbers",
                        tool(5),
                        prompt(10, "First"),
                        tool(15),
                        prompt(20, "Second"),
                        prompt(21, "<task-notification>done</task-notification>"),
                        tool(25));

        assertThat(sessions).hasSize(720);
        assertThat(
                        sql(
                                """
                                SELECT string_agg(DISTINCT numbers, ' / ')
                                FROM (
                                    SELECT string_agg(
                                        events.prompt_number::text, ' '
                                        ORDER BY events.occurred_at) AS numbers
                                    FROM mem_events AS events
                                    JOIN mem_sessions AS sessions
                                        ON sessions.id = events.session_id
                                    WHERE sessions.session_id LIKE 'numbers-%'
                                    GROUP BY events.session_id
                                ) AS each
                                """))
                .isEqualTo("0 1 1 2 2 2");
        assertThat(
                        sql(
                                """
                                SELECT string_agg(DISTINCT prompts, ' / ')
                                FROM (
                                    SELECT string_agg(
                                        prompt_number || '=' || prompt_text, ' '
                                        ORDER BY created_at) AS prompts
                                    FROM mem_user_prompts AS prompts
                                    JOIN mem_sessions AS sessions
                                        ON sessions.id = prompts.session_id
                                    WHERE sessions.session_id LIKE 'numbers-%'
                                        AND sessions.prompt_count = 2
                                    GROUP BY prompts.session_id
                                ) AS each
                                """))
                .isEqualTo("1=First 2=Second");
    }

    /// A prompt that is being stored while others store what came after it is overlooked by none.
    @Test
    void promptNumbersHoldWhenEverythingArrivesAtOnce() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            var accepted = new ArrayList<Future<?>>();
            for (int i = 0; i < 240; i++) {
                // Neighbours in time are far apart in their arrival.
                int second = i * 97 % 240;
                Event event = second % 6 == 0 ? prompt(second, "P" + second) : tool(second);
                accepted.add(threads.submit(() -> accept("at-once", event)));
            }
            for (Future<?> one : accepted) {
                one.get(60, TimeUnit.SECONDS);
            }
        }

        assertThat(row("at-once", "prompt_count")).isEqualTo("40");
        assertThat(
                        sql(
                                """
                                SELECT count(*)
                                FROM mem_events AS events
                                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                                WHERE sessions.session_id = 'at-once'
                                    AND events.prompt_number <> (
                                        SELECT count(*)
                                        FROM mem_user_prompts AS prompts
                                        WHERE prompts.session_id = events.session_id
                                            AND prompts.created_at <= events.occurred_at)
                                """))
                .isEqualTo("0");
    }

    /// Calls of two sessions come together. While they wait for the first, which a prompt holds,
    /// the second begins, and a prompt of its own is being stored: it is not overlooked.
    @Test
    void aSessionThatBeginsWhileOthersAreWaitedForIsHeldToo() throws Exception {
        accept("held", prompt(0, "First"));
        var held = new CountDownLatch(1);
        var begun = new CountDownLatch(1);
        var events = new EventStore(Duration.ofSeconds(60));
        try (var threads = Executors.newFixedThreadPool(2)) {
            Future<?> prompt =
                    threads.submit(
                            () ->
                                    database.useTransaction(
                                            tx -> {
                                                new SessionStore().hold(tx, "held", true);
                                                held.countDown();
                                                await(begun);
                                            }));
            await(held);
            Future<EventStore.Together> calls =
                    threads.submit(
                            () ->
                                    database.inTransaction(
                                            tx ->
                                                    events.enqueueTogether(
                                                            tx,
                                                            List.of(
                                                                    call("held"),
                                                                    call("late-comer")),
                                                            3,
                                                            now)));
            awaitBlocked();
            accept("late-comer", prompt(0, "First of the other"));
            begun.countDown();
            prompt.get(60, TimeUnit.SECONDS);

            assertThat(calls.get(60, TimeUnit.SECONDS).sessions())
                    .containsOnlyKeys("held", "late-comer");
        }
        assertThat(
                        sql(
                                """
                                SELECT string_agg(
                                    sessions.session_id || ' ' || prompt_number, ', '
                                    ORDER BY sessions.session_id)
                                FROM mem_events AS events
                                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                                WHERE dedupe_key = 'together'
                                """))
                .isEqualTo("held 1, late-comer 1");
    }

    private static EventStore.Arrived call(String session) {
        return new EventStore.Arrived(
                session,
                new NewEvent(
                        HookEvent.POST_TOOL_USE,
                        "together",
                        null,
                        "Bash",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        GitPosition.UNKNOWN,
                        START.plusSeconds(5),
                        new byte[32],
                        "{}",
                        null));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /// Until somebody waits for a lock of this database.
    private static void awaitBlocked() throws SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (sql("""
                        SELECT count(*)
                        FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)
                .equals("0")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Looks.pause();
        }
    }

    @Test
    void aScheduledPromptIsKnownByTheTurnThatEndedBeforeIt() throws Exception {
        accept("crons", prompt(0, "Look at the build every hour"));
        accept(
                "crons",
                new Event(
                        HookEvent.STOP,
                        10,
                        Map.of(
                                "session_crons",
                                List.of(Map.of("id", "1", "prompt", "look at the build")))));
        accept("crons", prompt(3_600, "look at the build"));
        accept("crons", prompt(3_700, "Look at the tests instead"));

        assertThat(
                        sql(
                                """
                                SELECT string_agg(prompt_kind, ' ' ORDER BY occurred_at)
                                FROM mem_events AS events
                                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                                WHERE sessions.session_id = 'crons' AND kind = 'user-prompt-submit'
                                """))
                .isEqualTo("user scheduled user");
        assertThat(row("crons", "prompt_count")).isEqualTo("2");
    }

    private static List<String> inEveryOrder(String name, Event... events) {
        var orders = new ArrayList<List<Event>>();
        permute(List.of(events), List.of(), orders);
        var sessions = new ArrayList<String>();
        for (List<Event> order : orders) {
            var seconds = new ArrayList<String>();
            order.forEach(event -> seconds.add(Integer.toString(event.second())));
            String session = name + "-" + String.join("-", seconds);
            order.forEach(event -> accept(session, event));
            sessions.add(session);
        }
        return sessions;
    }

    private static void permute(List<Event> left, List<Event> begun, List<List<Event>> orders) {
        if (left.isEmpty()) {
            orders.add(begun);
        }
        for (Event next : left) {
            var rest = new ArrayList<>(left);
            rest.remove(next);
            var longer = new ArrayList<>(begun);
            longer.add(next);
            permute(rest, longer, orders);
        }
    }

    private static void accept(String session, Event event) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", "/tmp/none/life");
        payload.putAll(event.more());
        Ingest ingest = SampleIngest.on(database, () -> {}, () -> now);
        ingest.accept(
                new IncomingEvent(
                        event.kind(),
                        Json.write(payload).getBytes(StandardCharsets.UTF_8),
                        START.plusSeconds(event.second()),
                        UUID.randomUUID().toString(),
                        IncomingEvent.CLAUDE_CODE,
                        true,
                        false));
    }

    private static void idleFor(Duration time) {
        now = now.plus(time);
        new SessionCloser(database, new SessionStore(), () -> now).runOnce();
    }

    private static Event start(int second, String source) {
        return new Event(HookEvent.SESSION_START, second, Map.of("source", source));
    }

    private static Event end(int second, String reason) {
        return new Event(HookEvent.SESSION_END, second, Map.of("reason", reason));
    }

    private static Event prompt(int second, String text) {
        return new Event(HookEvent.USER_PROMPT_SUBMIT, second, Map.of("prompt", text));
    }

    private static Event answer(int second, String text) {
        return new Event(HookEvent.STOP, second, Map.of("last_assistant_message", text));
    }

    private static Event agent(int second) {
        return new Event(
                HookEvent.SUBAGENT_STOP,
                second,
                Map.of("agent_id", "a", "agent_type", "general-purpose"));
    }

    private static Event tool(int second) {
        return new Event(
                HookEvent.POST_TOOL_USE,
                second,
                Map.of("tool_name", "Bash", "tool_use_id", "t" + second));
    }

    private static String epoch(int second) {
        return Long.toString(START.plusSeconds(second).getEpochSecond());
    }

    private static String runs(String session) throws SQLException {
        return sql(
                """
                SELECT string_agg(
                    source || ' '
                        || extract(epoch FROM runs.started_at)::bigint - %s || '-'
                        || coalesce(
                            (extract(epoch FROM runs.ended_at)::bigint - %s)::text, 'null')
                        || ' ' || coalesce(runs.end_reason, 'null'),
                    ', ' ORDER BY runs.started_at)
                FROM mem_session_runs AS runs
                JOIN mem_sessions AS sessions ON sessions.id = runs.session_id
                WHERE sessions.session_id = '%s'
                """
                        .formatted(epoch(0), epoch(0), session));
    }

    private static String row(String session, String columns) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "SELECT "
                                        + columns
                                        + " FROM mem_sessions WHERE session_id = '"
                                        + session
                                        + "'")) {
            assertThat(row.next()).as(session).isTrue();
            var values = new ArrayList<String>();
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                values.add(String.valueOf(row.getString(i)));
            }
            return String.join("|", values);
        }
    }

    private static String sql(String query) throws SQLException {
        try (var connection = testDatabase.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(query)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }
}
