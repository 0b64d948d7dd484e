package dev.mneme.redaction.ignore;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Everything in a shell command that may be the name of a file.
///
/// This is no shell: it finds too much rather than too little. Quotes are taken off and looked
/// into, `--file=x`, `-fx`, `@x`, `a:b` and `{a,b}` are taken apart.
final class CommandWords {

    /// A longer command is not taken apart to its end.
    static final int COMMAND_CHARS_MAX = 128 * 1024;

    static final int WORDS_MAX = 4_096;

    /// Longer words are not taken apart.
    private static final int PART_CHARS_MAX = 8_192;

    private static final int NESTED_MAX = 3;
    private static final int BRACES_MAX = 64;

    private static final String BREAKS = " \t\r\n;|&<>()`";
    private static final String PIECE_BREAKS = BREAKS + "'\",[]{}$";

    private final boolean escapes;
    private final String home;
    private final String folder;
    private final Set<String> words = new LinkedHashSet<>();

    private CommandWords(boolean escapes, String home, String folder) {
        this.escapes = escapes;
        this.home = home;
        this.folder = folder;
    }

    /// @param escapes whether a backslash quotes the next character, as in POSIX shells
    static List<String> of(String command, boolean escapes, String home, String folder) {
        CommandWords found = new CommandWords(escapes, home, folder);
        found.read(command, 0);
        return new ArrayList<>(found.words);
    }

    static boolean isTooMuch(String command, List<String> words) {
        return command.length() > COMMAND_CHARS_MAX || words.size() >= WORDS_MAX;
    }

    private void read(String command, int depth) {
        int length = Math.min(command.length(), COMMAND_CHARS_MAX);
        StringBuilder word = new StringBuilder();
        boolean inside = false;
        char quote = 0;
        for (int i = 0; i < length; i++) {
            char c = command.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else if (escapes && quote == '"' && c == '\\' && i + 1 < length) {
                    i++;
                    word.append(command.charAt(i));
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                inside = true;
            } else if (escapes && c == '\\' && i + 1 < length) {
                i++;
                if (command.charAt(i) != '\n') {
                    word.append(command.charAt(i));
                    inside = true;
                }
            } else if (BREAKS.indexOf(c) >= 0) {
                end(word, inside, depth);
                inside = false;
            } else {
                word.append(c);
                inside = true;
            }
        }
        end(word, inside || quote != 0, depth);
    }

    private void end(StringBuilder word, boolean inside, int depth) {
        if (!inside) {
            return;
        }
        String text = word.toString();
        word.setLength(0);
        add(text);
        boolean composed = false;
        for (int i = 0; i < text.length() && !composed; i++) {
            composed = PIECE_BREAKS.indexOf(text.charAt(i)) >= 0;
        }
        if (composed) {
            pieces(text);
            if (depth < NESTED_MAX) {
                read(text, depth + 1);
            }
        }
    }

    private void pieces(String text) {
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || PIECE_BREAKS.indexOf(text.charAt(i)) >= 0) {
                if (i > start) {
                    add(text.substring(start, i));
                }
                start = i + 1;
            }
        }
    }

    private void add(String text) {
        if (words.size() >= WORDS_MAX || text.isEmpty()) {
            return;
        }
        List<String> expanded = new ArrayList<>();
        expandBraces(text, expanded);
        for (String one : expanded) {
            addParts(withFolders(one));
        }
    }

    private void addParts(String text) {
        if (text.contains("://") && !text.contains("file://")) {
            return;
        }
        put(text);
        if (text.length() > PART_CHARS_MAX) {
            return;
        }
        if (text.length() > 2 && text.charAt(0) == '-' && text.charAt(1) != '-') {
            put(text.substring(2));
        }
        int start = 0;
        boolean parted = false;
        for (int i = 0; i <= text.length(); i++) {
            boolean breaks = i < text.length() && (text.charAt(i) == '=' || text.charAt(i) == ':');
            parted |= breaks;
            if (breaks || i == text.length()) {
                if (parted && i > start) {
                    put(text.substring(start, i));
                    if (start > 0 && i < text.length()) {
                        put(text.substring(start));
                    }
                }
                start = i + 1;
            }
        }
    }

    private void put(String word) {
        String text = word;
        while (!text.isEmpty() && (text.charAt(0) == '@' || text.charAt(0) == '+')) {
            text = text.substring(1);
        }
        if (!text.isEmpty() && words.size() < WORDS_MAX) {
            words.add(text);
        }
    }

    private String withFolders(String text) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        return text.replace("${HOME}", home)
                .replace("${PWD}", folder)
                .replace("$HOME", home)
                .replace("$PWD", folder)
                .replace("$env:USERPROFILE", home);
    }

    private static void expandBraces(String text, List<String> expanded) {
        List<String> waiting = new ArrayList<>();
        waiting.add(text);
        for (int done = 0; done < waiting.size(); done++) {
            String one = waiting.get(done);
            int close = one.indexOf('}');
            int open = close < 0 ? -1 : one.lastIndexOf('{', close);
            if (open < 0
                    || (open > 0 && one.charAt(open - 1) == '$')
                    || one.substring(open, close).indexOf(',') < 0
                    || waiting.size() >= BRACES_MAX) {
                expanded.add(one);
                continue;
            }
            for (String choice : one.substring(open + 1, close).split(",", -1)) {
                waiting.add(one.substring(0, open) + choice + one.substring(close + 1));
            }
        }
    }
}
