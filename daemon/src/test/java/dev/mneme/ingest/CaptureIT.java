package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// What is captured of a session, and what is left out and why.
final class CaptureIT {

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
    void whatIsNotWorthKeepingLeavesOneJobThatSaysWhyAndNoPayload() {
        var secret = Map.<String, Object>of("query", "zugzwang");
        for (int i = 0; i < 2; i++) {
            tool("left-out", "l1", "mcp__mneme__search", Map.of("tool_input", secret));
            tool("left-out", "l2", "ToolSearch", Map.of("tool_input", secret));
            tool(
                    "left-out",
                    "l3",
                    "Read",
                    Map.of(
                            "tool_input",
                            secret,
                            "agent_id",
                            "a1",
                            "agent_type",
                            "general-purpose"));
            tool(
                    "left-out",
                    "l4",
                    "Bash",
                    Map.of("tool_input", secret, "agent_id", "a2", "agent_type", "Explore"));
        }
        hook(
                "subagent-stop",
                event(
                        "left-out",
                        Map.of(
                                "agent_id",
                                "a3",
                                "agent_type",
                                "",
                                "last_assistant_message",
                                "zugzwang")));
        tool(
                "left-out",
                "k1",
                "Edit",
                Map.of(
                        "tool_input",
                        Map.of("file_path", "/p/a", "old_string", "1", "new_string", "2"),
                        "agent_id",
                        "a1",
                        "agent_type",
                        "general-purpose"));
        daemon.settle();

        JsonNode jobs = daemon.get("/api/queue?session=left-out&all=true").json().path("jobs");
        var outcomes = new TreeMap<String, String>();
        for (JsonNode job : jobs) {
            outcomes.put(
                    job.path("tool_use_id").asString("subagent"),
                    job.path("state").asString()
                            + " "
                            + job.path("outcome").asString()
                            + " "
                            + job.path("skip_reason").asString("")
                            + " "
                            + job.path("payload_kept"));
        }
        assertThat(jobs).hasSize(6);
        assertThat(outcomes)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "l1", "completed skipped own-tool false",
                                "l2", "completed skipped skipped-tool false",
                                "l3", "completed skipped subagent-read false",
                                "l4", "completed skipped read-only-agent false",
                                "subagent", "completed skipped internal-agent false",
                                "k1", "completed remembered  true"));
        assertThat(daemon.sql("SELECT count(*) FROM mem_events WHERE payload LIKE '%zugzwang%'"))
                .isEqualTo("0");
    }

    @Test
    void promptsAreToldApartAndOnlyTheUsersAreCounted() {
        Instant at = Instant.now().minusSeconds(60);
        String[] prompts = {
            "Cap the backoff",
            "<task-notification>\n<task-id>a</task-id></task-notification>",
            "/loop 5m look at the build",
            "<cross-session-message from=\"b\">done</cross-session-message>",
            "/review-pr 12",
            "This session is being continued from a previous conversation that ran out of context.",
            ""
        };
        for (int i = 0; i < prompts.length; i++) {
            hook(
                    "user-prompt-submit",
                    event("kinds", Map.of("prompt", prompts[i])),
                    at.plusSeconds(i));
        }

        assertThat(
                        daemon.sql(
                                """
                                SELECT string_agg(prompt_kind, ' ' ORDER BY occurred_at)
                                FROM mem_events
                                WHERE session_id = (
                                    SELECT id FROM mem_sessions WHERE session_id = 'kinds')
                                """))
                .isEqualTo(
                        "user task-notification scheduled other-session slash-command continuation"
                                + " system");
        JsonNode session = daemon.get("/api/sessions/kinds").json();
        assertThat(session.at("/session/prompt_count").asInt()).isEqualTo(1);
        assertThat(session.path("turns")).hasSize(1);
        assertThat(session.at("/turns/0/prompt").asString()).isEqualTo("Cap the backoff");
    }

    /// The report of a subagent goes on with what the user wanted, a command begins anew.
    @Test
    void anObservationNamesOnlyTheWishItCameFrom() {
        Instant at = Instant.now().minusSeconds(60);
        hook("user-prompt-submit", event("wishes", Map.of("prompt", "Cap the backoff")), at);
        edit("wishes", "w1", "first.py", at.plusSeconds(1));
        hook(
                "user-prompt-submit",
                event("wishes", Map.of("prompt", "<task-notification>x</task-notification>")),
                at.plusSeconds(2));
        edit("wishes", "w2", "second.py", at.plusSeconds(3));
        hook(
                "user-prompt-submit",
                event("wishes", Map.of("prompt", "/tidy-up")),
                at.plusSeconds(4));
        edit("wishes", "w3", "third.py", at.plusSeconds(5));
        daemon.settle();

        assertThat(narrative("first.py")).contains("While asked to: Cap the backoff");
        assertThat(narrative("second.py")).contains("While asked to: Cap the backoff");
        assertThat(narrative("third.py")).doesNotContain("While asked to");
    }

    /// The observation was made before the prompt arrived that it answers.
    @Test
    void aLatePromptTakesItsPlaceInWhatWasAlreadyRemembered() {
        Instant at = Instant.now().minusSeconds(60);
        edit("late-prompt", "lp1", "late.py", at.plusSeconds(10));
        hook(
                "user-prompt-submit",
                event("late-prompt", Map.of("prompt", "Second")),
                at.plusSeconds(20));
        edit("late-prompt", "lp2", "later.py", at.plusSeconds(30));
        daemon.settle();
        assertThat(promptNumbers("late.py", "later.py")).isEqualTo("null 1");

        hook("user-prompt-submit", event("late-prompt", Map.of("prompt", "First")), at);

        assertThat(promptNumbers("late.py", "later.py")).isEqualTo("1 2");
    }

    @Test
    void aSessionCanBeReadWithItsTurnsItsAgentsAndItsCompactions() {
        Instant at = Instant.now().minusSeconds(60);
        hook("session-start", event("read", Map.of("source", "startup")), at);
        hook("user-prompt-submit", event("read", Map.of("prompt", "Why 5 s?")), at.plusSeconds(1));
        hook(
                "subagent-stop",
                event(
                        "read",
                        Map.of(
                                "agent_id",
                                "a8a93",
                                "agent_type",
                                "general-purpose",
                                "last_assistant_message",
                                "Two callers rely on it.")),
                at.plusSeconds(2));
        hook(
                "stop",
                event("read", Map.of("last_assistant_message", "The gateway drops the rest.")),
                at.plusSeconds(3));
        hook(
                "post-compact",
                event("read", Map.of("trigger", "auto", "compact_summary", "We capped it.")),
                at.plusSeconds(4));
        hook("session-end", event("read", Map.of("reason", "logout")), at.plusSeconds(5));

        JsonNode read = daemon.get("/api/sessions/read").json();

        assertThat(read.at("/session/status").asString()).isEqualTo("completed");
        assertThat(read.at("/session/start_source").asString()).isEqualTo("startup");
        assertThat(read.at("/session/end_reason").asString()).isEqualTo("logout");
        assertThat(read.at("/runs/0/end_reason").asString()).isEqualTo("logout");
        assertThat(read.at("/turns/0/prompt").asString()).isEqualTo("Why 5 s?");
        assertThat(read.at("/turns/0/answer").asString()).isEqualTo("The gateway drops the rest.");
        assertThat(read.at("/turns/0/ended_at").isString()).isTrue();
        assertThat(read.at("/agents/0/agent_id").asString()).isEqualTo("a8a93");
        assertThat(read.at("/agents/0/agent_type").asString()).isEqualTo("general-purpose");
        assertThat(read.at("/agents/0/result").asString()).isEqualTo("Two callers rely on it.");
        assertThat(read.at("/compactions/0/trigger").asString()).isEqualTo("auto");
        assertThat(read.at("/compactions/0/summary").asString()).isEqualTo("We capped it.");
        assertThat(daemon.get("/api/sessions/nobody").status()).isEqualTo(404);
    }

    @Test
    void aFailedCallKeepsItsErrorAndWhetherItWasInterrupted() {
        hook(
                "post-tool-use-failure",
                event(
                        "failed",
                        Map.of(
                                "tool_name",
                                "Bash",
                                "tool_use_id",
                                "f1",
                                "tool_input",
                                Map.of("command", "make"),
                                "error",
                                "Exit code 2\nmake: *** No rule",
                                "is_interrupt",
                                true)));

        assertThat(
                        daemon.sql(
                                """
                                SELECT is_interrupt || ' '
                                    || (mem_payload_field(payload, 'error') #>> '{}')
                                FROM mem_events
                                WHERE tool_use_id = 'f1'
                                """))
                .isEqualTo("true Exit code 2\nmake: *** No rule");
    }

    @Test
    void branchAndCommitAreThoseOfTheMoment(@TempDir Path folder) throws Exception {
        var repositories = new Repositories(folder);
        Path shop = repositories.repository("shop");
        String first = head(shop);
        String sub = Files.createDirectories(shop.resolve("src/deep")).toString();
        tool("position", "p1", "Bash", Map.of("cwd", sub));
        Repositories.git(shop, "checkout", "-q", "-b", "feature/x");
        repositories.commit(shop);
        tool("position", "p2", "Bash", Map.of("cwd", sub));
        // Delivered now, but it happened when nobody looked.
        hook(
                "post-tool-use",
                event("position", Map.of("tool_name", "Bash", "tool_use_id", "p3", "cwd", sub)),
                Instant.now().minusSeconds(60));

        assertThat(position("p1")).isEqualTo("main " + first);
        assertThat(position("p2")).isEqualTo("feature/x " + head(shop));
        assertThat(position("p3")).isEqualTo("- -");
        JsonNode session = daemon.get("/api/sessions/position").json();
        assertThat(session.path("branch").asString()).isEqualTo("feature/x");
        assertThat(session.path("commit").asString()).isEqualTo(head(shop));
    }

    /// Bytes that are no UTF-8, in a value and in a name, as a tool may print them.
    @Test
    void invalidUtf8IsStoredAsReplacementCharacters() throws Exception {
        var body = new ByteArrayOutputStream();
        body.write(
                "{\"session_id\":\"bytes\",\"tool_name\":\"Bash\",\"tool_use_id\":\"b1\","
                        .getBytes(StandardCharsets.UTF_8));
        body.write("\"tool_response\":{\"stdout\":\"a".getBytes(StandardCharsets.UTF_8));
        body.write(
                new byte[] {(byte) 0xff, (byte) 0xc3, 'b', (byte) 0xed, (byte) 0xa0, (byte) 0x80});
        body.write("\\u0000\\ud800\",\"n".getBytes(StandardCharsets.UTF_8));
        body.write(new byte[] {(byte) 0xfe});
        body.write("\\u0000\":1}}".getBytes(StandardCharsets.UTF_8));

        TestDaemon.Answer answer =
                daemon.send(
                        daemon.request("/api/hooks/post-tool-use")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                                .build());

        assertThat(answer.status()).isEqualTo(200);
        String stored = daemon.sql("SELECT payload FROM mem_events WHERE tool_use_id = 'b1'");
        JsonNode response = Json.tree(stored).path("tool_response");
        assertThat(response.path("stdout").stringValue())
                .startsWith("a\uFFFD\uFFFDb\uFFFD")
                .endsWith("\uFFFD\uFFFD");
        assertThat(response.path("n\uFFFD\uFFFD").asInt()).isEqualTo(1);
        // And PostgreSQL can read it as JSON, which takes no NUL.
        assertThat(
                        daemon.sql(
                                "SELECT mem_payload_field(payload, 'tool_response') IS NOT NULL"
                                        + " FROM mem_events WHERE tool_use_id = 'b1'"))
                .isEqualTo("t");
    }

    @Test
    void theReferencesQueueCanStillBeAsked() throws Exception {
        Instant at = Instant.now().minusSeconds(30);
        hook("user-prompt-submit", event("asked", Map.of("prompt", "Build it")), at);
        hook(
                "post-tool-use",
                event(
                        "asked",
                        Map.of(
                                "tool_name",
                                "Bash",
                                "tool_use_id",
                                "q1",
                                "tool_input",
                                Map.of("command", "make"),
                                "tool_response",
                                Map.of("stdout", "built"))),
                at.plusSeconds(1));
        tool("asked", "q2", "ToolSearch", Map.of());
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "UPDATE mem_events SET payload = '{\"cut' WHERE kind = 'user-prompt-submit'"
                            + " AND session_id = (SELECT id FROM mem_sessions"
                            + " WHERE session_id = 'asked')");
        }
        daemon.settle();

        assertThat(
                        daemon.sql(
                                """
                                SELECT string_agg(
                                    concat_ws('|', tool_name, tool_input, tool_response_preview,
                                        last_user_message, status),
                                    ' / ' ORDER BY id)
                                FROM mem_observation_queue
                                WHERE session_id = (
                                    SELECT id FROM mem_sessions WHERE session_id = 'asked')
                                """))
                .isEqualTo(
                        "Build it|skipped"
                                + " / Bash|{\"command\": \"make\"}|{\"stdout\": \"built\"}|Build it"
                                + "|skipped"
                                + " / ToolSearch|Build it|skipped");
    }

    @Test
    void twoRegistrationsAndTheSpoolStoreAStartOnce() throws Exception {
        String payload = event("started", Map.of("source", "startup"));
        Instant at = Instant.now();

        hook("session-start", payload, at);
        hook("session-start", payload, at.plusMillis(40));
        // The plugin's copy did not reach the daemon in time and comes from the spool.
        spool("session-start", payload, at.plusMillis(80));
        daemon.settle();

        assertThat(events("started")).isEqualTo("1");
        hook("session-start", event("started", Map.of("source", "resume")), at.plusMillis(500));
        assertThat(events("started")).isEqualTo("2");
    }

    /// Within two seconds only the host's own id tells a repeated prompt from a second
    /// registration.
    @Test
    void theSamePromptTwiceIsTwoWhenTheHostSaysSo() {
        Instant at = Instant.now();
        String first = event("repeated", Map.of("prompt", "continue", "prompt_id", "1"));
        String second = event("repeated", Map.of("prompt", "continue", "prompt_id", "2"));

        hook("user-prompt-submit", first, at);
        hook("user-prompt-submit", first, at.plusMillis(30));
        hook("user-prompt-submit", second, at.plusMillis(900));
        hook("user-prompt-submit", second, at.plusMillis(930));

        assertThat(events("repeated")).isEqualTo("2");
        assertThat(daemon.get("/api/sessions/repeated").json().path("turns")).hasSize(2);
    }

    @Test
    void everyKindOfEventIsStoredOnceThroughAllThreeWays() throws Exception {
        Instant at = Instant.now().minusSeconds(1);
        var payloads = new LinkedHashMap<String, String>();
        payloads.put("session-start", event("ways", Map.of("source", "startup")));
        payloads.put("user-prompt-submit", event("ways", Map.of("prompt", "Do it")));
        payloads.put(
                "post-tool-use", event("ways", Map.of("tool_name", "Bash", "tool_use_id", "y1")));
        payloads.put(
                "post-tool-use-failure",
                event("ways", Map.of("tool_name", "Bash", "tool_use_id", "y2", "error", "e")));
        payloads.put("stop", event("ways", Map.of("last_assistant_message", "done")));
        payloads.put("subagent-stop", event("ways", Map.of("agent_id", "a", "agent_type", "x")));
        payloads.put("post-compact", event("ways", Map.of("compact_summary", "s")));
        payloads.put("session-end", event("ways", Map.of("reason", "other")));

        for (Map.Entry<String, String> one : payloads.entrySet()) {
            spool(one.getKey(), one.getValue(), at);
            hook(one.getKey(), one.getValue(), at.plusMillis(20));
            hook(one.getKey(), one.getValue(), at.plusMillis(40));
        }
        daemon.settle();

        assertThat(events("ways")).isEqualTo(Integer.toString(payloads.size()));
        assertThat(daemon.get("/api/queue?session=ways&all=true").json().path("jobs"))
                .hasSize(payloads.size());
    }

    private static void tool(String session, String id, String tool, Map<String, Object> more) {
        var fields = new LinkedHashMap<String, Object>(more);
        fields.put("tool_name", tool);
        fields.put("tool_use_id", id);
        hook("post-tool-use", event(session, fields));
    }

    private static void edit(String session, String id, String file, Instant at) {
        hook(
                "post-tool-use",
                event(
                        session,
                        Map.of(
                                "tool_name",
                                "Edit",
                                "tool_use_id",
                                id,
                                "tool_input",
                                Map.of("file_path", file, "old_string", "1", "new_string", "2"))),
                at);
    }

    private static void hook(String event, String payload) {
        hook(event, payload, Instant.now());
    }

    private static void hook(String event, String payload, Instant at) {
        TestDaemon.Answer answer =
                daemon.send(
                        daemon.request("/api/hooks/" + event)
                                .header(HookHeaders.STARTED_AT, at.toString())
                                .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                .POST(HttpRequest.BodyPublishers.ofString(payload))
                                .build());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static void spool(String event, String payload, Instant at) throws Exception {
        UUID id = UUID.randomUUID();
        Path spool = Files.createDirectories(daemon.home().spool());
        Path draft =
                Files.writeString(
                        spool.resolve(".tmp-" + id),
                        "mneme-spool 1 " + event + " " + at + " " + id + "\n" + payload);
        Files.move(draft, spool.resolve(String.format("%013d-%s.event", at.toEpochMilli(), id)));
    }

    private static String event(String session, Map<String, Object> more) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", "/tmp/none/" + session);
        payload.putAll(new TreeMap<>(more));
        return Json.write(payload);
    }

    private static String events(String session) {
        return daemon.sql(
                "SELECT count(*) FROM mem_events AS e JOIN mem_sessions AS s ON s.id = e.session_id"
                        + " WHERE s.session_id = '"
                        + session
                        + "'");
    }

    private static String narrative(String file) {
        return daemon.sql(
                "SELECT narrative FROM mem_observations WHERE title LIKE '%" + file + "'");
    }

    private static String promptNumbers(String... files) {
        var numbers = new java.util.ArrayList<String>();
        for (String file : List.of(files)) {
            numbers.add(
                    daemon.sql(
                            "SELECT prompt_number FROM mem_observations WHERE title LIKE '% "
                                    + file
                                    + "'"));
        }
        return String.join(" ", numbers);
    }

    private static String position(String toolUse) {
        return daemon.sql(
                "SELECT coalesce(branch, '-') || ' ' || coalesce(commit_id, '-') FROM mem_events"
                        + " WHERE tool_use_id = '"
                        + toolUse
                        + "'");
    }

    private static String head(Path root) throws Exception {
        return GitFiles.around(root).orElseThrow().head().orElseThrow();
    }
}
