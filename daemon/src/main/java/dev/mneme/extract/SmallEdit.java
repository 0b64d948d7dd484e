package dev.mneme.extract;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Edits that are best told by what stood there and what stands there now: a spelling, a setting, a
/// few values.
final class SmallEdit {

    private static final Pattern KEY =
            Pattern.compile("\"?([\\w.@/-]{1,60})\"?\\s*[:=]?\\s*[\"'\\[{]?");

    private SmallEdit() {}

    static Optional<EditTitle> ofOneLine(Payload payload, String file, Diff diff) {
        if (diff.removed().size() != 1 || diff.added().size() != 1) {
            return Optional.empty();
        }
        String before = diff.removed().getFirst().strip();
        String after = diff.added().getFirst().strip();
        if (Definitions.isProse(file)) {
            Optional<String> typo = Typo.between(before, after);
            if (typo.isPresent()) {
                return EditTitle.change("Correct " + typo.get() + " in " + file);
            }
        }
        if (!Definitions.comment(before, file).isEmpty()) {
            return Optional.empty();
        }
        String old = payload.input("old_string").strip();
        String fresh = payload.input("new_string").strip();
        if (isShort(old) && isShort(fresh)) {
            Optional<EditTitle> keyed = keyed(file, before, after);
            return keyed.isPresent()
                    ? keyed
                    : EditTitle.change(
                            "Change "
                                    + Bounds.quote(old)
                                    + " to "
                                    + Bounds.quote(fresh)
                                    + " in "
                                    + file);
        }
        Optional<EditTitle> keyed = keyed(file, before, after);
        if (keyed.isPresent()) {
            return keyed;
        }
        if (isShort(before) && isShort(after)) {
            return EditTitle.change(
                    "Change "
                            + Bounds.quote(before)
                            + " to "
                            + Bounds.quote(after)
                            + " in "
                            + file);
        }
        Replacement words = Replacement.ofWords(before, after);
        if (isShort(words.before()) && isShort(words.after())) {
            return EditTitle.change(
                    "Change "
                            + Bounds.quote(words.before())
                            + " to "
                            + Bounds.quote(words.after())
                            + EditPlace.of(file, diff));
        }
        if (words.before().isBlank() && isShort(words.after())) {
            return EditTitle.change(
                    "Add " + Bounds.quote(words.after()) + EditPlace.of(file, diff));
        }
        return Optional.empty();
    }

    /// A handful of list items or settings replaced one by one.
    static Optional<EditTitle> ofFewLines(String file, Diff diff) {
        int lines = diff.removed().size();
        boolean few = lines > 1 && lines <= EditRule.NAMES_MAX && lines == diff.added().size();
        boolean commented =
                Definitions.comments(diff.added(), file).stream().anyMatch(text -> !text.isEmpty());
        if (!few || commented || Definitions.isProse(file)) {
            return Optional.empty();
        }
        String before = values(diff.removed());
        String after = values(diff.added());
        return isShort(before) && isShort(after)
                ? EditTitle.change(
                        "Change "
                                + Bounds.quote(before)
                                + " to "
                                + Bounds.quote(after)
                                + EditPlace.of(file, diff))
                : Optional.empty();
    }

    private static String values(List<String> lines) {
        return String.join(
                ", ", lines.stream().map(line -> line.strip().replaceFirst("^- |,$", "")).toList());
    }

    /// `version = "0.0.66"` to `version = "0.0.67"`: the name is worth more than the line.
    private static Optional<EditTitle> keyed(String file, String before, String after) {
        Replacement words = Replacement.ofWords(before, after);
        Matcher key = KEY.matcher(words.prefix().strip());
        boolean fits =
                isShort(words.before())
                        && isShort(words.after())
                        && key.matches()
                        && !words.before().matches("[A-Za-z_]+ .*")
                        && words.suffix().strip().matches("[\"',;)\\]}]{0,4}");
        return fits
                ? EditTitle.change(
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

    static boolean isShort(String code) {
        return !code.isBlank() && code.indexOf('\n') < 0 && code.length() <= Bounds.QUOTE_CHARS_MAX;
    }
}
