package dev.mneme.lessons;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// What an agent is told before a call: one lesson at most, the right one, once, counted; and that
/// nothing of the call stays anywhere.
@Timeout(60)
final class LessonDeliveryIT {

    private static final String SHOP = "/tmp/none/lesson-shop";
    private static final String SECRET_WORD = "xylophonist";

    private TestDaemon daemon;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start();
        hook("session-start", Map.of("session_id", "s1", "cwd", SHOP, "source", "startup"));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void aLessonIsToldAsContextAndCounted() {
        long id = lesson("critical", SHOP, "Bash", "push.*--force", "Never force-push main.");

        JsonNode answer = Json.tree(bash("s1", "git push --force"));

        assertThat(answer.size()).isEqualTo(1);
        JsonNode said = answer.at("/hookSpecificOutput");
        assertThat(said.at("/hookEventName").asString()).isEqualTo("PreToolUse");
        assertThat(said.at("/additionalContext").asString())
                .startsWith("<lesson source=\"mneme\" id=\"" + id + "\" severity=\"critical\">")
                .contains("Never force-push main.")
                .endsWith("</lesson>");
        assertThat(said.has("permissionDecision")).isFalse();
        assertThat(said.size()).isEqualTo(2);
        JsonNode counted = daemon.get("/api/lessons/" + id).json();
        assertThat(counted.at("/trigger_count").asLong()).isEqualTo(1);
        assertThat(counted.at("/last_triggered_at").asString()).isNotBlank();
    }

    @Test
    void callsThatNoLessonIsAboutGetNoAnswer() {
        lesson("critical", SHOP, "Bash", "push.*--force", "Never force-push main.");
        assertThat(bash("s1", "git push")).isEmpty();
        assertThat(call("s1", null, "Read", Map.of("file_path", "push --force"))).isEmpty();
    }

    @Test
    void aLessonIsToldOnceInAContextAndAgainAfterACompaction() {
        long id = lesson("warning", SHOP, "Bash", "deploy", "Deploy on weekdays.");
        assertThat(bash("s1", "make deploy")).contains("weekdays");
        assertThat(bash("s1", "make deploy")).isEmpty();
        assertThat(call("s1", "agent-7", "Bash", Map.of("command", "make deploy")))
                .as("a subagent has a context of its own")
                .contains("weekdays");
        hook("session-start", Map.of("session_id", "s1", "cwd", SHOP, "source", "resume"));
        assertThat(bash("s1", "make deploy")).as("a resumed one still has it").isEmpty();
        hook("post-compact", Map.of("session_id", "s1", "cwd", SHOP, "compact_summary", "…"));
        assertThat(bash("s1", "make deploy")).contains("weekdays");
        assertThat(count(id)).isEqualTo(3);
    }

    @Test
    void theGravestIsToldThenTheClosestThenTheOneToldLongestAgo() {
        long any = lesson("warning", SHOP, "Bash", null, "warning, any");
        long info = lesson("info", SHOP, "Bash", "make", "info, pattern");
        long close = lesson("warning", SHOP, "Bash", "make", "warning, pattern");
        long everywhere = lesson("warning", null, "Bash", "make", "warning, pattern, global");
        long grave = lesson("critical", SHOP, null, "m.ke", "critical, no tool");
        for (String wanted :
                List.of(
                        "critical, no tool",
                        "warning, pattern",
                        "warning, pattern, global",
                        "warning, any",
                        "info, pattern")) {
            assertThat(bash("s1", "make all")).contains("\\n" + wanted + "\\n</lesson>");
        }
        assertThat(bash("s1", "make all")).isEmpty();
        for (long id : new long[] {any, info, close, everywhere, grave}) {
            assertThat(count(id)).isEqualTo(1);
        }

        long twin = lesson("critical", SHOP, null, "m.k.", "critical, twin");
        hook("session-start", Map.of("session_id", "s2", "cwd", SHOP, "source", "startup"));
        assertThat(bash("s2", "make all")).as("never told before").contains("critical, twin");
        assertThat(count(twin)).isEqualTo(1);
    }

    @Test
    void aLessonOfAnotherProjectIsNotTold() {
        lesson("critical", "/tmp/none/lesson-other", "Bash", "make", "Of the other project.");
        assertThat(bash("s1", "make")).isEmpty();
    }

    @Test
    void ofManyCallsAtOnceOneIsTold() throws Exception {
        long id = lesson("critical", SHOP, "Bash", "make", "Once.");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> call = () -> bash("s1", "make");
            long told =
                    threads
                            .invokeAll(List.of(call, call, call, call, call, call, call, call))
                            .stream()
                            .filter(answer -> !answer.resultNow().isEmpty())
                            .count();
            assertThat(told).isEqualTo(1);
        }
        assertThat(count(id)).isEqualTo(1);
    }

    @Test
    void whatIsRetiredOrForgottenIsToldNoMore() {
        long retired = lesson("critical", SHOP, "Bash", "one", "The first.");
        long forgotten = lesson("critical", SHOP, "Bash", "two", "The quetzal.");
        daemon.post("/api/lessons/" + retired + "/retire", "{}");
        assertThat(daemon.post("/api/forget", "{\"query\":\"quetzal\"}").status()).isEqualTo(200);
        assertThat(bash("s1", "one")).isEmpty();
        assertThat(bash("s1", "two")).isEmpty();
        assertThat(daemon.get("/api/lessons/" + forgotten).status()).isEqualTo(404);
    }

    @Test
    void whatAnotherDaemonChangesIsSeenSoon() {
        long id = lesson("critical", SHOP, "Bash", "make", "Old words.");
        daemon.sql("UPDATE mem_lessons SET rule = 'New words.' WHERE id = " + id + " RETURNING id");
        await(() -> bash(UUID.randomUUID().toString(), "make").contains("New words."));
    }

    @Test
    void aMarkTellsHooksWhetherThereIsAnythingToAsk() {
        Path marker = daemon.home().lessonsMarker();
        assertThat(marker).doesNotExist();
        lesson("info", null, null, null, "Without a trigger, told at a start alone.");
        assertThat(marker).doesNotExist();
        long id = lesson("info", null, "Bash", null, "With one.");
        assertThat(marker).exists();
        daemon.restart();
        await(() -> Files.exists(marker));
        daemon.post("/api/lessons/" + id + "/retire", "{}");
        assertThat(marker).doesNotExist();
    }

    @Test
    void nothingOfACallStays() throws Exception {
        lesson("critical", SHOP, "Bash", SECRET_WORD, "About that word.");
        assertThat(bash("s1", "echo " + SECRET_WORD + "; cat")).contains("About that word.");
        assertThat(bash("s1", "echo " + SECRET_WORD + "; zyzzyva")).isEmpty();
        daemon.settle();
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("1");
        for (String table : List.of("mem_events", "mem_sessions", "mem_observations")) {
            assertThat(daemon.sql("SELECT string_agg(t::text, ' ') FROM " + table + " AS t"))
                    .doesNotContain(SECRET_WORD);
        }
        try (var files = Files.walk(daemon.home().root())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readAllBytes(file))
                        .asString()
                        .doesNotContain(SECRET_WORD, "zyzzyva");
            }
        }
    }

    @Test
    void aPausedSessionIsToldAndLeavesNoCount() {
        long id = lesson("critical", SHOP, "Bash", "make", "Also in a pause.");
        assertThat(daemon.post("/api/pause", "{\"all\":true}").status()).isEqualTo(200);
        assertThat(bash("s1", "make")).contains("Also in a pause.");
        assertThat(bash("s1", "make")).isEmpty();
        assertThat(count(id)).isZero();
    }

    @Test
    void whatIsPrivateOrIgnoredIsNotLookedAt() throws Exception {
        lesson("critical", null, null, SECRET_WORD, "About that word.");
        assertThat(bash("s1", "echo '<private>" + SECRET_WORD + "</private>'")).isEmpty();
        Path project = Files.createTempDirectory("mneme-ignored-");
        try {
            Files.writeString(project.resolve(".mnemeignore"), "hidden/\n");
            var payload = new LinkedHashMap<String, Object>();
            payload.put("session_id", "s1");
            payload.put("cwd", project.toString());
            payload.put("hook_event_name", "PreToolUse");
            payload.put("tool_name", "Write");
            payload.put(
                    "tool_input",
                    Map.of("file_path", project + "/hidden/a.txt", "content", SECRET_WORD));
            assertThat(hook("pre-tool-use", payload)).isEmpty();
            payload.put(
                    "tool_input",
                    Map.of("file_path", project + "/open/a.txt", "content", SECRET_WORD));
            assertThat(hook("pre-tool-use", payload)).contains("About that word.");
        } finally {
            Files.delete(project.resolve(".mnemeignore"));
            Files.delete(project);
        }
    }

    @Test
    void aHookThatHasGivenUpIsToldNothing() {
        long id = lesson("critical", SHOP, "Bash", "make", "Too late.");
        var late =
                daemon.send(
                        daemon.request("/api/hooks/pre-tool-use")
                                .header(
                                        HookHeaders.STARTED_AT,
                                        Instant.now().minus(Duration.ofSeconds(1)).toString())
                                .POST(
                                        HttpRequest.BodyPublishers.ofString(
                                                payload(
                                                        "s1",
                                                        null,
                                                        "Bash",
                                                        Map.of("command", "make"))))
                                .build());
        assertThat(late.status()).isEqualTo(200);
        assertThat(late.body()).isEmpty();
        assertThat(count(id)).isZero();
        assertThat(bash("s1", "make")).contains("Too late.");
    }

    @Test
    void moreLessonsThanCanBeLookedAtAreRefusedWithAdvice() {
        long retired = lesson("info", SHOP, "Bash", "make", "Retired to make room.");
        daemon.post("/api/lessons/" + retired + "/retire", "{}");
        daemon.sql(
                """
                WITH made AS (
                    INSERT INTO mem_lessons (
                        title, rule, severity, state, source, created_at, changed_at)
                    SELECT 'n' || n, 'n' || n, 'info', 'active', 'manual', now(), now()
                    FROM generate_series(1, 500) AS n
                    RETURNING id
                )
                SELECT count(*) FROM made
                """);
        for (TestDaemon.Answer refused :
                List.of(
                        daemon.post("/api/lessons", "{\"rule\":\"One too many.\"}"),
                        daemon.post("/api/lessons/" + retired + "/accept", "{}"))) {
            assertThat(refused.status()).as(refused.body()).isEqualTo(409);
            assertThat(refused.json().at("/hint").asString()).contains("mneme lesson retire");
        }
        assertThat(daemon.sql("SELECT count(*) FROM mem_lessons WHERE active")).isEqualTo("500");
    }

    @Test
    void aCallWithoutAToolIsRefusedAndOneWithoutLessonsIsNot() {
        assertThat(daemon.post("/api/hooks/pre-tool-use", "{}").status()).isEqualTo(200);
        lesson("critical", SHOP, "Bash", "make", "There is one.");
        assertThat(daemon.post("/api/hooks/pre-tool-use", "{}").status()).isEqualTo(400);
        assertThat(daemon.post("/api/hooks/pre-tool-use", "no json").status()).isEqualTo(400);
    }

    @Test
    void aSessionsStartTellsTheLessonsOfItsProjectAndThoseOfAll() {
        long here = lesson("critical", SHOP, null, null, "Ask before a release.");
        long everywhere = lesson("info", null, "Bash", "make", "Build in the container.");
        lesson("critical", "/tmp/none/lesson-other", null, null, "Of the other project.");
        String start =
                hook(
                        "session-start",
                        Map.of("session_id", "fresh", "cwd", SHOP, "source", "startup"));
        assertThat(start)
                .contains("- lesson " + here + " (critical): Ask before a release.")
                .contains("- lesson " + everywhere + " (info): Build in the container.")
                .doesNotContain("Of the other project.");
        daemon.post("/api/lessons/" + here + "/retire", "{}");
        assertThat(
                        hook(
                                "session-start",
                                Map.of("session_id", "later", "cwd", SHOP, "source", "startup")))
                .doesNotContain("Ask before a release.")
                .contains("Build in the container.");
    }

    @Test
    void aRuleCannotCloseItsFence() {
        lesson("critical", SHOP, "Bash", "make", "Quote </lesson> and go on.");
        String said =
                Json.tree(bash("s1", "make"))
                        .at("/hookSpecificOutput/additionalContext")
                        .asString();
        assertThat(said.indexOf("</lesson>")).isEqualTo(said.length() - "</lesson>".length());
    }

    private long lesson(
            String severity,
            @Nullable String project,
            @Nullable String tool,
            @Nullable String pattern,
            String rule) {
        var lesson = new LinkedHashMap<String, @Nullable Object>();
        lesson.put("rule", rule);
        lesson.put("severity", severity);
        lesson.put("project", project);
        lesson.put("trigger_tool", tool);
        lesson.put("trigger_pattern", pattern);
        TestDaemon.Answer answer = daemon.post("/api/lessons", Json.write(lesson));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/id").asLong();
    }

    private long count(long id) {
        return daemon.get("/api/lessons/" + id).json().at("/trigger_count").asLong();
    }

    private String bash(String session, String command) {
        return call(session, null, "Bash", Map.of("command", command));
    }

    private String call(
            String session, @Nullable String agent, String tool, Map<String, Object> input) {
        TestDaemon.Answer answer =
                daemon.post("/api/hooks/pre-tool-use", payload(session, agent, tool, input));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static String payload(
            String session, @Nullable String agent, String tool, Map<String, Object> input) {
        var payload = new LinkedHashMap<String, @Nullable Object>();
        payload.put("session_id", session);
        payload.put("cwd", SHOP);
        payload.put("hook_event_name", "PreToolUse");
        payload.put("tool_name", tool);
        payload.put("tool_input", input);
        payload.put("tool_use_id", "toolu_" + UUID.randomUUID());
        payload.put("agent_id", agent);
        return Json.write(payload);
    }

    private String hook(String event, Map<String, Object> payload) {
        TestDaemon.Answer answer = daemon.post("/api/hooks/" + event, Json.write(payload));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static void await(Callable<Boolean> condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < deadline) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
            Looks.pause();
        }
        throw new AssertionError("did not come true");
    }
}
