package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Projects over REST: listed, merged, renamed, given other names.
final class ProjectsIT {

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
    void listsWhatHangsOnAProject() {
        remember("listed-1", "/tmp/none/listed");
        remember("listed-1", "/tmp/none/listed");

        JsonNode project = project("listed");

        assertThat(project.at("/paths/0").asString()).isEqualTo("/tmp/none/listed");
        assertThat(project.at("/sessions").asLong()).isEqualTo(1);
        assertThat(project.at("/observations").asLong()).isEqualTo(2);
        assertThat(project.at("/last_event_at").asString()).endsWith("Z");
        assertThat(project.at("/aliases").size()).isZero();
        assertThat(project.at("/remotes").size()).isZero();
    }

    @Test
    void mergesEverythingOnceHoweverOftenItIsAsked() {
        long from = remember("merged-from", "/tmp/none/merged-from");
        long into = remember("merged-into", "/tmp/none/merged-into");

        for (String name : new String[] {"merged-from", Long.toString(from), "merged-from"}) {
            var answer = post("merge", Map.of("from", name, "into", "/tmp/none/merged-into"));
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            JsonNode merged = answer.json();
            assertThat(merged.at("/id").asLong()).isEqualTo(into);
            assertThat(merged.at("/sessions").asLong()).isEqualTo(2);
            assertThat(merged.at("/observations").asLong()).isEqualTo(2);
            assertThat(merged.at("/aliases").size()).isEqualTo(1);
            assertThat(merged.at("/paths").size()).isEqualTo(2);
        }
        for (String name :
                List.of(
                        "merged-from",
                        "merged-into",
                        "/tmp/none/merged-from",
                        Long.toString(from),
                        Long.toString(into))) {
            assertThat(daemon.get("/api/observations?project=" + name).json().size())
                    .as(name)
                    .isEqualTo(2);
        }
    }

    @Test
    void aMergeThatFailsHalfWayLeavesBothAsTheyWere() throws Exception {
        remember("half-from", "/tmp/none/half-from");
        remember("half-into", "/tmp/none/half-into");
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    "ALTER TABLE mem_project_keys ADD CONSTRAINT obstacle"
                            + " CHECK (kind <> 'former-id') NOT VALID");
            int refused = post("merge", Map.of("from", "half-from", "into", "half-into")).status();
            statement.execute("ALTER TABLE mem_project_keys DROP CONSTRAINT obstacle");
            assertThat(refused).isEqualTo(500);
        }
        assertThat(project("half-from").at("/observations").asLong()).isEqualTo(1);
        assertThat(project("half-into").at("/observations").asLong()).isEqualTo(1);

        assertThat(post("merge", Map.of("from", "half-from", "into", "half-into")).status())
                .isEqualTo(200);
        assertThat(project("half-into").at("/observations").asLong()).isEqualTo(2);
    }

    @Test
    void nothingThatIsStoredDuringAMergeIsLost() throws Exception {
        remember("busy-into", "/tmp/none/busy-into");
        var stop = new AtomicBoolean();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var writers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                writers.add(
                        threads.submit(
                                () -> {
                                    int stored = 0;
                                    while (!stop.get()) {
                                        remember("busy-" + number + "-" + stored, "busy-from");
                                        stored++;
                                    }
                                    return stored;
                                }));
            }
            for (int i = 0; i < 10; i++) {
                remember("busy-main-" + i, "busy-from");
                var answer = post("merge", Map.of("from", "busy-from", "into", "busy-into"));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                var back =
                        post(
                                "alias",
                                Map.of(
                                        "project", "busy-into",
                                        "alias", "busy-from",
                                        "remove", true));
                assertThat(back.status()).as(back.body()).isEqualTo(200);
            }
            remember("busy-main-last", "busy-from");
            stop.set(true);
            int stored = 12;
            for (Future<Integer> writer : writers) {
                stored += writer.get(60, TimeUnit.SECONDS);
            }
            post("merge", Map.of("from", "busy-from", "into", "busy-into"));
            assertThat(project("busy-into").at("/observations").asInt()).isEqualTo(stored);
        }
    }

    @Test
    void aRenamedProjectAnswersToItsOldName() {
        long id = remember("renamed", "/tmp/none/renamed");
        Map<String, Object> request = Map.of("project", "renamed", "name", "shop of mine");

        assertThat(post("rename", request).json().at("/name").asString()).isEqualTo("shop of mine");
        assertThat(post("rename", request).json().at("/aliases/0").asString()).isEqualTo("renamed");
        assertThat(remember("renamed-2", "renamed")).isEqualTo(id);

        JsonNode back = post("rename", Map.of("project", "shop of mine", "name", "renamed")).json();
        assertThat(back.at("/name").asString()).isEqualTo("renamed");
        assertThat(back.at("/aliases/0").asString()).isEqualTo("shop of mine");
        assertThat(back.at("/aliases").size()).isEqualTo(1);
    }

    @Test
    void aNameThatIsTakenIsAConflict() {
        remember("taken-a", "taken-a");
        remember("taken-b", "taken-b");
        post("alias", Map.of("project", "taken-b", "alias", "taken-c"));

        for (String taken : List.of("taken-b", "taken-c")) {
            expect(post("rename", Map.of("project", "taken-a", "name", taken)), 409, "CONFLICT");
        }
        expect(post("alias", Map.of("project", "taken-a", "alias", "taken-b")), 409, "CONFLICT");
    }

    @Test
    void aSharedAliasAsksWhichProjectIsMeant() {
        long a = remember("shared-a", "shared-a");
        long b = remember("shared-b", "shared-b");
        post("alias", Map.of("project", "shared-a", "alias", "shared"));
        post("alias", Map.of("project", "shared-b", "alias", "shared"));

        for (var answer :
                List.of(
                        daemon.get("/api/observations?project=shared"),
                        post("merge", Map.of("from", "shared", "into", "shared-a")),
                        daemon.post("/api/memories", "{\"text\":\"x\",\"project\":\"shared\"}"))) {
            JsonNode problem = expect(answer, 409, "PROJECT_AMBIGUOUS");
            assertThat(problem.at("/candidates/0/id").asLong()).isEqualTo(a);
            assertThat(problem.at("/candidates/1/id").asLong()).isEqualTo(b);
            assertThat(problem.at("/detail").asString()).contains("shared-a").contains("shared-b");
        }

        post("alias", Map.of("project", "shared-b", "alias", "shared", "remove", true));
        assertThat(daemon.get("/api/observations?project=shared").json().size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "merge,from,no-such,into,no-such,404",
        "rename,project,no-such,name,x,404",
        "alias,project,no-such,alias,x,404",
        "merge,from,a,unto,b,400",
        "rename,project,a,name,17,400",
        "rename,project,a,name,/tmp/x,400",
        "alias,project,a,name,x,400",
    })
    void whatCannotBeDoneIsSaid(
            String verb, String key, String value, String key2, String value2, int status) {
        expect(
                post(verb, Map.of(key, value, key2, value2)),
                status,
                status == 404 ? "NOT_FOUND" : "VALUE_INVALID");
    }

    @Test
    void aNameIsBoundedAndStorableAndAPathMayBeLong() {
        String longPath = "/tmp/none" + "/a-rather-long-folder-name".repeat(120);
        String request = "{\"text\":\"x\",\"project\":\"%s\"}";

        JsonNode problem =
                expect(
                        daemon.post("/api/memories", request.formatted("n".repeat(401))),
                        400,
                        "VALUE_INVALID");
        assertThat(problem.at("/path").asString()).isEqualTo("project");
        assertThat(daemon.post("/api/memories", request.formatted("a\\u0000b")).status())
                .isEqualTo(200);
        long id = remember("long-1", longPath);
        assertThat(remember("long-2", longPath)).isEqualTo(id);
        assertThat(remember("long-3", longPath + "x")).isNotEqualTo(id);
    }

    private static long remember(String session, String project) {
        var answer =
                daemon.post(
                        "/api/observations",
                        Json.write(
                                Map.of(
                                        "session_id", session,
                                        "project", project,
                                        "title", "Something worth keeping")));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/project_id").asLong();
    }

    private static TestDaemon.Answer post(String verb, Map<String, ?> body) {
        return daemon.post("/api/projects/" + verb, Json.write(body));
    }

    private static JsonNode project(String name) {
        for (JsonNode project : daemon.get("/api/projects").json().at("/projects")) {
            if (project.at("/name").asString().equals(name)) {
                return project;
            }
        }
        throw new AssertionError("no project `" + name + "` is listed");
    }

    private static JsonNode expect(TestDaemon.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().at("/code").asString()).isEqualTo(code);
        return answer.json();
    }
}
