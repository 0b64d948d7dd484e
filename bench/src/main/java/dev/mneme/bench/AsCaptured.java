package dev.mneme.bench;

import dev.mneme.bench.RecordedTurn.Hook;
import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.domain.Turn;
import dev.mneme.ingest.CapturePolicy;
import dev.mneme.ingest.NameList;
import dev.mneme.ingest.PayloadTrimmer;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.Redactor;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;

/// What the daemon would hand to an extractor of a recorded turn: redacted, without what it does
/// not keep, edits as patches, long fields cut.
///
/// Ignore files are not asked: those of whoever recorded the session are not here.
final class AsCaptured {

    private final CapturePolicy policy =
            new CapturePolicy(NameList.skippedTools(List.of()), NameList.readOnlyAgents(List.of()));
    private final Redactor redactor = new Redactor();

    /// The turn in as many parts as the daemon makes of it; none where it keeps no event.
    List<Turn> parts(RecordedTurn recorded) {
        String prompt = firstPrompt(recorded.hooks());
        var events = new ArrayList<CapturedEvent>();
        String answer = null;
        for (Hook hook : recorded.hooks()) {
            ObjectNode payload = redacted(hook.payload());
            if (policy.reasonToSkip(hook.kind(), payload).isPresent()) {
                continue;
            }
            PayloadTrimmer.trim(payload);
            if (hook.kind() == HookEvent.STOP) {
                answer = text(payload, "last_assistant_message");
            }
            events.add(
                    new CapturedEvent(
                            events.size() + 1L,
                            hook.kind(),
                            payload.path("session_id").asString("s"),
                            hook.at(),
                            text(payload, "cwd"),
                            text(payload, "tool_name"),
                            text(payload, "tool_use_id"),
                            Json.write(payload),
                            prompt));
        }
        var parts = new ArrayList<Turn>();
        for (int from = 0; from < events.size(); from += Turn.EVENTS_MAX) {
            int to = Math.min(events.size(), from + Turn.EVENTS_MAX);
            boolean isLast = to == events.size();
            parts.add(
                    new Turn(
                            events.getFirst().sessionId(),
                            prompt == null ? 0 : 1,
                            prompt,
                            events.get(to - 1).cwd(),
                            null,
                            events.subList(from, to),
                            isLast ? answer : null,
                            isLast && answer != null ? Turn.End.ANSWER : Turn.End.SILENCE,
                            from > 0));
        }
        return parts;
    }

    private @Nullable String firstPrompt(List<Hook> hooks) {
        return hooks.stream()
                .filter(hook -> hook.kind() == HookEvent.USER_PROMPT_SUBMIT)
                .map(hook -> hook.payload().path("prompt").asString(""))
                .filter(text -> PromptKind.of(text) == PromptKind.USER)
                .map(redactor::redact)
                .findFirst()
                .orElse(null);
    }

    private ObjectNode redacted(ObjectNode payload) {
        return (ObjectNode) Json.tree(redactor.redactJson(Json.write(payload)));
    }

    private static @Nullable String text(ObjectNode payload, String field) {
        JsonNode value = payload.path(field);
        return value.isString() ? value.stringValue() : null;
    }
}
