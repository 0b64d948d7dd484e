package dev.mneme.extract;

import java.util.ArrayList;
import java.util.List;

/// How much of anything an observation holds and a rule looks at, and the cutting.
final class Bounds {

    static final int TITLE_CHARS_MAX = 120;
    static final int SUBTITLE_CHARS_MAX = 200;
    static final int NARRATIVE_CHARS_MAX = 4_000;
    static final int FACTS_MAX = 10;
    static final int FACT_CHARS_MAX = 300;
    static final int FILES_MAX = 50;
    static final int FILE_CHARS_MAX = 500;

    /// The part of the user's request that is repeated in a narrative.
    static final int REQUEST_CHARS_MAX = 300;

    /// The part of a command that is repeated in a narrative.
    static final int COMMAND_CHARS_MAX = 300;

    /// Code quoted inside a title.
    static final int QUOTE_CHARS_MAX = 48;

    /// Changed lines in a narrative, and the length of each.
    static final int DIFF_LINES_MAX = 40;

    static final int DIFF_LINE_CHARS_MAX = 160;

    /// Text that is scanned: the first and the last half of it when there is more.
    static final int SCAN_CHARS_MAX = 128 * 1024;

    /// A longer line is data, and patterns cost time on it.
    static final int SCAN_LINE_CHARS_MAX = 500;

    /// Lines that are scanned: the first and the last half of them when there are more.
    static final int SCAN_LINES_MAX = 4_000;

    private static final char ELLIPSIS = '…';

    private Bounds() {}

    /// Cuts at a word where one ends in the last third, never inside a character, and marks it.
    static String cut(String text, int charsMax) {
        String clean = text.strip();
        if (clean.length() <= charsMax) {
            return clean;
        }
        int end = charsMax - 1;
        int space = clean.lastIndexOf(' ', end);
        if (space > charsMax * 2 / 3) {
            end = space;
        } else if (Character.isHighSurrogate(clean.charAt(end - 1))) {
            end--;
        }
        return clean.substring(0, end).stripTrailing() + ELLIPSIS;
    }

    /// One line: whitespace and control characters become single spaces.
    static String oneLine(String text) {
        var line = new StringBuilder(Math.min(text.length(), SCAN_LINE_CHARS_MAX));
        boolean blank = true;
        for (int index = 0; index < text.length(); index++) {
            char unit = text.charAt(index);
            boolean space = Character.isWhitespace(unit) || Character.isISOControl(unit);
            if (!space) {
                line.append(unit);
            } else if (!blank) {
                line.append(' ');
            }
            blank = space;
        }
        return line.toString().strip();
    }

    /// The text as it may be scanned in bounded time.
    static String scanned(String text) {
        if (text.length() <= SCAN_CHARS_MAX) {
            return text;
        }
        int half = SCAN_CHARS_MAX / 2;
        return text.substring(0, half) + "\n" + text.substring(text.length() - half);
    }

    /// The lines of a bounded text, without colours and each bounded.
    static List<String> lines(String text) {
        var lines = new ArrayList<String>();
        for (String line : scanned(text).split("\r\n|\n|\r", -1)) {
            lines.add(
                    line.length() > SCAN_LINE_CHARS_MAX
                            ? line.substring(0, SCAN_LINE_CHARS_MAX)
                            : line);
        }
        if (lines.size() > SCAN_LINES_MAX) {
            lines.subList(SCAN_LINES_MAX / 2, lines.size() - SCAN_LINES_MAX / 2).clear();
        }
        return lines;
    }

    /// A short code quotation for a title.
    static String quote(String code) {
        return '`' + cut(oneLine(code).replace('`', '\''), QUOTE_CHARS_MAX) + '`';
    }
}
