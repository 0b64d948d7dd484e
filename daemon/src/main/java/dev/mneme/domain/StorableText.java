package dev.mneme.domain;

/// Text as PostgreSQL can store it: NUL and lone surrogates, which `text` cannot hold, become
/// U+FFFD.
public final class StorableText {

    private static final char REPLACEMENT = '\uFFFD';

    private StorableText() {}

    public static String of(String text) {
        StringBuilder mended = null;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            boolean pair =
                    Character.isHighSurrogate(letter)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
            boolean bad = letter == 0 || (Character.isSurrogate(letter) && !pair);
            if (bad && mended == null) {
                mended = new StringBuilder(text.length()).append(text, 0, i);
            }
            if (mended != null) {
                mended.append(bad ? REPLACEMENT : letter);
            }
            if (pair) {
                i++;
                if (mended != null) {
                    mended.append(text.charAt(i));
                }
            }
        }
        return mended == null ? text : mended.toString();
    }
}
