package dev.mneme.e2e;

import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The real Claude Code client in print mode, with a script in the model's place.
final class RealClaude {

    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(150);

    private final Path client;
    private final Path tools;

    private RealClaude(Path client, Path tools) {
        this.client = client;
        this.tools = tools;
    }

    /// Empty where the client or its driver is not on this machine: then one line says so. Where
    /// they are required their absence fails.
    static Optional<RealClaude> find() {
        Path tools = Person.sourceTree().resolve("../shared/tools/real-claude").normalize();
        if (!Files.isExecutable(tools.resolve("drive.sh"))) {
            return absent("no ../shared/tools/real-claude", "MNEME_REQUIRE_SHARED");
        }
        Path client = client();
        if (!Files.isExecutable(client)) {
            return absent("no Claude Code client at " + client, "MNEME_REQUIRE_CLAUDE");
        }
        return Optional.of(new RealClaude(client, tools));
    }

    private static Optional<RealClaude> absent(String why, String requirement) {
        if (System.getenv().getOrDefault(requirement, "").equals("1")) {
            throw new AssertionError(requirement + "=1, but there is " + why);
        }
        System.out.println("not run: sessions of the real Claude Code client (" + why + ")");
        return Optional.empty();
    }

    private static Path client() {
        String named = System.getenv().getOrDefault("CLAUDE_BIN", "");
        return named.isBlank()
                ? Path.of(
                        System.getenv().getOrDefault("HOME", ""),
                        ".cache/real-claude/node_modules/.bin/claude")
                : Path.of(named);
    }

    Path program() {
        return client;
    }

    Path exampleScript() {
        return tools.resolve("example-script.json");
    }

    /// One session in a project; answers with what the model was sent, request by request.
    List<JsonNode> session(Person person, Path project, Path script, String prompt)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(person.folder(), "model-", ".jsonl");
        Ended ended =
                person.run(
                        List.of(
                                tools.resolve("drive.sh").toString(),
                                person.home().toString(),
                                project.toString(),
                                script.toString(),
                                log.toString(),
                                prompt),
                        Map.of("CLAUDE_BIN", client.toString()),
                        person.folder(),
                        "",
                        SESSION_TIMEOUT);
        if (!ended.ok()) {
            throw new AssertionError("the session failed: " + ended);
        }
        var requests = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(log)) {
            JsonNode request = Json.tree(line);
            // Others are side calls of the client: titles, probes, token counts.
            if (request.path("url").asString().startsWith("/v1/messages")
                    && !request.path("url").asString().contains("count_tokens")
                    && !request.path("tools").isEmpty()) {
                requests.add(request);
            }
        }
        if (requests.isEmpty()) {
            throw new AssertionError("the model was never asked: " + Files.readString(log));
        }
        return requests;
    }
}
