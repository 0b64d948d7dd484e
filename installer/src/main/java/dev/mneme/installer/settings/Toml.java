package dev.mneme.installer.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// As much TOML as it takes to add a table at the end of a text and to take it out again: where the
/// tables begin, with strings, comments and brackets understood, and every other character left
/// alone.
final class Toml {

    /// A header line and where the table behind it ends: at the next header, or with the text.
    ///
    /// @param key as it is written between the brackets, without blanks and quotes
    record Table(String key, int start, int bodyStart, int end) {}

    private final String text;
    private int at;

    private Toml(String text) {
        this.text = text;
    }

    static List<Table> tables(String text) throws JsonSyntax {
        return new Toml(text).read();
    }

    private List<Table> read() throws JsonSyntax {
        var starts = new ArrayList<Table>();
        at = text.startsWith("\uFEFF") ? 1 : 0;
        while (at < text.length()) {
            skipBlanks();
            if (at < text.length() && text.charAt(at) == '[') {
                int start = at;
                String key = header();
                starts.add(new Table(key, start, at, text.length()));
            } else {
                skipStatement();
            }
        }
        var tables = new ArrayList<Table>();
        for (int index = 0; index < starts.size(); index++) {
            Table table = starts.get(index);
            int end = index + 1 < starts.size() ? starts.get(index + 1).start() : text.length();
            tables.add(new Table(table.key(), table.start(), table.bodyStart(), end));
        }
        return List.copyOf(tables);
    }

    private String header() throws JsonSyntax {
        int start = at;
        int end = text.indexOf('\n', at);
        String line = text.substring(at, end < 0 ? text.length() : end);
        int close = line.lastIndexOf(']');
        if (close < 0) {
            throw new JsonSyntax(text, start, "a table's header does not end with `]`");
        }
        at = end < 0 ? text.length() : end + 1;
        return line.substring(0, close + 1)
                .replaceAll("^\\[+|\\]+$", "")
                .replaceAll("[ \t\"']", "");
    }

    /// To the end of the line on which a `key = value` ends.
    private void skipStatement() throws JsonSyntax {
        int depth = 0;
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '\n' && depth == 0) {
                at++;
                return;
            }
            switch (next) {
                case '#' -> skipComment();
                case '"', '\'' -> skipString(next);
                case '[', '{' -> {
                    depth++;
                    at++;
                }
                case ']', '}' -> {
                    depth--;
                    at++;
                }
                default -> at++;
            }
        }
        if (depth > 0) {
            throw new JsonSyntax(text, text.length(), "the text ends within a list or table");
        }
    }

    private void skipComment() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
    }

    private void skipString(char quote) throws JsonSyntax {
        int start = at;
        String three = String.valueOf(quote).repeat(3);
        boolean lines = text.startsWith(three, at);
        at += lines ? 3 : 1;
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '\\' && quote == '"') {
                at += 2;
            } else if (lines && text.startsWith(three, at)) {
                at += 3;
                return;
            } else if (!lines && next == quote) {
                at++;
                return;
            } else if (!lines && next == '\n') {
                break;
            } else {
                at++;
            }
        }
        throw new JsonSyntax(text, start, "a string does not end");
    }

    private void skipBlanks() {
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '#') {
                skipComment();
            } else if (" \t\r\n".indexOf(next) >= 0) {
                at++;
            } else {
                return;
            }
        }
    }

    /// A basic string.
    static String quoted(String value) {
        // What JSON escapes, TOML escapes alike.
        return JsonOut.quote(value).replace("\u007f", "\\u007f");
    }

    static String list(List<String> values) {
        return values.stream().map(Toml::quoted).collect(Collectors.joining(", ", "[", "]"));
    }
}
