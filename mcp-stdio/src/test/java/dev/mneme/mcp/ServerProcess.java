package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The built program in a process of its own, as a client starts it. Every line of its stdout is
/// checked to be JSON-RPC.
final class ServerProcess implements AutoCloseable {

    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    static final List<String> JVM_FLAGS =
            List.of(
                    "-Xlog:disable",
                    "-Xlog:all=warning:stderr",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xmx64m",
                    "-XX:-UsePerfData");

    private static final String END = "\u0000end";

    private final Process process;
    private final OutputStream in;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Path stderr;
    private int lastId;

    private ServerProcess(Process process, Path stderr) {
        this.process = process;
        this.stderr = stderr;
        in = process.getOutputStream();
        Thread.ofVirtual().start(this::readAll);
    }

    static ServerProcess start(Path home) throws IOException {
        return start(home, Map.of());
    }

    static ServerProcess start(Path home, Map<String, String> environment) throws IOException {
        Path stderr = Files.createTempFile("mcp-stdio", ".err");
        var builder = new ProcessBuilder(command()).redirectError(stderr.toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("CLAUDE"));
        builder.environment().put("MNEME_HOME", home.toString());
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start(), stderr);
    }

    static List<String> command() {
        var command = new ArrayList<String>();
        command.add(java());
        command.addAll(JVM_FLAGS);
        command.add("-jar");
        command.add(jar().toString());
        return command;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    static Path jar() {
        Path jar =
                Path.of(
                        System.getProperty("mneme.root"),
                        "mcp-stdio",
                        "target",
                        "mneme-mcp-stdio-" + System.getProperty("mneme.version") + ".jar");
        assertThat(jar).exists();
        return jar;
    }

    private void readAll() {
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            reader.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException closed) {
            // The same as the end.
        }
        lines.add(END);
    }

    void sendLine(String line) throws IOException {
        in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
    }

    /// Sends a request with the next id, which it returns.
    int send(String method, Object params) throws IOException {
        var request = new LinkedHashMap<String, Object>();
        request.put("jsonrpc", "2.0");
        request.put("id", ++lastId);
        request.put("method", method);
        request.put("params", params);
        sendLine(Json.write(request));
        return lastId;
    }

    void notify(String method) throws IOException {
        sendLine(Json.write(Map.of("jsonrpc", "2.0", "method", method)));
    }

    /// The next message on stdout.
    JsonNode receive() throws InterruptedException {
        String line = receiveLine();
        assertThat(line).as("a message before stdout ended").isNotEqualTo(END);
        return message(line);
    }

    String receiveLine() throws InterruptedException {
        String line = lines.poll(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        assertThat(line).as("a line on stdout within " + ANSWER_TIMEOUT).isNotNull();
        return String.valueOf(line);
    }

    static JsonNode message(String line) {
        JsonNode message = Json.tree(line);
        assertThat(message.path("jsonrpc").asString()).as(line).isEqualTo("2.0");
        assertThat(message.has("id")).as(line).isTrue();
        assertThat(message.has("result") ^ message.has("error")).as(line).isTrue();
        return message;
    }

    JsonNode request(String method, Object params) throws IOException, InterruptedException {
        int id = send(method, params);
        JsonNode answer = receive();
        assertThat(answer.get("id").asInt()).isEqualTo(id);
        return answer;
    }

    JsonNode initialize() throws IOException, InterruptedException {
        return initialize("2025-11-25");
    }

    JsonNode initialize(String protocolVersion) throws IOException, InterruptedException {
        JsonNode answer = request("initialize", initializeParams(protocolVersion));
        notify("notifications/initialized");
        return answer;
    }

    static Map<String, Object> initializeParams(String protocolVersion) {
        var params = new LinkedHashMap<String, Object>();
        params.put("protocolVersion", protocolVersion);
        params.put("capabilities", Map.of());
        params.put("clientInfo", Map.of("name", "test", "version", "1"));
        return params;
    }

    static Map<String, Object> call(String tool, Map<String, ?> arguments) {
        return Map.of("name", tool, "arguments", arguments);
    }

    /// Calls a tool; the answer has to be a result.
    ToolResult callTool(String tool, Map<String, ?> arguments)
            throws IOException, InterruptedException {
        return toolResult(request("tools/call", call(tool, arguments)));
    }

    static ToolResult toolResult(JsonNode answer) {
        assertThat(answer.has("result")).as(answer.toString()).isTrue();
        JsonNode result = answer.get("result");
        String text = result.get("content").get(0).get("text").asString();
        boolean failed = result.path("isError").asBoolean();
        // A host shows its model the one or the other: both say the same, and only a success has
        // what the schema of answers promises.
        assertThat(result.at("/structuredContent/text").asString("")).isEqualTo(failed ? "" : text);
        return new ToolResult(text, failed);
    }

    record ToolResult(String text, boolean isError) {}

    void endInput() throws IOException {
        in.close();
    }

    /// Whether it ended within `timeout`.
    boolean endsWithin(Duration timeout) throws InterruptedException {
        return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    int exitCode() {
        return process.exitValue();
    }

    /// What is left on stdout after the process ended.
    List<JsonNode> rest() throws InterruptedException {
        var rest = new ArrayList<JsonNode>();
        for (String line = receiveLine(); !line.equals(END); line = receiveLine()) {
            rest.add(message(line));
        }
        return rest;
    }

    String stderr() throws IOException {
        return Files.readString(stderr);
    }

    /// Kills what still runs: no process outlives its test.
    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().join();
        Files.deleteIfExists(stderr);
    }
}
