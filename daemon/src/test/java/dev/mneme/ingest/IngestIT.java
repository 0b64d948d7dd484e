package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.ProjectSecrets;
import dev.mneme.redaction.RedactionKey;
import dev.mneme.redaction.Redactor;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// How events come in: once, whatever brings them, and with what they mean for their session.
final class IngestIT {

    private static TestDaemon daemon;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void aToolEventIsStoredOnceHoweverOftenItComes() {
        String payload = toolEvent("twice", "toolu_1");

        for (int i = 0; i < 3; i++) {
            assertThat(hook("post-tool-use", payload, Instant.now(), UUID.randomUUID()).status())
                    .isEqualTo(200);
        }
        // The same call over REST, as another integration would send it.
        daemon.post(
                "/api/queue",
                "{\"session_id\":\"twice\",\"tool_name\":\"Bash\",\"tool_use_id\":\"toolu_1\"}");

        assertThat(events("twice")).isEqualTo("1");
    }

    @Test
    void aSecondRegistrationOfAHookStoresNothingTwice() throws Exception {
        String payload = prompt("twins", "Cap the backoff");
        Instant now = Instant.now();
        try (var both = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<TestDaemon.Answer>>();
            for (int i = 0; i < 8; i++) {
                Instant at = now.plusMillis(i);
                answers.add(
                        both.submit(
                                () -> hook("user-prompt-submit", payload, at, UUID.randomUUID())));
            }
            for (Future<TestDaemon.Answer> answer : answers) {
                assertThat(answer.get(30, TimeUnit.SECONDS).status()).isEqualTo(200);
            }
        }

        assertThat(events("twins")).isEqualTo("1");
        assertThat(daemon.sql("SELECT prompt_count FROM mem_sessions WHERE session_id = 'twins'"))
                .isEqualTo("1");
    }

    @Test
    void theSamePromptLaterIsAnotherPrompt() {
        String payload = prompt("again", "continue");
        Instant first = Instant.now().minusSeconds(60);

        hook("user-prompt-submit", payload, first, UUID.randomUUID());
        hook("user-prompt-submit", payload, first.plusSeconds(30), UUID.randomUUID());

        assertThat(events("again")).isEqualTo("2");
    }

    @Test
    void aSpooledCopyOfADeliveredEventIsHarmless() throws Exception {
        String payload = prompt("spooled", "Why is the port 3377");
        UUID id = UUID.randomUUID();
        Instant at = Instant.now();
        hook("user-prompt-submit", payload, at, id);

        spool("user-prompt-submit", payload, at, id);
        daemon.settle();

        assertThat(events("spooled")).isEqualTo("1");
        assertThat(SpoolDrain.countWaiting(daemon.home())).isZero();
    }

    /// What the hook would have spooled is computed here by the hook's own means.
    @Test
    void redactsAsTheHookDoes(@TempDir Path project) throws Exception {
        Files.writeString(project.resolve(".env"), "SMTP_PASS=\"three blind mice\"\n");
        String payload =
                event(
                        "secrets",
                        "UserPromptSubmit",
                        Map.of(
                                "prompt",
                                "three blind mice, password=swordfish-17",
                                "cwd",
                                project.toString()));

        hook("user-prompt-submit", payload, Instant.now());

        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        byte[] byHook =
                new Redactor(RedactionKey.ofHomeOrNull(daemon.home().root()))
                        .redactJson(bytes, ProjectSecrets.ofEvent(bytes));
        String stored =
                daemon.sql(
                        "SELECT e.payload FROM mem_events e JOIN mem_sessions s ON s.id = e.session_id"
                                + " WHERE s.session_id = 'secrets'");
        assertThat(Json.tree(stored))
                .isEqualTo(Json.tree(new String(byHook, StandardCharsets.UTF_8)));
        assertThat(stored)
                .contains("[redacted:env-value:", "password=[redacted:password:")
                .doesNotContain("mice")
                .doesNotContain("swordfish");
    }

    @Test
    void whatCannotBeStoredIsSetAsideWithItsReason() throws Exception {
        long before = SpoolDrain.countRefused(daemon.home());

        Path file = spool("stop", "{\"session_id\":", Instant.now(), UUID.randomUUID());
        daemon.settle();

        assertThat(SpoolDrain.countRefused(daemon.home())).isEqualTo(before + 1);
        Path why = daemon.home().refused().resolve(file.getFileName() + ".why");
        assertThat(Files.readString(why)).startsWith("MALFORMED_JSON");
        assertThat(daemon.get("/api/health").json().at("/queue/refused").asLong())
                .isEqualTo(before + 1);
    }

    @Test
    void oneBadFileDoesNotHoldUpTheSpool() throws Exception {
        Instant first = Instant.now().minusSeconds(100);
        String longFolder =
                event("long", "Stop", Map.of("cwd", "/" + "x".repeat(10_000), "a", "b"));
        spool("stop", longFolder, first, UUID.randomUUID());
        Files.createDirectories(
                daemon.home().spool().resolve("0000000000001-" + UUID.randomUUID() + ".event"));

        spool("stop", event("behind", "Stop", Map.of()), first.plusSeconds(1), UUID.randomUUID());
        daemon.settle();

        assertThat(events("behind")).isEqualTo("1");
        assertThat(events("long")).isEqualTo("1");
    }

    @Test
    void anEndThatArrivesLateDoesNotCloseAResumedSession() {
        Instant start = Instant.now().minusSeconds(900);
        hook("session-start", event("late", "SessionStart", Map.of("source", "startup")), start);
        hook(
                "session-start",
                event("late", "SessionStart", Map.of("source", "resume")),
                start.plusSeconds(500));

        hook(
                "session-end",
                event("late", "SessionEnd", Map.of("reason", "other")),
                start.plusSeconds(400));

        assertThat(status("late")).isEqualTo("active");
    }

    @Test
    void aSessionLivesFromItsStartOverResumeToItsEnd() {
        Instant start = Instant.now().minusSeconds(600);
        hook("session-start", event("life", "SessionStart", Map.of("source", "startup")), start);
        hook("user-prompt-submit", prompt("life", "Do it"), start.plusSeconds(1));
        hook(
                "stop",
                event("life", "Stop", Map.of("last_assistant_message", "ok")),
                start.plusSeconds(2));
        assertThat(status("life")).isEqualTo("active");

        hook(
                "session-end",
                event("life", "SessionEnd", Map.of("reason", "clear")),
                start.plusSeconds(3));
        assertThat(status("life")).isEqualTo("completed");
        assertThat(daemon.sql("SELECT end_reason FROM mem_sessions WHERE session_id = 'life'"))
                .isEqualTo("clear");

        hook(
                "session-start",
                event("life", "SessionStart", Map.of("source", "resume")),
                start.plusSeconds(9));
        assertThat(status("life")).isEqualTo("active");
    }

    @Test
    void aTaskNotificationIsNoPromptOfTheUser() {
        hook(
                "user-prompt-submit",
                prompt("notified", "<task-notification>\n<task-id>a</task-id></task-notification>"),
                Instant.now());

        assertThat(events("notified")).isEqualTo("1");
        assertThat(
                        daemon.sql(
                                "SELECT prompt_count FROM mem_sessions WHERE session_id = 'notified'"))
                .isEqualTo("0");
    }

    @Test
    void nulLoneSurrogatesAndBrokenUtf8AreSurvived() {
        byte[] broken = prompt("odd", "x").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        broken[broken.length - 3] = (byte) 0xFF;

        assertThat(
                        hook("user-prompt-submit", prompt("odd", "a\u0000b\ud800c"), Instant.now())
                                .status())
                .isEqualTo(200);
        assertThat(
                        daemon.send(
                                        daemon.request("/api/hooks/user-prompt-submit")
                                                .POST(
                                                        HttpRequest.BodyPublishers.ofByteArray(
                                                                broken))
                                                .build())
                                .status())
                .isEqualTo(200);
    }

    @Test
    void anEventOfAFailedTransactionLeavesNothingBehind() throws Exception {
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "ALTER TABLE mem_jobs ADD CONSTRAINT obstacle CHECK (max_attempts > 99) NOT VALID");
        }
        int refused =
                hook("post-tool-use", toolEvent("half", "toolu_half"), Instant.now()).status();
        String stored =
                daemon.sql("SELECT count(*) FROM mem_events WHERE tool_use_id = 'toolu_half'");
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute("ALTER TABLE mem_jobs DROP CONSTRAINT obstacle");
        }

        assertThat(refused).isEqualTo(500);
        assertThat(stored).isEqualTo("0");
        assertThat(hook("post-tool-use", toolEvent("half", "toolu_half"), Instant.now()).status())
                .isEqualTo(200);
        assertThat(events("half")).isEqualTo("1");
    }

    private static String events(String session) {
        return daemon.sql(
                "SELECT count(*) FROM mem_events AS e JOIN mem_sessions AS s ON s.id = e.session_id"
                        + " JOIN mem_jobs AS j ON j.event_id = e.id WHERE s.session_id = '"
                        + session
                        + "'");
    }

    private static String status(String session) {
        return daemon.sql("SELECT status FROM mem_sessions WHERE session_id = '" + session + "'");
    }

    private static TestDaemon.Answer hook(String event, String payload, Instant at) {
        return hook(event, payload, at, UUID.randomUUID());
    }

    private static TestDaemon.Answer hook(String event, String payload, Instant at, UUID id) {
        return daemon.send(
                daemon.request("/api/hooks/" + event)
                        .header(HookHeaders.STARTED_AT, at.toString())
                        .header(HookHeaders.EVENT_ID, id.toString())
                        .POST(HttpRequest.BodyPublishers.ofString(payload))
                        .build());
    }

    private static Path spool(String event, String payload, Instant at, UUID id) throws Exception {
        Path spool = Files.createDirectories(daemon.home().spool());
        Path draft =
                Files.writeString(
                        spool.resolve(".tmp-" + id),
                        "mneme-spool 1 " + event + " " + at + " " + id + "\n" + payload);
        return Files.move(
                draft, spool.resolve(String.format("%013d-%s.event", at.toEpochMilli(), id)));
    }

    private static String toolEvent(String session, String toolUse) {
        return event(
                session,
                "PostToolUse",
                Map.of(
                        "tool_name",
                        "Bash",
                        "tool_use_id",
                        toolUse,
                        "tool_input",
                        Map.of("command", "make"),
                        "tool_response",
                        Map.of("stdout", "built")));
    }

    private static String prompt(String session, String text) {
        return event(session, "UserPromptSubmit", Map.of("prompt", text));
    }

    private static String event(String session, String name, Map<String, Object> more) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", "/tmp/none/" + session);
        payload.put("hook_event_name", name);
        payload.putAll(new java.util.TreeMap<>(more));
        return Json.write(payload);
    }
}
