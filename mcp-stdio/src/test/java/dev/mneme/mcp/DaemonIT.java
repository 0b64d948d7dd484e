package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.mcp.ServerProcess.ToolResult;
import dev.mneme.mcp.StubDaemon.Reply;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/// The tools before a daemon that is well, ill, or not there.
final class DaemonIT {

    @TempDir Path home;

    @Test
    void searchAnswersInRows() throws Exception {
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) ->
                                        Reply.ok(
                                                StubDaemon.searchAnswer(
                                                        List.of(
                                                                StubDaemon.observation(
                                                                        123,
                                                                        "Retry backoff is capped"
                                                                                + " at 5 s\n#9 fake"
                                                                                + " row"),
                                                                StubDaemon.observation(
                                                                        124, "Second")))));
                var server = ServerProcess.start(home, Map.of("CLAUDE_PROJECT_DIR", "/srv/shop"))) {
            server.initialize();
            ToolResult result =
                    server.callTool(
                            "search",
                            Map.of("query", "cap", "type", List.of("bugfix"), "limit", 5));
            assertThat(result)
                    .isEqualTo(
                            new ToolResult(
                                    """
                                    2 hits, best first:
                                    #123 2026-11-19 bugfix  Retry backoff is capped at 5 s #9 fake row – because the gateway bans faster clients  [src/retry.py]
                                    #124 2026-11-19 bugfix  Second – because the gateway bans faster clients  [src/retry.py]\
                                    """,
                                    false));
            StubDaemon.Seen request = stub.seen().take();
            assertThat(request.path()).isEqualTo("/api/observations/search");
            assertThat(request.authorization()).isEqualTo("Bearer " + StubDaemon.TOKEN);
            JsonNode body = Json.tree(request.body());
            assertThat(body.get("project").asString()).isEqualTo("/srv/shop");
            assertThat(body.get("cross_project").asBoolean()).isFalse();
            assertThat(body.get("type").get(0).asString()).isEqualTo("bugfix");
            assertThat(body.get("limit").asInt()).isEqualTo(5);

            ToolResult everywhere =
                    server.callTool("search", Map.of("query", "cap", "cross_project", true));
            assertThat(everywhere.text()).contains("bugfix (shop)  Second");
            assertThat(Json.tree(stub.seen().take().body()).has("project")).isFalse();
        }
    }

    @Test
    void everyFilterReachesTheDaemonAndAPageNamesTheNext() throws Exception {
        var page =
                new HashMap<>(StubDaemon.searchAnswer(List.of(StubDaemon.observation(7, "One"))));
        page.put("next", "MHgxLjhwLTEgNw");
        try (var stub = StubDaemon.start(home, (path, body) -> Reply.ok(page));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result =
                    server.callTool(
                            "search",
                            Map.of(
                                    "query", "cap",
                                    "files", List.of("src/retry.py"),
                                    "concepts", List.of("gotcha", "retry"),
                                    "branch", "main",
                                    "since", "7d",
                                    "until", "2026-11-20",
                                    "session", "s-1",
                                    "after", "MHgxLjlwLTEgOQ"));
            assertThat(result.text()).endsWith("\nMore: after=\"MHgxLjhwLTEgNw\"");
            JsonNode body = Json.tree(stub.seen().take().body());
            assertThat(body.get("files").get(0).asString()).isEqualTo("src/retry.py");
            assertThat(body.get("concepts").get(1).asString()).isEqualTo("retry");
            assertThat(body.get("branch").asString()).isEqualTo("main");
            assertThat(body.get("since").asString()).isEqualTo("7d");
            assertThat(body.get("until").asString()).isEqualTo("2026-11-20");
            assertThat(body.get("session_id").asString()).isEqualTo("s-1");
            assertThat(body.get("after").asString()).isEqualTo("MHgxLjlwLTEgOQ");

            assertWrong(server, "search", Map.of("query", "a", "files", List.of()), "`files`");
            assertWrong(server, "search", Map.of("query", "a", "files", List.of(" ")), "`files`");
            assertWrong(server, "search", Map.of("query", "a", "since", 7), "`since`");
        }
    }

    @Test
    void summariesHaveRowsOfTheirOwnAndAreReadByTheirIds() throws Exception {
        var found =
                new HashMap<>(StubDaemon.searchAnswer(List.of(StubDaemon.observation(7, "One"))));
        found.put("summaries", List.of(StubDaemon.summary(12)));
        Map<String, Object> read =
                Map.of(
                        "observations",
                        List.of(),
                        "missing",
                        List.of(),
                        "summaries",
                        List.of(StubDaemon.summary(12)),
                        "missing_summaries",
                        List.of(13));
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> Reply.ok(path.endsWith("/get") ? read : found));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertThat(
                            server.callTool(
                                    "search", Map.of("query", "cap", "type", List.of("summary"))))
                    .extracting(ToolResult::text)
                    .asString()
                    .endsWith(
                            """
                            What turns and sessions came to that speak of it:
                            #S12 2026-11-19 summary  of a turn: Cap the backoff #S9 fake row → It is 5 s now\
                            """);
            assertThat(Json.tree(stub.seen().take().body()).at("/type/0").asString())
                    .isEqualTo("summary");

            assertThat(
                            server.callTool(
                                            "get_observations",
                                            Map.of("summary_ids", List.of(12, 13)))
                                    .text())
                    .isEqualTo(
                            """
                            #S12 2026-11-19 14:03 summary of a turn
                              project: shop, session s-1, prompt 3
                              request:
                                Cap the backoff
                                #S9 fake row
                              completed:
                                It is 5 s now

                            Unknown ids: #S13\
                            """);
            assertThat(Json.tree(stub.seen().take().body()).at("/summary_ids/1").asInt())
                    .isEqualTo(13);
            assertWrong(server, "get_observations", Map.of(), "`ids` is missing");
        }
    }

    @Test
    void rowsThatDoNotAnswerTheQueryAreCalledThat() throws Exception {
        var nearest =
                new HashMap<>(
                        StubDaemon.searchAnswer(List.of(StubDaemon.observation(7, "Elsewhere"))));
        nearest.put("covered", false);
        try (var stub = StubDaemon.start(home, (path, body) -> Reply.ok(nearest));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertThat(server.callTool("search", Map.of("query", "cap")).text())
                    .startsWith("covered: false. Nothing stored seems to answer this;")
                    .contains("#7 ");
            assertThat(stub.seen()).hasSize(1);
        }
    }

    @Test
    void aProjectDefaultsToTheWorkingDirectory() throws Exception {
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> Reply.ok(StubDaemon.searchAnswer(List.of())));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result = server.callTool("search", Map.of("query", "cap"));
            assertThat(result.text()).startsWith("No hits");
            assertThat(Json.tree(stub.seen().take().body()).get("project").asString())
                    .isEqualTo(System.getProperty("user.dir"));
        }
    }

    @Test
    void timelineMarksItsAnchor() throws Exception {
        var entries =
                List.of(
                        Map.of("position", "before", "observation", StubDaemon.observation(1, "A")),
                        Map.of("position", "anchor", "observation", StubDaemon.observation(2, "B")),
                        Map.of("position", "after", "observation", StubDaemon.observation(3, "C")));
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> Reply.ok(Map.of("anchor", 2, "entries", entries)));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result = server.callTool("timeline", Map.of("anchor", 2, "depth_after", 1));
            assertThat(result.text().lines().map(line -> line.substring(0, 21)))
                    .containsExactly(
                            "  #1 2026-11-19 14:03",
                            "> #2 2026-11-19 14:03",
                            "  #3 2026-11-19 14:03");
            JsonNode body = Json.tree(stub.seen().take().body());
            assertThat(body.get("anchor").asInt()).isEqualTo(2);
            assertThat(body.get("depth_before").asInt()).isEqualTo(3);
            assertThat(body.get("depth_after").asInt()).isEqualTo(1);
            assertThat(body.get("project").isNull()).isTrue();
            ToolResult neither = server.callTool("timeline", Map.of());
            assertThat(neither.isError()).isTrue();
            assertThat(neither.text()).contains("`anchor` or `query`");
        }
    }

    @Test
    void getObservationsReadsInFullAndNamesUnknownIds() throws Exception {
        try (var _ =
                        StubDaemon.start(
                                home,
                                (path, body) ->
                                        Reply.ok(
                                                Map.of(
                                                        "observations",
                                                        List.of(StubDaemon.observation(5, "Five")),
                                                        "missing",
                                                        List.of(6, 7))));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result =
                    server.callTool("get_observations", Map.of("ids", List.of(5, 6, 7, 5)));
            assertThat(result)
                    .isEqualTo(
                            new ToolResult(
                                    """
                                    #5 2026-11-19 14:03 bugfix  Five
                                      subtitle: because the gateway bans faster clients
                                      project: shop, session 7
                                      narrative:
                                        First line
                                        second line
                                      facts:
                                      - cap is 5 s
                                      concepts: gotcha
                                      files modified: src/retry.py
                                      files read: src/http.py

                                    Unknown ids: #6, #7\
                                    """,
                                    false));
        }
    }

    @Test
    void getObservationsEndsEarlyAndNamesWhatIsLeft() throws Exception {
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) -> {
                                    var ids = Json.tree(body).get("ids");
                                    var views =
                                            ids.valueStream()
                                                    .map(
                                                            id ->
                                                                    StubDaemon.observation(
                                                                            id.asLong(),
                                                                            "t".repeat(9_900)))
                                                    .toList();
                                    return Reply.ok(
                                            Map.of("observations", views, "missing", List.of()));
                                });
                var server = ServerProcess.start(home)) {
            server.initialize();
            List<Integer> ids = Stream.iterate(1, id -> id + 1).limit(30).toList();
            ToolResult result = server.callTool("get_observations", Map.of("ids", ids));
            assertThat(result.isError()).isFalse();
            assertThat(result.text().length())
                    .isLessThan(GetObservationsTool.RESULT_CHARS_MAX + 1_000);
            assertThat(result.text())
                    .contains("\n#7 ")
                    .contains("ask again for: #8, #9, ")
                    .endsWith("#29, #30");
            assertThat(stub.seen()).as("the last ids were not even asked for").hasSize(1);
        }
    }

    @Test
    void saveMemorySaysWhereItWent() throws Exception {
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) ->
                                        Reply.ok(
                                                Map.of(
                                                        "saved",
                                                        true,
                                                        "id",
                                                        9,
                                                        "title",
                                                        "Use UTC",
                                                        "project_name",
                                                        "shop")));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result =
                    server.callTool(
                            "save_memory",
                            Map.of("text", "All times are UTC.", "type", "decision"));
            assertThat(result)
                    .isEqualTo(new ToolResult("Saved as #9 in project shop: Use UTC", false));
            StubDaemon.Seen request = stub.seen().take();
            assertThat(request.path()).isEqualTo("/api/memories");
            assertThat(Json.tree(request.body()).get("type").asString()).isEqualTo("decision");

            server.callTool(
                    "save_memory", Map.of("text", "Times are local.", "supersedes", List.of(9)));
            assertThat(Json.tree(stub.seen().take().body()).get("supersedes"))
                    .isEqualTo(Json.tree("[9]"));
        }
    }

    @Test
    void wrongArgumentsAreNamedAndReachNoDaemon() throws Exception {
        try (var stub = StubDaemon.start(home, (path, body) -> new Reply(500, ""));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertWrong(server, "search", Map.of(), "`query` is missing");
            assertWrong(server, "search", Map.of("query", 5), "`query`");
            assertWrong(server, "search", Map.of("query", " "), "`query`");
            assertWrong(server, "search", Map.of("query", "a", "limit", 101), "`limit`");
            assertWrong(server, "search", Map.of("query", "a", "limit", 0), "`limit`");
            assertWrong(server, "search", Map.of("query", "a", "limit", 1.5), "`limit`");
            assertWrong(server, "search", Map.of("query", "a", "limit", "5"), "`limit`");
            assertWrong(server, "search", Map.of("query", "a", "type", "bugfix"), "`type`");
            assertWrong(server, "search", Map.of("query", "a", "type", List.of("bug")), "gotcha");
            assertWrong(server, "search", Map.of("query", "a", "offset", 3), "`offset` is unknown");
            assertWrong(server, "timeline", Map.of("anchor", -1), "`anchor`");
            assertWrong(
                    server, "timeline", Map.of("anchor", 1, "depth_after", 21), "`depth_after`");
            assertWrong(server, "get_observations", Map.of("ids", List.of()), "`ids`");
            assertWrong(server, "get_observations", Map.of("ids", List.of("x")), "`ids`");
            assertWrong(
                    server,
                    "get_observations",
                    Map.of("ids", Stream.iterate(1, id -> id + 1).limit(201).toList()),
                    "1 to 200");
            assertWrong(server, "save_memory", Map.of("title", "t"), "`text` is missing");
            assertWrong(
                    server,
                    "save_memory",
                    Map.of("text", "t", "supersedes", List.of(0)),
                    "`supersedes`");
            assertThat(server.callTool("memory_search_guide", Map.of()).text())
                    .as("needs no daemon")
                    .contains("timeline", "get_observations", "supersedes");
            assertThat(stub.seen()).isEmpty();
        }
    }

    private static void assertWrong(
            ServerProcess server, String tool, Map<String, ?> arguments, String named)
            throws IOException, InterruptedException {
        ToolResult result = server.callTool(tool, arguments);
        assertThat(result.isError()).as(result.text()).isTrue();
        assertThat(result.text()).contains(named).contains("\nhint: ");
    }

    @Test
    void passesOnWhatTheDaemonSaysIsWrong() throws Exception {
        String problem =
                "{\"type\":\"about:blank\",\"title\":\"project ambiguous\",\"status\":409,"
                        + "\"code\":\"PROJECT_AMBIGUOUS\",\"detail\":\"two projects are called"
                        + " `shop`\",\"hint\":\"use the id: 3 or 9\"}";
        try (var _ = StubDaemon.start(home, (path, body) -> new Reply(409, problem));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertThat(server.callTool("search", Map.of("query", "a")))
                    .isEqualTo(
                            new ToolResult(
                                    "search failed: two projects are called `shop`\n"
                                            + "hint: use the id: 3 or 9",
                                    true));
        }
    }

    @Test
    void answersWhenTheDaemonTalksNonsenseAndLogsNoContent() throws Exception {
        String marker = "markerZebra4711";
        try (var stub = StubDaemon.start(home, (path, body) -> new Reply(200, ""));
                var server = ServerProcess.start(home)) {
            server.initialize();
            for (Reply reply :
                    List.of(
                            new Reply(200, ""),
                            new Reply(200, "<html>" + marker),
                            new Reply(200, "{}"),
                            new Reply(200, "[]"),
                            new Reply(200, "{\"observations\":5}"),
                            new Reply(200, "{\"observations\":[null]}"),
                            new Reply(500, marker),
                            new Reply(500, "{\"status\":500}"),
                            new Reply(404, ""))) {
                stub.answerWith((path, body) -> reply);
                ToolResult result = server.callTool("search", Map.of("query", marker));
                assertThat(result.isError()).as(reply + " gave " + result.text()).isTrue();
                assertThat(result.text()).contains("search failed").contains("\nhint: ");
            }
            server.sendLine("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/" + marker + "\"}");
            server.request(marker, Map.of(marker, marker));
            server.request("tools/call", ServerProcess.call(marker, Map.of()));
        }
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain(marker);
            }
        }
    }

    @Test
    void answersWithinItsDeadlineWhenTheDaemonHangs() throws Exception {
        var never = new CountDownLatch(1);
        try (var _ =
                        StubDaemon.start(
                                home,
                                (path, body) -> {
                                    never.await();
                                    return new Reply(200, "");
                                });
                var server = ServerProcess.start(home)) {
            server.initialize();
            long beginNanos = System.nanoTime();
            ToolResult result = server.callTool("search", Map.of("query", "a"));
            assertThat(result.isError()).isTrue();
            assertThat(result.text()).contains("did not answer within 10 s");
            assertThat(Duration.ofNanos(System.nanoTime() - beginNanos))
                    .isBetween(
                            DaemonCalls.CALL_TIMEOUT.minusSeconds(1),
                            DaemonCalls.CALL_TIMEOUT.plusSeconds(5));
        }
    }

    /// A read timeout alone would never end this one.
    @Test
    void answersWithinItsDeadlineWhenTheDaemonTrickles() throws Exception {
        try (var socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                var server = ServerProcess.start(home)) {
            StubDaemon.announce(home, socket.getLocalPort());
            Thread.ofVirtual().start(() -> trickleToAll(socket));
            server.initialize();
            ToolResult result = server.callTool("search", Map.of("query", "a"));
            assertThat(result.isError()).isTrue();
            assertThat(result.text()).contains("did not answer within 10 s");
        }
    }

    @Test
    void saysHowToStartADaemonThatCannotBeStarted() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result = server.callTool("search", Map.of("query", "a"));
            assertThat(result.isError()).isTrue();
            assertThat(result.text())
                    .contains("daemon.command")
                    .contains("\nhint: ")
                    .contains("`mneme start`");
        }
    }

    @Test
    void saysWhereToLookWhenTheDaemonEndsAtOnce() throws Exception {
        writeDaemonCommand("/bin/false");
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult result = server.callTool("search", Map.of("query", "a"));
            assertThat(result.isError()).isTrue();
            assertThat(result.text()).contains("exit code 1").contains("daemon.out");
        }
    }

    @Test
    void startsTheDaemonOnceForManyCalls() throws Exception {
        writeDaemonCommand(
                ServerProcess.java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.mneme.mcp.StubDaemonProgram");
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            for (int call = 0; call < 20; call++) {
                server.send("tools/call", ServerProcess.call("search", Map.of("query", "a")));
            }
            for (int call = 0; call < 20; call++) {
                ToolResult result = ServerProcess.toolResult(server.receive());
                assertThat(result.text()).contains("#1 ").contains("started");
            }
            try (Stream<Path> files = Files.list(home)) {
                assertThat(
                                files.filter(
                                        file ->
                                                file.getFileName()
                                                        .toString()
                                                        .startsWith("started")))
                        .hasSize(1);
            }
        } finally {
            endStartedDaemon();
        }
    }

    @Test
    void findsADaemonThatWasRestartedOnAnotherPort() throws Exception {
        var answer = Reply.ok(StubDaemon.searchAnswer(List.of()));
        try (var server = ServerProcess.start(home)) {
            try (var _ = StubDaemon.start(home, (path, body) -> answer)) {
                server.initialize();
                assertThat(server.callTool("search", Map.of("query", "a")).isError()).isFalse();
            }
            try (var _ = StubDaemon.start(home, (path, body) -> answer)) {
                assertThat(server.callTool("search", Map.of("query", "a")).isError()).isFalse();
            }
        }
    }

    private static void trickleToAll(ServerSocket socket) {
        try {
            while (true) {
                var connection = socket.accept();
                Thread.ofVirtual().start(() -> trickle(connection));
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    private static void trickle(Socket connection) {
        try (connection) {
            var out = connection.getOutputStream();
            out.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write(' ');
                out.flush();
                Thread.sleep(200);
            }
        } catch (IOException | InterruptedException closed) {
            // The client gave up, as it should.
        }
    }

    private void writeDaemonCommand(String... command) throws IOException {
        var layout = new MnemeHome(home);
        Files.createDirectories(layout.app());
        Files.write(layout.daemonCommand(), List.of(command));
    }

    private void endStartedDaemon() throws Exception {
        Path info = new MnemeHome(home).daemonInfo();
        if (Files.exists(info)) {
            var daemon =
                    ProcessHandle.of(Json.read(Files.readString(info), DaemonInfo.class).pid());
            if (daemon.isPresent()) {
                daemon.get().destroyForcibly();
                daemon.get().onExit().get();
            }
        }
    }
}
