package dev.mneme.ingest;

import dev.mneme.domain.StorableText;
import dev.mneme.domain.Utf8;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import java.util.LinkedHashMap;
import java.util.List;

/// Cuts a payload down to what is worth keeping and what PostgreSQL can store.
///
/// Edits become patches (`FilePatch`). A string over the limit keeps its head and its tail around a
/// mark that says how much is missing. What is over the limit of the whole payload goes too, and
/// short fields are the last to go. NUL and lone surrogates, which `text` cannot hold, become
/// U+FFFD.
public final class PayloadTrimmer {

    /// A string field; the whole of it would rarely be read again.
    static final int FIELD_BYTES_MAX = 32 * 1024;

    /// All strings, names and numbers of one payload.
    static final int PAYLOAD_BYTES_MAX = 256 * 1024;

    /// The name of a field. No host's are longer; maps that a tool answers with may have any.
    static final int NAME_BYTES_MAX = 256;

    /// Fields that are never the reason for a payload to be too large are kept before all others.
    private static final int SHORT_CHARS_MAX = 512;

    /// How much of an over-long string is kept from its start; the rest is from its end.
    private static final double HEAD_SHARE = 0.65;

    /// Deeper structures are not walked; no host sends them.
    private static final int DEPTH_MAX = 64;

    /// What every field costs beside its text: quotes, commas, brackets.
    private static final int FIELD_OVERHEAD_BYTES = 4;

    /// Less of a string than this says nothing beside its mark.
    private static final int REST_BYTES_MIN = 256;

    private static final String MORE = "…";

    /// The whole old file, wherever it appears: the patch says what changed.
    private static final List<String> DROPPED =
            List.of("originalFile", "originalFileContents", "original_file", "updated_file");

    private int left = PAYLOAD_BYTES_MAX;

    private PayloadTrimmer() {}

    public static void trim(ObjectNode payload) {
        FilePatch.reduce(payload);
        new PayloadTrimmer().object(payload, 0);
    }

    /// Keeps head and tail of a text around a mark that says how many bytes are missing.
    static String cut(String text, int bytesMax) {
        int bytes = text.length() * 3L <= bytesMax ? 0 : Utf8.bytes(text);
        if (bytes <= bytesMax) {
            return text;
        }
        String head = Utf8.head(text, (int) (bytesMax * HEAD_SHARE));
        String tail = Utf8.tail(text, bytesMax - Utf8.bytes(head));
        int missing = bytes - Utf8.bytes(head) - Utf8.bytes(tail);
        return head + "\n… [cut: " + missing + " bytes] …\n" + tail;
    }

    /// Short fields first, so that what identifies an event survives whatever lies before it.
    private void object(ObjectNode object, int depth) {
        if (depth > 0) {
            object.remove(DROPPED);
        }
        var kept = new LinkedHashMap<String, JsonNode>();
        for (var field : object.properties()) {
            kept.put(field.getKey(), MissingNode.getInstance());
        }
        int dropped = 0;
        for (boolean shortOnes : new boolean[] {true, false}) {
            for (var field : object.properties()) {
                if (isShort(field.getValue()) != shortOnes) {
                    continue;
                }
                if (left <= 0) {
                    dropped++;
                    continue;
                }
                left -= FIELD_OVERHEAD_BYTES + Math.min(field.getKey().length(), NAME_BYTES_MAX);
                kept.put(field.getKey(), trimmed(field.getValue(), depth));
            }
        }
        object.removeAll();
        kept.forEach(
                (name, value) -> {
                    if (!value.isMissingNode()) {
                        object.set(StorableText.of(cut(name, NAME_BYTES_MAX)), value);
                    }
                });
        if (dropped > 0) {
            object.put(MORE, "[cut: " + dropped + " fields]");
        }
    }

    private void array(ArrayNode array, int depth) {
        for (int i = 0; i < array.size(); i++) {
            if (left <= 0) {
                int dropped = array.size() - i;
                while (array.size() > i) {
                    array.remove(array.size() - 1);
                }
                array.add("[cut: " + dropped + " items]");
                return;
            }
            left -= FIELD_OVERHEAD_BYTES;
            array.set(i, trimmed(array.get(i), depth));
        }
    }

    private JsonNode trimmed(JsonNode value, int depth) {
        if (value.isContainer() && depth >= DEPTH_MAX) {
            return StringNode.valueOf("[cut: nested deeper than " + DEPTH_MAX + "]");
        }
        switch (value) {
            case StringNode string -> {
                String text = StorableText.of(string.stringValue());
                String kept = cut(text, Math.clamp(left, REST_BYTES_MIN, FIELD_BYTES_MAX));
                left -= Utf8.bytes(kept);
                return StringNode.valueOf(kept);
            }
            case ObjectNode object -> object(object, depth + 1);
            case ArrayNode array -> array(array, depth + 1);
            default -> left -= value.isNumber() ? value.asString().length() : 0;
        }
        return value;
    }

    private static boolean isShort(JsonNode value) {
        return !value.isContainer()
                && (!value.isString() || value.stringValue().length() <= SHORT_CHARS_MAX);
    }
}
