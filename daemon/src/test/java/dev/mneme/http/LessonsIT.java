package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Lessons over REST: written, found, changed, retired; and that what cannot be kept says why.
@Timeout(60)
final class LessonsIT {

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
    void aLessonIsKeptAsItWasWritten() {
        JsonNode kept =
                create(
                        Map.of(
                                "rule",
                                "Migrations are never edited; add a new file.\nFlyway refuses else.",
                                "severity",
                                "critical",
                                "project",
                                "kept",
                                "trigger_tool",
                                "Edit|Write",
                                "trigger_pattern",
                                "migrations/.*\\.sql"));

        assertThat(kept.at("/title").asString())
                .isEqualTo("Migrations are never edited; add a new file.");
        assertThat(kept.at("/severity").asString()).isEqualTo("critical");
        assertThat(kept.at("/state").asString()).isEqualTo("active");
        assertThat(kept.at("/active").asBoolean()).isTrue();
        assertThat(kept.at("/source").asString()).isEqualTo("manual");
        assertThat(kept.at("/project_name").asString()).isEqualTo("kept");
        assertThat(kept.at("/trigger_count").asLong()).isZero();
        assertThat(kept.at("/last_triggered_at").isNull()).isTrue();
        assertThat(daemon.get("/api/lessons/" + kept.at("/id").asLong()).json()).isEqualTo(kept);
    }

    @Test
    void theSameLessonIsKeptOnce() {
        Map<String, Object> lesson = Map.of("rule", "Say it once.", "project", "once");
        JsonNode first = create(lesson);
        JsonNode second = create(lesson);
        assertThat(second.at("/id")).isEqualTo(first.at("/id"));
        assertThat(create(Map.of("rule", "Say it once.")).at("/id")).isNotEqualTo(first.at("/id"));
        assertThat(create(with(lesson, "trigger_tool", "Bash")).at("/id"))
                .isNotEqualTo(first.at("/id"));
    }

    @Test
    void aProjectSeesItsOwnLessonsAndThoseOfAll() {
        create(Map.of("rule", "Only here: zeppelin.", "project", "sees"));
        create(Map.of("rule", "Only there: zeppelin.", "project", "sees-not"));
        create(Map.of("rule", "Everywhere: zeppelin.", "severity", "info"));

        assertThat(rules(daemon.get("/api/lessons?project=sees&limit=100").json()))
                .contains("Only here: zeppelin.", "Everywhere: zeppelin.")
                .doesNotContain("Only there: zeppelin.");
        assertThat(rules(search(Map.of("query", "zeppelin", "project", "sees"))))
                .containsExactlyInAnyOrder("Only here: zeppelin.", "Everywhere: zeppelin.");
        assertThat(rules(search(Map.of("query", "zeppelin", "project", "unheard-of"))))
                .containsExactly("Everywhere: zeppelin.");
        assertThat(rules(search(Map.of("query", "zeppelin")))).hasSize(3);
        assertThat(rules(search(Map.of("query", "zeppelin", "severity", "info")))).hasSize(1);
    }

    @Test
    void theGravestAreListedFirst() {
        create(Map.of("rule", "g1", "severity", "info", "project", "grave"));
        create(Map.of("rule", "g2", "severity", "critical", "project", "grave"));
        create(Map.of("rule", "g3", "severity", "warning", "project", "grave"));
        create(Map.of("rule", "g4", "severity", "critical", "project", "grave"));
        assertThat(
                        rules(daemon.get("/api/lessons?project=grave&limit=100").json()).stream()
                                .filter(rule -> rule.matches("g\\d"))
                                .toList())
                .containsExactly("g4", "g2", "g3", "g1");
    }

    @Test
    void aSearchFindsWordsPartsOfNamesAndOtherScripts() {
        create(Map.of("rule", "Call retryBudget before resuming the quokkas.", "project", "words"));
        create(Map.of("rule", "数据库连接必须关闭", "project", "words"));
        assertThat(rules(search(Map.of("query", "resume quokka", "project", "words")))).hasSize(1);
        assertThat(rules(search(Map.of("query", "budget", "project", "words")))).hasSize(1);
        assertThat(rules(search(Map.of("query", "连接", "project", "words")))).hasSize(1);
        assertThat(rules(search(Map.of("query", "'\"(|&!:*", "project", "words")))).isEmpty();
    }

    @Test
    void whatIsRetiredIsFoundNoMoreAndCanBeTakenBack() {
        long id =
                create(Map.of("rule", "Feed the wombat.", "project", "retired")).at("/id").asLong();
        assertThat(post("/" + id + "/retire").at("/state").asString()).isEqualTo("retired");
        assertThat(rules(search(Map.of("query", "wombat")))).isEmpty();
        assertThat(rules(search(Map.of("query", "wombat", "state", "all")))).hasSize(1);
        assertThat(rules(daemon.get("/api/lessons?project=retired&active=false").json()))
                .contains("Feed the wombat.");
        assertThat(post("/" + id + "/accept").at("/state").asString()).isEqualTo("active");
        assertThat(patch(id, Map.of("active", false)).at("/state").asString()).isEqualTo("retired");
        assertThat(rules(daemon.get("/api/lessons?project=retired&state=retired").json()))
                .contains("Feed the wombat.");
    }

    @Test
    void aChangeKeepsWhatItDoesNotNameAndClearsWhatItEmpties() {
        long id =
                create(
                                Map.of(
                                        "rule", "Old words.",
                                        "title", "Title",
                                        "project", "changed",
                                        "trigger_tool", "Bash",
                                        "trigger_pattern", "old"))
                        .at("/id")
                        .asLong();
        JsonNode changed = patch(id, Map.of("rule", "Capybara.", "trigger_pattern", ""));
        assertThat(changed.at("/rule").asString()).isEqualTo("Capybara.");
        assertThat(changed.at("/title").asString()).isEqualTo("Title");
        assertThat(changed.at("/trigger_tool").asString()).isEqualTo("Bash");
        assertThat(changed.at("/trigger_pattern").isNull()).isTrue();
        assertThat(rules(search(Map.of("query", "capybara")))).hasSize(1);

        assertThat(patch(id, Map.of("project", "")).at("/project_name").isNull()).isTrue();
        assertThat(patch(id, Map.of("project", "moved")).at("/project_name").asString())
                .isEqualTo("moved");
        assertThat(send("PATCH", "/" + id, Map.of("trigger_pattern", "(x")).status())
                .isEqualTo(400);
        assertThat(daemon.get("/api/lessons/" + id).json().at("/trigger_pattern").isNull())
                .isTrue();
    }

    @Test
    void whatIsDeletedIsGone() {
        long id = create(Map.of("rule", "Soon gone.")).at("/id").asLong();
        assertThat(send("DELETE", "/" + id, Map.of()).status()).isEqualTo(200);
        assertThat(send("DELETE", "/" + id, Map.of()).status()).isEqualTo(404);
        assertThat(daemon.get("/api/lessons/" + id).status()).isEqualTo(404);
        assertThat(send("POST", "/" + id + "/retire", Map.of()).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "'{}', rule",
        "'{\"rule\":\" \"}', rule",
        "'{\"rule\":\"x\",\"severity\":\"grave\"}', severity",
        "'{\"rule\":\"x\",\"trigger_pattern\":\"(a\"}', trigger_pattern",
        "'{\"rule\":\"x\",\"trigger_pattern\":\"(a)\\\\1\"}', trigger_pattern",
        "'{\"rule\":\"x\",\"trigger_pattern\":\"a*\"}', trigger_pattern",
        "'{\"rule\":\"x\",\"trigger_tool\":\"Edit,Write\"}', trigger_tool",
        "'{\"rule\":{}}', rule"
    })
    void whatIsWrongIsNamed(String body, String path) {
        TestDaemon.Answer answer = daemon.post("/api/lessons", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.json().at("/path").asString()).isEqualTo(path);
        assertThat(answer.json().at("/hint").asString()).isNotBlank();
    }

    @Test
    void textsAreBounded() {
        assertThat(post(Map.of("rule", "x".repeat(2_000))).status()).isEqualTo(200);
        assertThat(post(Map.of("rule", "x".repeat(2_001))).status()).isEqualTo(400);
        assertThat(post(Map.of("rule", "x", "title", "t".repeat(201))).status()).isEqualTo(400);
        assertThat(post(Map.of("rule", "x", "trigger_pattern", "p".repeat(501))).status())
                .isEqualTo(400);
        assertThat(post(Map.of("rule", "x", "trigger_tool", "t".repeat(501))).status())
                .isEqualTo(400);
    }

    @Test
    void secretsAndPrivatePassagesAreTakenOutBeforeItIsStored() {
        JsonNode kept =
                create(
                        Map.of(
                                "rule",
                                "Use sk_live_51HqTz9Kd02mNvBXcQw777 <private>at home</private>."));
        assertThat(kept.at("/rule").asString())
                .contains("[redacted:stripe-key")
                .doesNotContain("sk_live_51", "at home");
    }

    @Test
    void aMergeTakesTheLessonsAlong() {
        create(Map.of("rule", "Of the first.", "project", "lesson-from"));
        create(Map.of("rule", "Of the second.", "project", "lesson-into"));
        assertThat(
                        daemon.post(
                                        "/api/projects/merge",
                                        "{\"from\":\"lesson-from\",\"into\":\"lesson-into\"}")
                                .status())
                .isEqualTo(200);
        assertThat(rules(daemon.get("/api/lessons?project=lesson-into&limit=100").json()))
                .contains("Of the first.", "Of the second.");
    }

    @Test
    void aMatchShowsWhatWouldBeToldAndCountsNothing() {
        create(
                Map.of(
                        "rule", "Never force.",
                        "severity", "critical",
                        "project", "match",
                        "trigger_tool", "Bash",
                        "trigger_pattern", "push.*--force"));
        create(Map.of("rule", "Any shell.", "project", "match", "trigger_tool", "Bash"));
        create(Map.of("rule", "No trigger.", "project", "match"));
        JsonNode found =
                daemon.post(
                                "/api/lessons/match",
                                """
                                {"tool_name":"Bash","project":"match",
                                 "tool_input":{"command":"git push --force"}}
                                """)
                        .json();
        assertThat(rules(found.at("/lessons"))).containsExactly("Never force.", "Any shell.");
        assertThat(found.at("/lessons/0/trigger_count").asLong()).isZero();
        assertThat(
                        rules(
                                daemon.post(
                                                "/api/lessons/match",
                                                "{\"tool_name\":\"Bash\",\"tool_input\":"
                                                        + "{\"command\":\"git push --force\"}}")
                                        .json()
                                        .at("/lessons")))
                .doesNotContain("Never force.");
    }

    private static Map<String, Object> with(Map<String, Object> map, String name, Object value) {
        var all = new LinkedHashMap<>(map);
        all.put(name, value);
        return all;
    }

    private static JsonNode create(Map<String, Object> lesson) {
        TestDaemon.Answer answer = post(lesson);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static TestDaemon.Answer post(Map<String, Object> lesson) {
        return daemon.post("/api/lessons", Json.write(lesson));
    }

    private static JsonNode post(String path) {
        TestDaemon.Answer answer = send("POST", path, Map.of());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode patch(long id, Map<String, Object> change) {
        TestDaemon.Answer answer = send("PATCH", "/" + id, change);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static TestDaemon.Answer send(String method, String path, Map<String, Object> body) {
        return daemon.send(
                daemon.request("/api/lessons" + path)
                        .method(method, HttpRequest.BodyPublishers.ofString(Json.write(body)))
                        .build());
    }

    private static JsonNode search(Map<String, Object> request) {
        TestDaemon.Answer answer = daemon.post("/api/lessons/search", Json.write(request));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/lessons");
    }

    private static List<String> rules(JsonNode lessons) {
        var rules = new ArrayList<String>();
        lessons.forEach(lesson -> rules.add(lesson.at("/rule").asString()));
        return rules;
    }
}
