package dev.mneme.extract;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
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
                    "\\b(?:refactor(?:ed|s)?|renam(?:ed|es)|extract(?:ed|s)|restructured|naming (?:is|consistency|now)|takes? .{1,40} instead of|moved .{1,80} (?:in)?to"
                            + "|umbenannt|refaktoriert)\\b|リファクタ|名前を変え",
                    FLAGS);

    /// Somebody did something, in this turn.
    private static final Pattern CLAIM =
            Pattern.compile(
                    "^(?:i(?:'ve| have)?|we(?:'ve| have)?)?\\s*(?:now |just |also |successfully ){0,2}"
                            + "(?:created|added|implemented|fixed|updated|changed|moved|removed|replaced|renamed|written|wrote|built|refactored|extracted|deleted|completed|committed|pushed|merged)\\b",
                    FLAGS);

    /// A path, a call or a name as programs have them.
    private static final Pattern CODE =
            Pattern.compile(
                    "`[^`\\n]{2,80}`|\\b[\\w-]{1,60}/[\\w.-]{0,60}[/.][\\w./-]{1,120}|\\b\\w{2,60}\\.(?:java|go|ts|tsx|js|jsx|py|rs|rb|sh|md|json|ya?ml|toml|sql|css|html)\\b"
                            + "|\\b\\w{2,40}\\(\\)|\\b[a-z]{2,20}(?:[A-Z][a-z0-9]{1,20}){1,6}\\b|\\b[a-z]{2,20}_[a-z_]{2,40}\\b");

    private static final Pattern PLAN =
            Pattern.compile(
                    "(?:^|[/_.-])(?:plans?|designs?|adrs?|rfcs?|proposals?|decisions?|specs?|roadmap)(?:[/_.-]|$)",
                    FLAGS);

    private static final Pattern FOUND =
            Pattern.compile(
                    "\\b(?:found|findings?|analy[sz]ed|audit(?:ed)?|reviewed|triage[d]?|investigated|root cause|read all|cross-referenced"
                            + "|gefunden|untersucht|ausgewertet)\\b",
                    FLAGS);

    private static final Pattern PROBLEM =
            Pattern.compile(
                    "(?m:^\\W{0,6}(?:the )?(?:problem|bug|issue|root cause)s?(?: [\\w#-]{1,20}){0,2}:)|\\b(?:the (?:actual |real |root |main )?(?:problem|issue|bug|cause|error|failure)s?(?: was| is|:| occurred| happened| should)|root cause|what was wrong|(?:was|were) wrong"
                            + "|das problem (?:war|ist)|die ursache)(?:\\b|(?<=:))|原因は|問題は",
                    FLAGS);

    /// How things are since.
    private static final Pattern NOW =
            Pattern.compile(
                    "\\b(?:(?:is|are|will|can|does|do|has|have|should|you) now|now (?!let|i\\b|we\\b|you\\b|the\\b|that\\b|to\\b|for\\b|and\\b)\\p{L}{2,}|no longer|nicht mehr|jetzt)\\b",
                    FLAGS);

    /// Where a long sentence may end early.
    private static final Pattern ASIDE =
            Pattern.compile(",? (?:including|which|such as|e\\.g\\.)\\b| [—–-] | \\(|; ");

    private static final int ASIDE_AFTER_CHARS = 60;

    private static final Pattern FIRST_PERSON =
            Pattern.compile(
                    "^(?:i(?:'ve| have)?|we(?:'ve| have)?) (?:now |just |also |successfully ){0,2}(?=\\p{L}+(?:ed|t|lt|ten|de)\\b)",
                    FLAGS);

    private Wording() {}

    /// `I've created …`: something was done, says who says it.
    static boolean claimsWork(String sentence) {
        return CLAIM.matcher(sentence).find();
    }

    static boolean namesCode(String text) {
        return CODE.matcher(text).find();
    }

    static boolean namesPlan(String file) {
        return PLAN.matcher(file).find();
    }

    static boolean speaksOfFinding(String text) {
        return FOUND.matcher(text).find();
    }

    /// Whether it tells what was wrong.
    static boolean tellsOfProblem(String text) {
        return PROBLEM.matcher(text).find();
    }

    static boolean saysNow(String text) {
        return NOW.matcher(text).find();
    }

    /// Whether a sentence says what was done, or how things are since.
    static boolean tellsWork(String sentence) {
        return saysFixed(sentence)
                || speaksOfBuilding(sentence)
                || speaksOfChange(sentence)
                || speaksOfRefactoring(sentence)
                || saysNow(sentence);
    }

    /// A sentence that is too long for a title, up to where it only adds.
    static String shortened(String sentence, int charsMax) {
        if (sentence.length() <= charsMax) {
            return sentence;
        }
        int end = -1;
        Matcher aside = ASIDE.matcher(sentence);
        while (aside.find() && aside.start() <= charsMax) {
            end = aside.start() >= ASIDE_AFTER_CHARS ? aside.start() : end;
        }
        return end < 0 ? sentence : sentence.substring(0, end);
    }

    /// `I've added a cache` as `Added a cache`: who did it will not matter.
    static String impersonal(String sentence) {
        String text = FIRST_PERSON.matcher(sentence).replaceFirst("");
        return text.isEmpty()
                ? sentence
                : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

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
