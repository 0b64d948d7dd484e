package dev.mneme.bench;

import dev.mneme.bench.RecordedTurn.Hook;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Tells a session that the host recorded (a file of `~/.claude/projects`) as hooks would have.
///
/// The host sends nothing for a call that was refused or invalid, no `Stop` for a turn that the
/// user interrupted, and nothing at all for what the model did not answer; neither is there here.
final class Transcript {

    /// Results of calls that never ran. For these no hook is sent.
    private static final List<String> NEVER_RAN =
            List.of(
                    "The user doesn't want to proceed with this tool use",
                    "<tool_use_error>",
                    "Claude requested permissions");

    private static final String INTERRUPTED = "[Request interrupted by user";

    /// The model's name in what the host says in its place.
    private static final String SYNTHETIC = "<synthetic>";

    private static final Pattern COMMAND_NAME =
            Pattern.compile("<command-name>/?([^<]{1,200})</command-name>");
    private static final Pattern COMMAND_ARGUMENTS =
            Pattern.compile("<command-args>([^<]{0,20000})");

    private final String file;
    private final List<RecordedTurn> turns = new ArrayList<>();
    private final Map<String, JsonNode> calls = new HashMap<>();

    private @Nullable Open open;

    /// A turn that is being read.
    private static final class Open {
        final RecordedLines.Line line;
        final ObjectNode prompt;
        final List<Hook> hooks = new ArrayList<>();
        Instant last;
        boolean answered;
        boolean interrupted;
        @Nullable String answer;

        Open(RecordedLines.Line line, ObjectNode prompt, Instant at) {
            this.line = line;
            this.prompt = prompt;
            this.last = at;
        }
    }

    private Transcript(String file) {
        this.file = file;
    }

    /// @param file the name that the turns are known by
    static List<RecordedTurn> turns(String file, List<RecordedLines.Line> lines) {
        var transcript = new Transcript(file);
        for (RecordedLines.Line line : lines) {
            line.object().ifPresent(entry -> transcript.take(line, entry));
        }
        transcript.close();
        return transcript.turns;
    }

    private void take(RecordedLines.Line line, ObjectNode entry) {
        JsonNode content = entry.path("message").path("content");
        if (isSet(entry, "isMeta") || content.isMissingNode()) {
            return;
        }
        boolean aside = isSet(entry, "isSidechain");
        switch (entry.path("type").asString("")) {
            case "assistant" -> spoken(entry, content, aside);
            case "user" -> {
                if (isSet(entry, "isCompactSummary")) {
                    compacted(entry, text(content));
                } else if (!results(entry, content) && !aside) {
                    said(line, entry, text(content));
                }
            }
            default -> {}
        }
    }

    private void said(RecordedLines.Line line, ObjectNode entry, String text) {
        if (text.isBlank()) {
            return;
        }
        if (PromptKind.of(text).beginsTurn()) {
            close();
            ObjectNode payload = payload(entry, HookEvent.USER_PROMPT_SUBMIT);
            payload.put("prompt", typed(text));
            open = new Open(line, payload, at(entry));
        } else if (open != null && text.startsWith(INTERRUPTED)) {
            open.interrupted = true;
        }
    }

    /// What was typed; the host records a command with marks around its name.
    static String typed(String text) {
        Matcher name = COMMAND_NAME.matcher(text);
        if (PromptKind.of(text) != PromptKind.SLASH_COMMAND || !name.find()) {
            return text;
        }
        Matcher arguments = COMMAND_ARGUMENTS.matcher(text);
        return ("/" + name.group(1) + " " + (arguments.find() ? arguments.group(1) : "")).strip();
    }

    private void spoken(ObjectNode entry, JsonNode content, boolean aside) {
        if (open == null || entry.path("message").path("model").asString("").equals(SYNTHETIC)) {
            return;
        }
        open.answered |= !aside;
        for (JsonNode block : content) {
            switch (block.path("type").asString("")) {
                case "tool_use" -> {
                    calls.put(block.path("id").asString(""), block);
                    // What was said before a call is no final answer.
                    open.answer = aside ? open.answer : null;
                }
                case "text" -> open.answer = aside ? open.answer : block.path("text").asString("");
                default -> {}
            }
        }
    }

    /// Whether there were any.
    private boolean results(ObjectNode entry, JsonNode content) {
        boolean any = false;
        for (JsonNode block : content) {
            if (block.path("type").asString("").equals("tool_result")) {
                any = true;
                JsonNode call = calls.remove(block.path("tool_use_id").asString(""));
                if (call != null && open != null) {
                    result(open, entry, call, block);
                }
            }
        }
        return any;
    }

    private void result(Open turn, ObjectNode entry, JsonNode call, JsonNode result) {
        boolean failed = isSet(result, "is_error");
        String shown = text(result.path("content"));
        if (failed && NEVER_RAN.stream().anyMatch(shown::startsWith)) {
            return;
        }
        HookEvent kind = failed ? HookEvent.POST_TOOL_USE_FAILURE : HookEvent.POST_TOOL_USE;
        ObjectNode payload = payload(entry, kind);
        payload.set("tool_name", call.path("name"));
        payload.set("tool_input", call.path("input"));
        payload.set("tool_use_id", call.path("id"));
        if (failed) {
            payload.put("error", shown);
            payload.put("is_interrupt", shown.startsWith(INTERRUPTED));
        } else {
            JsonNode structured = entry.path("toolUseResult");
            payload.set(
                    "tool_response",
                    structured.isMissingNode() ? result.path("content") : structured);
        }
        add(turn, kind, payload, at(entry));
    }

    private void compacted(ObjectNode entry, String summary) {
        if (open != null) {
            ObjectNode payload = payload(entry, HookEvent.POST_COMPACT);
            payload.put("trigger", "auto");
            payload.put("compact_summary", summary);
            add(open, HookEvent.POST_COMPACT, payload, at(entry));
        }
    }

    private void close() {
        Open turn = open;
        open = null;
        if (turn == null || !turn.answered) {
            return;
        }
        var hooks = new ArrayList<Hook>();
        hooks.add(new Hook(HookEvent.USER_PROMPT_SUBMIT, turn.prompt, turn.last));
        hooks.addAll(turn.hooks);
        String answer = turn.answer;
        if (answer != null && !turn.interrupted) {
            ObjectNode stop = Json.mapper().createObjectNode();
            stop.set("session_id", turn.prompt.path("session_id"));
            stop.set("cwd", turn.prompt.path("cwd"));
            stop.put("hook_event_name", HookEvent.STOP.hostName());
            stop.put("last_assistant_message", answer);
            hooks.add(new Hook(HookEvent.STOP, stop, turn.last));
        }
        turns.add(new RecordedTurn(file, turn.line.number(), 1, turn.line.hash(), hooks));
    }

    private static void add(Open turn, HookEvent kind, ObjectNode payload, Instant at) {
        turn.hooks.add(new Hook(kind, payload, at));
        turn.last = at;
    }

    private static ObjectNode payload(ObjectNode entry, HookEvent kind) {
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("session_id", entry.path("sessionId").asString("s"));
        payload.put("cwd", entry.path("cwd").asString("/"));
        payload.put("hook_event_name", kind.hostName());
        if (entry.path("agentId").isString()) {
            payload.set("agent_id", entry.path("agentId"));
        }
        return payload;
    }

    private static Instant at(ObjectNode entry) {
        try {
            return Instant.parse(entry.path("timestamp").asString(""));
        } catch (DateTimeException unknown) {
            return Instant.EPOCH;
        }
    }

    private static boolean isSet(JsonNode node, String field) {
        return node.path(field).isBoolean() && node.path(field).booleanValue();
    }

    private static String text(JsonNode content) {
        if (content.isString()) {
            return content.stringValue();
        }
        var text = new ArrayList<String>();
        for (JsonNode block : content) {
            if (block.path("type").asString("").equals("text")) {
                text.add(block.path("text").asString(""));
            }
        }
        return String.join("\n", text);
    }
}
