package dev.mneme.ingest;

import dev.mneme.domain.StorableText;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Cuts a payload down to what is worth keeping and what PostgreSQL can store.
///
/// The old file goes, because the patch says what changed. A string over the limit keeps its head
/// and its tail around a mark that says how much is missing. NUL and lone surrogates, which `text`
/// cannot hold, become U+FFFD.
final class PayloadTrimmer {

    /// A string field; the whole of it would rarely be read again.
    static final int FIELD_CHARS_MAX = 32 * 1024;

    /// How much of an over-long string is kept from its start; the rest is from its end.
    private static final double HEAD_SHARE = 0.65;

    /// Deeper structures are not walked; no host sends them.
    private static final int DEPTH_MAX = 64;

    private static final List<String> DROPPED = List.of("originalFile", "original_file");

    private PayloadTrimmer() {}

    static void trim(ObjectNode payload) {
        trimObject(payload, 0);
    }

    private static void trimObject(ObjectNode object, int depth) {
        for (String name : DROPPED) {
            if (depth > 0) {
                object.remove(name);
            }
        }
        for (var field : List.copyOf(object.properties())) {
            object.set(field.getKey(), trimmed(field.getValue(), depth));
        }
    }

    private static JsonNode trimmed(JsonNode value, int depth) {
        if (depth >= DEPTH_MAX) {
            return StringNode.valueOf("[cut: nested deeper than " + DEPTH_MAX + "]");
        }
        switch (value) {
            case StringNode string -> {
                return StringNode.valueOf(StorableText.of(cut(string.stringValue())));
            }
            case ObjectNode object -> trimObject(object, depth + 1);
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    array.set(i, trimmed(array.get(i), depth + 1));
                }
            }
            default -> {}
        }
        return value;
    }

    private static String cut(String text) {
        if (text.length() <= FIELD_CHARS_MAX) {
            return text;
        }
        int head = (int) (FIELD_CHARS_MAX * HEAD_SHARE);
        int tail = FIELD_CHARS_MAX - head;
        String kept = text.substring(0, head);
        String end = text.substring(text.length() - tail);
        int missing =
                text.getBytes(StandardCharsets.UTF_8).length
                        - kept.getBytes(StandardCharsets.UTF_8).length
                        - end.getBytes(StandardCharsets.UTF_8).length;
        return kept + "\n… [cut: " + missing + " bytes] …\n" + end;
    }
}
