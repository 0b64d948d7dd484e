package dev.mneme.installer.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The table `[mcp_servers.mneme]` of Codex's `config.toml`, at the end of the file.
record TomlConfig(McpServer server) implements ConfigFormat {

    private static final String SERVERS = "mcp_servers";
    private static final String KEY = SERVERS + "." + ServerSettings.NAME;

    /// A JVM on a busy machine may take longer than the ten seconds that Codex waits by itself.
    private static final int STARTUP_SECONDS = 20;

    @Override
    public String empty() {
        return "";
    }

    @Override
    public String put(String text) throws JsonSyntax {
        refuseInline(text);
        String wanted = table(text.contains("\r\n") ? "\r\n" : "\n");
        List<Toml.Table> ours = ours(text);
        if (ours.size() == 1) {
            Toml.Table table = ours.getFirst();
            if (text.substring(table.start(), ownEnd(text, table)).strip().equals(wanted.strip())) {
                return text;
            }
        }
        String rest = without(text, ours);
        String newline = text.contains("\r\n") ? "\r\n" : "\n";
        String gap = rest.isEmpty() ? "" : rest.endsWith("\n") ? newline : newline + newline;
        return rest + gap + wanted;
    }

    private String table(String newline) {
        String environment =
                server.environment().entrySet().stream()
                        .sorted(java.util.Map.Entry.comparingByKey())
                        .map(entry -> entry.getKey() + " = " + Toml.quoted(entry.getValue()))
                        .collect(Collectors.joining(", ", "{ ", " }"));
        return String.join(
                        newline,
                        "[" + KEY + "]",
                        "command = " + Toml.quoted(server.program()),
                        "args = " + Toml.list(server.arguments()),
                        "env = " + environment,
                        "startup_timeout_sec = " + STARTUP_SECONDS)
                + newline;
    }

    @Override
    public String remove(String text, String original) throws JsonSyntax {
        return without(text, ours(text));
    }

    /// With the blank line in front of it, which we put there.
    private static String without(String text, List<Toml.Table> tables) {
        String rest = text;
        for (int index = tables.size() - 1; index >= 0; index--) {
            Toml.Table table = tables.get(index);
            String before = rest.substring(0, table.start());
            String after = rest.substring(ownEnd(rest, table));
            if (after.isBlank()) {
                after = "";
                before = withoutBlankLine(before);
            }
            rest = before + after;
        }
        return rest;
    }

    /// Comments that stand right above the next table belong to that one.
    private static int ownEnd(String text, Toml.Table table) {
        int end = table.end();
        if (end == text.length()) {
            return end;
        }
        int lineStart = end;
        while (lineStart > table.bodyStart()) {
            int previous = text.lastIndexOf('\n', lineStart - 2) + 1;
            String line = text.substring(previous, lineStart).strip();
            if (previous < table.bodyStart() || !line.startsWith("#")) {
                break;
            }
            lineStart = previous;
        }
        return lineStart;
    }

    private static String withoutBlankLine(String text) {
        if (text.endsWith("\r\n\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n\n") ? text.substring(0, text.length() - 1) : text;
    }

    private static List<Toml.Table> ours(String text) throws JsonSyntax {
        return Toml.tables(text).stream()
                .filter(table -> table.key().equals(KEY) || table.key().startsWith(KEY + "."))
                .toList();
    }

    /// `mcp_servers = { … }` and `mneme.command = …` cannot have our table beside them.
    private static void refuseInline(String text) throws JsonSyntax {
        List<Toml.Table> tables = Toml.tables(text);
        int topEnd = tables.isEmpty() ? text.length() : tables.getFirst().start();
        refuseLine(text, 0, topEnd, "(?s)" + SERVERS + "[ \t]*[=.].*");
        for (Toml.Table table : tables) {
            if (table.key().equals(SERVERS)) {
                refuseLine(
                        text,
                        table.bodyStart(),
                        table.end(),
                        "(?s)[\"']?" + ServerSettings.NAME + "[\"']?[ \t]*[=.].*");
            }
        }
    }

    private static void refuseLine(String text, int from, int to, String pattern)
            throws JsonSyntax {
        int at = from;
        for (String line : text.substring(from, to).split("(?<=\n)", -1)) {
            if (line.strip().matches(pattern)) {
                throw new JsonSyntax(
                        text,
                        at,
                        "the servers are written on one line here, and no table can be added;"
                                + " write them as tables `[mcp_servers.name]`");
            }
            at += line.length();
        }
    }

    @Override
    public Optional<String> foreign(String text, Path app) throws JsonSyntax {
        for (Toml.Table table : ours(text)) {
            String body = text.substring(table.start(), table.end());
            String quoted = Toml.quoted(app.toString());
            if (table.key().equals(KEY)
                    && !body.contains(quoted.substring(1, quoted.length() - 1))) {
                return Optional.of(body.strip());
            }
        }
        return Optional.empty();
    }
}
