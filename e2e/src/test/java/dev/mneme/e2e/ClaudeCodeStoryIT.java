package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Claude Code itself works in a project, forgets everything, and is told again.
final class ClaudeCodeStoryIT {

    private static final String REASON = "gateway drops connections";
    private static final String CONTEXT_START = "SessionStart hook additional context:";
    private static final Duration CLIENT_TIMEOUT = Duration.ofSeconds(40);

    @Test
    void whatOneSessionLearnedReachesTheNext() throws Exception {
        Optional<RealClaude> found = RealClaude.find();
        if (found.isEmpty()) {
            return;
        }
        RealClaude claude = found.get();
        Person person = Person.withEmptyHome("home");
        try {
            Ended installed = person.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.toString()).isZero();
            Path project = Files.createDirectory(person.folder().resolve("shop"));
            Ended git =
                    person.run(
                            List.of("git", "init", "-q", project.toString()),
                            Person.COMMAND_TIMEOUT);
            assertThat(git.exitCode()).as(git.toString()).isZero();

            registersInTheProjectAsWell(person, project);
            claude.session(person, project, claude.exampleScript(), "Cap the retry backoff");
            theWholeSessionIsKept(person);

            ProcessHandle daemon = person.daemon().process();
            daemon.destroyForcibly();
            daemon.onExit().join();

            theNextSessionIsToldTheReason(person, claude, project);
            theModelCanSearch(person, claude, project);
            registersThroughTheClientWhereThereIsOne(person, claude);
        } finally {
            person.leave();
        }
    }

    /// The same hooks in two files run once: the counts that follow stay what they are.
    private static void registersInTheProjectAsWell(Person person, Path project) throws Exception {
        Ended registered =
                person.run(
                        Person.launcher("agent-setup", "claude-code", "--scope", "project"),
                        Map.of(),
                        project,
                        "",
                        Person.COMMAND_TIMEOUT);
        assertThat(registered.exitCode()).as(registered.toString()).isZero();
        assertThat(project.resolve(".claude/settings.json")).isRegularFile();
        assertThat(project.resolve(".mcp.json")).isRegularFile();
    }

    private static void theWholeSessionIsKept(Person person) throws Exception {
        person.daemon().awaitSettled();
        assertThat(person.count("SELECT count(*) FROM mem_sessions")).isEqualTo(1);
        assertThat(person.count("SELECT count(*) FROM mem_user_prompts")).isEqualTo(1);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events"
                                        + " WHERE kind IN ('post-tool-use', 'post-tool-use-failure')"))
                .isEqualTo(4);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events WHERE kind = 'post-tool-use-failure'"))
                .isEqualTo(1);
        assertThat(
                        person.count(
                                "SELECT count(*) FROM mem_events WHERE kind = 'stop'"
                                        + " AND payload LIKE '%"
                                        + REASON
                                        + "%'"))
                .isEqualTo(1);
        JsonNode sessions = person.daemon().get("/api/sessions").json();
        assertThat(sessions.size()).isEqualTo(1);
        assertThat(sessions.get(0).path("prompt_count").asInt()).isEqualTo(1);
        assertThat(sessions.get(0).path("project_name").asString()).isEqualTo("shop");
        assertThat(sessions.get(0).path("status").asString()).isEqualTo("completed");

        JsonNode hits = person.daemon().search("why is the backoff capped");
        assertThat(hits.toString()).contains(REASON);
    }

    private static void theNextSessionIsToldTheReason(
            Person person, RealClaude claude, Path project) throws Exception {
        Path script = script(person, List.of(List.of(text("There is a cap."))));

        List<JsonNode> requests =
                claude.session(person, project, script, "What do you know about the retries?");

        List<String> contexts = new ArrayList<>();
        for (JsonNode message : requests.getFirst().path("messages")) {
            for (String words : texts(message.path("content"))) {
                if (words.contains(CONTEXT_START)) {
                    contexts.add(words);
                }
            }
        }
        assertThat(contexts).as(requests.getFirst().toString()).hasSize(1);
        assertThat(contexts.getFirst()).contains(REASON);
        person.daemon().awaitSettled();
        assertThat(person.count("SELECT count(*) FROM mem_sessions")).isEqualTo(2);
        assertThat(person.count("SELECT count(*) FROM mem_user_prompts")).isEqualTo(2);
        assertThat(person.daemons()).hasSize(1);
        assertThat(person.databases()).hasSize(1);
    }

    private static void theModelCanSearch(Person person, RealClaude claude, Path project)
            throws Exception {
        Map<String, Object> search =
                Map.of(
                        "type",
                        "tool_use",
                        "name",
                        "mcp__mneme__search",
                        "input",
                        Map.of("query", "why is the backoff capped"));
        Path script = script(person, List.of(List.of(search), List.of(text("Found it."))));

        List<JsonNode> requests = claude.session(person, project, script, "Search your memory");

        assertThat(requests.getFirst().path("tools").valueStream().map(JsonNode::asString))
                .contains(
                        "mcp__mneme__search",
                        "mcp__mneme__timeline",
                        "mcp__mneme__get_observations",
                        "mcp__mneme__save_memory");
        String results = "";
        for (JsonNode message : requests.getLast().path("messages")) {
            for (JsonNode block : message.path("content")) {
                if (block.path("type").asString().equals("tool_result")) {
                    assertThat(block.path("is_error").asBoolean(false)).isFalse();
                    results += block.path("content").toString();
                }
            }
        }
        assertThat(results).containsIgnoringCase("backoff");
    }

    /// The client rewrites its own file all the time, so it writes our entry itself.
    private static void registersThroughTheClientWhereThereIsOne(Person person, RealClaude claude)
            throws Exception {
        Ended uninstalled = person.mneme("uninstall", "--yes");
        assertThat(uninstalled.exitCode()).as(uninstalled.toString()).isZero();
        Path bin = Files.createDirectory(person.folder().resolve("bin"));
        Files.createSymbolicLink(bin.resolve("claude"), claude.program().toRealPath());
        person.set("PATH", bin + ":" + person.environment().get("PATH"));

        Ended installed = person.mneme("install", "--yes");

        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        assertThat(installed.out()).doesNotContain("no `claude` on the PATH");
        Ended shown = person.run(List.of("claude", "mcp", "get", "mneme"), CLIENT_TIMEOUT);
        assertThat(shown.exitCode()).as(shown.toString()).isZero();
        assertThat(shown.out()).contains("stdio").contains(person.mneme().app().toString());
        JsonNode entry =
                Json.tree(Files.readString(person.home().resolve(".claude.json")))
                        .at("/mcpServers/mneme");
        assertThat(entry.path("type").asString()).isEqualTo("stdio");
        assertThat(entry.toString()).contains("mcp-stdio.jar");

        Ended removed = person.mneme("uninstall", "--yes");

        assertThat(removed.exitCode()).as(removed.toString()).isZero();
        assertThat(
                        Json.tree(Files.readString(person.home().resolve(".claude.json")))
                                .at("/mcpServers/mneme")
                                .isMissingNode())
                .isTrue();
    }

    private static Map<String, Object> text(String words) {
        return Map.of("type", "text", "text", words);
    }

    private static Path script(Person person, List<List<Map<String, Object>>> turns)
            throws Exception {
        Path script = Files.createTempFile(person.folder(), "script-", ".json");
        return Files.writeString(script, Json.write(turns));
    }

    private static List<String> texts(JsonNode content) {
        var texts = new ArrayList<String>();
        if (content.isString()) {
            texts.add(content.asString());
        }
        content.forEach(block -> texts.add(block.path("text").asString("")));
        return texts;
    }
}
