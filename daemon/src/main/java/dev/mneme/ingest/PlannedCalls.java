package dev.mneme.ingest;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.domain.PlannedCall;
import dev.mneme.domain.Project;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.ProjectSecretsCache;
import dev.mneme.redaction.Redactor;
import dev.mneme.redaction.ignore.IgnoreRules;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads a call that an agent is about to make, by the rules that captured events obey: what is
/// ignored, private or secret is taken out before anything looks at it. Nothing is stored.
public final class PlannedCalls {

    /// Of all texts of one call's input together; what is behind is not looked at.
    public static final int TEXT_CHARS_MAX = 32 * 1024;

    /// What says most comes first, and so is within the bound however long the rest is.
    private static final List<String> FIRST =
            List.of("command", "file_path", "path", "notebook_path", "url", "query", "pattern");

    /// What a model says about its call, in words of its own, is not the call.
    private static final Set<String> REMARKS = Set.of("description");

    private final CapturePauses pauses;
    private final IgnoreRules ignored;
    private final Redactor redactor;
    private final ProjectSecretsCache secrets = new ProjectSecretsCache();
    private final InstantSource clock;

    public PlannedCalls(
            CapturePauses pauses, IgnoreRules ignored, Redactor redactor, InstantSource clock) {
        this.pauses = pauses;
        this.ignored = ignored;
        this.redactor = redactor;
        this.clock = clock;
    }

    /// The call; empty where it is about an ignored path and must not be looked at.
    ///
    /// @param payload as the host sends it to hooks
    public Optional<PlannedCall> read(byte[] payload) {
        IgnoreRules.Kept kept = ignored.keep(payload);
        if (kept.isReduced()) {
            return Optional.empty();
        }
        JsonNode event = tree(redactor.redactJson(kept.payload(), secrets.ofEvent(payload)));
        String tool = text(event, "tool_name");
        if (tool == null || tool.isBlank()) {
            throw new Refused(
                    ErrorCode.VALUE_INVALID, "`tool_name` is missing or not a text", "tool_name");
        }
        return Optional.of(
                new PlannedCall(
                        text(event, "session_id"),
                        text(event, "agent_id"),
                        tool,
                        textOf(event.path("tool_input")),
                        pauses.isOff(asEvent(payload), pauses.look())));
    }

    /// The project of the folder that a call names, if it is known.
    public Optional<Project> projectOf(byte[] payload) {
        return pauses.projectAt(CapturePauses.Ids.of(payload).folder());
    }

    /// The texts of an input, each on lines of its own.
    public static String textOf(JsonNode input) {
        var text = new StringBuilder();
        for (String name : FIRST) {
            add(text, input.path(name));
        }
        if (input.isObject()) {
            input.properties()
                    .forEach(
                            field -> {
                                if (!FIRST.contains(field.getKey())
                                        && !REMARKS.contains(field.getKey())) {
                                    add(text, field.getValue());
                                }
                            });
        }
        return text.toString();
    }

    private static void add(StringBuilder text, JsonNode value) {
        if (text.length() >= TEXT_CHARS_MAX) {
            return;
        }
        if (value.isString()) {
            String one = value.stringValue();
            int room = TEXT_CHARS_MAX - text.length();
            text.append(one, 0, Math.min(one.length(), room)).append('\n');
        } else if (value.isNumber()) {
            text.append(value.asString()).append('\n');
        } else {
            for (JsonNode part : value) {
                add(text, part);
            }
        }
    }

    /// Pauses are judged by what an event says of itself, and this one is said like the others.
    private IncomingEvent asEvent(byte[] payload) {
        return new IncomingEvent(
                HookEvent.POST_TOOL_USE,
                payload,
                clock.instant(),
                "planned",
                IncomingEvent.CLAUDE_CODE,
                true,
                false);
    }

    private static JsonNode tree(byte[] json) {
        try {
            return Json.tree(new String(json, StandardCharsets.UTF_8));
        } catch (JacksonException malformed) {
            throw new Refused(ErrorCode.MALFORMED_JSON, "the payload is not JSON", null);
        }
    }

    private static @Nullable String text(JsonNode event, String field) {
        JsonNode value = event.path(field);
        return value.isString() ? value.stringValue() : null;
    }
}
