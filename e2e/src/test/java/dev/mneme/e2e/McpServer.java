package dev.mneme.e2e;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A conversation with the registered MCP server over its stdin and stdout.
final class McpServer implements AutoCloseable {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(40);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private int lastId;

    McpServer(Process process) throws IOException, InterruptedException {
        this.process = process;
        Thread.ofVirtual().name("mcp-stdout").start(this::readLines);
        Thread.ofVirtual().name("mcp-stderr").start(this::dropErrors);
        request(
                "initialize",
                Map.of(
                        "protocolVersion",
                        "2025-11-25",
                        "capabilities",
                        Map.of(),
                        "clientInfo",
                        Map.of("name", "story", "version", "1")));
        send(Map.of("jsonrpc", "2.0", "method", "notifications/initialized"));
    }

    private void readLines() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException _) {
            // The missing answer tells.
        }
    }

    private void dropErrors() {
        try (var errors = process.getErrorStream()) {
            errors.transferTo(OutputStream.nullOutputStream());
        } catch (IOException _) {
            // The process is gone.
        }
    }

    /// The result of a tool call, an error of the tool included.
    JsonNode call(String tool, Map<String, ?> arguments) throws IOException, InterruptedException {
        return request("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    private JsonNode request(String method, Map<String, ?> parameters)
            throws IOException, InterruptedException {
        int id = ++lastId;
        send(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", parameters));
        long deadlineNanos = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        while (true) {
            @Nullable String line =
                    lines.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("the MCP server did not answer `" + method + "` in time");
            }
            JsonNode message = Json.tree(line);
            if (message.path("id").asInt(-1) == id) {
                return message.path("result");
            }
        }
    }

    private void send(Map<String, ?> message) throws IOException {
        OutputStream stdin = process.getOutputStream();
        stdin.write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
        stdin.flush();
    }

    /// Ends as a client ends it: by closing its stdin.
    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the MCP server outlived its client");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
