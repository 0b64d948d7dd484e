package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Real payloads by reference, and our own samples.
///
/// A reference is `folder/file.json` for a file of one payload, `folder/file.jsonl#7` for a line,
/// `folder/transcript.jsonl@toolu_…` for a tool call of a recorded session, put together the way
/// the host sends it, and `sample#name` for one of ours.
final class SharedPayloads {

    record Sample(String reference, JsonNode payload) {

        CapturedEvent event(String request) {
            return SharedPayloads.event(payload, request);
        }
    }

    private SharedPayloads() {}

    static Optional<Path> folder() {
        String root = System.getProperty("mneme.root", "..");
        Path data = Path.of(root, "..", "shared", "data");
        if (Files.isDirectory(data)) {
            return Optional.of(data);
        }
        if (System.getenv().getOrDefault("MNEME_REQUIRE_SHARED", "").equals("1")) {
            throw new AssertionError("MNEME_REQUIRE_SHARED=1, but there is no ../shared/data");
        }
        return Optional.empty();
    }

    /// Every payload of an event that is captured.
    static List<Sample> all(Path data) {
        var samples = new ArrayList<Sample>();
        try (Stream<Path> files = Files.walk(data.resolve("claude-code/hook-payloads"))) {
            files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .forEach(file -> add(samples, reference(data, file), text(file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        try (Stream<Path> files = Files.walk(data.resolve("claude-hooks"))) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".jsonl")).sorted().toList()) {
                List<String> lines = lines(file);
                for (int index = 0; index < lines.size(); index++) {
                    add(samples, reference(data, file) + "#" + (index + 1), lines.get(index));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return samples;
    }

    /// Every tool call of the recorded sessions.
    static List<Sample> transcripts(Path data) {
        var samples = new ArrayList<Sample>();
        try (Stream<Path> files = Files.list(data.resolve("claude-transcripts"))) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".jsonl")).sorted().toList()) {
                toolCalls(lines(file))
                        .forEach(
                                (id, call) ->
                                        samples.add(
                                                new Sample(
                                                        reference(data, file) + "@" + id, call)));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return samples;
    }

    static Sample find(Path data, String reference) {
        int line = reference.indexOf('#');
        int call = reference.indexOf('@');
        if (line > 0) {
            Path file = data.resolve(reference.substring(0, line));
            int number = Integer.parseInt(reference.substring(line + 1));
            return new Sample(reference, Json.tree(lines(file).get(number - 1)));
        }
        if (call > 0) {
            Path file = data.resolve(reference.substring(0, call));
            JsonNode payload = toolCalls(lines(file)).get(reference.substring(call + 1));
            if (payload == null) {
                throw new IllegalArgumentException("no such tool call: " + reference);
            }
            return new Sample(reference, payload);
        }
        return new Sample(reference, Json.tree(text(data.resolve(reference))));
    }

    static JsonNode resource(String name) {
        try (InputStream stream = SharedPayloads.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("no test resource " + name);
            }
            return Json.tree(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Optional<HookEvent> kind(JsonNode payload) {
        String name = payload.path("hook_event_name").asString("");
        return Stream.of(HookEvent.values())
                .filter(kind -> kind.hostName().equals(name))
                .findFirst();
    }

    static CapturedEvent event(JsonNode payload, String request) {
        return new CapturedEvent(
                1,
                kind(payload).orElseThrow(),
                payload.path("session_id").asString("s"),
                Instant.EPOCH,
                payload.path("cwd").isString() ? payload.path("cwd").stringValue() : null,
                payload.path("tool_name").isString()
                        ? payload.path("tool_name").stringValue()
                        : null,
                payload.path("tool_use_id").isString()
                        ? payload.path("tool_use_id").stringValue()
                        : null,
                Json.write(payload),
                request.isEmpty() ? null : request);
    }

    private static Map<String, JsonNode> toolCalls(List<String> lines) {
        var uses = new HashMap<String, JsonNode>();
        var calls = new LinkedHashMap<String, JsonNode>();
        for (String line : lines) {
            JsonNode entry = entry(line);
            for (JsonNode block : entry.path("message").path("content")) {
                if (block.path("type").asString("").equals("tool_use")) {
                    uses.put(block.path("id").asString(""), block);
                }
                JsonNode use = uses.get(block.path("tool_use_id").asString(""));
                if (block.path("type").asString("").equals("tool_result") && use != null) {
                    calls.put(use.path("id").asString(""), call(entry, use, block));
                }
            }
        }
        return calls;
    }

    /// Recorded sessions hold lines that were cut or glued; they hold no tool call for us.
    private static JsonNode entry(String line) {
        try {
            return Json.tree(line);
        } catch (JacksonException broken) {
            return Json.mapper().createObjectNode();
        }
    }

    private static JsonNode call(JsonNode entry, JsonNode use, JsonNode result) {
        boolean failed =
                result.path("is_error").isBoolean() && result.path("is_error").booleanValue();
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("session_id", entry.path("sessionId").asString("s"));
        payload.put("cwd", entry.path("cwd").asString(""));
        payload.put("hook_event_name", failed ? "PostToolUseFailure" : "PostToolUse");
        payload.set("tool_name", use.path("name"));
        payload.set("tool_input", use.path("input"));
        payload.set("tool_use_id", use.path("id"));
        JsonNode content = result.path("content");
        if (failed) {
            payload.put(
                    "error",
                    content.isString()
                            ? content.stringValue()
                            : content.path(0).path("text").asString(""));
        } else {
            JsonNode structured = entry.path("toolUseResult");
            payload.set("tool_response", structured.isMissingNode() ? content : structured);
        }
        return payload;
    }

    private static void add(List<Sample> samples, String reference, String json) {
        JsonNode payload = Json.tree(json);
        if (kind(payload).isPresent()) {
            samples.add(new Sample(reference, payload));
        }
    }

    private static String reference(Path data, Path file) {
        return data.relativize(file).toString().replace('\\', '/');
    }

    private static List<String> lines(Path file) {
        return text(file).lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
