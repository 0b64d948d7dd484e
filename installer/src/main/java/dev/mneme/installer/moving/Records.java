package dev.mneme.installer.moving;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/// Makes records out of what sources hold, within the limits of the daemon: what is too long is cut
/// with a visible mark, so that a long row is not lost.
final class Records {

    private static final String CUT = " … [cut]";
    private static final int SUMMARY_CHARS_MAX = 8_000;
    private static final int CONCEPT_CHARS_MAX = 100;
    private static final int SENTENCE_CHARS_MAX = 120;

    /// Before 1973 in milliseconds: a number below is one of seconds.
    private static final long MILLIS_MIN = 100_000_000_000L;

    /// Types of other systems, by what they come closest to among ours.
    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry("decision", "decision"),
                    Map.entry("bugfix", "bugfix"),
                    Map.entry("feature", "feature"),
                    Map.entry("refactor", "refactor"),
                    Map.entry("discovery", "discovery"),
                    Map.entry("change", "change"),
                    Map.entry("pattern", "pattern"),
                    Map.entry("gotcha", "gotcha"),
                    Map.entry("security_alert", "gotcha"),
                    Map.entry("security_note", "gotcha"),
                    Map.entry("sensitive", "gotcha"));

    private Records() {}

    static ObjectNode of(String kind) {
        return Json.mapper().createObjectNode().put("record", kind);
    }

    /// The name of a row, the same at every reading.
    static String uid(String... parts) {
        return UUID.nameUUIDFromBytes(String.join("\n", parts).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /// One of the eight types; what another system called it stays as a concept.
    static void type(ObjectNode observation, @Nullable String type, List<String> concepts) {
        String word = type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
        String ours = TYPES.get(word);
        var all = new ArrayList<>(concepts);
        if (ours == null && !word.isEmpty()) {
            all.add(cut(word, CONCEPT_CHARS_MAX));
        }
        observation.put("type", ours == null ? "discovery" : ours);
        strings(observation, "concepts", all.stream().distinct().toList());
    }

    /// A concept without its explanation, in lower case.
    static List<String> concepts(List<String> concepts) {
        return concepts.stream()
                .map(concept -> concept.split(":", 2)[0].strip().toLowerCase(Locale.ROOT))
                .filter(concept -> !concept.isEmpty())
                .map(concept -> cut(concept, CONCEPT_CHARS_MAX))
                .distinct()
                .toList();
    }

    static void strings(ObjectNode record, String field, List<String> values) {
        ArrayNode array = record.putArray(field);
        values.stream()
                .filter(value -> !value.isBlank())
                .limit(Limits.LIST_ITEMS_MAX)
                .map(value -> cut(value, Limits.LIST_ITEM_CHARS_MAX))
                .forEach(array::add);
    }

    /// A list as a JSON array in text; where it is none, its lines.
    static List<String> list(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return List.of();
        }
        try {
            JsonNode tree = Json.tree(text);
            if (tree.isArray()) {
                var items = new ArrayList<String>();
                for (JsonNode item : tree) {
                    items.add(item.isString() ? item.stringValue() : Json.write(item));
                }
                return items;
            }
            if (tree.isString()) {
                String inner = tree.stringValue().strip();
                return inner.startsWith("[") ? list(inner) : lines(inner);
            }
        } catch (JacksonException noJson) {
            return lines(text);
        }
        return lines(text);
    }

    private static List<String> lines(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    static void title(ObjectNode record, @Nullable String title, String... instead) {
        String chosen = title == null || title.isBlank() ? null : title.strip();
        for (String text : instead) {
            if (chosen == null && !text.isBlank()) {
                chosen = sentence(text);
            }
        }
        record.put("title", cut(chosen == null ? "Untitled" : chosen, Limits.TITLE_CHARS_MAX));
    }

    /// The first sentence, or what fits of it.
    private static String sentence(String text) {
        String line = text.strip().lines().findFirst().orElse("").strip();
        int end = line.indexOf(". ");
        return cut(end > 0 ? line.substring(0, end) : line, SENTENCE_CHARS_MAX);
    }

    static void subtitle(ObjectNode record, @Nullable String subtitle) {
        put(record, "subtitle", subtitle, Limits.SUBTITLE_CHARS_MAX);
    }

    static void narrative(ObjectNode record, @Nullable String narrative) {
        if (narrative == null || narrative.isBlank()) {
            return;
        }
        String text = narrative;
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        while (bytes > Limits.NARRATIVE_BYTES_MAX) {
            int over = bytes - Limits.NARRATIVE_BYTES_MAX;
            text = cut(text, Math.max(1, text.length() - Math.max(16, over / 4)));
            bytes = text.getBytes(StandardCharsets.UTF_8).length;
        }
        record.put("narrative", text);
    }

    static void summaryField(ObjectNode record, String field, @Nullable String... texts) {
        String joined =
                java.util.Arrays.stream(texts)
                        .filter(text -> text != null && !text.isBlank())
                        .collect(Collectors.joining("\n"));
        put(record, field, joined, SUMMARY_CHARS_MAX);
    }

    static void put(ObjectNode record, String field, @Nullable String text, int charsMax) {
        if (text != null && !text.isBlank()) {
            record.put(field, cut(text, charsMax));
        }
    }

    static String cut(String text, int charsMax) {
        if (text.length() <= charsMax) {
            return text;
        }
        int end = Math.max(0, charsMax - CUT.length());
        if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + (charsMax > CUT.length() ? CUT : "");
    }

    /// Milliseconds, or seconds where they can be nothing else.
    static Instant time(long epoch) {
        return epoch < MILLIS_MIN ? Instant.ofEpochSecond(epoch) : Instant.ofEpochMilli(epoch);
    }
}
