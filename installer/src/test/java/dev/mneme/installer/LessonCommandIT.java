package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// `mneme lesson` as people type it: real shell, real launcher, a server that answers the contract.
final class LessonCommandIT {

    private static final Wire.LessonView FORCE =
            lesson(3, "critical", "active", "shop", "Bash", "push.*--force", List.of(), 2);

    private static final Wire.LessonView PROPOSED =
            lesson(4, "warning", "proposed", null, null, null, List.of(17L, 21L), 0);

    @TempDir Path directory;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private Sandbox sandbox;
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        sandbox = new Sandbox(directory, "lessons");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        Path home = Files.createDirectories(sandbox.mnemeHome().resolve("run"));
        Files.writeString(sandbox.mnemeHome().resolve("token"), "secret");
        Files.writeString(
                home.resolve("daemon.json"),
                "{\"pid\":1,\"port\":" + server.getAddress().getPort() + ",\"version\":\"0\"}");
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(0);
        Files.deleteIfExists(sandbox.mnemeHome().resolve("run/daemon.json"));
        sandbox.close();
    }

    @Test
    void listsAndShows() throws Exception {
        expect(
                """
                3  critical  shop  Never force
                    told before Bash calls with /push.*--force/, 2 times so far
                4  warning  proposed  (every project)  Never force
                    told at the start of sessions
                """,
                "list",
                "--all",
                "--project",
                "shop");
        expect(
                """
                4  warning  proposed  (every project)  Never force
                    told at the start of sessions
                  Never force-push main.
                  CI deploys from it.
                  created  2026-11-20T12:00:00Z
                  learned from  #17, #21
                """,
                "show",
                "4");
        Children.Ended json = sandbox.mneme("lesson", "list", "--json");
        assertThat(json.exitCode()).as(json.err()).isZero();
        assertThat(Json.tree(json.out()).at("/lessons/0/trigger_count").asLong()).isEqualTo(2);
        assertThat(requests)
                .containsExactly(
                        "GET /api/lessons?limit=100&state=all&project=shop ",
                        "GET /api/lessons/4 ",
                        "GET /api/lessons?limit=100&state=active ");
    }

    @Test
    void addsAcceptsRetiresAndDeletes() throws Exception {
        expect(
                """
                kept as 3  critical  shop  Never force
                    told before Bash calls with /push.*--force/, 2 times so far
                """,
                "add",
                "Never force-push main.",
                "--severity",
                "critical",
                "--tool",
                "Bash",
                "--pattern",
                "push.*--force",
                "--everywhere");
        assertThat(sandbox.mneme("lesson", "accept", "4").exitCode()).isZero();
        assertThat(sandbox.mneme("lesson", "retire", "3").exitCode()).isZero();
        expect("lesson 3 is deleted\n", "delete", "3");
        assertThat(requests)
                .containsExactly(
                        "POST /api/lessons {\"title\":null,\"rule\":\"Never force-push main.\","
                                + "\"severity\":\"critical\",\"project\":null,\"trigger_tool\":"
                                + "\"Bash\",\"trigger_pattern\":\"push.*--force\","
                                + "\"source_observation_id\":null}",
                        "POST /api/lessons/4/accept {}",
                        "POST /api/lessons/3/retire {}",
                        "DELETE /api/lessons/3 ");
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        Children.Ended missing = sandbox.mneme("lesson", "show", "99");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err())
                .isEqualTo(
                        """
                        error: cannot show lesson 99: there is no lesson 99 [NOT_FOUND]
                        hint: look at the list
                        """);
        Children.Ended none = sandbox.mneme("lesson");
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("Missing command: list, add");
    }

    private void expect(String out, String... arguments) throws Exception {
        var words = new java.util.ArrayList<>(List.of("lesson"));
        words.addAll(List.of(arguments));
        Children.Ended ended = sandbox.mneme(words.toArray(String[]::new));
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.out()).isEqualTo(out);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(exchange.getRequestMethod() + " " + path + " " + body);
        Object answer;
        int status = 200;
        if (path.endsWith("/99")) {
            status = 404;
            answer =
                    Problem.of(
                            ErrorCode.NOT_FOUND,
                            "there is no lesson 99",
                            "look at the list",
                            null,
                            null);
        } else if (exchange.getRequestMethod().equals("DELETE")) {
            answer = new Wire.LessonDeleted(3);
        } else if (path.contains("?")) {
            answer = List.of(FORCE, PROPOSED);
        } else {
            answer = path.contains("/4") ? PROPOSED : FORCE;
        }
        byte[] bytes = Json.write(answer).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static Wire.LessonView lesson(
            long id,
            String severity,
            String state,
            @org.jspecify.annotations.Nullable String project,
            @org.jspecify.annotations.Nullable String tool,
            @org.jspecify.annotations.Nullable String pattern,
            List<Long> evidence,
            long count) {
        return new Wire.LessonView(
                id,
                null,
                project,
                "Never force",
                "Never force-push main.\nCI deploys from it.",
                severity,
                tool,
                pattern,
                state,
                state.equals("active"),
                evidence.isEmpty() ? "manual" : "proposed",
                evidence,
                count,
                null,
                "2026-11-20T12:00:00Z",
                null);
    }
}
