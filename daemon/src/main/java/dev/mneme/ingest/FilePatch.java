package dev.mneme.ingest;

import dev.mneme.domain.Utf8;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.List;

/// Turns what an edit says about a file into one patch, and drops everything that repeats it: the
/// old file, the new one, both texts of a replacement, once in the input and once in the answer.
///
/// What the host says was done stays where it is, in `tool_response.structuredPatch`. Where it says
/// nothing of the kind, the patch is made from what was asked for and is put into
/// `tool_input.structuredPatch`: a new file is one hunk of added lines, a replacement one hunk
/// without a position. A replacement on a single line stays beside its patch, because the patch
/// knows whole lines only.
final class FilePatch {

    /// All lines of all hunks of one event.
    static final int PATCH_BYTES_MAX = 64 * 1024;

    /// How much of an over-long patch is kept from its start; the rest is from its end.
    private static final double HEAD_SHARE = 0.65;

    /// A replacement that is short enough to be told by itself.
    private static final int QUOTE_BYTES_MAX = 256;

    private static final String PATCH = "structuredPatch";
    private static final String LINES = "lines";
    private static final String NO_NEWLINE = "\\ No newline at end of file";

    private static final List<String> SAID_IN_INPUT =
            List.of("content", "old_string", "new_string", "edits", "new_source");

    private static final List<String> SAID_IN_ANSWER =
            List.of(
                    "originalFile",
                    "originalFileContents",
                    "original_file",
                    "updated_file",
                    "content",
                    "oldString",
                    "newString",
                    "edits",
                    "old_source",
                    "new_source");

    private FilePatch() {}

    static void reduce(ObjectNode payload) {
        switch (text(payload, "tool_name")) {
            case "Write", "Edit", "MultiEdit", "NotebookEdit" -> ofFileTool(payload);
            case "Bash", "PowerShell" -> ofCommand(payload);
            default -> {}
        }
    }

    private static void ofFileTool(ObjectNode payload) {
        ObjectNode input = unwrapped(payload, "tool_input");
        ObjectNode answer = unwrapped(payload, "tool_response");
        if (answer == null) {
            answer = unwrapped(payload, "tool_response_preview");
        }
        cutAtTexts(payload, "tool_response");
        cutAtTexts(payload, "tool_response_preview");
        ObjectNode asked = input == null ? Json.mapper().createObjectNode() : input;
        ObjectNode done = answer == null ? Json.mapper().createObjectNode() : answer;
        if (done.path(PATCH) instanceof ArrayNode hunks && !hunks.isEmpty() && !creates(payload)) {
            bound(List.of(hunks));
        } else if (input != null) {
            done.remove(PATCH);
            ArrayNode made = made(payload, asked, done);
            if (!made.isEmpty()) {
                bound(List.of(made));
                input.set(PATCH, made);
            }
        }
        boolean quotable =
                isQuotable(asked.path("old_string")) && isQuotable(asked.path("new_string"));
        for (String field : SAID_IN_INPUT) {
            if (!quotable || !field.endsWith("_string")) {
                asked.remove(field);
            }
        }
        done.remove(SAID_IN_ANSWER);
    }

    /// A patch of a file that was not there adds nothing to its content.
    private static boolean creates(ObjectNode payload) {
        return text(payload, "tool_name").equals("Write")
                && !payload.path("tool_response").path("type").asString("").equals("update");
    }

    private static ArrayNode made(ObjectNode payload, ObjectNode asked, ObjectNode done) {
        ArrayNode hunks = Json.mapper().createArrayNode();
        switch (text(payload, "tool_name")) {
            case "Write" ->
                    wholeFile(
                            hunks,
                            asked.path("content").isString()
                                    ? asked.path("content")
                                    : done.path("content"));
            case "NotebookEdit" -> cell(hunks, asked, done);
            default -> {
                boolean answered = !asked.has("old_string") && !asked.has("new_string");
                replacement(
                        hunks,
                        answered ? done.path("oldString") : asked.path("old_string"),
                        answered ? done.path("newString") : asked.path("new_string"));
                JsonNode edits = asked.has("edits") ? asked.path("edits") : done.path("edits");
                for (JsonNode edit : edits) {
                    replacement(hunks, edit.path("old_string"), edit.path("new_string"));
                }
            }
        }
        return hunks;
    }

    private static void wholeFile(ArrayNode hunks, JsonNode content) {
        String file = content.isString() ? content.stringValue() : "";
        if (file.isEmpty()) {
            return;
        }
        List<String> lines = lines(file);
        boolean ended = file.endsWith("\n");
        if (ended) {
            lines.removeLast();
        }
        ObjectNode hunk = hunks.addObject();
        hunk.put("oldStart", 0).put("oldLines", 0).put("newStart", 1).put("newLines", lines.size());
        ArrayNode added = hunk.putArray(LINES);
        lines.forEach(line -> added.add("+" + line));
        if (!ended) {
            added.add(NO_NEWLINE);
        }
    }

    private static void cell(ArrayNode hunks, ObjectNode asked, ObjectNode done) {
        String before = text(done, "old_source");
        boolean deleted = text(asked, "edit_mode").equals("delete");
        ArrayNode changed = Json.mapper().createArrayNode();
        if (!before.isEmpty()) {
            lines(before).forEach(line -> changed.add("-" + line));
        }
        if (!deleted) {
            lines(text(asked, "new_source")).forEach(line -> changed.add("+" + line));
        }
        if (!changed.isEmpty()) {
            hunks.addObject().set(LINES, changed);
        }
    }

    /// What both texts begin and end with is context.
    private static void replacement(ArrayNode hunks, JsonNode before, JsonNode after) {
        if (!before.isString() && !after.isString()) {
            return;
        }
        List<String> old = lines(before.asString(""));
        List<String> fresh = lines(after.asString(""));
        int shorter = Math.min(old.size(), fresh.size());
        int same = 0;
        while (same < shorter && old.get(same).equals(fresh.get(same))) {
            same++;
        }
        int tail = 0;
        while (tail < shorter - same
                && old.get(old.size() - 1 - tail).equals(fresh.get(fresh.size() - 1 - tail))) {
            tail++;
        }
        ArrayNode lines = hunks.addObject().putArray(LINES);
        old.subList(0, same).forEach(line -> lines.add(" " + line));
        old.subList(same, old.size() - tail).forEach(line -> lines.add("-" + line));
        fresh.subList(same, fresh.size() - tail).forEach(line -> lines.add("+" + line));
        old.subList(old.size() - tail, old.size()).forEach(line -> lines.add(" " + line));
    }

    /// What a command changed. A deleted file is its old content alone, so only the count stays.
    private static void ofCommand(ObjectNode payload) {
        var all = new ArrayList<ArrayNode>();
        for (JsonNode one : payload.path("tool_response").path("bashEditDiff").path("files")) {
            if (one instanceof ObjectNode file && file.path("hunks") instanceof ArrayNode hunks) {
                if (file.path("deleted").asBoolean(false)) {
                    int removed = 0;
                    for (JsonNode hunk : hunks) {
                        removed += hunk.path(LINES).size();
                    }
                    file.remove("hunks");
                    file.put("removedLines", removed);
                } else {
                    all.add(hunks);
                }
            }
        }
        bound(all);
    }

    /// Keeps the first and the last lines of patches that are too long together, around a line that
    /// says what is missing.
    private static void bound(List<ArrayNode> patches) {
        long bytes = 0;
        for (ArrayNode patch : patches) {
            for (JsonNode hunk : patch) {
                for (JsonNode line : hunk.path(LINES)) {
                    bytes += lineBytes(line);
                }
            }
        }
        if (bytes <= PATCH_BYTES_MAX) {
            return;
        }
        long headEnd = (long) (PATCH_BYTES_MAX * HEAD_SHARE);
        long tailStart = bytes - (PATCH_BYTES_MAX - headEnd);
        String mark = "\\ [cut: about " + (tailStart - headEnd) + " bytes of the patch]";
        long offset = 0;
        boolean marked = false;
        for (ArrayNode patch : patches) {
            for (JsonNode hunk : patch) {
                if (!(hunk.path(LINES) instanceof ArrayNode lines)) {
                    continue;
                }
                var all = List.copyOf(lines.values());
                lines.removeAll();
                for (JsonNode line : all) {
                    long end = offset + lineBytes(line);
                    if (end <= headEnd || offset >= tailStart) {
                        lines.add(line);
                    } else if (!marked) {
                        lines.add(mark);
                        marked = true;
                    }
                    offset = end;
                }
            }
        }
    }

    private static int lineBytes(JsonNode line) {
        return Utf8.bytes(line.asString("")) + 1;
    }

    /// The object that a field is, or whose JSON some senders put into a string there.
    private static @Nullable ObjectNode unwrapped(ObjectNode payload, String field) {
        JsonNode value = payload.path(field);
        if (value instanceof ObjectNode object) {
            return object;
        }
        if (!value.isString() || !value.stringValue().startsWith("{")) {
            return null;
        }
        try {
            if (Json.tree(value.stringValue()) instanceof ObjectNode object) {
                payload.set(field, object);
                return object;
            }
        } catch (JacksonException cutOrNoJson) {
            // A preview that ends in the middle.
        }
        return null;
    }

    /// A preview that was cut in the middle of its JSON cannot be taken apart any more.
    private static void cutAtTexts(ObjectNode payload, String field) {
        String text = text(payload, field);
        int at = text.length();
        for (String name : SAID_IN_ANSWER) {
            int found = text.indexOf('"' + name + '"');
            at = found < 0 ? at : Math.min(at, found);
        }
        if (at < text.length()) {
            payload.put(
                    field,
                    text.substring(0, at)
                            + "… [cut: "
                            + Utf8.bytes(text.substring(at))
                            + " bytes]");
        }
    }

    private static boolean isQuotable(JsonNode value) {
        String text = value.isString() ? value.stringValue() : "\n";
        return text.strip().indexOf('\n') < 0 && Utf8.bytes(text) <= QUOTE_BYTES_MAX;
    }

    private static List<String> lines(String text) {
        var lines = new ArrayList<String>();
        int start = 0;
        while (start <= text.length()) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            int last = end > start && text.charAt(end - 1) == '\r' ? end - 1 : end;
            lines.add(text.substring(start, last));
            start = end + 1;
        }
        return lines;
    }

    private static String text(ObjectNode object, String field) {
        JsonNode value = object.path(field);
        return value.isString() ? value.stringValue() : "";
    }
}
