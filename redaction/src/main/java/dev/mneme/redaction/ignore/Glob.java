package dev.mneme.redaction.ignore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One wildcard pattern as git's `wildmatch` reads it, matched without backtracking.
///
/// All texts here hold one byte of UTF-8 in each char, since git compares bytes: `?` is one byte,
/// and so is each member of a class.
final class Glob {

    private static final int CHARACTER = 0;
    private static final int ANY = 1;
    private static final int CLASS = 2;

    /// Anything but a slash, any number of times.
    private static final int STAR = 3;

    /// Anything at all, any number of times.
    private static final int STARS = 4;

    /// Nothing, or what the two steps behind this one match: `STARS` and a slash.
    private static final int MAYBE_FOLDERS = 5;

    private static final String SPECIAL = "*?[\\";

    private final String pattern;
    private final boolean pathname;
    private final boolean ignoreCase;

    /// How many characters at the beginning stand for themselves.
    private final int literal;

    private final int[] kinds;
    private final char[] characters;
    private final boolean[][] classes;
    private int steps;
    private boolean never;

    /// @param pathname whether wildcards stop at slashes, but for `**`
    Glob(String pattern, boolean pathname, boolean ignoreCase) {
        this.pattern = pattern;
        this.pathname = pathname;
        this.ignoreCase = ignoreCase;
        this.literal = simpleLength(pattern);
        // `**/` makes three steps of three characters.
        kinds = new int[pattern.length() - literal + 1];
        characters = new char[kinds.length];
        classes = new boolean[kinds.length][];
        compile(literal);
    }

    /// The UTF-8 bytes of a text, one in each char.
    static String bytes(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                return new String(utf8, StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }

    boolean beginsWithDot() {
        return pattern.startsWith(".");
    }

    static boolean isWild(String text) {
        return simpleLength(text) < text.length();
    }

    private static int simpleLength(String text) {
        int i = 0;
        while (i < text.length() && SPECIAL.indexOf(text.charAt(i)) < 0) {
            i++;
        }
        return i;
    }

    /// What a match of a text may cost at most, in steps.
    long cost(String text) {
        return 1 + literal + (long) steps * text.length();
    }

    boolean matches(String text) {
        if (text.length() < literal || !startsLike(text)) {
            return false;
        }
        if (literal == pattern.length()) {
            return text.length() == literal;
        }
        return !never && run(text);
    }

    private boolean startsLike(String text) {
        for (int i = 0; i < literal; i++) {
            if (folded(text.charAt(i)) != folded(pattern.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /// All places in the pattern that the text so far can lead to, at once.
    private boolean run(String text) {
        boolean[] now = new boolean[steps + 1];
        boolean[] next = new boolean[steps + 1];
        now[0] = true;
        skip(now);
        for (int at = literal; at < text.length(); at++) {
            char c = folded(text.charAt(at));
            Arrays.fill(next, false);
            boolean any = false;
            for (int step = 0; step < steps; step++) {
                if (now[step]) {
                    any |= advance(step, c, next);
                }
            }
            if (!any) {
                return false;
            }
            skip(next);
            boolean[] spare = now;
            now = next;
            next = spare;
        }
        return now[steps];
    }

    private boolean advance(int step, char c, boolean[] next) {
        boolean inside = c != '/' || !pathname;
        return switch (kinds[step]) {
            case STARS -> reach(next, step, true);
            case STAR -> reach(next, step, inside);
            case CHARACTER -> reach(next, step + 1, c == characters[step]);
            case ANY -> reach(next, step + 1, inside);
            case CLASS -> reach(next, step + 1, inside && classes[step][c]);
            default -> false;
        };
    }

    private static boolean reach(boolean[] states, int step, boolean reached) {
        states[step] |= reached;
        return reached;
    }

    /// Steps that may match nothing let the next one begin as well.
    private void skip(boolean[] states) {
        for (int step = 0; step < steps; step++) {
            if (!states[step]) {
                continue;
            }
            int kind = kinds[step];
            if (kind == STAR || kind == STARS) {
                states[step + 1] = true;
            } else if (kind == MAYBE_FOLDERS) {
                states[step + 1] = true;
                states[step + 3] = true;
            }
        }
    }

    private void compile(int start) {
        int i = start;
        while (i < pattern.length() && !never) {
            char c = pattern.charAt(i);
            if (c == '*') {
                i = compileStars(start, i);
            } else if (c == '?') {
                add(ANY, '?');
                i++;
            } else if (c == '[') {
                i = compileClass(i + 1);
            } else if (c == '\\') {
                if (i + 1 == pattern.length()) {
                    never = true;
                } else {
                    // Not folded, as in git.
                    add(CHARACTER, pattern.charAt(i + 1));
                }
                i += 2;
            } else {
                add(CHARACTER, folded(c));
                i++;
            }
        }
    }

    /// Two stars are more than one only between slashes. The start counts as a slash, and it is
    /// the start of what follows the literal part: git compares that first and cuts it off.
    private int compileStars(int start, int first) {
        int end = first;
        while (end < pattern.length() && pattern.charAt(end) == '*') {
            end++;
        }
        boolean last = end == pattern.length();
        boolean slash = !last && pattern.charAt(end) == '/';
        boolean escapedSlash = pattern.startsWith("\\/", end);
        boolean begins = first == start || pattern.charAt(first - 1) == '/';
        if (end - first == 1 || !pathname || !begins || !(last || slash || escapedSlash)) {
            add(end - first > 1 && !pathname ? STARS : STAR, '*');
            return end;
        }
        if (!slash) {
            add(STARS, '*');
            return end;
        }
        add(MAYBE_FOLDERS, '*');
        add(STARS, '*');
        add(CHARACTER, '/');
        return end + 1;
    }

    private int compileClass(int start) {
        boolean[] members = new boolean[256];
        int i = start;
        boolean negated = at(i) == '!' || at(i) == '^';
        if (negated) {
            i++;
        }
        char previous = 0;
        do {
            char c = at(i);
            if (c == 0) {
                return fail();
            }
            if (c == '\\') {
                i++;
                c = at(i);
                if (c == 0) {
                    return fail();
                }
                members[c] = true;
            } else if (c == '-' && previous != 0 && at(i + 1) != 0 && at(i + 1) != ']') {
                i++;
                c = at(i);
                if (c == '\\') {
                    i++;
                    c = at(i);
                    if (c == 0) {
                        return fail();
                    }
                }
                addRange(members, previous, c);
                c = 0;
            } else if (c == '[' && at(i + 1) == ':') {
                int close = pattern.indexOf(']', i + 2);
                if (close < 0) {
                    return fail();
                }
                if (close > i + 2 && pattern.charAt(close - 1) == ':') {
                    if (!addNamed(members, pattern.substring(i + 2, close - 1))) {
                        return fail();
                    }
                    i = close;
                    c = 0;
                } else {
                    members['['] = true;
                }
            } else {
                members[c] = true;
            }
            previous = c;
            i++;
        } while (at(i) != ']');
        if (negated) {
            for (int c = 0; c < members.length; c++) {
                members[c] = !members[c];
            }
        }
        classes[steps] = members;
        add(CLASS, '[');
        return i + 1;
    }

    private char at(int index) {
        return index < pattern.length() ? pattern.charAt(index) : 0;
    }

    /// Such a pattern matches nothing, as in git.
    private int fail() {
        never = true;
        return pattern.length();
    }

    /// The text is folded to small letters; a range of capitals still means them.
    private void addRange(boolean[] members, char from, char to) {
        for (int c = from; c <= to; c++) {
            members[c] = true;
            if (ignoreCase && c >= 'A' && c <= 'Z') {
                members[c + 'a' - 'A'] = true;
            }
        }
    }

    private boolean addNamed(boolean[] members, String name) {
        if (!Arrays.asList(
                        "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print",
                        "punct", "space", "upper", "xdigit")
                .contains(name)) {
            return false;
        }
        for (char c = 0; c < 128; c++) {
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            boolean digit = c >= '0' && c <= '9';
            boolean graph = c > ' ' && c < 127;
            boolean member =
                    switch (name) {
                        case "alnum" -> letter || digit;
                        case "alpha" -> letter;
                        case "blank" -> c == ' ' || c == '\t';
                        case "cntrl" -> c < ' ' || c == 127;
                        case "digit" -> digit;
                        case "graph" -> graph;
                        case "lower" -> c >= 'a' && c <= 'z';
                        case "print" -> graph || c == ' ';
                        case "punct" -> graph && !letter && !digit;
                        case "space" -> c == ' ' || (c >= '\t' && c <= '\r');
                        case "upper" ->
                                (c >= 'A' && c <= 'Z') || (ignoreCase && c >= 'a' && c <= 'z');
                        default -> digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
                    };
            members[c] |= member;
        }
        return true;
    }

    private void add(int kind, char character) {
        kinds[steps] = kind;
        characters[steps] = character;
        steps++;
    }

    private char folded(char c) {
        return ignoreCase && c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
    }
}
