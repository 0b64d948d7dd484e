package dev.mneme.hook;

import java.nio.charset.StandardCharsets;

/// What takes the place of a payload that is too large: a small event that says so.
///
/// The first part of a JSON document is no document; the fields that say which session and tool it
/// was about stand at its beginning, and are kept where they are found there.
final class TruncatedEvent {

    private static final int HEAD_BYTES_MAX = 64 * 1024;
    private static final int VALUE_CHARS_MAX = 4 * 1024;

    private static final String[] FIELDS = {
        "session_id",
        "hook_event_name",
        "tool_name",
        "tool_use_id",
        "cwd",
        "transcript_path",
        "prompt_id"
    };

    private TruncatedEvent() {}

    static Payload marker(Payload payload, long totalBytes) {
        String head = new String(payload.copy(HEAD_BYTES_MAX), StandardCharsets.UTF_8);
        String[] literals = topLevelLiterals(head);
        StringBuilder marker = new StringBuilder("{");
        for (int i = 0; i < FIELDS.length; i++) {
            if (literals[i] != null) {
                marker.append('"').append(FIELDS[i]).append("\":").append(literals[i]).append(',');
            }
        }
        marker.append("\"mneme_truncated\":true,\"mneme_bytes\":").append(totalBytes).append('}');
        return new Payload(marker.toString().getBytes(StandardCharsets.UTF_8));
    }

    /// The string literals, quotes included, of our fields in the outermost object; null where a
    /// field is not there. They are copied as they are, so they stay valid.
    private static String[] topLevelLiterals(String head) {
        String[] literals = new String[FIELDS.length];
        int depth = 0;
        String key = "";
        boolean value = false;
        int i = 0;
        while (i < head.length()) {
            char c = head.charAt(i);
            if (c == '"') {
                int end = literalEnd(head, i);
                if (end < 0) {
                    break;
                }
                if (depth == 1 && !value) {
                    key = head.substring(i + 1, end - 1);
                } else if (depth == 1 && end - i <= VALUE_CHARS_MAX) {
                    keep(literals, key, head.substring(i, end));
                }
                i = end;
                continue;
            }
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            } else if (depth == 1 && c == ':') {
                value = true;
            } else if (depth == 1 && c == ',') {
                value = false;
            }
            i++;
        }
        return literals;
    }

    private static void keep(String[] literals, String key, String literal) {
        AnswerJson check =
                new AnswerJson(("{\"a\":" + literal + "}").getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < FIELDS.length; i++) {
            if (FIELDS[i].equals(key) && check.isOneObject()) {
                literals[i] = literal;
            }
        }
    }

    private static int literalEnd(String text, int start) {
        for (int i = start + 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                return i + 1;
            }
        }
        return -1;
    }
}
