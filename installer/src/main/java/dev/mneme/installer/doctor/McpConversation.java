package dev.mneme.installer.doctor;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Talks to the registered MCP server over its stdin and stdout, as Claude Code does.
final class McpConversation implements AutoCloseable {

    private static final String HINT =
            "run `mneme restart`; if it stays, install again with `mneme install`";

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private int lastId;

    McpConversation(List<String> command, Map<String, String> environment, Path directory)
            throws IOException {
        var builder =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        process = builder.start();
        Thread.ofVirtual()
                .name("mcp-stdout")
                .start(
                        () -> {
                            try (BufferedReader reader =
                                    process.inputReader(StandardCharsets.UTF_8)) {
                                reader.lines().forEach(lines::add);
                            } catch (IOException | java.io.UncheckedIOException ended) {
                                // The conversation notices by the missing answer.
                            }
                        });
    }

    void initialize() throws Failure, InterruptedException {
        request(
                "initialize",
                Map.of(
                        "protocolVersion",
                        "2025-11-25",
                        "capabilities",
                        Map.of(),
                        "clientInfo",
                        Map.of("name", "mneme-doctor", "version", "1")));
        send(Map.of("jsonrpc", "2.0", "method", "notifications/initialized"));
    }

    List<String> toolNames() throws Failure, InterruptedException {
        JsonNode result = request("tools/list", Map.of());
        return result.path("tools")
                .valueStream()
                .map(tool -> tool.path("name").asString())
                .toList();
    }

    /// The whole result of a tool call as text.
    String call(String tool, Map<String, Object> arguments) throws Failure, InterruptedException {
        JsonNode result = request("tools/call", Map.of("name", tool, "arguments", arguments));
        if (result.path("isError").asBoolean(false)) {
            throw new Failure("the tool `" + tool + "` answered with an error", HINT);
        }
        return result.toString();
    }

    private JsonNode request(String method, Map<String, Object> parameters)
            throws Failure, InterruptedException {
        int id = ++lastId;
        send(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", parameters));
        long deadlineNanos = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        while (true) {
            Optional<String> line =
                    Optional.ofNullable(
                            lines.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS));
            if (line.isEmpty()) {
                throw new Failure(
                        "the MCP server did not answer `"
                                + method
                                + "` within "
                                + ANSWER_TIMEOUT.toSeconds()
                                + " s",
                        HINT);
            }
            JsonNode message = parse(line.get());
            if (message.path("id").asInt(-1) == id) {
                if (message.has("error")) {
                    throw new Failure(
                            "the MCP server refused `" + method + "`: " + message.path("error"),
                            HINT);
                }
                return message.path("result");
            }
        }
    }

    private static JsonNode parse(String line) throws Failure {
        try {
            return Json.tree(line);
        } catch (JacksonException notJson) {
            throw new Failure("the MCP server printed a line that is not JSON", HINT, notJson);
        }
    }

    private void send(Map<String, Object> message) throws Failure {
        try {
            OutputStream stdin = process.getOutputStream();
            stdin.write((Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
        } catch (IOException ended) {
            throw new Failure("the MCP server ended before it answered", HINT, ended);
        }
    }

    /// Ends as Claude Code ends it: by closing its stdin.
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException ended) {
            process.destroyForcibly();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
