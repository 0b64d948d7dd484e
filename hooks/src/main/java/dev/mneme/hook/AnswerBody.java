package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// Takes an HTTP/1.1 body out of what has arrived: by its length, by chunks, or by the end of the
/// connection.
final class AnswerBody {

    private static final byte[] NOTHING = {};

    private AnswerBody() {}

    /// The body, or null while it is not complete (or never will be).
    static byte @Nullable [] completeOrNull(
            String head, byte[] buffer, int start, int end, boolean ended) {
        String encoding = header(head, "transfer-encoding");
        if (encoding != null) {
            return encoding.equalsIgnoreCase("chunked") ? chunks(buffer, start, end) : null;
        }
        String length = header(head, "content-length");
        if (length == null) {
            return ended ? Arrays.copyOfRange(buffer, start, end) : null;
        }
        int expected = number(length, 10);
        if (expected < 0 || expected > end - start) {
            return null;
        }
        return Arrays.copyOfRange(buffer, start, start + expected);
    }

    private static @Nullable String header(String head, String name) {
        int line = head.indexOf("\r\n");
        while (line >= 0 && line + 2 < head.length()) {
            int start = line + 2;
            int next = head.indexOf("\r\n", start);
            int end = next < 0 ? head.length() : next;
            int colon = start + name.length();
            if (colon < end
                    && head.charAt(colon) == ':'
                    && head.regionMatches(true, start, name, 0, name.length())) {
                return head.substring(colon + 1, end).trim();
            }
            line = next;
        }
        return null;
    }

    private static byte @Nullable [] chunks(byte[] buffer, int start, int end) {
        byte[] body = new byte[end - start];
        int size = 0;
        int i = start;
        while (true) {
            int line = i;
            while (line < end && buffer[line] != '\n') {
                line++;
            }
            if (line == end) {
                return null;
            }
            int digits = i;
            while (digits < line && Character.digit(buffer[digits], 16) >= 0) {
                digits++;
            }
            StringBuilder hex = new StringBuilder();
            for (int k = i; k < digits; k++) {
                hex.append((char) buffer[k]);
            }
            int chunk = number(hex.toString(), 16);
            if (chunk < 0) {
                return null;
            }
            if (chunk == 0) {
                return size == 0 ? NOTHING : Arrays.copyOf(body, size);
            }
            int data = line + 1;
            if (chunk > end - data - 2) {
                return null;
            }
            System.arraycopy(buffer, data, body, size, chunk);
            size += chunk;
            i = data + chunk + 2;
        }
    }

    /// A small non-negative number, or -1.
    private static int number(String digits, int radix) {
        if (digits.isEmpty() || digits.length() > 7) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(i), radix);
            if (digit < 0) {
                return -1;
            }
            number = number * radix + digit;
        }
        return number;
    }
}
