package dev.mneme.bench;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A conversation with an MCP server, as a host has it: starts the process, greets it, calls tools.
final class McpClient implements AutoCloseable {

    static final String PROTOCOL = "2025-06-18";

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Duration greeted;
    private int lastId;

    /// Returns once the server has answered `initialize`.
    McpClient(List<String> command, Map<String, String> environment, Path directory)
            throws BenchFailure, InterruptedException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        long startedNanos = System.nanoTime();
        try {
            process = builder.start();
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot start `" + command.getFirst() + "` (" + failed.getMessage() + ")",
                    "see that it is there and may be run");
        }
        Thread.ofVirtual().name("mcp-stdout").start(this::readLines);
        try {
            request(
                    "initialize",
                    Map.of(
                            "protocolVersion",
                            PROTOCOL,
                            "capabilities",
                            Map.of(),
                            "clientInfo",
                            Map.of("name", "mneme-bench", "version", "1")));
            greeted = Duration.ofNanos(System.nanoTime() - startedNanos);
            send(Map.of("jsonrpc", "2.0", "method", "notifications/initialized"));
        } catch (BenchFailure | InterruptedException | RuntimeException failed) {
            process.destroyForcibly();
            throw failed;
        }
    }

    private void readLines() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException gone) {
            // The missing answer tells.
        }
    }

    /// From the start of the process to its answer to `initialize`.
    Duration greeted() {
        return greeted;
    }

    long pid() {
        return process.pid();
    }

    JsonNode tools() throws BenchFailure, InterruptedException {
        return request("tools/list", Map.of()).path("tools");
    }

    /// The text that a model reads; a tool's failure ends the measurement.
    String call(String tool, Map<String, ?> arguments) throws BenchFailure, InterruptedException {
        JsonNode result = request("tools/call", Map.of("name", tool, "arguments", arguments));
        String text = result.path("content").path(0).path("text").asString("");
        if (text.isEmpty() || result.path("isError").asBoolean()) {
            throw new BenchFailure(
                    "the MCP tool `" + tool + "` failed: " + text,
                    "see its log, then measure again");
        }
        return text;
    }

    private JsonNode request(String method, Map<String, ?> parameters)
            throws BenchFailure, InterruptedException {
        int id = ++lastId;
        send(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", parameters));
        long endNanos = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        while (true) {
            @Nullable String line = lines.poll(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new BenchFailure(
                        "an MCP server did not answer `" + method + "` in time",
                        "run it by hand and see");
            }
            JsonNode message = Json.tree(line);
            if (message.path("id").asInt(-1) == id) {
                return message.path("result");
            }
        }
    }

    private void send(Map<String, ?> message) throws BenchFailure {
        try {
            OutputStream stdin = process.getOutputStream();
            stdin.write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
        } catch (IOException gone) {
            throw new BenchFailure("an MCP server ended by itself", "run it by hand and see");
        }
    }

    /// Ends as a client ends it: by closing its stdin.
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException gone) {
            // It has ended already.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
