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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// `mneme project` as people type it: real shell, real launcher, a server that answers the
/// contract.
final class ProjectCommandIT {

    private static final Wire.ProjectView SHOP =
            new Wire.ProjectView(
                    3,
                    "shop",
                    List.of("storefront"),
                    List.of("/home/me/shop", "/home/me/shop-old"),
                    List.of("git.example/team/shop"),
                    1,
                    42,
                    "2026-11-20T12:00:00Z");

    private static final Wire.ProjectView NOTES =
            new Wire.ProjectView(4, "notes", List.of(), List.of(), List.of(), 0, 0, null);

    @TempDir Path directory;

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private Sandbox sandbox;
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        sandbox = new Sandbox(directory, "projects");
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
    void listsProjects() throws Exception {
        expect(
                """
                shop (id 3)
                  1 session, 42 observations, last used 2026-11-20T12:00:00Z
                  aliases  storefront
                  paths    /home/me/shop, /home/me/shop-old
                  remotes  git.example/team/shop
                notes (id 4)
                  0 sessions, 0 observations
                """,
                "list");

        Children.Ended json = sandbox.mneme("project", "list", "--json");
        assertThat(json.exitCode()).as(json.err()).isZero();
        assertThat(Json.tree(json.out()).at("/projects/0/observations").asLong()).isEqualTo(42);
        assertThat(Json.tree(json.out()).at("/projects/1/last_event_at").isNull()).isTrue();
    }

    @Test
    void mergesRenamesAndGivesOtherNames() throws Exception {
        expect(
                "merged `shop~2` into `shop`, which now has 1 session and 42 observations\n",
                "merge",
                "shop~2",
                "shop");
        expect("project 3 is called `shop`\n", "rename", ".", "shop");
        expect("`shop` answers to `storefront`\n", "alias", "3", "storefront");
        expect("`shop` answers to `storefront`\n", "alias", "--remove", "3", "front");

        Path here = sandbox.home().resolveSibling("clone").resolve("..").normalize();
        assertThat(requests)
                .containsExactly(
                        "POST /api/projects/merge {\"from\":\"shop~2\",\"into\":\"shop\"}",
                        "POST /api/projects/rename {\"project\":\""
                                + here
                                + "\",\"name\":\"shop\"}",
                        "POST /api/projects/alias"
                                + " {\"project\":\"3\",\"alias\":\"storefront\",\"remove\":null}",
                        "POST /api/projects/alias"
                                + " {\"project\":\"3\",\"alias\":\"front\",\"remove\":true}");
    }

    @Test
    void whatTheDaemonRefusesIsExitCodeOne() throws Exception {
        Children.Ended ended = sandbox.mneme("project", "rename", "shop", "taken");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err())
                .isEqualTo(
                        """
                        error: cannot rename the project: `name` is taken by project `taken` (id 9) [CONFLICT]
                        hint: choose another name, or merge the two projects
                        """);
    }

    @Test
    void noDaemonIsExitCodeOne() throws Exception {
        Files.delete(sandbox.mnemeHome().resolve("run/daemon.json"));

        Children.Ended ended = sandbox.mneme("project", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(sandbox.filtered(ended.err()))
                .isEqualTo(
                        """
                        error: no daemon is running for `~/.mneme`
                        hint: start it with `mneme start`
                        """);
    }

    @Test
    void wrongUsageIsExitCodeTwo() throws Exception {
        Children.Ended nothing = sandbox.mneme("project");
        Children.Ended half = sandbox.mneme("project", "merge", "shop");

        assertThat(nothing.exitCode()).isEqualTo(2);
        assertThat(nothing.err())
                .isEqualTo(
                        """
                        error: Missing command: list, merge, rename or alias
                        hint: see `mneme project --help`
                        """);
        assertThat(half.exitCode()).isEqualTo(2);
        assertThat(half.err())
                .isEqualTo(
                        """
                        error: Missing required parameter: 'INTO'
                        hint: see `mneme project merge --help`
                        """);
        assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "merge", "rename", "alias"})
    void everyCommandHasHelpWithAnExample(String command) throws Exception {
        Children.Ended ended = sandbox.mneme("project", command, "--help");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .startsWith("Usage: mneme project " + command)
                .contains("Example:\n  mneme project " + command);
    }

    private void expect(String out, String... arguments) throws Exception {
        var all = new String[arguments.length + 1];
        all[0] = "project";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        Children.Ended ended = sandbox.mneme(all);

        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
        assertThat(ended.out()).isEqualTo(out);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            boolean allowed =
                    "Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            boolean taken = body.contains("taken");
            if (!body.isEmpty() && !taken) {
                requests.add(request + " " + body);
            }
            Object answer;
            int status = 200;
            if (!allowed || taken) {
                var problem =
                        Problem.of(
                                allowed ? ErrorCode.CONFLICT : ErrorCode.TOKEN_WRONG,
                                "`name` is taken by project `taken` (id 9)",
                                "choose another name, or merge the two projects",
                                "name",
                                null);
                status = problem.status();
                answer = problem;
            } else if (request.equals("GET /api/projects")) {
                answer = new Wire.ProjectsResponse(List.of(SHOP, NOTES), 2);
            } else {
                answer = SHOP;
            }
            byte[] bytes = Json.write(answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
