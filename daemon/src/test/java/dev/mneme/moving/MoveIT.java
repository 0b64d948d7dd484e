package dev.mneme.moving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Memory moves between two databases: an export that was imported exports the same lines, and what
/// is brought again, or was forgotten, is not stored.
final class MoveIT {

    private static final String SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

    private static TestDaemon here;

    @BeforeAll
    static void remember() {
        here = TestDaemon.start();
        hook(here, "session-start", Map.of("source", "startup"));
        hook(
                here,
                "user-prompt-submit",
                Map.of("prompt", "Cap the backoff, the retries hammer us"));
        hook(
                here,
                "post-tool-use",
                Map.of(
                        "tool_name",
                        "Edit",
                        "tool_use_id",
                        "toolu_01QK7pXnB2vYc9TzWm4LrS8dAe",
                        "tool_input",
                        Map.of(
                                "file_path",
                                "/tmp/none/shop/retry.py",
                                "old_string",
                                "delay = 2 ** n",
                                "new_string",
                                "delay = min(2 ** n, 60)"),
                        "tool_response",
                        Map.of("filePath", "/tmp/none/shop/retry.py")));
        hook(
                here,
                "stop",
                Map.of(
                        "last_assistant_message",
                        "Capped at 60 s, because the gateway forgets us after a minute."));
        hook(here, "session-end", Map.of("reason", "exit"));
        long old = saved("The gateway forgets us after 30 s.", null);
        saved("The gateway forgets us after 60 s.", old);
        post(
                here,
                "/api/lessons",
                Map.of("rule", "Never retry without a cap.", "project", "shop", "tool", "Edit"));
        here.settle();
        assertThat(here.sql("SELECT count(*) FROM mem_session_summaries")).isEqualTo("2");
    }

    @AfterAll
    static void stop() {
        here.close();
    }

    @Test
    void whatWasImportedIsExportedByteForByteAndStoredOnce() {
        List<String> lines = export(here, "");
        assertThat(lines).hasSizeGreaterThan(12);
        for (String kind :
                List.of(
                        "project",
                        "session",
                        "event",
                        "prompt",
                        "observation",
                        "superseded",
                        "summary",
                        "lesson")) {
            assertThat(lines).as(kind).anyMatch(line -> line.contains("\"record\":\"" + kind));
        }
        try (TestDaemon there = TestDaemon.start()) {
            JsonNode rehearsed = bring(there, "bundle", lines, Map.of("dry_run", true));
            assertThat(rehearsed.get("rejected")).isEmpty();
            assertThat(export(there, "")).isEmpty();

            JsonNode taken = bring(there, "bundle", lines, Map.of());
            assertThat(taken.get("rejected")).isEmpty();
            there.settle();
            assertThat(String.join("\n", export(there, ""))).isEqualTo(String.join("\n", lines));

            JsonNode again = bring(there, "bundle", lines, Map.of());
            there.settle();
            assertThat(stored(again)).isZero();
            assertThat(String.join("\n", export(there, ""))).isEqualTo(String.join("\n", lines));

            JsonNode found =
                    post(
                            there,
                            "/api/observations/search",
                            Map.of("query", "gateway forgets", "project", "shop"));
            assertThat(found.at("/observations/0/title").asString()).contains("60 s");
            assertThat(there.get("/api/sessions/move").json().at("/turns/0/prompt").asString())
                    .startsWith("Cap the backoff");
        }
        assertThat(stored(bring(here, "bundle", lines, Map.of()))).isZero();
        assertThat(export(here, "")).isEqualTo(lines);
    }

    @Test
    void aProjectMovesAlone() {
        assertThat(export(here, "&project=shop")).isEqualTo(export(here, ""));
        post(here, "/api/memories", Map.of("text", "The till closes at six.", "project", "till"));
        try {
            List<String> till = export(here, "&project=till");
            assertThat(till).hasSize(3).allMatch(line -> line.contains("till"));
        } finally {
            assertThat(
                            here.send(here.request("/api/projects?project=till").DELETE().build())
                                    .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void whatOthersWroteIsStrippedAndRedactedAndABadRecordIsLeftOutAlone() {
        try (TestDaemon there = TestDaemon.start()) {
            UUID uid = UUID.randomUUID();
            var good = observation(uid, "Cap <private>for Ada</private> the backoff " + SECRET);
            var bad = observation(UUID.randomUUID(), "x".repeat(600));
            var nameless = observation(UUID.randomUUID(), "");
            var lost =
                    Map.of(
                            "record", "prompt",
                            "uid", UUID.randomUUID().toString(),
                            "session", "nobody",
                            "number", 1,
                            "text", "Where am I?",
                            "created_at", "2026-01-01T00:00:00Z");
            List<String> lines =
                    List.of(
                            Json.write(bad),
                            Json.write(lost),
                            Json.write(good),
                            Json.write(nameless));

            JsonNode taken = bring(there, "claude-mem", lines, Map.of());

            assertThat(stored(taken)).isEqualTo(1);
            assertThat(taken.at("/rejected").toString())
                    .contains("\"index\":0", "600 characters", "\"index\":1", "\"index\":3");
            assertThat(there.sql("SELECT title FROM mem_observations"))
                    .startsWith("Cap")
                    .endsWith("]")
                    .doesNotContain("Ada", SECRET);
            assertThat(there.sql("SELECT uid FROM mem_observations")).isEqualTo(uid.toString());
            assertThat(there.sql("SELECT last_event_at FROM mem_sessions"))
                    .startsWith("2026-01-02");
        }
    }

    @Test
    void whatWasForgottenComesBackOnlyWhenItIsAskedFor() {
        try (TestDaemon there = TestDaemon.start()) {
            List<String> lines =
                    List.of(
                            Json.write(
                                    observation(UUID.randomUUID(), "The key lies in the drawer")));
            assertThat(stored(bring(there, "claude-mem", lines, Map.of()))).isEqualTo(1);
            String id = there.sql("SELECT id FROM mem_observations");
            post(there, "/api/forget", Map.of("ids", List.of(Long.valueOf(id)), "now", true));
            assertThat(there.sql("SELECT count(*) FROM mem_observations")).isEqualTo("0");

            assertThat(stored(bring(there, "claude-mem", lines, Map.of()))).isZero();
            assertThat(there.sql("SELECT count(*) FROM mem_observations")).isEqualTo("0");

            assertThat(stored(bring(there, "claude-mem", lines, Map.of("again", true))))
                    .isEqualTo(1);
        }
    }

    @Test
    void aSessionThatWasCapturedLiveIsNotDoubledByItsTranscript() {
        String before = here.sql("SELECT count(*) FROM mem_events");
        String at = here.sql("SELECT mem_utc(occurred_at) FROM mem_events WHERE kind = 'stop'");
        List<String> lines =
                List.of(
                        moment(
                                "user-prompt-submit",
                                at,
                                Map.of("prompt", " Cap the backoff, the retries hammer us\n")),
                        moment(
                                "post-tool-use",
                                at,
                                Map.of(
                                        "tool_name",
                                        "Edit",
                                        "tool_use_id",
                                        "toolu_01QK7pXnB2vYc9TzWm4LrS8dAe")),
                        moment(
                                "stop",
                                at,
                                Map.of(
                                        "last_assistant_message",
                                        "Capped at 60 s, because the gateway forgets us after a"
                                                + " minute.")));

        assertThat(stored(bring(here, "transcripts", lines, Map.of()))).isZero();
        assertThat(here.sql("SELECT count(*) FROM mem_events")).isEqualTo(before);
    }

    @Test
    void aPromptThatAnotherSystemKeptIsTheOneThatItsTranscriptTellsOf() {
        try (TestDaemon there = TestDaemon.start()) {
            hook(there, "session-start", Map.of("source", "startup"));
            String at = there.sql("SELECT mem_utc(now() - interval '1 day')");
            String prompt =
                    Json.write(
                            Map.of(
                                    "record",
                                    "prompt",
                                    "uid",
                                    UUID.randomUUID().toString(),
                                    "session",
                                    "move",
                                    "number",
                                    1,
                                    "text",
                                    "Why is the pond green?",
                                    "created_at",
                                    at));
            assertThat(stored(bring(there, "claude-mem", List.of(prompt), Map.of()))).isEqualTo(1);

            String told =
                    moment("user-prompt-submit", at, Map.of("prompt", "Why is the pond green?"));
            assertThat(stored(bring(there, "transcripts", List.of(told), Map.of()))).isEqualTo(1);

            assertThat(
                            there.sql(
                                    "SELECT count(*) || ' ' || count(event_id) FROM"
                                            + " mem_user_prompts"))
                    .isEqualTo("1 1");
            assertThat(there.sql("SELECT max(prompt_number) FROM mem_events")).isEqualTo("1");
        }
    }

    @Test
    void whatWasSaidAndForgottenIsNotToldAgainByATranscript() {
        String prompt = "The seepferd swims at noon";
        try (TestDaemon there = TestDaemon.start()) {
            hook(there, "user-prompt-submit", Map.of("prompt", prompt));
            hook(there, "user-prompt-submit", Map.of("prompt", "The till closes at six"));
            there.settle();
            String at =
                    there.sql(
                            "SELECT mem_utc(min(occurred_at)) FROM mem_events WHERE payload LIKE"
                                    + " '%seepferd%'");
            post(there, "/api/forget", Map.of("query", "seepferd"));
            assertThat(there.sql("SELECT count(*) FROM mem_user_prompts")).isEqualTo("1");

            JsonNode taken =
                    bring(
                            there,
                            "transcripts",
                            List.of(moment("user-prompt-submit", at, Map.of("prompt", prompt))),
                            Map.of());

            assertThat(taken.at("/counts/0/forgotten").asInt()).isEqualTo(1);
            assertThat(there.sql("SELECT count(*) FROM mem_user_prompts")).isEqualTo("1");
        }
    }

    private static Map<String, Object> observation(UUID uid, String title) {
        return Map.of(
                "record", "observation",
                "uid", uid.toString(),
                "session", "elsewhere",
                "project", "attic",
                "title", title,
                "type", "decision",
                "made_by", "claude-mem",
                "created_at", "2026-01-02T03:04:05Z");
    }

    private static String moment(String kind, String at, Map<String, Object> payload) {
        var all = new LinkedHashMap<>(payload);
        all.put("session_id", "move");
        all.put("cwd", "/tmp/none/shop");
        return Json.write(
                Map.of(
                        "record", "moment",
                        "uid", UUID.randomUUID().toString(),
                        "kind", kind,
                        "occurred_at", at,
                        "payload", all));
    }

    private static void hook(TestDaemon daemon, String event, Map<String, Object> payload) {
        var all = new LinkedHashMap<>(payload);
        all.put("session_id", "move");
        all.put("cwd", "/tmp/none/shop");
        TestDaemon.Answer answer = daemon.post("/api/hooks/" + event, Json.write(all));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static long saved(String text, @Nullable Long supersedes) {
        return post(
                        here,
                        "/api/memories",
                        supersedes == null
                                ? Map.of("text", text, "project", "shop")
                                : Map.of(
                                        "text",
                                        text,
                                        "project",
                                        "shop",
                                        "supersedes",
                                        List.of(supersedes)))
                .get("id")
                .asLong();
    }

    private static JsonNode post(TestDaemon daemon, String path, Map<String, ?> body) {
        TestDaemon.Answer answer = daemon.post(path, Json.write(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode bring(
            TestDaemon daemon, String source, List<String> lines, Map<String, ?> more) {
        var body = new LinkedHashMap<String, Object>(more);
        body.put("source", source);
        body.put("records", lines.stream().map(Json::tree).toList());
        return post(daemon, "/api/import", body);
    }

    private static int stored(JsonNode answer) {
        int stored = 0;
        for (JsonNode count : answer.get("counts")) {
            // A project is looked up by its name, and so is always taken.
            stored +=
                    count.path("record").asString().equals("project")
                            ? 0
                            : count.path("stored").asInt();
        }
        return stored;
    }

    private static List<String> export(TestDaemon daemon, String more) {
        var lines = new ArrayList<String>();
        String after = "";
        do {
            TestDaemon.Answer answer = daemon.get("/api/export?after=" + after + more);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            for (JsonNode record : answer.json().get("records")) {
                lines.add(Json.write(record));
            }
            after = answer.json().path("next").asString("");
        } while (!after.isEmpty());
        return lines;
    }
}
