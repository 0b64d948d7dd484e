package dev.mneme.domain;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Splits text into the words that a search may ask for.
///
/// PostgreSQL's own parser keeps `parseDate` and a run of Japanese in one piece, and reads
/// `src/retry.py` as a file and nothing else. People search for `parse`, for two characters out of
/// the middle, and for `retry`. So every identifier gives its parts beside the whole word, and a
/// run of a script without spaces gives its bigrams. Text and query go through the same split;
/// that, not the choice of rules, is what makes them meet.
///
/// All terms are NFKC and lower case in no particular language. One pass over the text; no input
/// throws.
public final class SearchTerms {

    /// Terms of one text. The rest of a longer text is still found by PostgreSQL's own words.
    public static final int TERMS_MAX = 4_000;

    /// Terms of one query; each is one more index lookup.
    public static final int QUERY_TERMS_MAX = 64;

    /// A longer word is a key or a blob that nobody types.
    public static final int TERM_CHARS_MAX = 100;

    /// The part of a text that is looked at.
    public static final int TEXT_CHARS_MAX = 64 * 1024;

    /// Marks kept on one letter. Normalizing is quadratic in them, and no script needs more (the
    /// same number as Unicode's stream-safe text format).
    private static final int MARKS_MAX = 30;

    /// Words that are in every text of their language: asking for them finds everything.
    private static final Set<String> STOP_WORDS =
            words(
                    """
                    a about after again all also am an and any are as at be because been before
                    being but by can could did do does doing don for from further had has have
                    having he her here him his how i if in into is it its just like me more most
                    my no nor not now of off on once only or other our out over own please s same
                    she should so some such t than that the their them then there these they this
                    those through to too under up us use very was we were what when where which
                    while who whom why will with would you your
                    aber als am an auch auf aus bei bin bis da damit das dass dein dem den der des
                    die dies diese dieser doch durch ein eine einem einen einer es für hat hatte
                    ich ihr im in ist ja kann kein keine man mein mit nach nicht noch nur ob oder
                    sich sie sind so über um und uns unser vom von vor war warum was weil wenn wer
                    werden wie wir wird wo zu zum zur
                    の は が を に で と も へ や か な だ た て し い する した して です ます これ それ あれ この
                    その ある いる から まで なぜ どう
                    """);

    private SearchTerms() {}

    /// The terms of a text in their order, repeats kept, each word before its parts.
    public static List<String> of(String text) {
        var terms = new ArrayList<String>();
        split(
                text,
                (term, known) -> {
                    terms.add(term);
                    return terms.size() < TERMS_MAX;
                });
        return terms;
    }

    /// What PostgreSQL's parser would not find in the text by itself, joined with spaces, each
    /// once. Stored beside the prose and indexed with the `simple` configuration.
    public static String indexText(String text) {
        var extra = new LinkedHashSet<String>();
        split(
                text,
                (term, known) -> {
                    if (!known) {
                        extra.add(term);
                    }
                    return extra.size() < TERMS_MAX;
                });
        return String.join(" ", extra);
    }

    /// A query for `websearch_to_tsquery` that asks for any of the terms, or an empty text.
    ///
    /// Every term is quoted and holds letters, digits, marks and `_ - . /` alone, so that nothing
    /// in a query can act as an operator. Stop words are left out; a query of nothing else is
    /// empty, because it would find everything.
    public static String anyOf(String query) {
        var asked = new LinkedHashSet<String>();
        split(
                query,
                (term, known) -> {
                    if (!isStopWord(term)) {
                        asked.add(term);
                    }
                    return asked.size() < QUERY_TERMS_MAX;
                });
        return asked.stream().map(term -> '"' + term + '"').collect(Collectors.joining(" OR "));
    }

    /// Whether a term, as `of` gives it, says nothing by itself.
    public static boolean isStopWord(String term) {
        return STOP_WORDS.contains(term);
    }

    @FunctionalInterface
    private interface Sink {

        /// Takes a term; `known` says that PostgreSQL yields it from the text by itself. Returns
        /// whether it takes another one.
        boolean take(String term, boolean known);
    }

    private static void split(String text, Sink sink) {
        String bounded = text.length() > TEXT_CHARS_MAX ? text.substring(0, TEXT_CHARS_MAX) : text;
        String normal = Normalizer.normalize(withoutMarkFloods(bounded), Normalizer.Form.NFKC);
        int start = -1;
        int index = 0;
        while (index < normal.length()) {
            int codePoint = normal.codePointAt(index);
            int next = index + Character.charCount(codePoint);
            boolean inside =
                    isWordPart(codePoint) || (start >= 0 && isJoint(normal, codePoint, next));
            if (inside && start < 0 && Character.isLetterOrDigit(codePoint)) {
                start = index;
            } else if (!inside && start >= 0) {
                if (!splitWord(normal.substring(start, index), sink)) {
                    return;
                }
                start = -1;
            }
            index = next;
        }
        if (start >= 0) {
            splitWord(normal.substring(start), sink);
        }
    }

    /// One word without spaces, such as `src/HttpServer.java`, `ERR_MODULE_NOT_FOUND` or `回数`.
    private static boolean splitWord(String word, Sink sink) {
        boolean mixed = false;
        boolean unspaced = false;
        boolean separated = false;
        for (int index = 0; index < word.length(); index++) {
            char unit = word.charAt(index);
            separated |= unit == '.' || unit == '/' || unit == '-' || unit == '_';
            boolean one = isUnspaced(word.codePointAt(index));
            unspaced |= one;
            mixed |= !one && Character.isLetterOrDigit(unit);
        }
        if (!unspaced && word.length() <= TERM_CHARS_MAX) {
            // Without an ICU locale PostgreSQL lowers ASCII alone, so `Änderung` needs our form.
            boolean known = isAscii(word) || word.equals(lower(word));
            if (!sink.take(lower(word), known)) {
                return false;
            }
        }
        int start = 0;
        for (int index = 0; index <= word.length(); index++) {
            if (index == word.length() || isSeparator(word.charAt(index))) {
                if (index > start
                        && !splitPart(
                                word.substring(start, index),
                                unspaced && mixed,
                                separated ? word : "",
                                sink)) {
                    return false;
                }
                start = index + 1;
            }
        }
        return baseName(word, sink);
    }

    /// The piece between two separators: its humps, and the bigrams of its unspaced runs.
    private static boolean splitPart(String part, boolean mixed, String whole, Sink sink) {
        int start = 0;
        while (start < part.length()) {
            boolean unspaced = isUnspaced(part.codePointAt(start));
            int end = start;
            while (end < part.length() && isUnspaced(part.codePointAt(end)) == unspaced) {
                end += Character.charCount(part.codePointAt(end));
            }
            String run = part.substring(start, end);
            boolean more =
                    unspaced
                            ? bigrams(run, sink)
                            : humps(run, mixed || !whole.isEmpty(), whole, sink);
            if (!more) {
                return false;
            }
            start = end;
        }
        return true;
    }

    private static boolean bigrams(String run, Sink sink) {
        int[] points = run.codePoints().toArray();
        if (points.length == 1) {
            return sink.take(lower(run), false);
        }
        for (int index = 0; index + 1 < points.length; index++) {
            if (!sink.take(lower(new String(points, index, 2)), false)) {
                return false;
            }
        }
        return true;
    }

    private static boolean humps(String run, boolean apart, String whole, Sink sink) {
        if (run.length() > TERM_CHARS_MAX) {
            return true;
        }
        // The whole word was already taken unless this is one part of several.
        if (apart && !sink.take(lower(run), parserSplits(whole))) {
            return false;
        }
        int start = 0;
        for (int index = 1; index < run.length(); index++) {
            if (isHump(run, index)) {
                if (!sink.take(lower(run.substring(start, index)), false)) {
                    return false;
                }
                start = index;
            }
        }
        return start == 0 || sink.take(lower(run.substring(start)), false);
    }

    /// Whether PostgreSQL's parser yields the parts of this word. It splits at `_`, and gives the
    /// parts of a hyphenated word beside the whole; anything with a dot or a slash it may read as
    /// a host or a file, and digits behind a hyphen as a negative number.
    private static boolean parserSplits(String whole) {
        if (whole.isEmpty()) {
            return false;
        }
        boolean afterHyphen = false;
        for (int index = 0; index < whole.length(); index++) {
            char unit = whole.charAt(index);
            if (unit == '.' || unit == '/' || unit > 0x7f) {
                return false;
            }
            if (afterHyphen && unit >= '0' && unit <= '9') {
                return false;
            }
            afterHyphen = unit == '-';
        }
        return true;
    }

    /// `retry.py` of `src/retry.py`.
    private static boolean baseName(String word, Sink sink) {
        int slash = word.lastIndexOf('/');
        String name = word.substring(slash + 1);
        if (slash < 0 || name.indexOf('.') < 0 || name.length() > TERM_CHARS_MAX) {
            return true;
        }
        for (int index = 0; index < name.length(); index++) {
            if (isUnspaced(name.codePointAt(index))) {
                return true;
            }
        }
        return sink.take(lower(name), false);
    }

    private static boolean isHump(String run, int index) {
        char before = run.charAt(index - 1);
        char here = run.charAt(index);
        if (!Character.isUpperCase(here)) {
            return false;
        }
        if (!Character.isUpperCase(before)) {
            // `parseDate`, and `sha256Hash`, but not the `E` of `2E`.
            return Character.isLetter(before)
                    || (index + 1 < run.length() && Character.isLowerCase(run.charAt(index + 1)));
        }
        // `HTTPServer`: the last capital begins the next word.
        return index + 1 < run.length() && Character.isLowerCase(run.charAt(index + 1));
    }

    private static boolean isWordPart(int codePoint) {
        return Character.isLetterOrDigit(codePoint) || isMark(codePoint);
    }

    private static boolean isMark(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
    }

    /// A separator belongs to a word when a letter or digit follows it.
    private static boolean isJoint(String text, int codePoint, int next) {
        return codePoint < 0x80
                && isSeparator((char) codePoint)
                && next < text.length()
                && Character.isLetterOrDigit(text.codePointAt(next));
    }

    private static boolean isSeparator(char unit) {
        return unit == '_' || unit == '-' || unit == '.' || unit == '/';
    }

    /// Scripts that are written without spaces between words, and Hangul, whose words grow endings.
    private static boolean isUnspaced(int codePoint) {
        if (codePoint < 0x0e00) {
            return false;
        }
        if (codePoint == 0x30fc) {
            return true;
        }
        if (!Character.isLetter(codePoint) && !isMark(codePoint)) {
            return false;
        }
        return switch (Character.UnicodeScript.of(codePoint)) {
            case HAN, HIRAGANA, KATAKANA, HANGUL, BOPOMOFO, THAI, LAO, KHMER, MYANMAR -> true;
            default -> false;
        };
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(unit -> unit < 0x80);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static String withoutMarkFloods(String text) {
        var kept = new StringBuilder(text.length());
        int marks = 0;
        int index = 0;
        while (index < text.length()) {
            int codePoint = text.codePointAt(index);
            marks = isMark(codePoint) ? marks + 1 : 0;
            if (marks <= MARKS_MAX) {
                kept.appendCodePoint(codePoint);
            }
            index += Character.charCount(codePoint);
        }
        return kept.toString();
    }

    private static Set<String> words(String list) {
        return Set.copyOf(new LinkedHashSet<>(List.of(list.strip().split("\\s+", -1))));
    }
}
