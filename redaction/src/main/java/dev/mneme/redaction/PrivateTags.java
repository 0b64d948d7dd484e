package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

/// Cuts `<private>…</private>` out of a text.
///
/// A tag may be written in any case, with blanks and attributes, and with its brackets escaped the
/// way HTML, URLs or JSON inside JSON do it. Tags nest. Where in doubt the passage is hidden: an
/// opening tag without an end hides the rest, a closing tag without a beginning is removed.
final class PrivateTags {

    private static final String NAME = "private";

    /// How far the `>` of an opening tag may be from its name; beyond, the tag ends at its name.
    private static final int ATTRIBUTE_CHARS_MAX = 256;

    /// Backslashes before an escape: text in JSON in JSON in JSON.
    private static final int BACKSLASHES_MAX = 8;

    private static final String[] OPEN_BRACKETS = {"<", "&lt;", "&#60;", "&#x3c;", "u003c", "%3c"};
    private static final String[] CLOSE_BRACKETS = {
        ">", "&gt;", "&#62;", "&#x3e;", "\\u003e", "%3e"
    };

    private final String text;

    /// What `readTag` found.
    private int tagEnd;

    private boolean closing;
    private boolean selfClosed;

    private PrivateTags(String text) {
        this.text = text;
    }

    /// The text without its private passages, or null when it has none.
    static @Nullable String cutOrNull(String text) {
        if (!mayHoldTag(text)) {
            return null;
        }
        return new PrivateTags(text).cut();
    }

    private static boolean mayHoldTag(String text) {
        int last = text.length() - NAME.length();
        for (int i = 1; i <= last; i++) {
            char c = text.charAt(i);
            if ((c == 'p' || c == 'P') && text.regionMatches(true, i, NAME, 0, NAME.length())) {
                return true;
            }
        }
        return false;
    }

    private @Nullable String cut() {
        StringBuilder out = null;
        int copied = 0;
        int open = 0;
        int i = 0;
        int length = text.length();
        while (i < length) {
            char c = text.charAt(i);
            boolean bracket = c == '<' || c == '&' || c == '\\' || c == '%';
            if (!bracket || !readTag(i)) {
                i++;
                continue;
            }
            if (out == null) {
                out = new StringBuilder(length);
            }
            if (open == 0) {
                out.append(text, copied, i);
                if (!closing) {
                    out.append(Redactor.PRIVATE_MARK);
                }
            }
            if (closing) {
                open = Math.max(0, open - 1);
            } else if (!selfClosed) {
                open++;
            }
            i = tagEnd;
            copied = i;
        }
        if (out == null) {
            return null;
        }
        if (open == 0) {
            out.append(text, copied, length);
        }
        return out.toString();
    }

    private boolean readTag(int start) {
        int i = openBracket(start);
        if (i < 0) {
            return false;
        }
        i = skipBlanks(i);
        closing = at(i) == '/' || (at(i) == '\\' && at(i + 1) == '/');
        if (closing) {
            i = skipBlanks(i + (at(i) == '/' ? 1 : 2));
        }
        if (!text.regionMatches(true, i, NAME, 0, NAME.length())) {
            return false;
        }
        i += NAME.length();
        return readTagEnd(i);
    }

    /// Behind the name: a bracket, a blank, a slash or the end of the text; `<privateKey>` is none
    /// of ours.
    private boolean readTagEnd(int afterName) {
        selfClosed = false;
        int bracket = closeBracket(afterName);
        if (bracket >= 0) {
            tagEnd = bracket;
            return true;
        }
        char next = at(afterName);
        boolean ends = afterName >= text.length() || isBlank(next) || next == '/' || next == '\\';
        if (!ends) {
            return false;
        }
        tagEnd = afterName;
        int limit = Math.min(text.length(), afterName + ATTRIBUTE_CHARS_MAX);
        for (int i = afterName; i < limit; i++) {
            char c = text.charAt(i);
            if (c == '<') {
                return true;
            }
            bracket = c == '>' || c == '&' || c == '\\' || c == '%' ? closeBracket(i) : -1;
            if (bracket >= 0) {
                selfClosed = !closing && text.charAt(i - 1) == '/';
                tagEnd = bracket;
                return true;
            }
            if ((c == '&' || c == '\\' || c == '%') && openBracket(i) >= 0) {
                return true;
            }
        }
        return true;
    }

    private int openBracket(int start) {
        int i = start;
        if (at(i) == '\\') {
            while (at(i) == '\\' && i - start < BACKSLASHES_MAX) {
                i++;
            }
            return at(i) == 'u' ? afterAny(OPEN_BRACKETS, i) : -1;
        }
        return at(i) == 'u' ? -1 : afterAny(OPEN_BRACKETS, i);
    }

    private int closeBracket(int start) {
        int i = start;
        while (at(i) == '\\' && at(i + 1) == '\\' && i - start < BACKSLASHES_MAX) {
            i++;
        }
        return afterAny(CLOSE_BRACKETS, i);
    }

    private int afterAny(String[] spellings, int start) {
        for (String spelling : spellings) {
            if (text.regionMatches(true, start, spelling, 0, spelling.length())) {
                return start + spelling.length();
            }
        }
        return -1;
    }

    /// Blanks, also as the escapes `\n`, `\t` of a string inside a string.
    private int skipBlanks(int start) {
        int i = start;
        while (isBlank(at(i)) && i < text.length()) {
            i++;
        }
        return i;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == '\u00A0';
    }

    private char at(int index) {
        return index < text.length() ? text.charAt(index) : '\0';
    }
}
