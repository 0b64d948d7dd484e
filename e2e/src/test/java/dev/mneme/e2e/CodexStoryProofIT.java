package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Codex itself, with `mneme agent-setup codex` and nothing else: it knows the server, calls its
/// tools, runs the hooks, and its next session is told what the first one saved.
@Tag("proof")
final class CodexStoryProofIT {

    private static final String TITLE = "Till rounds to five cents";

    @Test
    void whatOneSessionSavedReachesTheNext() throws Exception {
        Optional<RealCodex> found = RealCodex.find();
        if (found.isEmpty()) {
            return;
        }
        RealCodex codex = found.get();
        Person person = Person.withEmptyHome("home");
        try {
            expect(person.mneme("install", "--yes", "--no-register"));
            expect(person.mneme("agent-setup", "codex"));
            Ended server = codex.run(person, "mcp", "get", "mneme");
            expect(server);
            assertThat(server.out()).contains("enabled: true", "transport: stdio", "mcp-stdio.jar");

            Path project = Files.createDirectory(person.folder().resolve("till"));
            saves(person, codex, project);
            theNextSessionIsTold(person, codex, project);

            expect(person.mneme("agent-setup", "codex", "--remove"));
            assertThat(codex.run(person, "mcp", "list").out()).contains("No MCP servers");
        } finally {
            person.leave();
        }
    }

    private static void saves(Person person, RealCodex codex, Path project) throws Exception {
        List<JsonNode> asked =
                codex.session(
                        person,
                        project,
                        "Make the till round",
                        List.of(
                                Map.of(
                                        "type", "function_call",
                                        "call_id", "call-1",
                                        "namespace", "mcp__mneme",
                                        "name", "save_memory",
                                        "arguments",
                                                Json.write(
                                                        Map.of(
                                                                "text",
                                                                "Small coins are gone.",
                                                                "title",
                                                                TITLE))),
                                Map.of(
                                        "type", "function_call",
                                        "call_id", "call-2",
                                        "name", "exec_command",
                                        "arguments",
                                                Json.write(Map.of("cmd", "echo 5 > rounding.txt"))),
                                says("It rounds now.")));

        assertThat(asked).hasSize(3);
        assertThat(tools(asked.getFirst()))
                .contains("search", "timeline", "get_observations", "save_memory");
        assertThat(asked.get(1).path("input").toString()).contains("Saved as #", TITLE);
        assertThat(project.resolve("rounding.txt")).hasContent("5");
        person.daemon().awaitSettled();
        assertThat(person.count("SELECT count(DISTINCT session_id) FROM mem_events"))
                .as("what was saved by hand is of no session of Codex's")
                .isEqualTo(1);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_user_prompts"
                                        + " WHERE prompt_text = 'Make the till round'"))
                .isEqualTo(1);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events WHERE kind = 'post-tool-use'"
                                        + " AND payload LIKE '%rounding.txt%'"))
                .as("the command, and not our own tool")
                .isEqualTo(1);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events WHERE kind = 'stop'"
                                        + " AND payload LIKE '%It rounds now.%'"))
                .isEqualTo(1);
    }

    private static void theNextSessionIsTold(Person person, RealCodex codex, Path project)
            throws Exception {
        List<JsonNode> asked =
                codex.session(person, project, "How does it round?", List.of(says("To five.")));

        assertThat(asked.getFirst().path("input").toString()).contains(TITLE);
    }

    private static List<String> tools(JsonNode request) {
        return request.path("tools")
                .valueStream()
                .filter(tool -> tool.path("name").asString("").equals("mcp__mneme"))
                .flatMap(tool -> tool.path("tools").valueStream())
                .map(tool -> tool.path("name").asString())
                .toList();
    }

    private static Map<String, Object> says(String text) {
        return Map.of(
                "type", "message",
                "role", "assistant",
                "id", "message-1",
                "content", List.of(Map.of("type", "output_text", "text", text)));
    }

    private static void expect(Ended ended) {
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
    }
}
