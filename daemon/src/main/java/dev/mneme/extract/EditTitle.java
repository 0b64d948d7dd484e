package dev.mneme.extract;

import dev.mneme.domain.ObservationType;
import dev.mneme.extract.Definitions.Definition;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an edit is called: the first of these that fits: a rename, imports, new or removed
/// definitions, a typo, one small replacement, comments, pure additions or removals, and last the
/// place with the comment that explains the change.
record EditTitle(String text, ObservationType type) {

    /// Less of a gist than this is not worth its colon.
    private static final int GIST_CHARS_MIN = 25;

    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_$][\\w$]{0,80}");

    static EditTitle of(Payload payload, String file, Diff diff) {
        return rename(payload, file, diff)
                .or(() -> imports(file, diff))
                .or(() -> definitions(file, diff))
                .or(() -> SmallEdit.ofOneLine(payload, file, diff))
                .or(() -> SmallEdit.ofFewLines(file, diff))
                .or(() -> comments(file, diff))
                .or(() -> oneSided(file, diff))
                .orElseGet(() -> general(file, diff));
    }

    /// Every removed line becomes an added one by replacing one identifier with another.
    private static Optional<EditTitle> rename(Payload payload, String file, Diff diff) {
        int lines = diff.removed().size();
        if (lines == 0 || lines != diff.added().size()) {
            return Optional.empty();
        }
        String before = "";
        String after = "";
        for (int index = 0; index < lines; index++) {
            Replacement change =
                    Replacement.ofIdentifiers(diff.removed().get(index), diff.added().get(index));
            boolean same =
                    index == 0 || (before.equals(change.before()) && after.equals(change.after()));
            if (!same
                    || !IDENTIFIER.matcher(change.before()).matches()
                    || !IDENTIFIER.matcher(change.after()).matches()) {
                return Optional.empty();
            }
            before = change.before();
            after = change.after();
        }
        String oldName = before;
        boolean defined =
                Definitions.inAll(diff.removed(), file).stream()
                        .anyMatch(definition -> definition.name().equals(oldName));
        boolean everywhere =
                payload.input().path("replace_all").isBoolean()
                        && payload.input().path("replace_all").booleanValue();
        if (defined || (everywhere && !Definitions.isProse(file))) {
            return Optional.of(
                    new EditTitle(
                            "Rename `" + before + "` to `" + after + "` in " + file,
                            ObservationType.REFACTOR));
        }
        return lines > 1
                ? change("Replace `" + before + "` with `" + after + "`" + EditPlace.of(file, diff))
                : Optional.empty();
    }

    private static Optional<EditTitle> imports(String file, Diff diff) {
        boolean all =
                diff.removed().stream().allMatch(line -> Definitions.isImport(line, file))
                        && diff.added().stream().allMatch(line -> Definitions.isImport(line, file));
        if (!all) {
            return Optional.empty();
        }
        if (diff.removed().isEmpty()) {
            return change("Add import of " + imported(diff.added()) + " to " + file);
        }
        if (diff.added().isEmpty()) {
            return change("Remove import of " + imported(diff.removed()) + " from " + file);
        }
        return change(
                "Import "
                        + imported(diff.added())
                        + " instead of "
                        + imported(diff.removed())
                        + " in "
                        + file);
    }

    private static Optional<EditTitle> definitions(String file, Diff diff) {
        List<Definition> added = new ArrayList<>(Definitions.inAll(diff.added(), file));
        List<Definition> removed = new ArrayList<>(Definitions.inAll(diff.removed(), file));
        var kept = new LinkedHashSet<>(added);
        kept.retainAll(removed);
        added.removeAll(kept);
        removed.removeAll(kept);
        if (added.isEmpty() && removed.isEmpty()) {
            return Optional.empty();
        }
        if (removed.isEmpty()) {
            boolean tests = Definitions.isTestFile(file) || added.getFirst().isTest();
            ObservationType type =
                    tests || Definitions.isProse(file)
                            ? ObservationType.CHANGE
                            : ObservationType.FEATURE;
            return Optional.of(new EditTitle("Add " + named(added) + " to " + file, type));
        }
        if (added.isEmpty()) {
            return change("Remove " + named(removed) + " from " + file);
        }
        if (added.size() == 1 && removed.size() == 1) {
            Definition before = removed.getFirst();
            Definition after = added.getFirst();
            boolean heading = Definitions.isProse(file);
            if (heading && Typo.between(before.name(), after.name()).isPresent()) {
                return Optional.empty();
            }
            return Optional.of(
                    new EditTitle(
                            (before.kind().equals(after.kind()) && diff.removed().size() == 1
                                            ? "Rename "
                                            : "Replace ")
                                    + before.words()
                                    + (before.kind().equals(after.kind())
                                                    && diff.removed().size() == 1
                                            ? " to "
                                            : " with ")
                                    + (before.kind().equals(after.kind())
                                            ? "`" + after.name() + "`"
                                            : after.words())
                                    + " in "
                                    + file,
                            heading || diff.removed().size() > 1
                                    ? ObservationType.CHANGE
                                    : ObservationType.REFACTOR));
        }
        return change("Replace " + named(removed) + " with " + named(added) + " in " + file);
    }

    private static Optional<EditTitle> comments(String file, Diff diff) {
        boolean all =
                Definitions.comments(diff.removed(), file).stream().noneMatch(String::isEmpty)
                        && Definitions.comments(diff.added(), file).stream()
                                .noneMatch(String::isEmpty);
        if (!all) {
            return Optional.empty();
        }
        List<String> documented = EditPlace.documented(diff, file);
        List<String> texts = EditText.explanations(diff, file);
        String verb = diff.added().isEmpty() ? "Remove comments from " : "Document ";
        if (!documented.isEmpty()) {
            String gist = documented.size() == 1 && !texts.isEmpty() ? texts.getFirst() : "";
            return change(
                    withGist(
                            verb + Wording.listed(documented, EditRule.NAMES_MAX) + " in " + file,
                            gist));
        }
        String gist = texts.isEmpty() ? "" : texts.getFirst();
        return change(withGist((diff.added().isEmpty() ? verb : "Comment on ") + file, gist));
    }

    /// Pure additions and pure removals.
    private static Optional<EditTitle> oneSided(String file, Diff diff) {
        if (!diff.added().isEmpty() && !diff.removed().isEmpty()) {
            return Optional.empty();
        }
        boolean adds = diff.removed().isEmpty();
        List<String> lines = adds ? diff.added() : diff.removed();
        List<String> texts = adds ? EditText.explanations(diff, file) : List.of();
        String lead = EditText.significant(lines, file);
        if (Definitions.isProse(file)) {
            return change(
                    (adds ? "Add to " : "Remove from ") + file + ": " + lead.replace('`', '\''));
        }
        if (lines.size() > 1 && !texts.isEmpty()) {
            return Optional.empty();
        }
        String more =
                lines.size() > 1 ? " and " + EditRule.counted(lines.size() - 1, "more line") : "";
        return change(
                (adds ? "Add " : "Remove ")
                        + Bounds.quote(lead)
                        + more
                        + (adds
                                ? EditPlace.of(file, diff).replaceFirst("^ in ", " to ")
                                : EditPlace.of(file, diff).replaceFirst("^ in ", " from ")));
    }

    private static EditTitle general(String file, Diff diff) {
        List<String> texts = EditText.explanations(diff, file);
        List<String> places = EditPlace.names(diff, file);
        String where =
                places.isEmpty()
                        ? file
                        : Wording.listed(places, EditRule.NAMES_MAX) + " in " + file;
        if (!texts.isEmpty()) {
            return new EditTitle(
                    withGist("Change " + where, texts.getFirst()), ObservationType.CHANGE);
        }
        if (diff.added().isEmpty()) {
            return new EditTitle(
                    "Remove "
                            + Bounds.quote(EditText.significant(diff.removed(), file))
                            + " from "
                            + where,
                    ObservationType.CHANGE);
        }
        String before = EditText.significant(diff.removed(), file);
        String after = EditText.significant(diff.added(), file);
        if (Definitions.isProse(file)) {
            return new EditTitle(withGist("Change " + where, after), ObservationType.CHANGE);
        }
        Replacement words = Replacement.ofWords(before, after);
        boolean shared = words.prefix().strip().length() + words.suffix().strip().length() > 2;
        if (!before.isEmpty()
                && shared
                && SmallEdit.isShort(words.before())
                && SmallEdit.isShort(words.after())) {
            return new EditTitle(
                    "Change "
                            + Bounds.quote(words.before())
                            + " to "
                            + Bounds.quote(words.after())
                            + " in "
                            + where,
                    ObservationType.CHANGE);
        }
        return new EditTitle(
                withGist("Change " + where, Bounds.quote(after)), ObservationType.CHANGE);
    }

    /// The gist behind a colon, or left out where too little of it would remain.
    private static String withGist(String place, String gist) {
        boolean fits = place.length() + GIST_CHARS_MIN <= Bounds.TITLE_CHARS_MAX;
        return gist.isEmpty() || !fits ? place : place + ": " + gist;
    }

    private static String named(List<Definition> definitions) {
        String kind = definitions.getFirst().kind();
        boolean uniform = definitions.stream().allMatch(one -> one.kind().equals(kind));
        if (definitions.size() > 1 && uniform) {
            return EditRule.plural(kind)
                    + ' '
                    + Wording.listed(
                            definitions.stream().map(one -> '`' + one.name() + '`').toList(),
                            EditRule.NAMES_MAX);
        }
        return Wording.listed(
                definitions.stream().map(Definition::words).toList(), EditRule.NAMES_MAX);
    }

    private static String imported(List<String> lines) {
        var names = new ArrayList<String>();
        for (String line : lines) {
            String code = line.strip().replaceAll(";$", "");
            Matcher quoted = Pattern.compile("[\"'<]([^\"'>]{1,80})[\"'>]").matcher(code);
            String name =
                    quoted.find()
                            ? quoted.group(1)
                            : code.replaceFirst(
                                            "^(?:pub )?(?:import|use|using|from)\\s+(?:static )?",
                                            "")
                                    .replaceFirst("\\s+(?:import|as)\\s.*", "");
            names.add(Bounds.quote(name));
        }
        return Wording.listed(names, EditRule.NAMES_MAX);
    }

    static Optional<EditTitle> change(String text) {
        return Optional.of(new EditTitle(text, ObservationType.CHANGE));
    }
}
