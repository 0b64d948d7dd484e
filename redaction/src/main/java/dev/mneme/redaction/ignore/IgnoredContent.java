package dev.mneme.redaction.ignore;

import dev.mneme.redaction.JsonStrings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/// Looks through one event for ignored paths.
final class IgnoredContent {

    /// Their text is a file's own or somebody's prose; it names no file that it was taken from.
    private static final Set<String> PROSE_TOOLS =
            Set.of(
                    "Read",
                    "Write",
                    "Edit",
                    "MultiEdit",
                    "NotebookEdit",
                    "NotebookRead",
                    "WebFetch",
                    "WebSearch",
                    "Agent",
                    "Task",
                    "AskUserQuestion",
                    "TodoWrite");

    private static final Set<String> PATH_NAMES =
            Set.of("uri", "root", "source", "destination", "target", "location", "cwd", "args");

    private static final Set<String> PROSE_NAMES =
            Set.of(
                    "content",
                    "contents",
                    "text",
                    "oldstring",
                    "newstring",
                    "newsource",
                    "originalfile",
                    "prompt",
                    "description",
                    "message",
                    "query",
                    "pattern",
                    "lines");

    private static final Set<String> COMMAND_NAMES = Set.of("command", "cmd", "script");

    private static final Set<String> MENTIONING_FIELDS = Set.of("prompt", "last_user_message");

    private static final String MENTION_ENDS = " \t\r\n\"'`<>()[]{}";
    private static final String SENTENCE_ENDS = ".,;:!?";

    private final String json;
    private final JsonSpan event;
    private final IgnoreScope scope;
    private final String tool;
    private final IgnoredCommand command;
    private final List<Edit> edits = new ArrayList<>();
    private int parts;

    /// Ignored paths were found where nothing can be taken out by itself.
    private boolean whole;

    private record Edit(int start, int end, String text) {}

    IgnoredContent(String json, JsonSpan event, IgnoreScope scope) {
        this.json = json;
        this.event = event;
        this.scope = scope;
        this.tool = Objects.requireNonNullElse(event.textOrNull("tool_name"), "");
        this.command = new IgnoredCommand(scope);
    }

    /// Whether the event as a whole is about an ignored path. To be asked first.
    boolean isIgnored() {
        if (!scope.cwd().isEmpty() && scope.isIgnoredPath(scope.cwd(), true)) {
            return true;
        }
        JsonSpan input = event.fieldOrNull("tool_input");
        if (input != null && namesIgnored(input, "")) {
            return true;
        }
        for (int i = 0; i < event.items().size() && !whole; i++) {
            look(event.name(i), event.items().get(i));
        }
        return whole || scope.isOverworked();
    }

    private void look(String name, JsonSpan value) {
        if (name.equals("tool_response")
                || name.equals("tool_response_preview")
                || name.equals("error")) {
            if (holdsIgnored(value)) {
                whole = true;
            } else {
                clean(value, name);
            }
        } else if (MENTIONING_FIELDS.contains(name) && value.kind == JsonSpan.Kind.TEXT) {
            String text = value.text();
            String changed = withoutMentionsOrNull(text);
            if (changed != null) {
                replace(value, changed);
            }
        } else if (name.equals("background_tasks")) {
            dropFrom(value, name);
        }
    }

    /// The document with parts taken out; null where there were none.
    @Nullable String changedOrNull() {
        if (edits.isEmpty()) {
            return null;
        }
        edits.sort((a, b) -> Integer.compare(a.start(), b.start()));
        StringBuilder changed = new StringBuilder(json.length() + 64);
        int from = event.start + 1;
        changed.append(json, 0, from);
        changed.append('"').append(IgnoreRules.PARTS_FIELD).append("\":").append(parts).append(',');
        for (Edit edit : edits) {
            changed.append(json, from, edit.start()).append(edit.text());
            from = edit.end();
        }
        return changed.append(json, from, json.length()).toString();
    }

    // ---- what a tool was asked

    private boolean namesIgnored(JsonSpan value, String name) {
        if (value.kind == JsonSpan.Kind.TEXT) {
            return isIgnoredInput(value.text(), name);
        }
        boolean object = value.kind == JsonSpan.Kind.OBJECT;
        for (int i = 0; i < value.items().size(); i++) {
            String own = object ? value.name(i) : name;
            if ((object && isIgnoredName(own)) || namesIgnored(value.items().get(i), own)) {
                return true;
            }
        }
        return false;
    }

    private boolean isIgnoredInput(String text, String name) {
        String plain = plain(name);
        if (COMMAND_NAMES.contains(plain)) {
            return command.namesIgnored(text, !tool.equals("PowerShell"));
        }
        if (isWildcard(name)) {
            return isIgnoredWildcard(text);
        }
        if (isPathName(plain)) {
            return isIgnored(text);
        }
        return !PROSE_NAMES.contains(plain) && looksLikePath(text) && isIgnored(text);
    }

    private boolean isWildcard(String name) {
        return (tool.equals("Glob") && name.equals("pattern"))
                || (tool.equals("Grep") && name.equals("glob"));
    }

    /// What is searched for may lie below the folder that is named beside it. The hits are looked
    /// at one by one; here counts what can be said without them.
    private boolean isIgnoredWildcard(String pattern) {
        JsonSpan input = event.fieldOrNull("tool_input");
        String folder = input == null ? null : input.textOrNull("path");
        String base = folder == null ? null : scope.absoluteOrNull(folder, scope.cwd());
        String path = scope.absoluteOrNull(pattern, base == null ? scope.cwd() : base);
        if (path == null) {
            return false;
        }
        if (!Glob.isWild(path)) {
            return scope.isIgnoredPath(path, false);
        }
        String fixed = IgnoredCommand.fixedFolderOrNull(path);
        return fixed != null && scope.isIgnoredPath(fixed, true);
    }

    // ---- what it answered

    /// Whether the answer as a whole is that of an ignored file.
    private boolean holdsIgnored(JsonSpan value) {
        if (value.kind != JsonSpan.Kind.OBJECT) {
            return false;
        }
        for (int i = 0; i < value.items().size(); i++) {
            JsonSpan item = value.items().get(i);
            String name = value.name(i);
            if (isIgnoredName(name)
                    || (item.kind == JsonSpan.Kind.TEXT
                            && isPathName(plain(name))
                            && isIgnored(item.text()))
                    || holdsIgnored(item)) {
                return true;
            }
        }
        return false;
    }

    /// Takes ignored files out of lists and their lines out of texts.
    private void clean(JsonSpan value, String name) {
        switch (value.kind) {
            case TEXT -> cleanText(value);
            case ARRAY -> dropFrom(value, name);
            case OBJECT -> {
                for (int i = 0; i < value.items().size(); i++) {
                    clean(value.items().get(i), value.name(i));
                }
            }
            case OTHER -> {}
        }
    }

    private void cleanText(JsonSpan value) {
        if (PROSE_TOOLS.contains(tool)) {
            return;
        }
        List<String> folders = new ArrayList<>(command.folders());
        JsonSpan input = event.fieldOrNull("tool_input");
        String folder = input == null ? null : input.textOrNull("path");
        String base = folder == null ? null : scope.absoluteOrNull(folder, scope.cwd());
        if (base != null && !folders.contains(base)) {
            folders.add(base);
        }
        String changed = new IgnoredText(scope, folders).filterOrNull(value.text());
        if (changed != null) {
            replace(value, changed);
        }
    }

    private void dropFrom(JsonSpan list, String name) {
        if (list.kind != JsonSpan.Kind.ARRAY) {
            return;
        }
        List<JsonSpan> kept = new ArrayList<>();
        boolean marked = false;
        StringBuilder left = new StringBuilder("[");
        for (JsonSpan item : list.items()) {
            if (isIgnoredItem(item, name)) {
                parts++;
                if (!marked && item.kind == JsonSpan.Kind.TEXT) {
                    left.append(left.length() > 1 ? "," : "");
                    JsonStrings.appendLiteral(left, IgnoredText.MARK);
                    marked = true;
                }
            } else {
                kept.add(item);
                left.append(left.length() > 1 ? "," : "").append(item.source());
            }
        }
        if (kept.size() == list.items().size()) {
            for (JsonSpan item : kept) {
                clean(item, name);
            }
            return;
        }
        // Texts of items that stay beside ones that go would need an edit within an edit.
        for (JsonSpan item : kept) {
            int before = edits.size();
            clean(item, name);
            if (edits.size() > before) {
                whole = true;
            }
        }
        edits.add(new Edit(list.start, list.end(), left.append(']').toString()));
    }

    private boolean isIgnoredItem(JsonSpan item, String name) {
        if (item.kind == JsonSpan.Kind.TEXT) {
            return isPathName(plain(name)) && isIgnored(item.text());
        }
        String run = item.kind == JsonSpan.Kind.OBJECT ? item.textOrNull("command") : null;
        return holdsIgnored(item) || (run != null && command.namesIgnored(run, true));
    }

    // ---- what somebody wrote

    /// `@file` in a prompt; the host puts the file's content elsewhere, the words are the user's.
    private @Nullable String withoutMentionsOrNull(String text) {
        StringBuilder changed = null;
        int copied = 0;
        int at = text.indexOf('@');
        while (at >= 0) {
            boolean begins = at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
            boolean quoted = at + 1 < text.length() && text.charAt(at + 1) == '"';
            int start = quoted ? at + 2 : at + 1;
            int end = start;
            while (end < text.length()
                    && (quoted
                            ? text.charAt(end) != '"' && text.charAt(end) != '\n'
                            : MENTION_ENDS.indexOf(text.charAt(end)) < 0)) {
                end++;
            }
            if (begins && end > start && isIgnoredMention(text.substring(start, end))) {
                changed = changed == null ? new StringBuilder() : changed;
                changed.append(text, copied, start).append(IgnoredText.MARK);
                copied = end;
            }
            at = text.indexOf('@', Math.max(end, at + 1));
        }
        return changed == null ? null : changed.append(text, copied, text.length()).toString();
    }

    private boolean isIgnoredMention(String written) {
        int lines = written.indexOf('#');
        String path = lines > 0 ? written.substring(0, lines) : written;
        if (isIgnored(path)) {
            return true;
        }
        int end = path.length();
        while (end > 0 && SENTENCE_ENDS.indexOf(path.charAt(end - 1)) >= 0) {
            end--;
        }
        return end < path.length() && end > 0 && isIgnored(path.substring(0, end));
    }

    // ---- names

    /// In some answers files are keys.
    private boolean isIgnoredName(String name) {
        return name.indexOf('/') >= 0 && isIgnored(name);
    }

    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    private static boolean isPathName(String plain) {
        if (PROSE_NAMES.contains(plain)) {
            return false;
        }
        return plain.contains("path")
                || plain.contains("file")
                || plain.contains("folder")
                || plain.startsWith("dir")
                || plain.endsWith("dir")
                || plain.contains("directory")
                || PATH_NAMES.contains(plain);
    }

    private static boolean looksLikePath(String text) {
        return text.indexOf('/') >= 0 && text.indexOf('\n') < 0;
    }

    private boolean isIgnored(String text) {
        boolean address = text.contains("://") && !text.startsWith("file://");
        return !address && text.indexOf('\n') < 0 && scope.isIgnored(text);
    }

    private void replace(JsonSpan value, String text) {
        parts++;
        StringBuilder literal = new StringBuilder(text.length() + 16);
        JsonStrings.appendLiteral(literal, text);
        edits.add(new Edit(value.start, value.end(), literal.toString()));
    }
}
