package dev.mneme.mcp;

import java.util.regex.Pattern;

/// Shapes stored text for a line of its own.
final class Wording {

    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Cntrl}\\u2028\\u2029]+");

    private Wording() {}

    /// One line: a title that holds line breaks must not look like further rows.
    static String oneLine(String text) {
        return BLANKS.matcher(text).replaceAll(" ").strip();
    }

    /// At most `charsMax` characters, marked where something is missing, no character halved.
    static String cut(String text, int charsMax) {
        if (text.length() <= charsMax) {
            return text;
        }
        int end = charsMax - 1;
        if (Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
