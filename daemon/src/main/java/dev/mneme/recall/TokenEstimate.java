package dev.mneme.recall;

/// About how many tokens a text costs a model, without asking its tokenizer: four letters of ASCII
/// to the token, one of any other script. On prose and paths in English it says a little too much,
/// so that a budget holds.
public final class TokenEstimate {

    private static final int ASCII_LETTERS_PER_TOKEN = 4;
    private static final int ASCII_END = 128;

    private TokenEstimate() {}

    public static int of(String text) {
        int ascii = 0;
        int other = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ASCII_END) {
                ascii++;
            } else {
                other++;
            }
        }
        return Math.ceilDiv(ascii, ASCII_LETTERS_PER_TOKEN) + other;
    }
}
