package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// `mneme search` as people type it: real shell, real launcher, a server that answers the contract.
final class SearchCommandIT {

    private static final String ANSWER =
            """
            {"query": "backoff", "mode": "hybrid", "total": 1, "covered": true, "coverage": 0.9,
             "next": "MHgxLjhwLTEgNw",
             "explain": [{"id": 7, "words": 1.0, "neighbours": 0.0, "session": 0.6,
                          "length": -0.02, "meaning": 0.31, "recency": 0.001}],
             "observations": [{
                 "id": 7, "session_id": 1, "project_id": 1, "project_name": "shop",
                 "title": "Cap the backoff", "type": "decision", "facts": [], "concepts": [],
                 "files_read": [], "files_modified": ["http/retry.py"], "event_ids": [1],
                 "has_embedding": true, "created_at": "2026-11-19T14:03:22Z", "score": 1.891}]}
            """;

    private static final String SUMMARIES =
            """
            "summaries": [{
                "id": 12, "type": "summary", "session_id": "s-1", "project_name": "shop",
                "scope": "session", "request": "Cap the backoff\\nsoon",
                "completed": "It is 5 s now", "created_at": "2026-11-19T14:03:22Z"}]
            """;

    @TempDir Path directory;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile String answer = ANSWER;
    private Sandbox sandbox;
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        sandbox = new Sandbox(directory, "search");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", this::answer);
        server.start();
        Path run = Files.createDirectories(sandbox.mnemeHome().resolve("run"));
        Files.writeString(sandbox.mnemeHome().resolve("token"), "secret");
        Files.writeString(
                run.resolve("daemon.json"),
                "{\"pid\":1,\"port\":" + server.getAddress().getPort() + ",\"version\":\"0\"}");
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(0);
        Files.deleteIfExists(sandbox.mnemeHome().resolve("run/daemon.json"));
        sandbox.close();
    }

    @Test
    void aMemoryIsSavedInOnesOwnWords() throws Exception {
        answer =
                "{\"saved\": true, \"id\": 8, \"title\": \"Two words\", \"project_name\": \"shop\"}";

        Children.Ended saved =
                sandbox.mneme(
                        "save",
                        "--type",
                        "decision",
                        "--supersedes",
                        "7",
                        "--project",
                        "shop",
                        "Two",
                        "words");

        assertThat(saved.err()).isEmpty();
        assertThat(saved.out()).isEqualTo("saved: #8 Two words (shop)\n");
        assertThat(requests)
                .singleElement()
                .asString()
                .contains("\"text\":\"Two words\"", "\"type\":\"decision\"")
                .contains("\"supersedes\":[7]", "\"project\":\"shop\"");
        assertThat(sandbox.mneme("save").exitCode()).isEqualTo(2);
    }

    @Test
    void aWordThatIsNoCommandIsSaidToBeNone() throws Exception {
        Children.Ended mistyped = sandbox.mneme("serach", "backoff");

        assertThat(mistyped.exitCode()).isEqualTo(2);
        assertThat(mistyped.err())
                .startsWith("error: there is no command `serach`; did you mean ")
                .contains("`search`")
                .endsWith("hint: see `mneme --help`\n");
    }

    @Test
    void everyFilterIsAskedForAndAScoreIsExplained() throws Exception {
        Children.Ended found =
                sandbox.mneme(
                        "search",
                        "--project",
                        "shop",
                        "--type",
                        "decision",
                        "--concept",
                        "retry",
                        "--file",
                        "http/retry.py",
                        "--file",
                        "http/client.py",
                        "--branch",
                        "main",
                        "--since",
                        "7d",
                        "--until",
                        "2026-11-20",
                        "--session",
                        "s-1",
                        "--after",
                        "MHgxLjlwLTEgOQ",
                        "--limit",
                        "1",
                        "--explain",
                        "why",
                        "the backoff");

        assertThat(found.err()).isEmpty();
        assertThat(found.out())
                .isEqualTo(
                        """
                              #7  2026-11-19  decision   Cap the backoff
                                                         http/retry.py
                                                         1.89 = words 1.00, session 0.60, meaning 0.31, length -0.02
                        more: --after MHgxLjhwLTEgNw
                        """);
        JsonNode asked = Json.tree(requests.getFirst());
        assertThat(asked.at("/query").asString()).isEqualTo("why the backoff");
        assertThat(asked.at("/project").asString()).isEqualTo("shop");
        assertThat(asked.at("/type/0").asString()).isEqualTo("decision");
        assertThat(asked.at("/concepts/0").asString()).isEqualTo("retry");
        assertThat(asked.at("/files/1").asString()).isEqualTo("http/client.py");
        assertThat(asked.at("/branch").asString()).isEqualTo("main");
        assertThat(asked.at("/since").asString()).isEqualTo("7d");
        assertThat(asked.at("/until").asString()).isEqualTo("2026-11-20");
        assertThat(asked.at("/session_id").asString()).isEqualTo("s-1");
        assertThat(asked.at("/after").asString()).isEqualTo("MHgxLjlwLTEgOQ");
        assertThat(asked.at("/limit").asInt()).isEqualTo(1);
        assertThat(asked.at("/explain").asBoolean()).isTrue();
    }

    @Test
    void summariesStandBelowAndAreShownByTheirIds() throws Exception {
        answer = ANSWER.replace("\"query\":", SUMMARIES + ", \"query\":");
        Children.Ended found = sandbox.mneme("search", "--project", "shop", "backoff");

        assertThat(found.err()).isEmpty();
        assertThat(found.out())
                .contains(
                        """
                        what turns and sessions came to that speak of it:
                             S12  2026-11-19  summary    Cap the backoff
                        """);

        answer = "{\"observations\": [], \"missing\": [], " + SUMMARIES + "}";
        Children.Ended shown = sandbox.mneme("show", "S12");
        assertThat(shown.out())
                .isEqualTo(
                        """
                        S12  summary  of a session
                        shop, session s-1, 2026-11-19T14:03:22Z

                        request:
                          Cap the backoff
                          soon

                        completed:
                          It is 5 s now
                        """);
        assertThat(Json.tree(requests.getLast()).at("/summary_ids/0").asInt()).isEqualTo(12);
        assertThat(sandbox.mneme("show", "twelve").exitCode()).isEqualTo(2);
    }

    @Test
    void aWrongOptionIsNamedAndTheHelpShowsAnExample() throws Exception {
        Children.Ended wrong = sandbox.mneme("search", "--banch", "main", "backoff");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("--banch");
        Children.Ended help = sandbox.mneme("search", "--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).contains("--since=TIME", "mneme search --file http/retry.py");
        assertThat(requests).isEmpty();
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
