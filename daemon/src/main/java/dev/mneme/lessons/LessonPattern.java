package dev.mneme.lessons;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

import dev.mneme.protocol.Limits;

import java.util.ArrayDeque;

/// A pattern that somebody wrote, looked for in a call's input.
///
/// The syntax is RE2's: what it knows can be matched in time proportional to the text, so it has no
/// back references and no lookaround. Letters of either case match each other, and `^` and `$` are
/// the borders of a line.
///
/// What matching costs is the size of the compiled program times the length of the text, so both
/// are bounded. A repetition is compiled as often as it counts, nested ones multiply: these are
/// bounded before the pattern is compiled.
public final class LessonPattern {

    /// Instructions of the compiled program, about one for each letter, class or sign.
    static final int STEPS_MAX = 500;

    /// How often counted repetitions may repeat what is in them, nested ones multiplied.
    static final int REPEATS_MAX = 256;

    private final String text;
    private final Pattern compiled;

    private LessonPattern(String text, Pattern compiled) {
        this.text = text;
        this.compiled = compiled;
    }

    /// A pattern that cannot be used; the message says why, in words that fit behind “the pattern”.
    public static final class Unusable extends Exception {

        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    public static LessonPattern of(String text) throws Unusable {
        if (text.length() > Limits.LESSON_PATTERN_CHARS_MAX) {
            throw new Unusable("has more than " + Limits.LESSON_PATTERN_CHARS_MAX + " characters");
        }
        if (new Repetitions(text).most() > REPEATS_MAX) {
            throw new Unusable("repeats more than " + REPEATS_MAX + " times");
        }
        Pattern compiled;
        try {
            compiled = Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
        } catch (PatternSyntaxException malformed) {
            throw new Unusable("cannot be read: " + malformed.getDescription());
        }
        if (compiled.programSize() > STEPS_MAX) {
            throw new Unusable("is too large once its repetitions are written out");
        }
        if (compiled.matcher("").find()) {
            throw new Unusable("matches an empty text, and so every call");
        }
        return new LessonPattern(text, compiled);
    }

    public String text() {
        return text;
    }

    public boolean isIn(String input) {
        Matcher matcher = compiled.matcher(input);
        return matcher.find();
    }

    /// How often a pattern repeats any part of itself at most, read from left to right: what a
    /// group repeats inside is multiplied by how often the group is.
    private static final class Repetitions {

        private final String text;
        private int at;

        Repetitions(String text) {
            this.text = text;
        }

        long most() {
            var around = new ArrayDeque<Long>();
            long most = 1;
            while (at < text.length()) {
                char c = text.charAt(at);
                at++;
                long inside = 1;
                switch (c) {
                    case '(' -> {
                        around.push(most);
                        most = 1;
                        continue;
                    }
                    case ')' -> {
                        inside = most;
                        most = around.isEmpty() ? 1 : around.pop();
                    }
                    case '\\' -> skipEscaped();
                    case '[' -> skipClass();
                    default -> {}
                }
                most = Math.max(most, Math.min(inside * count(), Integer.MAX_VALUE));
            }
            return most;
        }

        /// A sign, or all that stands between `\Q` and `\E`.
        private void skipEscaped() {
            if (text.startsWith("Q", at)) {
                int end = text.indexOf("\\E", at);
                at = end < 0 ? text.length() : end + 2;
            } else {
                at++;
            }
        }

        /// A `]` right at its beginning belongs to a class, and so does one behind a backslash or
        /// in a named class within it.
        private void skipClass() {
            if (text.startsWith("^", at)) {
                at++;
            }
            if (text.startsWith("]", at)) {
                at++;
            }
            while (at < text.length() && text.charAt(at) != ']') {
                int named = text.startsWith("[:", at) ? text.indexOf(":]", at) : -1;
                if (named >= 0) {
                    at = named + 2;
                } else {
                    at += text.charAt(at) == '\\' ? 2 : 1;
                }
            }
            at++;
        }

        /// The larger number of `{n}`, `{n,}` or `{n,m}` if one follows, else 1.
        private long count() {
            if (!text.startsWith("{", at)) {
                return 1;
            }
            long largest = 1;
            long number = 0;
            for (int i = at + 1; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c >= '0' && c <= '9') {
                    number = Math.min(number * 10 + (c - '0'), Integer.MAX_VALUE);
                    largest = Math.max(largest, number);
                } else if (c == ',') {
                    number = 0;
                } else {
                    break;
                }
            }
            return largest;
        }
    }
}
