package dev.mneme.installer.doctor;

import dev.mneme.protocol.Json;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What Claude Code would send for one short session in the throwaway project.
record Payloads(Path project, String session, String marker) {

    private static final String PROMPT_ID = "00000000-0000-4000-8000-000000000000";

    /// The sentence that the search must find again.
    String sentence() {
        return "The retry limit is five because the " + marker + " service drops the sixth call.";
    }

    String sessionStart() {
        return json("SessionStart", Map.of("source", "startup"));
    }

    String userPromptSubmit() {
        return json(
                "UserPromptSubmit",
                Map.of(
                        "prompt_id",
                        PROMPT_ID,
                        "permission_mode",
                        "default",
                        "prompt",
                        "Limit the retries of the " + marker + " service"));
    }

    /// Of a tool that no lesson is about.
    String preToolUse() {
        return json(
                "PreToolUse",
                Map.of(
                        "prompt_id",
                        PROMPT_ID,
                        "permission_mode",
                        "default",
                        "tool_name",
                        "MnemeDoctor",
                        "tool_input",
                        Map.of("marker", marker),
                        "tool_use_id",
                        "toolu_before_" + marker));
    }

    String edit() {
        String file = project.resolve("retry.txt").toString();
        var input = new LinkedHashMap<String, Object>();
        input.put("file_path", file);
        input.put("old_string", "retries = 50");
        input.put("new_string", "retries = 5 # " + marker);
        input.put("replace_all", false);
        var response = new LinkedHashMap<String, Object>();
        response.put("filePath", file);
        response.put("oldString", "retries = 50");
        response.put("newString", "retries = 5 # " + marker);
        response.put("originalFile", "retries = 50\n");
        response.put(
                "structuredPatch",
                List.of(
                        Map.of(
                                "oldStart", 1,
                                "oldLines", 1,
                                "newStart", 1,
                                "newLines", 1,
                                "lines", List.of("-retries = 50", "+retries = 5 # " + marker))));
        response.put("userModified", false);
        response.put("replaceAll", false);
        return json(
                "PostToolUse",
                Map.of(
                        "prompt_id",
                        PROMPT_ID,
                        "permission_mode",
                        "default",
                        "tool_name",
                        "Edit",
                        "tool_input",
                        input,
                        "tool_response",
                        response,
                        "tool_use_id",
                        "toolu_" + marker,
                        "duration_ms",
                        2));
    }

    String stop() {
        return json(
                "Stop",
                Map.of(
                        "prompt_id",
                        PROMPT_ID,
                        "permission_mode",
                        "default",
                        "stop_hook_active",
                        false,
                        "last_assistant_message",
                        sentence(),
                        "background_tasks",
                        List.of(),
                        "session_crons",
                        List.of()));
    }

    private String json(String event, Map<String, Object> more) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("transcript_path", project.resolve("transcript.jsonl").toString());
        payload.put("cwd", project.toString());
        payload.put("hook_event_name", event);
        payload.putAll(more);
        return Json.write(payload);
    }
}
