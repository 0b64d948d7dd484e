package dev.mneme.installer.settings;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Writes maps, lists, strings, numbers and booleans as JSON in the manner of the text around it.
///
/// An empty `indent` writes everything on one line.
record JsonOut(String newline, String indent) {

    static final JsonOut ONE_LINE = new JsonOut("", "");

    /// The manner of a text: its line ends, and the blanks before its first member.
    static JsonOut mannerOf(String text, JsonText.ObjectValue root) {
        String newline = text.contains("\r\n") ? "\r\n" : "\n";
        if (root.members().isEmpty()) {
            return new JsonOut(newline, "  ");
        }
        if (text.substring(root.start(), root.end()).indexOf('\n') < 0) {
            return ONE_LINE;
        }
        int first = root.members().getFirst().start();
        int lineStart = text.lastIndexOf('\n', first) + 1;
        String before = lineStart > root.start() ? text.substring(lineStart, first) : "";
        return new JsonOut(newline, before.isBlank() && !before.isEmpty() ? before : "  ");
    }

    boolean pretty() {
        return !indent.isEmpty();
    }

    String lineBreak(int depth) {
        return pretty() ? newline + indent.repeat(depth) : "";
    }

    String colon() {
        return pretty() ? ": " : ":";
    }

    String render(Object value, int depth) {
        return switch (value) {
            case Map<?, ?> map ->
                    map.isEmpty()
                            ? "{}"
                            : map.entrySet().stream()
                                    .map(
                                            entry ->
                                                    lineBreak(depth + 1)
                                                            + quote((String) entry.getKey())
                                                            + colon()
                                                            + render(entry.getValue(), depth + 1))
                                    .collect(Collectors.joining(",", "{", lineBreak(depth) + "}"));
            case List<?> list ->
                    list.isEmpty()
                            ? "[]"
                            : list.stream()
                                    .map(
                                            element ->
                                                    lineBreak(depth + 1)
                                                            + render(element, depth + 1))
                                    .collect(Collectors.joining(",", "[", lineBreak(depth) + "]"));
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> quote(value.toString());
        };
    }

    static String quote(String text) {
        var quoted = new StringBuilder("\"");
        for (int index = 0; index < text.length(); index++) {
            char next = text.charAt(index);
            switch (next) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> {
                    if (next < ' ') {
                        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) next));
                    } else {
                        quoted.append(next);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
