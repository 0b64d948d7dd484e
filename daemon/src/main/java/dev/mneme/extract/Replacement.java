package dev.mneme.extract;

/// Two lines taken apart into what they share and what differs, at the borders of words.
record Replacement(String prefix, String before, String after, String suffix) {

    /// Versions, numbers and dotted names stay in one piece.
    static Replacement ofWords(String old, String fresh) {
        return of(old, fresh, true);
    }

    /// Only the identifier that differs, as in `b` of `a.b`.
    static Replacement ofIdentifiers(String old, String fresh) {
        return of(old, fresh, false);
    }

    private static Replacement of(String old, String fresh, boolean dotted) {
        int shorter = Math.min(old.length(), fresh.length());
        int start = 0;
        while (start < shorter && old.charAt(start) == fresh.charAt(start)) {
            start++;
        }
        int tail = 0;
        while (tail < shorter - start
                && old.charAt(old.length() - 1 - tail) == fresh.charAt(fresh.length() - 1 - tail)) {
            tail++;
        }
        while (start > 0
                && isWord(old.charAt(start - 1), dotted)
                && touches(old, fresh, start, dotted)) {
            start--;
        }
        while (tail > 0
                && isWord(old.charAt(old.length() - tail), dotted)
                && touchesEnd(old, fresh, tail, dotted)) {
            tail--;
        }
        return new Replacement(
                old.substring(0, start),
                old.substring(start, old.length() - tail),
                fresh.substring(start, fresh.length() - tail),
                old.substring(old.length() - tail));
    }

    private static boolean touches(String old, String fresh, int at, boolean dotted) {
        return (at < old.length() && isWord(old.charAt(at), dotted))
                || (at < fresh.length() && isWord(fresh.charAt(at), dotted))
                || isWord(old.charAt(at - 1), dotted);
    }

    private static boolean touchesEnd(String old, String fresh, int tail, boolean dotted) {
        int oldBefore = old.length() - tail - 1;
        int freshBefore = fresh.length() - tail - 1;
        return (oldBefore >= 0 && isWord(old.charAt(oldBefore), dotted))
                || (freshBefore >= 0 && isWord(fresh.charAt(freshBefore), dotted))
                || isWord(old.charAt(old.length() - tail), dotted);
    }

    private static boolean isWord(char unit, boolean dotted) {
        return Character.isLetterOrDigit(unit)
                || unit == '_'
                || unit == '$'
                || (dotted && (unit == '.' || unit == '-'))
                || Character.isSurrogate(unit);
    }
}
