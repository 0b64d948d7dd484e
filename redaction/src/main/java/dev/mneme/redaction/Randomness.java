package dev.mneme.redaction;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Tells characters drawn at random from words, and tokens that prove themselves by a checksum.
final class Randomness {

    /// Above this length nothing is doubted, which keeps time linear.
    private static final int CHARS_MAX = 256;

    /// Shannon entropy that random hex of 32 characters practically never falls below.
    private static final double BITS_PER_CHAR_MIN = 3.0;

    private static final double LN_2 = Math.log(2);
    private static final int ASCII = 128;

    /// A value known only by a name such as `..._key` is at least this long.
    private static final int VALUE_CHARS_MIN = 20;

    /// And at most this long, which bounds how far it is read.
    static final int VALUE_CHARS_MAX = 256;

    private static final int UUID_CHARS = 36;

    private static final int CHECKSUM_CHARS = 6;
    private static final String BASE62 =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private Randomness() {}

    /// A long match is never turned down: the text would be read again from its next anchor.
    static boolean isLikely(String text, int start, int end) {
        if (end - start > CHARS_MAX) {
            return true;
        }
        return !SecretValues.isPlaceholder(text, start, end)
                && !isUuid(text, start, end)
                && isMixed(text, start, end)
                && bitsPerChar(text, start, end) >= BITS_PER_CHAR_MIN;
    }

    /// Long, random, and nothing but the characters that keys are made of.
    static boolean isLikelyValue(String text, int start, int end) {
        if (end - start < VALUE_CHARS_MIN || end - start > VALUE_CHARS_MAX) {
            return false;
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && "-_+/=.~%".indexOf(c) < 0) {
                return false;
            }
        }
        return hasDigit(text, start, end) && isLikely(text, start, end);
    }

    /// `<prefix>_<entropy><CRC32 of the entropy in six base62 digits>`.
    static boolean hasChecksum(String text, int start, int end) {
        int body = text.indexOf('_', start) + 1;
        int checksum = end - CHECKSUM_CHARS;
        if (body <= start || body >= checksum) {
            return false;
        }
        CRC32 crc = new CRC32();
        crc.update(text.substring(body, checksum).getBytes(StandardCharsets.UTF_8));
        long stated = 0;
        for (int i = checksum; i < end; i++) {
            int digit = BASE62.indexOf(text.charAt(i));
            if (digit < 0) {
                return false;
            }
            stated = stated * BASE62.length() + digit;
        }
        return stated == crc.getValue();
    }

    /// Two of lower case, upper case, digits.
    private static boolean isMixed(String text, int start, int end) {
        boolean lower = false;
        boolean upper = false;
        boolean digit = false;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            lower |= c >= 'a' && c <= 'z';
            upper |= c >= 'A' && c <= 'Z';
            digit |= c >= '0' && c <= '9';
        }
        return lower ? upper || digit : upper && digit;
    }

    static double bitsPerChar(String text, int start, int end) {
        int length = end - start;
        int[] counts = new int[ASCII];
        for (int i = start; i < start + length; i++) {
            counts[text.charAt(i) & (ASCII - 1)]++;
        }
        double bits = 0;
        for (int count : counts) {
            if (count > 0) {
                double share = (double) count / length;
                bits -= share * Math.log(share) / LN_2;
            }
        }
        return bits;
    }

    private static boolean isUuid(String text, int start, int end) {
        if (end - start != UUID_CHARS) {
            return false;
        }
        for (int i = 0; i < UUID_CHARS; i++) {
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash != (text.charAt(start + i) == '-')) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasDigit(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                return true;
            }
        }
        return false;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
