package dev.mneme.redaction.ignore;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Takes out of a tool's output the lines that come from ignored files.
///
/// Those are lines that begin with an ignored path and a colon or are one (`grep`, `rg`, `ls`,
/// `find`), the hits below such a heading, the section of such a file in a diff, and what `head`
/// prints below a line with its name.
final class IgnoredText {

    /// Takes the place of one or more lines.
    static final String MARK = "[ignored path]";

    /// Nothing longer is the name of a file, nor are two of them.
    private static final int NAME_CHARS_MAX = 8_192;

    private enum Section {
        NONE,
        DIFF,
        HEADED,
        HITS
    }

    private final IgnoreScope scope;
    private final List<String> folders;
    private Section section = Section.NONE;
    private boolean marked;

    IgnoredText(IgnoreScope scope, List<String> folders) {
        this.scope = scope;
        this.folders = folders;
    }

    /// Null where nothing is taken out.
    @Nullable String filterOrNull(String text) {
        StringBuilder kept = null;
        section = Section.NONE;
        marked = false;
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            int next = end < 0 ? text.length() : end + 1;
            String line = text.substring(start, end < 0 ? text.length() : end);
            if (isIgnored(line)) {
                if (kept == null) {
                    kept = new StringBuilder(text.length()).append(text, 0, start);
                }
                if (!marked) {
                    kept.append(MARK).append('\n');
                    marked = true;
                }
            } else {
                marked = false;
                if (kept != null) {
                    kept.append(text, start, next);
                }
            }
            start = next;
        }
        return kept == null ? null : kept.toString();
    }

    private boolean isIgnored(String written) {
        String line = plain(written);
        if (line.startsWith("diff --git ") || line.startsWith("diff --cc ")) {
            section = namesIgnoredInDiff(line) ? Section.DIFF : Section.NONE;
            return section == Section.DIFF;
        }
        if (line.startsWith("==> ") && line.endsWith(" <==")) {
            boolean ignored = isPath(line.substring(4, line.length() - 4));
            section = ignored ? Section.HEADED : Section.NONE;
            return ignored;
        }
        if (line.startsWith("File: ")) {
            section = isPath(line.substring(6).strip()) ? Section.HITS : Section.NONE;
            return section == Section.HITS;
        }
        if (line.startsWith("--- ") && line.endsWith(" ---") && line.length() > 8) {
            boolean ignored = isPath(line.substring(4, line.length() - 4).strip());
            section = ignored ? Section.HEADED : Section.NONE;
            return ignored;
        }
        if (line.startsWith("--- ") || line.startsWith("+++ ")) {
            if (section == Section.DIFF || isPath(side(line.substring(4)))) {
                section = Section.DIFF;
                return true;
            }
            return false;
        }
        boolean goesOn =
                switch (section) {
                    case DIFF -> isOfDiff(line);
                    case HEADED -> true;
                    case HITS -> isHit(line);
                    case NONE -> false;
                };
        if (goesOn) {
            return true;
        }
        section = Section.NONE;
        String stripped = line.strip();
        if (stripped.isEmpty()) {
            return false;
        }
        if (isPath(stripped)) {
            section = Section.HITS;
            return true;
        }
        return beginsWithPath(line) || isStatus(stripped);
    }

    private boolean beginsWithPath(String line) {
        // The colon behind the letter of a drive is not the one that is meant.
        int from = line.length() > 2 && line.charAt(1) == ':' ? 2 : 0;
        int colon = line.indexOf(':', from);
        if (colon > 0 && isPath(line.substring(0, colon).strip())) {
            return true;
        }
        return beginsLikeContext(line);
    }

    /// `file-12-text`, as grep shows the lines around a hit.
    private boolean beginsLikeContext(String line) {
        int dash = line.indexOf('-', 1);
        while (dash > 0 && dash < NAME_CHARS_MAX) {
            int digits = dash + 1;
            while (digits < line.length() && isDigit(line.charAt(digits))) {
                digits++;
            }
            boolean numbered =
                    digits > dash + 1 && digits < line.length() && line.charAt(digits) == '-';
            if (numbered && isPath(line.substring(0, dash))) {
                return true;
            }
            dash = line.indexOf('-', dash + 1);
            if (scope.isOverworked()) {
                return true;
            }
        }
        return false;
    }

    /// `?? file` and ` M file` of `git status`, `A<tab>file` of `git diff --name-status`.
    private boolean isStatus(String line) {
        int blank = 0;
        while (blank < line.length() && blank < 3 && line.charAt(blank) > ' ') {
            blank++;
        }
        boolean status = blank > 0 && blank < 3 && blank < line.length();
        return status && isPath(line.substring(blank).strip());
    }

    /// `diff --git a/old b/new`: both names, each without its first letter; quoted where they hold
    /// odd letters.
    private boolean namesIgnoredInDiff(String line) {
        int start = line.indexOf(' ', "diff --".length()) + 1;
        String names = line.substring(start, Math.min(line.length(), start + NAME_CHARS_MAX));
        if (isPath(names)) {
            return true;
        }
        for (int blank = names.indexOf(' '); blank >= 0; blank = names.indexOf(' ', blank + 1)) {
            if (isPath(side(names.substring(0, blank)))
                    || isPath(side(names.substring(blank + 1)))) {
                return true;
            }
        }
        return false;
    }

    private static String side(String name) {
        String bare = unquoted(name.strip());
        int tab = bare.indexOf('\t');
        if (tab >= 0) {
            bare = bare.substring(0, tab);
        }
        boolean prefixed = bare.length() > 2 && bare.charAt(1) == '/' && isLetter(bare.charAt(0));
        return prefixed ? bare.substring(2) : bare;
    }

    private static boolean isOfDiff(String line) {
        if (line.isEmpty()) {
            return true;
        }
        char first = line.charAt(0);
        return first == ' '
                || first == '+'
                || first == '-'
                || first == '@'
                || first == '\\'
                || line.startsWith("index ")
                || line.startsWith("new file")
                || line.startsWith("deleted file")
                || line.startsWith("old mode")
                || line.startsWith("new mode")
                || line.startsWith("similarity ")
                || line.startsWith("dissimilarity ")
                || line.startsWith("rename ")
                || line.startsWith("copy ")
                || line.startsWith("GIT binary")
                || line.startsWith("literal ")
                || line.startsWith("delta ")
                || line.startsWith("Binary files");
    }

    /// `12:text` or `12-text`, and `--` between groups; `L12: text` and `│text` of other hosts.
    private static boolean isHit(String line) {
        if (line.equals("--") || line.startsWith("\u2502")) {
            return true;
        }
        int first = line.startsWith("L") ? 1 : 0;
        int digits = first;
        while (digits < line.length() && isDigit(line.charAt(digits))) {
            digits++;
        }
        return digits > first
                && digits < line.length()
                && (line.charAt(digits) == ':' || line.charAt(digits) == '-');
    }

    private boolean isPath(String written) {
        String name = unquoted(written);
        if (name.isEmpty()) {
            return false;
        }
        for (String folder : folders) {
            String path = scope.absoluteOrNull(name, folder);
            if (path != null && scope.isIgnoredMention(path, name.endsWith("/"))) {
                return true;
            }
        }
        return false;
    }

    private static String unquoted(String name) {
        boolean quoted = name.length() > 1 && name.startsWith("\"") && name.endsWith("\"");
        return quoted ? name.substring(1, name.length() - 1) : name;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /// Without a carriage return at the end and without colours.
    private static String plain(String line) {
        String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        int escape = text.indexOf('\u001b');
        if (escape < 0) {
            return text;
        }
        StringBuilder plain = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '\u001b' && i + 1 < text.length() && text.charAt(i + 1) == '[') {
                i += 2;
                while (i < text.length() && !isLetter(text.charAt(i))) {
                    i++;
                }
            } else {
                plain.append(c);
            }
            i++;
        }
        return plain.toString();
    }
}
