package dev.mneme.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.mcp.ServerProcess.ToolResult;
import dev.mneme.mcp.StubDaemon.Reply;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Problem;
import dev.mneme.protocol.Wire;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The tools for lessons, before a daemon that speaks the contract.
final class LessonToolsIT {

    private static final Wire.LessonView FORCE =
            new Wire.LessonView(
                    3,
                    1L,
                    "shop",
                    "Never force-push main",
                    "Never force-push main:\nCI deploys from it.",
                    "critical",
                    "Bash",
                    "push.*--force",
                    "active",
                    true,
                    "manual",
                    List.of(),
                    1,
                    null,
                    "2026-11-20T12:00:00Z",
                    null);

    @TempDir Path home;

    @Test
    void aLessonIsKeptInTheCurrentProjectUnlessItHoldsEverywhere() throws Exception {
        try (var stub = StubDaemon.start(home, (path, body) -> Reply.ok(FORCE));
                var server = ServerProcess.start(home)) {
            server.initialize();
            ToolResult kept =
                    server.callTool(
                            "create_lesson",
                            Map.of(
                                    "rule", "Never force-push main: CI deploys from it.",
                                    "severity", "critical",
                                    "trigger_tool", "Bash",
                                    "trigger_pattern", "push.*--force"));
            assertThat(kept)
                    .isEqualTo(
                            new ToolResult(
                                    "Kept as lesson 3 critical (project shop)  Never force-push"
                                            + " main\nTold before Bash calls with /push.*--force/,"
                                            + " once in a session.",
                                    false));
            StubDaemon.Seen request = stub.seen().take();
            assertThat(request.path()).isEqualTo("/api/lessons");
            JsonNode body = Json.tree(request.body());
            assertThat(body.get("project").asString()).startsWith("/");
            assertThat(body.get("severity").asString()).isEqualTo("critical");

            server.callTool("create_lesson", Map.of("rule", "x", "everywhere", true));
            assertThat(Json.tree(stub.seen().take().body()).get("project").isNull()).isTrue();
            assertThat(
                            server.callTool(
                                    "create_lesson",
                                    Map.of("rule", "x", "everywhere", true, "project", "shop")))
                    .isEqualTo(
                            new ToolResult(
                                    "arguments `everywhere` and `project` exclude each other\n"
                                            + "hint: call the tool again with one of them",
                                    true));
        }
    }

    @Test
    void aSearchShowsTheRuleAndWhenItIsTold() throws Exception {
        try (var stub =
                        StubDaemon.start(
                                home,
                                (path, body) ->
                                        Reply.ok(new Wire.LessonsResponse(List.of(FORCE))));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertThat(server.callTool("search_lessons", Map.of("query", "push")))
                    .isEqualTo(
                            new ToolResult(
                                    """
                                    1 lesson:
                                    lesson 3 critical (project shop)  Never force-push main
                                      rule: Never force-push main: CI deploys from it.
                                      told before: Bash calls with /push.*--force/, 1 time""",
                                    false));
            assertThat(stub.seen().take().path()).isEqualTo("/api/lessons/search");
            stub.answerWith((path, body) -> Reply.ok(new Wire.LessonsResponse(List.of())));
            assertThat(server.callTool("search_lessons", Map.of("query", "push")).text())
                    .isEqualTo("No lessons speak of that. Try other words.");
        }
    }

    @Test
    void whatTheDaemonRefusesComesWithItsAdvice() throws Exception {
        Problem problem =
                Problem.of(
                        ErrorCode.VALUE_INVALID,
                        "the pattern in `trigger_pattern` cannot be read: missing closing )",
                        "send a regular expression in RE2's syntax",
                        "trigger_pattern",
                        null);
        try (var _ = StubDaemon.start(home, (path, body) -> new Reply(400, Json.write(problem)));
                var server = ServerProcess.start(home)) {
            server.initialize();
            assertThat(
                            server.callTool(
                                    "create_lesson", Map.of("rule", "x", "trigger_pattern", "(a")))
                    .isEqualTo(
                            new ToolResult(
                                    "create_lesson failed: the pattern in `trigger_pattern` cannot"
                                            + " be read: missing closing )\nhint: send a regular"
                                            + " expression in RE2's syntax",
                                    true));
            assertThat(server.callTool("create_lesson", Map.of("severity", "info")).text())
                    .contains("`rule` is missing");
            assertThat(
                            server.callTool(
                                            "create_lesson",
                                            Map.of("rule", "x", "severity", "grave"))
                                    .text())
                    .contains("critical, warning, info");
        }
    }
}
