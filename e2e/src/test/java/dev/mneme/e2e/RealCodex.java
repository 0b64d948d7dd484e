package dev.mneme.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/// The real Codex CLI, from npm as its users get it, with a script in the model's place: a server
/// on this machine that speaks the Responses API.
final class RealCodex {

    private static final String VERSION = "0.169.0";
    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(150);

    /// What finds programs, and the way to the packages of npm.
    private static final Pattern LENT =
            Pattern.compile(
                    "PATH|HOME|NODE_EXTRA_CA_CERTS|(?i:npm_config_.*|https?_proxy|no_proxy)");

    private final Path program;

    private RealCodex(Path program) {
        this.program = program;
    }

    /// Empty where it cannot be had: then one line says so. Where proofs are required that fails.
    static Optional<RealCodex> find() throws Exception {
        Path kept = Person.cache().resolve("codex-" + VERSION);
        Path program = Path.of("node_modules", ".bin", "codex");
        if (!Files.isExecutable(kept.resolve(program))) {
            Files.createDirectories(kept);
            var environment = new LinkedHashMap<String, String>();
            System.getenv()
                    .forEach(
                            (key, value) -> {
                                if (LENT.matcher(key).matches()) {
                                    environment.put(key, value);
                                }
                            });
            Ended installed =
                    Programs.run(
                            List.of(
                                    "npm",
                                    "install",
                                    "--no-audit",
                                    "--no-fund",
                                    "--prefix",
                                    kept.toString(),
                                    "@openai/codex@" + VERSION),
                            environment,
                            kept,
                            new byte[0],
                            INSTALL_TIMEOUT);
            if (!installed.ok()) {
                if (System.getenv().getOrDefault("MNEME_REQUIRE_PROOFS", "").equals("1")) {
                    throw new AssertionError("Codex cannot be had from npm: " + installed);
                }
                System.out.println("not run: sessions of the real Codex CLI (not had from npm)");
                return Optional.empty();
            }
        }
        return Optional.of(new RealCodex(kept.resolve(program)));
    }

    /// What it answers to words of its own.
    Ended run(Person person, String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(words));
        return person.run(command, Person.COMMAND_TIMEOUT);
    }

    /// One session; answers with what the model was sent, request by request.
    ///
    /// @param turns what the model says, each time it is asked
    List<JsonNode> session(
            Person person, Path project, String prompt, List<Map<String, Object>> turns)
            throws IOException, InterruptedException {
        try (var model = new Script(turns)) {
            Ended ended =
                    person.run(
                            List.of(
                                    program.toString(),
                                    "exec",
                                    "--skip-git-repo-check",
                                    // Its sandbox needs namespaces that a container may not have;
                                    // its hooks are trusted by a person, in `/hooks`.
                                    "--dangerously-bypass-approvals-and-sandbox",
                                    "--dangerously-bypass-hook-trust",
                                    "-c",
                                    "model_provider=script",
                                    "-c",
                                    "model_providers.script={name=\"script\",base_url=\""
                                            + model.address()
                                            + "\",wire_api=\"responses\"}",
                                    "-m",
                                    "scripted",
                                    prompt),
                            Map.of(),
                            project,
                            "",
                            SESSION_TIMEOUT);
            if (!ended.ok()) {
                throw new AssertionError("the session failed: " + ended);
            }
            if (ended.err().contains("clamping")) {
                throw new AssertionError("a hook wants more time than it gets: " + ended.err());
            }
            return model.asked();
        }
    }

    /// Says one thing after the other, whatever it is asked.
    private static final class Script implements AutoCloseable {

        private final HttpServer server;
        private final Iterator<Map<String, Object>> turns;
        private final List<JsonNode> asked = new CopyOnWriteArrayList<>();

        Script(List<Map<String, Object>> turns) throws IOException {
            this.turns = turns.iterator();
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/v1/responses", this::answer);
            server.start();
        }

        String address() {
            return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
        }

        List<JsonNode> asked() {
            return List.copyOf(asked);
        }

        private synchronized void answer(HttpExchange exchange) throws IOException {
            asked.add(
                    Json.tree(
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8)));
            String id = "answer-" + asked.size();
            var text = new StringBuilder();
            event(text, Map.of("type", "response.created", "response", Map.of("id", id)));
            if (turns.hasNext()) {
                event(text, Map.of("type", "response.output_item.done", "item", turns.next()));
            }
            Map<String, Integer> usage =
                    Map.of("input_tokens", 1, "output_tokens", 1, "total_tokens", 2);
            event(
                    text,
                    Map.of(
                            "type",
                            "response.completed",
                            "response",
                            Map.of("id", id, "usage", usage)));
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }

        private static void event(StringBuilder text, Map<String, Object> event) {
            text.append("event: ")
                    .append(event.get("type"))
                    .append("\ndata: ")
                    .append(Json.write(event))
                    .append("\n\n");
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
