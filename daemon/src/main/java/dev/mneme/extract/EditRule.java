package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.Definitions.Definition;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Edits of files: what changed where.
///
/// The title is the first of these that fits: a rename, imports, new or removed definitions, a
/// typo, one small replacement, comments, pure additions or removals, and last the place with the
/// comment that explains the change.
final class EditRule implements Rule {

    private static final int NAMES_MAX = 3;
    private static final int TYPO_DISTANCE_MAX = 3;
    private static final int EXPLANATION_WORDS_MIN = 3;

    /// Less of a gist than this is not worth its colon.
    private static final int GIST_CHARS_MIN = 25;

    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_$][\\w$]{0,80}");
    private static final Pattern KEY =
            Pattern.compile("\"?([\\w.@/-]{1,60})\"?\\s*[:=]?\\s*[\"'\\[{]?");
    private static final Pattern SECTION_KEY =
            Pattern.compile("^\\s*\"?([\\w.@/-]{1,60})\"?\\s*:\\s*[\\[{|>]?\\s*$");

    private record Title(String text, ObservationType type) {}

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
        Title title = title(payload, file, diff);
        List<String> explanations = explanations(diff, file);
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

    private static Title title(Payload payload, String file, Diff diff) {
        return rename(payload, file, diff)
                .or(() -> imports(file, diff))
                .or(() -> definitions(file, diff))
                .or(() -> smallReplacement(payload, file, diff))
                .or(() -> fewValues(file, diff))
                .or(() -> comments(file, diff))
                .or(() -> oneSided(file, diff))
                .orElseGet(() -> general(file, diff));
    }

    /// Every removed line becomes an added one by replacing one identifier with another.
    private static Optional<Title> rename(Payload payload, String file, Diff diff) {
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
                    new Title(
                            "Rename `" + before + "` to `" + after + "` in " + file,
                            ObservationType.REFACTOR));
        }
        return lines > 1
                ? change("Replace `" + before + "` with `" + after + "`" + place(file, diff))
                : Optional.empty();
    }

    private static Optional<Title> imports(String file, Diff diff) {
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

    private static Optional<Title> definitions(String file, Diff diff) {
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
            return Optional.of(new Title("Add " + named(added) + " to " + file, type));
        }
        if (added.isEmpty()) {
            return change("Remove " + named(removed) + " from " + file);
        }
        if (added.size() == 1 && removed.size() == 1) {
            Definition before = removed.getFirst();
            Definition after = added.getFirst();
            boolean heading = Definitions.isProse(file);
            if (heading && typo(before.name(), after.name()).isPresent()) {
                return Optional.empty();
            }
            return Optional.of(
                    new Title(
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

    private static Optional<Title> smallReplacement(Payload payload, String file, Diff diff) {
        if (diff.removed().size() != 1 || diff.added().size() != 1) {
            return Optional.empty();
        }
        String before = diff.removed().getFirst().strip();
        String after = diff.added().getFirst().strip();
        if (Definitions.isProse(file)) {
            Optional<String> typo = typo(before, after);
            if (typo.isPresent()) {
                return change("Correct " + typo.get() + " in " + file);
            }
        }
        if (!Definitions.comment(before, file).isEmpty()) {
            return Optional.empty();
        }
        String old = payload.input("old_string").strip();
        String fresh = payload.input("new_string").strip();
        if (isShort(old) && isShort(fresh)) {
            Optional<Title> keyed = keyed(file, before, after);
            return keyed.isPresent()
                    ? keyed
                    : change(
                            "Change "
                                    + Bounds.quote(old)
                                    + " to "
                                    + Bounds.quote(fresh)
                                    + " in "
                                    + file);
        }
        Optional<Title> keyed = keyed(file, before, after);
        if (keyed.isPresent()) {
            return keyed;
        }
        if (isShort(before) && isShort(after)) {
            return change(
                    "Change "
                            + Bounds.quote(before)
                            + " to "
                            + Bounds.quote(after)
                            + " in "
                            + file);
        }
        Replacement words = Replacement.ofWords(before, after);
        if (isShort(words.before()) && isShort(words.after())) {
            return change(
                    "Change "
                            + Bounds.quote(words.before())
                            + " to "
                            + Bounds.quote(words.after())
                            + place(file, diff));
        }
        if (words.before().isBlank() && isShort(words.after())) {
            return change("Add " + Bounds.quote(words.after()) + place(file, diff));
        }
        return Optional.empty();
    }

    /// A handful of list items or settings replaced one by one.
    private static Optional<Title> fewValues(String file, Diff diff) {
        int lines = diff.removed().size();
        boolean few = lines > 1 && lines <= NAMES_MAX && lines == diff.added().size();
        boolean commented =
                Definitions.comments(diff.added(), file).stream().anyMatch(text -> !text.isEmpty());
        if (!few || commented || Definitions.isProse(file)) {
            return Optional.empty();
        }
        String before = values(diff.removed());
        String after = values(diff.added());
        return isShort(before) && isShort(after)
                ? change(
                        "Change "
                                + Bounds.quote(before)
                                + " to "
                                + Bounds.quote(after)
                                + place(file, diff))
                : Optional.empty();
    }

    private static String values(List<String> lines) {
        return String.join(
                ", ", lines.stream().map(line -> line.strip().replaceFirst("^- |,$", "")).toList());
    }

    /// `version = "0.0.66"` to `version = "0.0.67"`: the name is worth more than the line.
    private static Optional<Title> keyed(String file, String before, String after) {
        Replacement words = Replacement.ofWords(before, after);
        Matcher key = KEY.matcher(words.prefix().strip());
        boolean fits =
                isShort(words.before())
                        && isShort(words.after())
                        && key.matches()
                        && !words.before().matches("[A-Za-z_]+ .*")
                        && words.suffix().strip().matches("[\"',;)\\]}]{0,4}");
        return fits
                ? change(
                        "Change `"
                                + key.group(1)
                                + "` from "
                                + Bounds.quote(words.before())
                                + " to "
                                + Bounds.quote(words.after())
                                + " in "
                                + file)
                : Optional.empty();
    }

    private static Optional<Title> comments(String file, Diff diff) {
        boolean all =
                Definitions.comments(diff.removed(), file).stream().noneMatch(String::isEmpty)
                        && Definitions.comments(diff.added(), file).stream()
                                .noneMatch(String::isEmpty);
        if (!all) {
            return Optional.empty();
        }
        List<String> documented = documented(diff, file);
        List<String> texts = explanations(diff, file);
        String verb = diff.added().isEmpty() ? "Remove comments from " : "Document ";
        if (!documented.isEmpty()) {
            String gist = documented.size() == 1 && !texts.isEmpty() ? texts.getFirst() : "";
            return change(
                    withGist(verb + Wording.listed(documented, NAMES_MAX) + " in " + file, gist));
        }
        String gist = texts.isEmpty() ? "" : texts.getFirst();
        return change(withGist((diff.added().isEmpty() ? verb : "Comment on ") + file, gist));
    }

    /// Pure additions and pure removals.
    private static Optional<Title> oneSided(String file, Diff diff) {
        if (!diff.added().isEmpty() && !diff.removed().isEmpty()) {
            return Optional.empty();
        }
        boolean adds = diff.removed().isEmpty();
        List<String> lines = adds ? diff.added() : diff.removed();
        List<String> texts = adds ? explanations(diff, file) : List.of();
        String lead = significant(lines, file);
        if (Definitions.isProse(file)) {
            return change(
                    (adds ? "Add to " : "Remove from ") + file + ": " + lead.replace('`', '\''));
        }
        if (lines.size() > 1 && !texts.isEmpty()) {
            return Optional.empty();
        }
        String more = lines.size() > 1 ? " and " + counted(lines.size() - 1, "more line") : "";
        return change(
                (adds ? "Add " : "Remove ")
                        + Bounds.quote(lead)
                        + more
                        + (adds
                                ? place(file, diff).replaceFirst("^ in ", " to ")
                                : place(file, diff).replaceFirst("^ in ", " from ")));
    }

    private static Title general(String file, Diff diff) {
        List<String> texts = explanations(diff, file);
        List<String> places = places(diff, file);
        String where = places.isEmpty() ? file : Wording.listed(places, NAMES_MAX) + " in " + file;
        if (!texts.isEmpty()) {
            return new Title(withGist("Change " + where, texts.getFirst()), ObservationType.CHANGE);
        }
        if (diff.added().isEmpty()) {
            return new Title(
                    "Remove " + Bounds.quote(significant(diff.removed(), file)) + " from " + where,
                    ObservationType.CHANGE);
        }
        String before = significant(diff.removed(), file);
        String after = significant(diff.added(), file);
        if (Definitions.isProse(file)) {
            return new Title(withGist("Change " + where, after), ObservationType.CHANGE);
        }
        Replacement words = Replacement.ofWords(before, after);
        boolean shared = words.prefix().strip().length() + words.suffix().strip().length() > 2;
        if (!before.isEmpty() && shared && isShort(words.before()) && isShort(words.after())) {
            return new Title(
                    "Change "
                            + Bounds.quote(words.before())
                            + " to "
                            + Bounds.quote(words.after())
                            + " in "
                            + where,
                    ObservationType.CHANGE);
        }
        return new Title(withGist("Change " + where, Bounds.quote(after)), ObservationType.CHANGE);
    }

    /// The gist behind a colon, or left out where too little of it would remain.
    private static String withGist(String place, String gist) {
        boolean fits = place.length() + GIST_CHARS_MIN <= Bounds.TITLE_CHARS_MAX;
        return gist.isEmpty() || !fits ? place : place + ": " + gist;
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

    private static String place(String file, Diff diff) {
        List<String> places = places(diff, file);
        return places.isEmpty()
                ? " in " + file
                : " in " + Wording.listed(places, NAMES_MAX) + " (" + file + ")";
    }

    /// The names of what encloses the changes: the last definition, section or key before each
    /// that is indented less.
    private static List<String> places(Diff diff, String file) {
        var names = new LinkedHashSet<String>();
        for (List<String> hunk : diff.hunks()) {
            String name = "";
            int depth = Integer.MAX_VALUE;
            for (String line : hunk) {
                if (line.length() < 2 || line.substring(1).isBlank()) {
                    continue;
                }
                String code = line.substring(1);
                int indent = indent(code);
                Optional<String> opened = opened(code, file);
                if (opened.isPresent()) {
                    if (line.charAt(0) != '+' || name.isEmpty()) {
                        name = opened.get();
                        depth = indent;
                    }
                    if (line.charAt(0) == ' ') {
                        continue;
                    }
                }
                boolean changed = line.charAt(0) == '-' || line.charAt(0) == '+';
                boolean within = Definitions.isProse(file) || indent > depth || opened.isPresent();
                if (changed && !name.isEmpty() && within) {
                    names.add('`' + name + '`');
                }
                if (!changed && indent <= depth && code.strip().matches("[})\\]]+;?|end")) {
                    name = "";
                    depth = Integer.MAX_VALUE;
                }
            }
        }
        return List.copyOf(names);
    }

    private static Optional<String> opened(String code, String file) {
        Optional<Definition> definition = Definitions.in(code, file);
        if (definition.isPresent()) {
            return Optional.of(definition.get().name());
        }
        String extension = Definitions.extension(file);
        if (extension.matches("ya?ml|json|jsonc")) {
            Matcher key = SECTION_KEY.matcher(code);
            return key.find() ? Optional.of(key.group(1)) : Optional.empty();
        }
        return Optional.empty();
    }

    /// The definitions that changed comments stand before.
    private static List<String> documented(Diff diff, String file) {
        var names = new LinkedHashSet<String>();
        for (List<String> hunk : diff.hunks()) {
            boolean pending = false;
            for (String line : hunk) {
                if (line.startsWith("+") || line.startsWith("-")) {
                    pending |= !line.substring(1).isBlank();
                } else if (pending && line.length() > 1) {
                    Optional<Definition> definition = Definitions.in(line.substring(1), file);
                    definition.ifPresent(found -> names.add('`' + found.name() + '`'));
                    pending =
                            !line.isBlank()
                                    && definition.isEmpty()
                                    && !Definitions.comment(line.substring(1), file).isEmpty();
                }
            }
        }
        return List.copyOf(names);
    }

    /// Added comments that say something, in their order.
    private static List<String> explanations(Diff diff, String file) {
        var texts = new ArrayList<String>();
        for (String comment : Definitions.comments(diff.added(), file)) {
            boolean says =
                    comment.split(" ", -1).length >= EXPLANATION_WORDS_MIN
                            && comment.codePoints().filter(Character::isLetter).count() * 2
                                    > comment.length()
                            && !comment.startsWith("@")
                            && !comment.startsWith("eslint")
                            && !comment.startsWith("noqa")
                            && !comment.startsWith("nolint")
                            && !comment.startsWith("Copyright");
            if (says && texts.size() < Bounds.FACTS_MAX) {
                texts.add(comment);
            }
        }
        return texts;
    }

    /// The line that says most: the first with three words, else the first with a letter.
    private static String significant(List<String> lines, String file) {
        String first = "";
        for (String line : lines) {
            String text = Definitions.isProse(file) ? Markdown.plain(line) : line.strip();
            boolean letters = text.codePoints().anyMatch(Character::isLetterOrDigit);
            if (!letters
                    || !Definitions.comment(line, file).isEmpty()
                    || Definitions.isImport(line, file)) {
                continue;
            }
            boolean opener =
                    text.endsWith("{") && text.split(" ", -1).length < EXPLANATION_WORDS_MIN;
            if (Definitions.isProse(file)
                    ? text.split(" ", -1).length >= EXPLANATION_WORDS_MIN
                    : !opener) {
                return text;
            }
            first = first.isEmpty() ? text : first;
        }
        return first.isEmpty() && !lines.isEmpty() ? lines.getFirst().strip() : first;
    }

    /// `` `somwhere` to `somewhere` `` when all that changed is the spelling of words.
    private static Optional<String> typo(String before, String after) {
        String[] old = before.split("[^\\p{L}\\p{N}]+", -1);
        String[] fresh = after.split("[^\\p{L}\\p{N}]+", -1);
        if (old.length != fresh.length) {
            return Optional.empty();
        }
        var corrections = new ArrayList<String>();
        for (int index = 0; index < old.length; index++) {
            if (old[index].equals(fresh[index])) {
                continue;
            }
            boolean near =
                    old[index].length() > 3
                            && old[index].chars().allMatch(Character::isLetter)
                            && distance(
                                            old[index].toLowerCase(Locale.ROOT),
                                            fresh[index].toLowerCase(Locale.ROOT))
                                    <= Math.min(TYPO_DISTANCE_MAX, old[index].length() / 2);
            if (!near) {
                return Optional.empty();
            }
            corrections.add('`' + old[index] + "` to `" + fresh[index] + '`');
        }
        return corrections.isEmpty()
                ? Optional.empty()
                : Optional.of(Wording.listed(corrections, NAMES_MAX));
    }

    /// Edit distance, a swap of neighbours counting as one.
    private static int distance(String left, String right) {
        if (left.length() > 40 || right.length() > 40) {
            return Integer.MAX_VALUE;
        }
        int[][] cost = new int[left.length() + 1][right.length() + 1];
        for (int row = 0; row <= left.length(); row++) {
            for (int column = 0; column <= right.length(); column++) {
                if (row == 0 || column == 0) {
                    cost[row][column] = row + column;
                    continue;
                }
                boolean same = left.charAt(row - 1) == right.charAt(column - 1);
                int best = cost[row - 1][column - 1] + (same ? 0 : 1);
                best = Math.min(best, Math.min(cost[row - 1][column], cost[row][column - 1]) + 1);
                boolean swapped =
                        row > 1
                                && column > 1
                                && left.charAt(row - 1) == right.charAt(column - 2)
                                && left.charAt(row - 2) == right.charAt(column - 1);
                cost[row][column] = swapped ? Math.min(best, cost[row - 2][column - 2] + 1) : best;
            }
        }
        return cost[left.length()][right.length()];
    }

    private static String named(List<Definition> definitions) {
        String kind = definitions.getFirst().kind();
        boolean uniform = definitions.stream().allMatch(one -> one.kind().equals(kind));
        if (definitions.size() > 1 && uniform) {
            return plural(kind)
                    + ' '
                    + Wording.listed(
                            definitions.stream().map(one -> '`' + one.name() + '`').toList(),
                            NAMES_MAX);
        }
        return Wording.listed(definitions.stream().map(Definition::words).toList(), NAMES_MAX);
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
        return Wording.listed(names, NAMES_MAX);
    }

    static String plural(String noun) {
        return noun.endsWith("s") ? noun + "es" : noun + "s";
    }

    static String counted(int count, String noun) {
        return count + " " + (count == 1 ? noun : plural(noun));
    }

    private static boolean isShort(String code) {
        return !code.isBlank() && code.indexOf('\n') < 0 && code.length() <= Bounds.QUOTE_CHARS_MAX;
    }

    private static int indent(String code) {
        int indent = 0;
        while (indent < code.length() && Character.isWhitespace(code.charAt(indent))) {
            indent++;
        }
        return indent;
    }

    private static Optional<Title> change(String text) {
        return Optional.of(new Title(text, ObservationType.CHANGE));
    }
}
