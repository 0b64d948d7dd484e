package dev.mneme.redaction.ignore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The patterns of one ignore file, in git's syntax.
final class IgnoreFile {

    /// A file larger than this ignores everything below its folder.
    static final int FILE_BYTES_MAX = 64 * 1024;

    /// And so does one with more patterns than this, or a longer one.
    static final int PATTERNS_MAX = 2_000;

    static final int PATTERN_BYTES_MAX = 512;

    /// What a file says of a path.
    enum Word {
        IGNORED,
        KEPT,
        NOTHING
    }

    /// Tells whether a path is a folder, when a pattern wants to know.
    interface Kind {
        boolean isFolder();
    }

    /// In place of a file that cannot be followed.
    static final IgnoreFile EVERYTHING = new IgnoreFile(List.of(), true);

    private record Line(
            Glob glob, boolean negative, boolean folderOnly, boolean nameOnly, boolean absolute) {}

    private final List<Line> lines;
    private final boolean everything;

    private IgnoreFile(List<Line> lines, boolean everything) {
        this.lines = lines;
        this.everything = everything;
    }

    static IgnoreFile parse(byte[] content, boolean ignoreCase) {
        if (content.length > FILE_BYTES_MAX) {
            return EVERYTHING;
        }
        String text = new String(content, StandardCharsets.ISO_8859_1);
        int start = text.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
        List<Line> lines = new ArrayList<>();
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                end = text.length();
            }
            String line = trimmed(text.substring(start, end));
            start = end + 1;
            if (line.isEmpty() || line.charAt(0) == '#') {
                continue;
            }
            if (lines.size() == PATTERNS_MAX || line.length() > PATTERN_BYTES_MAX) {
                return EVERYTHING;
            }
            lines.add(line(line, ignoreCase));
        }
        return new IgnoreFile(List.copyOf(lines), false);
    }

    boolean isEmpty() {
        return lines.isEmpty() && !everything;
    }

    boolean isEverything() {
        return everything;
    }

    /// @param path relative to the file's folder, without a slash at either end, as bytes
    Word match(String path, Kind kind, Work work) {
        if (everything) {
            return Word.IGNORED;
        }
        String name = path.substring(path.lastIndexOf('/') + 1);
        for (int i = lines.size() - 1; i >= 0; i--) {
            Word word = ask(lines.get(i), path, name, kind, work);
            if (word != Word.NOTHING) {
                return word;
            }
        }
        return Word.NOTHING;
    }

    /// Only the patterns that may be absolute paths: they begin with a slash and have another one
    /// before any wildcard. The path comes without its own first slash.
    Word matchAbsolute(String path, Kind kind, Work work) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).absolute()) {
                Word word = ask(lines.get(i), path, name, kind, work);
                if (word != Word.NOTHING) {
                    return word;
                }
            }
        }
        return Word.NOTHING;
    }

    private static Word ask(Line line, String path, String name, Kind kind, Work work) {
        String subject = line.nameOnly() ? name : path;
        work.spend(line.glob().cost(subject));
        if (!line.glob().matches(subject) || (line.folderOnly() && !kind.isFolder())) {
            return Word.NOTHING;
        }
        return line.negative() ? Word.KEPT : Word.IGNORED;
    }

    private static Line line(String text, boolean ignoreCase) {
        boolean negative = text.charAt(0) == '!';
        String pattern = negative ? text.substring(1) : text;
        boolean folderOnly = pattern.endsWith("/");
        if (folderOnly) {
            pattern = pattern.substring(0, pattern.length() - 1);
        }
        boolean nameOnly = pattern.indexOf('/') < 0;
        boolean rooted = pattern.startsWith("/");
        if (rooted) {
            pattern = pattern.substring(1);
        }
        // `/*` means everything in a repository, not everything on the machine.
        int second = pattern.indexOf('/');
        boolean absolute = rooted && second > 0 && !Glob.isWild(pattern.substring(0, second));
        Glob glob = new Glob(pattern, !nameOnly, ignoreCase);
        return new Line(glob, negative, folderOnly, nameOnly, absolute);
    }

    /// Without the carriage return, anything behind a NUL, and blanks at the end that no backslash
    /// protects.
    private static String trimmed(String line) {
        String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        int nul = text.indexOf('\0');
        if (nul >= 0) {
            text = text.substring(0, nul);
        }
        int blanks = -1;
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == ' ') {
                if (blanks < 0) {
                    blanks = i;
                }
            } else {
                blanks = -1;
                if (c == '\\') {
                    i++;
                    if (i == text.length()) {
                        return text;
                    }
                }
            }
            i++;
        }
        return blanks < 0 ? text : text.substring(0, blanks);
    }
}
