package dev.mneme.extract.model;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A real HTTP server on loopback that answers each call by the next step of a script, and the last
/// step for ever.
public final class ModelServer implements AutoCloseable {

    /// One way to answer.
    @FunctionalInterface
    public interface Step {
        void answer(HttpExchange exchange) throws Exception;
    }

    /// A call that came in.
    public record Call(String path, Headers headers, JsonNode body) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Step> script = new ConcurrentLinkedQueue<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);

    public ModelServer(Step... steps) {
        script.addAll(List.of(steps));
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public List<Call> calls() {
        return List.copyOf(calls);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            calls.add(
                    new Call(
                            exchange.getRequestURI().getPath(),
                            exchange.getRequestHeaders(),
                            Json.tree(
                                    new String(
                                            exchange.getRequestBody().readAllBytes(),
                                            StandardCharsets.UTF_8))));
            Step step = script.size() > 1 ? script.poll() : script.peek();
            if (step != null) {
                step.answer(exchange);
            }
        } catch (IOException gone) {
            throw gone;
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    public static Step status(int status) {
        // Services quote what they were sent.
        return exchange -> send(exchange, status, "{\"error\":\"you sent: marker-of-content\"}");
    }

    public static Step retryAfter(int status, String value) {
        return exchange -> {
            exchange.getResponseHeaders().add("Retry-After", value);
            send(exchange, status, "{}");
        };
    }

    public static Step raw(String body) {
        return exchange -> send(exchange, 200, body);
    }

    /// Sends the beginning of a body that is longer, and hangs up.
    public static Step torn(String body) {
        return exchange -> {
            exchange.sendResponseHeaders(200, body.length() + 1_000L);
            exchange.getResponseBody().write(body.getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
        };
    }

    public static Step redirect(URI elsewhere) {
        return exchange -> {
            exchange.getResponseHeaders().add("Location", elsewhere.toString());
            send(exchange, 307, "");
        };
    }

    /// Takes the call and says nothing until the server is closed.
    public Step hang() {
        return _ -> closing.await();
    }

    /// Sends headers and then nothing more until the server is closed.
    public Step stall() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            closing.await();
        };
    }

    public void then(Step step) {
        script.add(step);
    }

    /// What an OpenAI-compatible server answers.
    public static Step openAi(String content) {
        ObjectNode body = Json.mapper().createObjectNode();
        ObjectNode choice = body.putArray("choices").addObject();
        choice.putObject("message").put("role", "assistant").put("content", content);
        choice.put("finish_reason", "stop");
        body.putObject("usage").put("prompt_tokens", 1_200).put("completion_tokens", 150);
        return raw(Json.write(body));
    }

    /// What the Messages API answers.
    public static Step anthropic(String text, String stopReason) {
        ObjectNode body = Json.mapper().createObjectNode();
        var content = body.putArray("content");
        content.addObject().put("type", "thinking").put("thinking", "");
        content.addObject().put("type", "text").put("text", text);
        body.put("stop_reason", stopReason);
        body.putObject("usage")
                .put("input_tokens", 1_000)
                .put("cache_read_input_tokens", 300)
                .put("output_tokens", 200);
        return raw(Json.write(body));
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
