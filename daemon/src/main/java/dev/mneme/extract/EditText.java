package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;

/// What changed lines say in words.
final class EditText {

    private static final int EXPLANATION_WORDS_MIN = 3;

    private EditText() {}

    /// Added comments that say something, in their order.
    static List<String> explanations(Diff diff, String file) {
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
    static String significant(List<String> lines, String file) {
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
}
