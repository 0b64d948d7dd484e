package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

/// Finds the text of one field of the outermost object without building the document.
public final class TopLevelText {

    private TopLevelText() {}

    /// Null where there is none; reads broken documents as far as they go.
    public static @Nullable String findOrNull(String json, String field) {
        int depth = 0;
        boolean value = false;
        boolean wanted = false;
        int i = 0;
        while (i < json.length()) {
            char c = json.charAt(i);
            if (c == '"') {
                int end = endOfLiteral(json, i + 1);
                if (end < 0) {
                    return null;
                }
                if (depth == 1 && value && wanted) {
                    return JsonStrings.decodeLeniently(json.substring(i + 1, end));
                }
                if (depth == 1 && !value) {
                    wanted = end - i - 1 == field.length() && json.startsWith(field, i + 1);
                }
                i = end;
            } else if (c == '{' || c == '[') {
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
        return null;
    }

    private static int endOfLiteral(String json, int start) {
        for (int i = start; i < json.length(); i++) {
            char c = json.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                return i;
            }
        }
        return -1;
    }
}
