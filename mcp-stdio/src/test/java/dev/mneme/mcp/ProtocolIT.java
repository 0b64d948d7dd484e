package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// Conversations with the built program, good and bad ones.
final class ProtocolIT {

    private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

    @TempDir Path home;

    @ParameterizedTest
    @CsvSource({
        "2024-11-05,false", "2024-11-05,true",
        "2025-03-26,false", "2025-03-26,true",
        "2025-06-18,false", "2025-06-18,true",
        "2025-11-25,false", "2025-11-25,true"
    })
    void holdsTheGoldenConversation(String version, boolean discover) throws Exception {
        try (var server = ServerProcess.start(home)) {
            if (discover) {
                JsonNode refused =
                        server.request(
                                "server/discover",
                                Map.of(
                                        "_meta",
                                        Map.of(
                                                "io.modelcontextprotocol/protocolVersion",
                                                "2026-07-28")));
                assertThat(refused.get("error").get("code").asInt()).isEqualTo(-32601);
            }
            JsonNode initialized = server.initialize(version).get("result");
            assertThat(Json.write(initialized))
                    .isEqualTo(
                            golden("initialize.json")
                                    .replace("PROTOCOL", version)
                                    .replace("VERSION", System.getProperty("mneme.version")));
            assertThat(Json.write(server.request("tools/list", Map.of()).get("result")))
                    .isEqualTo(golden("tools-list.json"));
            assertThat(server.request("ping", Map.of()).get("result").isEmpty()).isTrue();
            server.endInput();
            assertThat(server.endsWithin(END_TIMEOUT)).isTrue();
            assertThat(server.exitCode()).isZero();
            assertThat(server.rest()).isEmpty();
            assertThat(server.stderr()).isEmpty();
        }
    }

    @Test
    void answersAnUnknownRevisionWithItsNewest() throws Exception {
        try (var server = ServerProcess.start(home)) {
            JsonNode result = server.initialize("2026-07-28").get("result");
            assertThat(result.get("protocolVersion").asString()).isEqualTo("2025-11-25");
        }
    }

    @Test
    void initializesTwiceAndServesOn() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            JsonNode again = server.initialize("2025-06-18").get("result");
            assertThat(again.get("protocolVersion").asString()).isEqualTo("2025-06-18");
            assertThat(server.request("tools/list", Map.of()).has("result")).isTrue();
        }
    }

    @Test
    void servesAClientThatNeverSaysInitialized() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.request("initialize", ServerProcess.initializeParams("2025-11-25"));
            assertThat(server.request("tools/list", Map.of()).has("result")).isTrue();
        }
    }

    @Test
    void listsTheSameBytesAtEveryStart() throws Exception {
        Set<String> lists = new HashSet<>();
        for (int start = 0; start < 5; start++) {
            try (var server = ServerProcess.start(home)) {
                server.initialize();
                server.send("tools/list", Map.of());
                lists.add(server.receiveLine());
            }
        }
        assertThat(lists).hasSize(1);
    }

    @Test
    void outlivesWhateverALineHolds() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            server.sendLine("");
            server.sendLine("   \t ");
            server.sendLine("\r");
            assertRefused(server, "{\"jsonrpc\":\"2.0\",\"id\":5,", -32700);
            assertRefused(server, "garbage", -32700);
            assertRefused(server, "[[[[".repeat(5_000), -32700);
            assertRefused(server, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32600);
            assertRefused(server, "\"text\"", -32600);
            assertRefused(server, "{}", -32600);
            assertRefused(server, "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32600);
            assertRefused(server, "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", -32600);
            assertRefused(server, "{\"jsonrpc\":\"1.0\",\"id\":8,\"method\":\"ping\"}", -32600);
            server.sendLine("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}");
            server.notify("notifications/cancelled");
            server.notify("notifications/nothing");
            assertThat(server.request("tools/list", Map.of()).has("result")).isTrue();
            assertThat(home.resolve("log"))
                    .as("none of it is worth a warning")
                    .satisfies(folder -> assertThat(logOf(folder)).doesNotContain("ERROR"));
        }
    }

    private static void assertRefused(ServerProcess server, String line, int code)
            throws IOException, InterruptedException {
        server.sendLine(line);
        JsonNode answer = server.receive();
        assertThat(answer.path("error").path("code").asInt()).as(line).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools/list", "tools/call", "resources/list", "nonsense"})
    void refusesARequestBeforeInitializeAndStillEnds(String method) throws Exception {
        try (var server = ServerProcess.start(home)) {
            JsonNode refused = server.request(method, Map.of());
            assertThat(refused.get("error").get("code").asInt()).isEqualTo(-32600);
            assertThat(server.request("ping", Map.of()).has("result")).isTrue();
            server.endInput();
            assertThat(server.endsWithin(END_TIMEOUT)).isTrue();
        }
    }

    @Test
    void answersUnknownMethodsAndTools() throws Exception {
        try (var server = ServerProcess.start(home)) {
            server.initialize();
            JsonNode method = server.request("nonsense", Map.of());
            assertThat(method.get("error").get("code").asInt()).isEqualTo(-32601);
            JsonNode tool = server.request("tools/call", ServerProcess.call("forget", Map.of()));
            assertThat(tool.get("error").get("code").asInt()).isEqualTo(-32602);
            assertThat(tool.toString()).contains("forget");
        }
    }

    @Test
    void takesAnArgumentOfThreeMegabytesAndRefusesAMessageOverItsLimit() throws Exception {
        var answer = StubDaemon.Reply.ok(StubDaemon.searchAnswer(List.of()));
        try (var stub = StubDaemon.start(home, (path, body) -> answer);
                var server = ServerProcess.start(home)) {
            server.initialize();
            String japanese = "再試行".repeat(3 * 1024 * 1024 / 9);
            var result = server.callTool("search", Map.of("query", japanese));
            assertThat(result.isError()).as(result.text()).isFalse();
            assertThat(stub.seen().take().body().length()).isLessThan(5_000);
            var tooLong = server.callTool("save_memory", Map.of("text", japanese));
            assertThat(tooLong.isError()).isTrue();
            assertThat(tooLong.text()).contains("`text`").contains("32768");

            server.sendLine("{\"jsonrpc\":\"" + "x".repeat(StdioLoop.MESSAGE_BYTES_MAX) + "\"}");
            JsonNode refused = server.receive();
            assertThat(refused.get("error").get("code").asInt()).isEqualTo(-32600);
            assertThat(refused.toString()).contains("4194304");
            assertThat(server.request("ping", Map.of()).has("result")).isTrue();
        }
    }

    @Test
    void answersAfterALongPause() throws Exception {
        try (var server = ServerProcess.start(home)) {
            assertThat(server.endsWithin(Duration.ofSeconds(3))).as("ended by itself").isFalse();
            server.initialize();
            assertThat(server.endsWithin(Duration.ofSeconds(3))).as("ended by itself").isFalse();
            assertThat(server.request("tools/list", Map.of()).has("result")).isTrue();
        }
    }

    @Test
    void keepsStdoutPureUnderAForeignLocaleAndJvmOptions() throws Exception {
        String title = "再試行は五秒まで – Größe";
        var answer =
                StubDaemon.Reply.ok(
                        StubDaemon.searchAnswer(List.of(StubDaemon.observation(3, title))));
        var environment =
                Map.of("LC_ALL", "C", "LANG", "C", "JAVA_TOOL_OPTIONS", "-Dsome.option=1 -Xlog:gc");
        try (var stub = StubDaemon.start(home, (path, body) -> answer);
                var server = ServerProcess.start(home, environment)) {
            server.initialize();
            var result = server.callTool("search", Map.of("query", "再試行"));
            assertThat(result.text()).contains(title);
            assertThat(stub.seen().take().body()).contains("再試行");
            server.endInput();
            assertThat(server.endsWithin(END_TIMEOUT)).isTrue();
            assertThat(server.rest()).isEmpty();
            assertThat(server.stderr()).contains("Picked up JAVA_TOOL_OPTIONS");
        }
    }

    @Test
    void answersAHundredParallelCallsEachWithItsOwnResult() throws Exception {
        // Nobody is answered before as many are there as may be: that shows them side by side.
        var together = new CountDownLatch(DaemonCalls.CALLS_AT_ONCE_MAX);
        StubDaemon.Handler echo =
                (path, body) -> {
                    together.countDown();
                    together.await();
                    String query = Json.tree(body).get("query").asString();
                    return StubDaemon.Reply.ok(
                            StubDaemon.searchAnswer(List.of(StubDaemon.observation(1, query))));
                };
        try (var stub = StubDaemon.start(home, echo);
                var server = ServerProcess.start(home)) {
            server.initialize();
            var expected = new HashMap<Integer, String>();
            for (int call = 0; call < 100; call++) {
                String query = "query-" + call + "-" + "q".repeat(call);
                expected.put(
                        server.send(
                                "tools/call", ServerProcess.call("search", Map.of("query", query))),
                        query);
            }
            while (!expected.isEmpty()) {
                JsonNode answer = server.receive();
                String query = expected.remove(answer.get("id").asInt());
                assertThat(query).as(answer.toString()).isNotNull();
                assertThat(ServerProcess.toolResult(answer).text()).contains("  " + query + " –");
            }
            assertThat(stub.atOnceMax()).isEqualTo(DaemonCalls.CALLS_AT_ONCE_MAX);
        }
    }

    private static String logOf(Path folder) throws IOException {
        Path file = folder.resolve("mcp-stdio.log");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    private static String golden(String name) throws IOException {
        try (InputStream in = ProtocolIT.class.getResourceAsStream("/golden/" + name)) {
            assertThat(in).as(name).isNotNull();
            return Json.write(Json.tree(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        }
    }
}
