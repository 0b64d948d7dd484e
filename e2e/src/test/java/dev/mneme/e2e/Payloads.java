package dev.mneme.e2e;

import dev.mneme.protocol.Json;

import java.util.Map;

/// What Claude Code sends to hooks, as far as these stories need it.
final class Payloads {

    private Payloads() {}

    static String sessionStart(Person person, String session) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "hook_event_name",
                        "SessionStart",
                        "source",
                        "startup",
                        "cwd",
                        person.home().toString()));
    }

    /// A call that wrote a new file.
    static String created(
            Person person, String session, String toolUseId, String file, String content) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "hook_event_name",
                        "PostToolUse",
                        "cwd",
                        person.home().toString(),
                        "tool_name",
                        "Write",
                        "tool_use_id",
                        toolUseId,
                        "tool_input",
                        Map.of("file_path", file, "content", content),
                        "tool_response",
                        Map.of("type", "create", "filePath", file)));
    }
}
