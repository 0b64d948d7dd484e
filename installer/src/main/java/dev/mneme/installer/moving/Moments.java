package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tells one session of another program as the moments that our hooks would have seen: what the
/// user said, each call of a tool when its answer is there, and the answer that ends a turn.
final class Moments {

    /// Calls whose answer is still to come; a program that dies leaves some behind.
    private static final int OPEN_CALLS_MAX = 10_000;

    private final String source;
    private final String agent;
    private final Source.Sink sink;
    private final Map<String, Call> calls =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Call> eldest) {
                    return size() > OPEN_CALLS_MAX;
                }
            };

    private @Nullable Answer answer;

    /// @param source as in `claude-code`; with a line's id it makes the name of a moment
    Moments(String source, String agent, Source.Sink sink) {
        this.source = source;
        this.agent = agent;
        this.sink = sink;
    }

    /// Where and when something happened.
    ///
    /// @param id of the line that tells of it
    /// @param agentId of a subagent
    record At(
            String where,
            String id,
            String sessionId,
            @Nullable String cwd,
            Instant time,
            @Nullable String agentId) {}

    private record Call(String name, JsonNode input) {}

    private record Answer(At at, String message, String text) {}

    void prompt(At at, String text) throws Failure {
        end();
        send(at, "user-prompt-submit", payload(at, "UserPromptSubmit").put("prompt", text));
    }

    /// What the agent said; the last of it before the next prompt is the turn's answer.
    ///
    /// @param message of which it is a part, where a message has several lines
    void said(At at, String message, String text) {
        Answer before = answer;
        answer =
                before != null && !message.isEmpty() && before.message().equals(message)
                        ? new Answer(at, message, before.text() + "\n" + text)
                        : new Answer(at, message, text);
    }

    void called(At at, String callId, String name, JsonNode input) {
        // What is said before a call is no answer.
        if (at.agentId() == null) {
            answer = null;
        }
        calls.put(callId, new Call(name, input));
    }

    boolean isOpen(String callId) {
        return calls.containsKey(callId);
    }

    /// Forgets a call that no hook was told of: it was refused, or there is no such tool.
    void refused(String callId) {
        calls.remove(callId);
    }

    void succeeded(At at, String callId, JsonNode response) throws Failure {
        Call call = calls.remove(callId);
        if (call != null) {
            send(
                    at,
                    "post-tool-use",
                    callPayload(at, "PostToolUse", callId, call).set("tool_response", response));
        }
    }

    void failed(At at, String callId, String error) throws Failure {
        Call call = calls.remove(callId);
        if (call != null) {
            send(
                    at,
                    "post-tool-use-failure",
                    callPayload(at, "PostToolUseFailure", callId, call).put("error", error));
        }
    }

    void compacted(At at, @Nullable String trigger, String summary) throws Failure {
        send(
                at,
                "post-compact",
                payload(at, "PostCompact")
                        .put("trigger", trigger == null ? "auto" : trigger)
                        .put("compact_summary", summary));
    }

    /// Ends the turn with what was said last in it.
    void end() throws Failure {
        Answer last = answer;
        answer = null;
        if (last != null && !last.text().isBlank()) {
            send(
                    last.at(),
                    "stop",
                    payload(last.at(), "Stop")
                            .put("stop_hook_active", false)
                            .put("last_assistant_message", last.text()));
        }
    }

    private static ObjectNode callPayload(At at, String event, String callId, Call call) {
        return payload(at, event)
                .put("tool_name", call.name())
                .put("tool_use_id", callId)
                .set("tool_input", call.input());
    }

    private static ObjectNode payload(At at, String event) {
        ObjectNode payload =
                Json.mapper()
                        .createObjectNode()
                        .put("session_id", at.sessionId())
                        .put("hook_event_name", event);
        if (at.cwd() != null) {
            payload.put("cwd", at.cwd());
        }
        if (at.agentId() != null) {
            payload.put("agent_id", at.agentId()).put("agent_type", "unknown");
        }
        return payload;
    }

    private void send(At at, String kind, ObjectNode payload) throws Failure {
        String callId = payload.path("tool_use_id").asString("");
        ObjectNode record =
                Records.of("moment")
                        .put("uid", Records.uid(source, kind, callId.isEmpty() ? at.id() : callId))
                        .put("kind", kind)
                        .put("occurred_at", at.time().toString())
                        .put("agent", agent);
        record.set("payload", payload);
        sink.record(at.where(), record);
    }
}
