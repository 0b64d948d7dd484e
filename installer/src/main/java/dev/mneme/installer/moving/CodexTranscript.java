package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;

/// A session of Codex. Most of it is written twice, for the model and for the screen: what the
/// model saw is read, and of a command what the screen shows, where that comes first.
final class CodexTranscript implements TranscriptReader {

    private static final List<String> NOT_THE_USERS =
            List.of(
                    "<environment_context>",
                    "<permissions instructions>",
                    "<user_instructions>",
                    "<turn_aborted>",
                    "# AGENTS.md instructions");

    private static final List<String> SHELLS =
            List.of("shell", "exec_command", "local_shell_call", "container.exec", "shell_command");

    private final Moments moments;
    private String session;
    private @Nullable String cwd;
    private int lines;

    /// @param fileSession the session that the file is named by
    CodexTranscript(String fileSession, Source.Sink sink) {
        this.session = fileSession;
        this.moments = new Moments("codex", "codex", sink);
    }

    @Override
    public void line(String where, JsonNode line) throws Failure, BadLine {
        lines++;
        JsonNode payload = line.path("payload");
        switch (line.path("type").asString("")) {
            case "session_meta" -> {
                session = payload.path("id").asString(session);
                cwd = payload.path("cwd").asString(cwd);
            }
            case "turn_context" -> cwd = payload.path("cwd").asString(cwd);
            case "response_item" -> item(at(where, line), payload);
            case "event_msg" -> {
                if (payload.path("type").asString("").equals("exec_command_end")) {
                    result(
                            at(where, line),
                            payload.path("call_id").asString(""),
                            payload.path("aggregated_output").asString(""),
                            payload.path("exit_code").asInt(0));
                }
            }
            default -> {
                // The state of the program itself.
            }
        }
    }

    @Override
    public void end() throws Failure {
        moments.end();
    }

    private Moments.At at(String where, JsonNode line) throws BadLine {
        try {
            Instant time = OffsetDateTime.parse(line.path("timestamp").asString("")).toInstant();
            return new Moments.At(where, session + "#" + lines, session, cwd, time, null);
        } catch (DateTimeParseException none) {
            throw new BadLine("it says not when it happened");
        }
    }

    private void item(Moments.At at, JsonNode item) throws Failure {
        String callId = item.path("call_id").asString("");
        switch (item.path("type").asString("")) {
            case "message" -> message(at, item);
            case "function_call", "local_shell_call" ->
                    called(at, callId, item.path("name").asString("local_shell_call"), input(item));
            case "custom_tool_call" ->
                    called(at, callId, item.path("name").asString("unknown"), item.path("input"));
            case "function_call_output", "custom_tool_call_output" -> output(at, callId, item);
            default -> {
                // Reasoning is the model's own.
            }
        }
    }

    private void message(Moments.At at, JsonNode item) throws Failure {
        var text = new StringBuilder();
        for (JsonNode part : item.path("content")) {
            text.append(text.isEmpty() ? "" : "\n").append(part.path("text").asString(""));
        }
        String said = text.toString();
        if (said.isBlank()) {
            return;
        }
        switch (item.path("role").asString("")) {
            case "user" -> {
                if (NOT_THE_USERS.stream().noneMatch(said.stripLeading()::startsWith)) {
                    moments.prompt(at, said);
                }
            }
            case "assistant" -> moments.said(at, "", said);
            default -> {
                // The program's instructions to the model.
            }
        }
    }

    private static JsonNode input(JsonNode call) {
        JsonNode arguments = call.path("arguments");
        if (!arguments.isString()) {
            return call.path("action").isObject() ? call.path("action") : arguments;
        }
        try {
            return Json.tree(arguments.stringValue());
        } catch (JacksonException noJson) {
            return arguments;
        }
    }

    private void called(Moments.At at, String callId, String name, JsonNode input) {
        if (SHELLS.contains(name)) {
            moments.called(at, callId, "Bash", bash(command(input)));
        } else if (name.equals("apply_patch")) {
            String patch =
                    input.isString() ? input.stringValue() : input.path("input").asString("");
            moments.called(at, callId, "MultiEdit", edit(patch));
        } else {
            moments.called(at, callId, name, input);
        }
    }

    private static ObjectNode bash(String command) {
        return Json.mapper().createObjectNode().put("command", command);
    }

    /// What is run, without the shell around it.
    private static String command(JsonNode input) {
        JsonNode command = input.has("command") ? input.path("command") : input.path("cmd");
        if (!command.isArray()) {
            return command.asString("");
        }
        if (command.size() == 3 && command.path(1).asString("").startsWith("-")) {
            return command.path(2).asString("");
        }
        var words = new StringBuilder();
        for (JsonNode word : command) {
            words.append(words.isEmpty() ? "" : " ").append(word.asString(""));
        }
        return words.toString();
    }

    /// The first file of a patch, each of its hunks as what was replaced by what.
    private static ObjectNode edit(String patch) {
        ObjectNode input = Json.mapper().createObjectNode();
        ArrayNode edits = input.putArray("edits");
        var old = new StringBuilder();
        var replaced = new StringBuilder();
        boolean found = false;
        for (String line : patch.lines().toList()) {
            boolean file =
                    line.startsWith("*** Update File: ") || line.startsWith("*** Add File: ");
            if (file && found) {
                break;
            }
            if (file) {
                input.put("file_path", line.substring(line.indexOf(':') + 1).strip());
                found = true;
            } else if (line.startsWith("@@") || line.startsWith("***")) {
                add(edits, old, replaced);
            } else if (line.startsWith("+")) {
                replaced.append(line.substring(1)).append('\n');
            } else if (line.startsWith("-")) {
                old.append(line.substring(1)).append('\n');
            } else {
                String context = line.isEmpty() ? "" : line.substring(1);
                old.append(context).append('\n');
                replaced.append(context).append('\n');
            }
        }
        add(edits, old, replaced);
        return input;
    }

    private static void add(ArrayNode edits, StringBuilder old, StringBuilder replaced) {
        if (!old.toString().equals(replaced.toString())) {
            edits.addObject()
                    .put("old_string", old.toString())
                    .put("new_string", replaced.toString());
        }
        old.setLength(0);
        replaced.setLength(0);
    }

    /// The output is a text, or JSON in a text with the exit code beside it.
    private void output(Moments.At at, String callId, JsonNode item) throws Failure {
        String output = item.path("output").asString(Json.write(item.path("output")));
        int exitCode = 0;
        if (output.startsWith("{")) {
            try {
                JsonNode tree = Json.tree(output);
                exitCode = tree.at("/metadata/exit_code").asInt(0);
                output = tree.path("output").asString(output);
            } catch (JacksonException plain) {
                exitCode = 0;
            }
        }
        result(at, callId, output, exitCode);
    }

    private void result(Moments.At at, String callId, String output, int exitCode) throws Failure {
        if (!moments.isOpen(callId)) {
            return;
        }
        if (exitCode != 0) {
            moments.failed(at, callId, "Exit code " + exitCode + "\n" + output);
        } else {
            moments.succeeded(
                    at,
                    callId,
                    Json.mapper()
                            .createObjectNode()
                            .put("stdout", output)
                            .put("stderr", "")
                            .put("interrupted", false));
        }
    }
}
