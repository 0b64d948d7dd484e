package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Limits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.databind.JsonNode;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What a client is told, for good input and bad.
final class HttpApiIT {

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
    void healthNeedsNoTokenAndSaysEverything() {
        JsonNode health = daemon.send(daemon.bare("/api/health").GET().build()).json();

        assertThat(health.at("/status").asString()).isEqualTo("ok");
        assertThat(health.at("/db/provider").asString()).isEqualTo("external");
        assertThat(health.at("/embeddings/model").asString()).isEqualTo("mneme-words-v1");
        assertThat(health.at("/vector/extension").asString()).isEqualTo("available");
        assertThat(health.at("/vector/index").asString()).isEqualTo("hnsw");
        assertThat(health.at("/queue/pending").asLong()).isNotNegative();
    }

    @ParameterizedTest
    @CsvSource({"none,TOKEN_MISSING", "Basic x,TOKEN_MISSING", "Bearer wrong,TOKEN_WRONG"})
    void aWrongTokenIsRefused(String authorization, String code) {
        HttpRequest.Builder request = daemon.bare("/api/observations").GET();
        if (!authorization.equals("none")) {
            request.header("Authorization", authorization);
        }

        expectProblem(daemon.send(request.build()), 401, code);
    }

    @Test
    void aForeignOriginIsRefusedEvenForHealth() {
        var request = daemon.bare("/api/health").header("Origin", "https://evil.example").GET();

        expectProblem(daemon.send(request.build()), 403, "FOREIGN_ORIGIN");
    }

    @Test
    void aForeignHostIsRefused() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), daemon.port())) {
            socket.setSoTimeout(10_000);
            String request =
                    "GET /api/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 403").contains("FOREIGN_HOST");
        }
    }

    @ParameterizedTest
    @CsvSource({"/api/queue", "/api/hooks/stop", "/api/observations"})
    void malformedJsonIsAnsweredWithItsPosition(String path) {
        JsonNode problem = expectProblem(daemon.post(path, "{\"a\":\n  !"), 400, "MALFORMED_JSON");

        assertThat(problem.at("/detail").asString()).contains("line 2, column");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/api/observations/search|{'query':5}|query",
                "/api/observations/search|{'query':'x','limit':'many'}|limit",
                "/api/observations/search|{'query':'x','limit':101}|limit",
                "/api/observations/search|{'query':'x','type':['novel']}|type[0]",
                "/api/observations/search|{'query':'x','mode':'magic'}|mode",
                "/api/observations/search|{}|query",
                "/api/observations|{'session_id':'s','project':'p'}|title",
                "/api/observations|{'session_id':'s','project':'p','title':'t','facts':{}}|facts",
                "/api/observations|{'session_id':'s','project':'p','title':'t','type':'n'}|type",
                "/api/observations|{'session_id':'s','project':'p','title':'t','created_at':'x'}"
                        + "|created_at",
                "/api/observations/batch|{'observations':[{'session_id':'s','title':7}]}"
                        + "|observations[0].title",
                "/api/queue|{'tool_name':'Bash'}|session_id",
                "/api/sessions|{'session_id':[],'project':'p'}|session_id",
                "/api/observations/get|{'ids':['one']}|ids[0]",
                "/api/observations/search|{'query':'x','limit':1.9}|limit",
                "/api/observations/search|{'query':'x','limit':99999999999}|limit",
                "/api/queue|{'session_id':'s','tool_input':'x'}|tool_input",
                "/api/observations|{'session_id':'s','project':'p','title':'t',"
                        + "'created_at':'2999-01-01T00:00:00Z'}|created_at",
            })
    void aWrongValueIsAnsweredWithItsPath(String path, String body, String field) {
        JsonNode problem =
                expectProblem(daemon.post(path, body.replace('\'', '"')), 400, "VALUE_INVALID");

        assertThat(problem.at("/path").asString()).isEqualTo(field);
        assertThat(problem.at("/hint").asString()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({
        "/api/queue," + Limits.QUEUE_BODY_BYTES_MAX,
        "/api/hooks/stop," + Limits.HOOK_BODY_BYTES_MAX,
        "/api/observations/batch," + Limits.BATCH_BODY_BYTES_MAX,
        "/api/observations," + Limits.BODY_BYTES_MAX,
    })
    void aBodyOverTheLimitIsRefusedWithTheLimitNamed(String path, int limit) {
        JsonNode problem =
                expectProblem(daemon.post(path, new byte[limit + 1]), 413, "BODY_TOO_LARGE");

        assertThat(problem.at("/detail").asString()).contains(Integer.toString(limit));
    }

    @Test
    void unknownFieldsAreIgnoredAndNullsCountAsAbsent() {
        var answer =
                daemon.post(
                        "/api/observations",
                        """
                        {"session_id":"nulls","project":"nulls","title":"Nulls are absent",
                         "subtitle":null,"facts":null,"created_at":null,"mood":"fine"}
                        """);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/subtitle").isNull()).isTrue();
        assertThat(answer.json().at("/facts").isArray()).isTrue();
        assertThat(answer.json().at("/type").asString()).isEqualTo("discovery");
    }

    @Test
    void unknownEndpointsAndMethodsAreNamed() {
        expectProblem(daemon.get("/api/nothing"), 404, "NOT_FOUND");
        expectProblem(daemon.post("/api/hooks/no-such-event", "{}"), 404, "NOT_FOUND");
        expectProblem(daemon.get("/api/observations/999999"), 404, "NOT_FOUND");
        expectProblem(
                daemon.send(
                        daemon.request("/api/queue")
                                .PUT(HttpRequest.BodyPublishers.noBody())
                                .build()),
                405,
                "METHOD_NOT_ALLOWED");
    }

    @Test
    void aSessionIsCreatedOnceChangedAndListed() {
        String body = "{\"session_id\":\"made\",\"project\":\"made-project\"}";
        String change = "{\"status\":\"completed\",\"summary\":\"Done\"}";

        assertThat(daemon.post("/api/sessions", body).json().at("/status").asString())
                .isEqualTo("active");
        expectProblem(daemon.post("/api/sessions", body), 409, "CONFLICT");
        var patch =
                daemon.request("/api/sessions/made")
                        .method("PATCH", HttpRequest.BodyPublishers.ofString(change));
        assertThat(daemon.send(patch.build()).status()).isEqualTo(200);
        JsonNode listed = daemon.get("/api/sessions?project=made-project&status=completed").json();
        assertThat(listed.size()).isEqualTo(1);
        assertThat(listed.at("/0/summary").asString()).isEqualTo("Done");
        assertThat(listed.at("/0/completed_at").isNull()).isFalse();
    }

    @Test
    void aRefusedSessionLeavesNoProjectBehind() {
        daemon.post("/api/sessions", "{\"session_id\":\"once\",\"project\":\"first\"}");

        expectProblem(
                daemon.post("/api/sessions", "{\"session_id\":\"once\",\"project\":\"stray\"}"),
                409,
                "CONFLICT");
        expectProblem(
                daemon.post(
                        "/api/sessions",
                        "{\"session_id\":\"rel\",\"project\":\"p\",\"project_path\":\"a/b\"}"),
                400,
                "VALUE_INVALID");
        assertThat(daemon.sql("SELECT count(*) FROM mem_projects WHERE name IN ('stray', 'a/b')"))
                .isEqualTo("0");
    }

    @Test
    void twoBatchesThatCreateTheSameSessionsInOppositeOrderAreBothStored() throws Exception {
        try (var both = Executors.newFixedThreadPool(2)) {
            var answers = new ArrayList<Future<TestDaemon.Answer>>();
            for (boolean forward : new boolean[] {true, false}) {
                String body =
                        IntStream.range(0, 300)
                                .map(i -> forward ? i : 299 - i)
                                .mapToObj(
                                        i ->
                                                "{\"session_id\":\"x"
                                                        + i
                                                        + "\",\"project\":\"y"
                                                        + i % 7
                                                        + "\",\"title\":\"t\"}")
                                .collect(Collectors.joining(",", "{\"observations\":[", "]}"));
                answers.add(both.submit(() -> daemon.post("/api/observations/batch", body)));
            }
            for (Future<TestDaemon.Answer> answer : answers) {
                assertThat(answer.get(60, TimeUnit.SECONDS).status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aBatchOfAThousandIsStoredInOrderAndMoreIsRefused() {
        String one = "{\"session_id\":\"batch\",\"project\":\"batch\",\"title\":\"Same text\"}";
        String thousand =
                IntStream.range(0, Limits.BATCH_OBSERVATIONS_MAX)
                        .mapToObj(i -> one)
                        .collect(Collectors.joining(",", "{\"observations\":[", "]}"));

        JsonNode ids = daemon.post("/api/observations/batch", thousand).json().at("/ids");

        assertThat(ids.size()).isEqualTo(1_000);
        for (int i = 1; i < ids.size(); i++) {
            assertThat(ids.get(i).asLong()).isGreaterThan(ids.get(i - 1).asLong());
        }
        String oneMore = thousand.replace("]}", "," + one + "]}");
        expectProblem(daemon.post("/api/observations/batch", oneMore), 400, "VALUE_INVALID");
    }

    @Test
    void anIdempotencyKeyMakesARepeatHarmless() {
        String body = "{\"session_id\":\"key\",\"project\":\"key\",\"title\":\"Once\"}";
        var request =
                daemon.request("/api/observations")
                        .header("Idempotency-Key", "k-1")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();

        long first = daemon.send(request).json().at("/id").asLong();
        long second = daemon.send(request).json().at("/id").asLong();
        long other = daemon.post("/api/observations", body).json().at("/id").asLong();

        assertThat(second).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
    }

    @Test
    void aProjectIsFoundByIdNameAndPathAndDeletedWithEverything() {
        JsonNode stored =
                daemon.post(
                                "/api/observations",
                                """
                                {"session_id":"gone","project":"/tmp/none/gone","title":"Brief"}
                                """)
                        .json();
        long project = stored.at("/project_id").asLong();
        assertThat(stored.at("/project_name").asString()).isEqualTo("gone");
        for (String name : new String[] {"gone", "/tmp/none/gone", Long.toString(project)}) {
            assertThat(daemon.get("/api/observations?project=" + name).json().size()).isEqualTo(1);
        }

        var delete = daemon.request("/api/projects?project=" + project).DELETE().build();

        assertThat(daemon.send(delete).status()).isEqualTo(200);
        expectProblem(
                daemon.get("/api/observations/" + stored.at("/id").asLong()), 404, "NOT_FOUND");
        expectProblem(daemon.send(delete), 404, "NOT_FOUND");
    }

    @Test
    void aSecretInAnyBodyIsRedactedBeforeItIsStored() {
        JsonNode stored =
                daemon.post(
                                "/api/memories",
                                """
                                {"text":"Use \\u003cprivate>the red key\\u003c/private> and \
                                ghp_0123456789abcdefghijABCDEFGHIJ012345","project":"secrets"}
                                """)
                        .json();

        String narrative =
                daemon.get("/api/observations/" + stored.at("/id").asLong())
                        .json()
                        .at("/narrative")
                        .asString();
        assertThat(narrative).doesNotContain("red key").doesNotContain("ghp_0123");
        assertThat(narrative).contains("[private]");
    }

    private static JsonNode expectProblem(TestDaemon.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        JsonNode problem = answer.json();
        assertThat(problem.at("/code").asString()).isEqualTo(code);
        assertThat(problem.at("/detail").asString()).isNotBlank();
        assertThat(problem.at("/request_id").asString()).isNotBlank();
        return problem;
    }
}
