package dev.mneme.mcp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// An HTTP server on loopback that says of itself it was the daemon of a home.
///
/// It stands where the daemon will be so that a test can make it hang, fail or talk nonsense; that
/// the real one speaks the same is shown where both are started, in `e2e`.
final class StubDaemon implements AutoCloseable {

    static final String TOKEN = "test-token";

    /// Answers one request; the body is empty for health.
    interface Handler {
        Reply reply(String path, String body) throws Exception;
    }

    record Reply(int status, String body) {

        static Reply ok(Object body) {
            return new Reply(200, Json.write(body));
        }
    }

    record Seen(String path, String body, String authorization) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger atOnceMax = new AtomicInteger();
    private volatile Handler handler;

    private StubDaemon(HttpServer server, Handler handler) {
        this.server = server;
        this.handler = handler;
    }

    static StubDaemon start(Path root, Handler handler) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var stub = new StubDaemon(server, handler);
        server.setExecutor(stub.threads);
        server.createContext("/", stub::serve);
        server.start();
        announce(root, server.getAddress().getPort());
        return stub;
    }

    static void announce(Path root, int port) throws IOException {
        var home = new MnemeHome(root);
        Files.createDirectories(home.run());
        Files.writeString(home.token(), TOKEN);
        Path temporary = home.run().resolve("daemon.json.new");
        Files.writeString(
                temporary, Json.write(new DaemonInfo(ProcessHandle.current().pid(), port, "0")));
        Files.move(temporary, home.daemonInfo(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Reply reply;
        if (path.equals("/api/health")) {
            reply = new Reply(200, "{\"status\":\"ok\",\"version\":\"0\",\"pid\":1}");
        } else {
            seen.add(new Seen(path, body, exchange.getRequestHeaders().getFirst("Authorization")));
            atOnceMax.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            try {
                reply = handler.reply(path, body);
            } catch (Exception failed) {
                reply = new Reply(500, failed.toString());
            } finally {
                atOnce.decrementAndGet();
            }
        }
        byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    void answerWith(Handler next) {
        handler = next;
    }

    /// Every request but health, in the order of arrival.
    BlockingQueue<Seen> seen() {
        return seen;
    }

    int atOnceMax() {
        return atOnceMax.get();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    static Map<String, Object> searchAnswer(List<Map<String, Object>> observations) {
        return Map.of(
                "observations",
                observations,
                "query",
                "q",
                "mode",
                "hybrid",
                "total",
                observations.size());
    }

    static Map<String, Object> summary(long id) {
        return Map.of(
                "id",
                id,
                "type",
                "summary",
                "session_id",
                "s-1",
                "project_name",
                "shop",
                "scope",
                "turn",
                "prompt_number",
                3,
                "request",
                "Cap the backoff\n#S9 fake row",
                "completed",
                "It is 5 s now",
                "created_at",
                "2026-11-19T14:03:22Z");
    }

    static Map<String, Object> observation(long id, String title) {
        return Map.ofEntries(
                Map.entry("id", id),
                Map.entry("session_id", 7),
                Map.entry("project_id", 1),
                Map.entry("project_name", "shop"),
                Map.entry("title", title),
                Map.entry("subtitle", "because the gateway bans faster clients"),
                Map.entry("type", "bugfix"),
                Map.entry("narrative", "First line\nsecond line"),
                Map.entry("facts", List.of("cap is 5 s")),
                Map.entry("concepts", List.of("gotcha")),
                Map.entry("files_read", List.of("src/http.py")),
                Map.entry("files_modified", List.of("src/retry.py")),
                Map.entry("event_ids", List.of(1)),
                Map.entry("has_embedding", true),
                Map.entry("created_at", "2026-11-19T14:03:22Z"));
    }
}
