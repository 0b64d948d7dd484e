package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.Definitions.Definition;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whole files: whether they are new, and what they define. Never their content.
final class WriteRule implements Rule {

    private static final int NAMES_MAX = 3;
    private static final int OUTLINE_MAX = 8;

    private static final Pattern TOP_KEY =
            Pattern.compile("^(?:  )?\"?([\\w.@/-]{1,60})\"?\\s*:.*");

    @Override
    public Extraction apply(Payload payload) {
        String path = payload.input("file_path");
        if (path.isEmpty()) {
            path = Payload.text(payload.response().path("filePath"));
        }
        if (path.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        if (payload.isTemporary(path)) {
            return SkipReasons.TEMPORARY_FILE;
        }
        String file = payload.relative(path);
        boolean update = Payload.text(payload.response().path("type")).equals("update");
        Diff patch = Diff.done(payload);
        if (update && !patch.hunks().isEmpty()) {
            return EditRule.remember(payload, file, patch);
        }
        String content = payload.input("content");
        if (content.isEmpty()) {
            content = Payload.text(payload.response().path("content"));
        }
        if (content.isEmpty()) {
            content = stored(payload);
        }
        return remember(payload, file, content, update ? "Rewrite " : "Create ");
    }

    /// The content of a file that is kept as a hunk of added lines.
    private static String stored(Payload payload) {
        var content = new StringBuilder();
        for (JsonNode line : payload.input().path("structuredPatch").path(0).path("lines")) {
            String text = Payload.text(line);
            if (text.startsWith("+")) {
                content.append(text, 1, text.length()).append('\n');
            } else if (text.startsWith("\\ No newline") && !content.isEmpty()) {
                content.setLength(content.length() - 1);
            }
        }
        return content.toString();
    }

    static Extraction remember(Payload payload, String file, String content, String verb) {
        List<String> lines = Bounds.lines(content);
        List<Definition> outline = outline(lines, file);
        String lead = lead(lines, file);
        String holds = holds(outline, file);
        String title = verb + file;
        if (Definitions.isProse(file)
                && !outline.isEmpty()
                && !namesFile(outline.getFirst(), file)) {
            title += ": " + Markdown.plain(outline.getFirst().name());
        } else if (!holds.isEmpty() && !Definitions.isProse(file)) {
            title += " with " + holds;
        } else if (!lead.isEmpty()) {
            title += ": " + lead;
        }
        boolean builds =
                !verb.startsWith("Rewrite")
                        && !Definitions.isTestFile(file)
                        && !Definitions.isProse(file)
                        && outline.stream().anyMatch(one -> !one.kind().equals("key"));
        return new Finding(builds ? ObservationType.FEATURE : ObservationType.CHANGE, title)
                .say(
                        verb.strip()
                                + "s "
                                + file
                                + " ("
                                + EditRule.counted(
                                        content.stripTrailing().isEmpty()
                                                ? 0
                                                : Bounds.lines(content.stripTrailing()).size(),
                                        "line")
                                + ").")
                .say(lead)
                .say(payload.requestLine())
                .facts(outline.stream().limit(OUTLINE_MAX).map(Definition::words).toList())
                .about(Concept.WHAT_CHANGED)
                .aboutIf(
                        Wording.givesReason(lead) || Wording.givesReason(payload.request()),
                        Concept.WHY_IT_EXISTS)
                .modified(file)
                .remembered();
    }

    private static boolean namesFile(Definition heading, String file) {
        return Markdown.plain(heading.name())
                .equalsIgnoreCase(file.substring(file.lastIndexOf('/') + 1));
    }

    private static List<Definition> outline(List<String> lines, String file) {
        List<Definition> definitions = Definitions.inAll(lines, file);
        if (!definitions.isEmpty() || !Definitions.extension(file).matches("ya?ml|jsonc?")) {
            return definitions;
        }
        var keys = new ArrayList<Definition>();
        for (String line : lines) {
            Matcher key = TOP_KEY.matcher(line);
            boolean top = Definitions.extension(file).startsWith("json") == line.startsWith("  ");
            if (top && key.matches() && keys.size() < OUTLINE_MAX) {
                keys.add(new Definition("key", key.group(1)));
            }
        }
        return keys;
    }

    /// `function `retry``, `3 tests: …`, `keys …`; methods are left out where there are classes.
    private static String holds(List<Definition> outline, String file) {
        List<Definition> tests = outline.stream().filter(Definition::isTest).toList();
        if (!tests.isEmpty() && (Definitions.isTestFile(file) || tests.size() == outline.size())) {
            return EditRule.counted(tests.size(), "test") + ": " + names(tests);
        }
        List<Definition> main =
                outline.stream()
                        .filter(one -> !one.kind().matches("method|variable|constant"))
                        .toList();
        List<Definition> shown = main.isEmpty() ? outline : main;
        List<Definition> types =
                shown.stream().filter(one -> !one.kind().equals("function")).toList();
        List<Definition> leading = types.isEmpty() ? shown : types;
        if (leading.isEmpty()) {
            return "";
        }
        String kind = leading.getFirst().kind();
        boolean uniform = leading.stream().allMatch(one -> one.kind().equals(kind));
        if (!uniform) {
            return Wording.listed(leading.stream().map(Definition::words).toList(), NAMES_MAX);
        }
        int functions = shown.size() - leading.size();
        return (leading.size() > 1 ? EditRule.plural(kind) : kind)
                + ' '
                + names(leading)
                + (functions > 0 ? " and " + EditRule.counted(functions, "function") : "");
    }

    private static String names(List<Definition> definitions) {
        return Wording.listed(
                definitions.stream().map(one -> '`' + one.name() + '`').toList(), NAMES_MAX);
    }

    /// What the file says about itself: its first comment or paragraph.
    private static String lead(List<String> lines, String file) {
        if (Definitions.isProse(file)) {
            return Markdown.blocks(String.join("\n", lines)).stream()
                    .filter(block -> block.kind() == Markdown.Kind.PARAGRAPH)
                    .map(Markdown.Block::text)
                    .findFirst()
                    .orElse("");
        }
        var comment = new StringBuilder();
        for (String line : lines) {
            String text = Definitions.comment(line, file).strip();
            boolean quoted = line.strip().startsWith("\"\"\"");
            if (quoted && comment.isEmpty()) {
                return Bounds.oneLine(line.strip().replace("\"\"\"", ""));
            }
            if (text.isEmpty() && !comment.isEmpty()) {
                break;
            }
            if (text.isEmpty() && !line.isBlank() && !line.startsWith("#!")) {
                break;
            }
            if (!text.startsWith("Copyright") && !text.contains("SPDX-License")) {
                comment.append(text.isEmpty() ? "" : " ").append(text);
            }
        }
        return comment.toString().strip();
    }
}
