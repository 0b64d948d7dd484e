package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import java.util.ArrayList;
import java.util.List;

/// Edits of files: what changed where. [EditTitle] finds the words for it, [EditPlace] what it lies
/// in, [EditText] what is said there.
final class EditRule implements Rule {

    /// So many names are listed.
    static final int NAMES_MAX = 3;

    @Override
    public Extraction apply(Payload payload) {
        String path = path(payload);
        if (path.isEmpty()) {
            return SkipReasons.NO_DETAILS;
        }
        if (payload.isTemporary(path)) {
            return SkipReasons.TEMPORARY_FILE;
        }
        Diff diff =
                payload.tool().equals("NotebookEdit") ? notebookDiff(payload) : Diff.of(payload);
        return remember(payload, payload.relative(path), diff);
    }

    static Extraction remember(Payload payload, String file, Diff diff) {
        if (diff.isEmpty()) {
            return SkipReasons.WHITESPACE_ONLY;
        }
        EditTitle title = EditTitle.of(payload, file, diff);
        List<String> explanations = EditText.explanations(diff, file);
        boolean fixes =
                Wording.speaksOfFixing(payload.request())
                        || explanations.stream().anyMatch(Wording::speaksOfFixing);
        ObservationType type =
                title.type() == ObservationType.REFACTOR || !fixes
                        ? title.type()
                        : ObservationType.BUGFIX;
        boolean reasoned =
                Wording.givesReason(payload.request())
                        || explanations.stream().anyMatch(Wording::givesReason);
        return new Finding(type, title.text())
                .say(sentence(file, diff))
                .say(payload.requestLine())
                .say(diff.compact())
                .facts(explanations)
                .about(Concept.WHAT_CHANGED)
                .aboutIf(reasoned, Concept.WHY_IT_EXISTS)
                .aboutIf(type == ObservationType.BUGFIX, Concept.PROBLEM_SOLUTION)
                .modified(file)
                .remembered();
    }

    private static String path(Payload payload) {
        for (String field : List.of("file_path", "notebook_path", "path")) {
            if (!payload.input(field).isEmpty()) {
                return payload.input(field);
            }
        }
        return Payload.text(payload.response().path("filePath"));
    }

    private static Diff notebookDiff(Payload payload) {
        Diff stored = Diff.of(payload);
        if (!stored.hunks().isEmpty()) {
            return stored;
        }
        boolean delete = payload.input("edit_mode").equals("delete");
        String before = Payload.text(payload.response().path("old_source"));
        var lines = new ArrayList<String>();
        if (!before.isEmpty()) {
            Bounds.lines(before).forEach(line -> lines.add("-" + line));
        }
        if (!delete) {
            Bounds.lines(payload.input("new_source")).forEach(line -> lines.add("+" + line));
        }
        return Diff.of(List.of(List.copyOf(lines)));
    }

    private static String sentence(String file, Diff diff) {
        return "Changes "
                + file
                + ": "
                + counted(diff.added().size(), "line")
                + " added, "
                + diff.removed().size()
                + " removed.";
    }

    static String plural(String noun) {
        return noun.endsWith("s") ? noun + "es" : noun + "s";
    }

    static String counted(int count, String noun) {
        return count + " " + (count == 1 ? noun : plural(noun));
    }
}
