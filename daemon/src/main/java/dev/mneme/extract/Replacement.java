package dev.mneme.extract;

/// Two lines taken apart into what they share and what differs, at the borders of words.
record Replacement(String prefix, String before, String after, String suffix) {

    static Replacement ofWords(String old, String fresh) {
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
        while (start > 0 && isWord(old.charAt(start - 1)) && touches(old, fresh, start)) {
            start--;
        }
        while (tail > 0
                && isWord(old.charAt(old.length() - tail))
                && touchesEnd(old, fresh, tail)) {
            tail--;
        }
        return new Replacement(
                old.substring(0, start),
                old.substring(start, old.length() - tail),
                fresh.substring(start, fresh.length() - tail),
                old.substring(old.length() - tail));
    }

    private static boolean touches(String old, String fresh, int at) {
        return (at < old.length() && isWord(old.charAt(at)))
                || (at < fresh.length() && isWord(fresh.charAt(at)))
                || isWord(old.charAt(at - 1));
    }

    private static boolean touchesEnd(String old, String fresh, int tail) {
        int oldBefore = old.length() - tail - 1;
        int freshBefore = fresh.length() - tail - 1;
        return (oldBefore >= 0 && isWord(old.charAt(oldBefore)))
                || (freshBefore >= 0 && isWord(fresh.charAt(freshBefore)))
                || isWord(old.charAt(old.length() - tail));
    }

    /// Versions, numbers and identifiers stay in one piece.
    private static boolean isWord(char unit) {
        return Character.isLetterOrDigit(unit)
                || unit == '_'
                || unit == '$'
                || unit == '.'
                || unit == '-'
                || Character.isSurrogate(unit);
    }
}
