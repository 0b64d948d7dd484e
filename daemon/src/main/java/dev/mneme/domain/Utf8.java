package dev.mneme.domain;

/// Text measured and cut in bytes of UTF-8, never inside a character.
public final class Utf8 {

    private Utf8() {}

    public static int bytes(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            bytes += bytesAt(text, i);
        }
        return bytes;
    }

    /// The longest start of the text that has at most `bytesMax` bytes.
    public static String head(String text, int bytesMax) {
        if (text.length() * 3L <= bytesMax) {
            return text;
        }
        int bytes = 0;
        int end = 0;
        while (end < text.length()) {
            int width = isPair(text, end) ? 2 : 1;
            int more = width == 2 ? 4 : bytesAt(text, end);
            if (bytes + more > bytesMax) {
                return text.substring(0, end);
            }
            bytes += more;
            end += width;
        }
        return text;
    }

    /// The longest end of the text that has at most `bytesMax` bytes.
    public static String tail(String text, int bytesMax) {
        int bytes = 0;
        int start = text.length();
        while (start > 0) {
            int width = start > 1 && isPair(text, start - 2) ? 2 : 1;
            int more = width == 2 ? 4 : bytesAt(text, start - 1);
            if (bytes + more > bytesMax) {
                break;
            }
            bytes += more;
            start -= width;
        }
        return text.substring(start);
    }

    private static boolean isPair(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
    }

    /// Half of the four bytes of a pair for each of its two halves.
    private static int bytesAt(String text, int at) {
        char letter = text.charAt(at);
        if (letter < 0x80) {
            return 1;
        }
        return letter < 0x800 || Character.isSurrogate(letter) ? 2 : 3;
    }
}
