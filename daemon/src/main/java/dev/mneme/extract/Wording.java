package dev.mneme.extract;

import java.util.List;
import java.util.regex.Pattern;

/// What words in a text tell about it, in the languages people write prompts in.
final class Wording {

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

    private static final Pattern FIX =
            Pattern.compile(
                    "\\b(?:fix(?:e[sd]|ing)?|bugs?|bug-?fix|broken|crash(?:e[sd]|ing)?"
                            + "|regressions?|root cause|repair(?:ed|s)?|resolved?"
                            + "|behoben|behebt|beheben?|fehler behoben|repariert|ursache war)\\b"
                            + "|修正|不具合|バグ|直し",
                    FLAGS);

    private static final Pattern FIXED =
            Pattern.compile(
                    "\\b(?:fix(?:e[sd])?|resolve[sd]|root cause|repair(?:ed|s)|bug was"
                            + "|behoben|behebt|repariert|ursache war)\\b|修正し|直し",
                    FLAGS);

    private static final Pattern REASON =
            Pattern.compile(
                    "\\b(?:because|so that|due to|in order to|to avoid|to prevent|the reason"
                            + "|which is why|otherwise|caused by|root cause"
                            + "|weil|damit|wegen|deshalb|denn|aufgrund|sonst|um zu"
                            + "|parce que|afin de|porque|para que)\\b"
                            + "|ため|ので|理由|原因|因为|以便|由于",
                    FLAGS);

    private static final Pattern DECISION =
            Pattern.compile(
                    "\\b(?:decid(?:e[sd]?|ing)|decisions?|chose|chosen|choosing|choose|opted"
                            + "|instead of|rather than|trade-?off|went with|because"
                            + "|entschieden|entscheidung|statt|gewählt|weil"
                            + "|décidé|decidido)\\b"
                            + "|決め|決定|選ん|选择|决定",
                    FLAGS);

    private static final Pattern BUILT =
            Pattern.compile(
                    "\\b(?:implement(?:ed|s)?|add(?:ed|s)|creat(?:ed|es)|introduc(?:ed|es)|built"
                            + "|new feature|now supports?"
                            + "|implementiert|hinzugefügt|eingebaut|angelegt|ajouté|añadido)\\b"
                            + "|追加し|実装し|作成し",
                    FLAGS);

    private static final Pattern CHANGED =
            Pattern.compile(
                    "\\b(?:updat(?:ed|es)|chang(?:ed|es)|mov(?:ed|es)|replac(?:ed|es)|remov(?:ed|es)"
                            + "|upgrad(?:ed|es)|bump(?:ed|s)|configured|delet(?:ed|es)|migrated"
                            + "|geändert|aktualisiert|ersetzt|entfernt|verschoben|umgestellt)\\b"
                            + "|変更し|更新し|削除し",
                    FLAGS);

    private static final Pattern REFACTORED =
            Pattern.compile(
                    "\\b(?:refactor(?:ed|s)?|renam(?:ed|es)|extract(?:ed|s)|restructured"
                            + "|umbenannt|refaktoriert)\\b|リファクタ|名前を変え",
                    FLAGS);

    private Wording() {}

    static boolean speaksOfFixing(String text) {
        return FIX.matcher(text).find();
    }

    /// Stricter than speaking of it: an answer that says it was done.
    static boolean saysFixed(String text) {
        return FIXED.matcher(text).find();
    }

    static boolean givesReason(String text) {
        return REASON.matcher(text).find();
    }

    static boolean speaksOfDecision(String text) {
        return DECISION.matcher(text).find();
    }

    static boolean speaksOfBuilding(String text) {
        return BUILT.matcher(text).find();
    }

    static boolean speaksOfChange(String text) {
        return CHANGED.matcher(text).find();
    }

    static boolean speaksOfRefactoring(String text) {
        return REFACTORED.matcher(text).find();
    }

    /// `a`, `a and b`, `a, b and 3 more`.
    static String listed(List<String> names, int namesMax) {
        int shown = Math.min(names.size(), namesMax);
        int more = names.size() - shown;
        if (shown == 1 && more == 0) {
            return names.getFirst();
        }
        String last = more > 0 ? more + " more" : names.get(shown - 1);
        return String.join(", ", names.subList(0, more > 0 ? shown : shown - 1)) + " and " + last;
    }
}
