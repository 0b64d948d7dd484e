package dev.mneme.redaction;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Pattern;

/// The index of the table of secrets by the first two characters of its anchors.
final class SecretRules {

    private static final List<SecretRule> TABLE = SecretTable.ROWS;

    /// An anchor and the place of its rule in the table.
    record Anchor(String text, int rule) {}

    private static final int ASCII = 128;
    private static final Anchor[] NO_ANCHORS = {};

    /// The anchors that two characters, lower or upper case, begin, in the order of the table: the
    /// one question asked of every character of every text.
    private static final Anchor[][] BY_PAIR = new Anchor[ASCII * ASCII][];

    private static final AtomicReferenceArray<Pattern> PATTERNS =
            new AtomicReferenceArray<>(TABLE.size());

    static {
        for (int rule = 0; rule < TABLE.size(); rule++) {
            for (String anchor : TABLE.get(rule).anchors()) {
                index(new Anchor(anchor, rule));
            }
        }
    }

    private SecretRules() {}

    static List<SecretRule> table() {
        return TABLE;
    }

    static boolean mayBegin(char first, char second) {
        return first < ASCII && second < ASCII && BY_PAIR[first * ASCII + second] != null;
    }

    /// The anchors that begin with two characters, in the order of the table.
    static Anchor[] anchorsFrom(char first, char second) {
        Anchor[] anchors = mayBegin(first, second) ? BY_PAIR[first * ASCII + second] : null;
        return anchors == null ? NO_ANCHORS : anchors;
    }

    /// Compiled when first needed: most texts need few of them, and a hook program has no time.
    static Pattern pattern(int rule) {
        Pattern pattern = PATTERNS.get(rule);
        if (pattern == null) {
            pattern = Pattern.compile(TABLE.get(rule).pattern());
            PATTERNS.set(rule, pattern);
        }
        return pattern;
    }

    private static void index(Anchor anchor) {
        char first = anchor.text().charAt(0);
        char upperFirst = Character.toUpperCase(first);
        if (anchor.text().length() == 1) {
            for (char second = 0; second < ASCII; second++) {
                add(first, second, anchor);
            }
            return;
        }
        char second = anchor.text().charAt(1);
        char upperSecond = Character.toUpperCase(second);
        add(first, second, anchor);
        if (upperSecond != second) {
            add(first, upperSecond, anchor);
        }
        if (upperFirst != first) {
            add(upperFirst, second, anchor);
            if (upperSecond != second) {
                add(upperFirst, upperSecond, anchor);
            }
        }
    }

    private static void add(char first, char second, Anchor anchor) {
        int pair = first * ASCII + second;
        Anchor[] before = BY_PAIR[pair];
        int length = before == null ? 0 : before.length;
        Anchor[] after = new Anchor[length + 1];
        if (before != null) {
            System.arraycopy(before, 0, after, 0, length);
        }
        after[length] = anchor;
        BY_PAIR[pair] = after;
    }
}
