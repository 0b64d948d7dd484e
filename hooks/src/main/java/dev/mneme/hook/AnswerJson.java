package dev.mneme.hook;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Decides whether bytes are exactly one JSON object, by the letter of RFC 8259.
///
/// What a hook prints is read by Claude Code as JSON or, failing that, as text for the model: an
/// answer that is only nearly JSON must not be printed.
final class AnswerJson {

    /// Deeper answers are refused; ours have a depth of three.
    private static final int DEPTH_MAX = 64;

    private final byte[] bytes;
    private int position;

    AnswerJson(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isOneObject() {
        position = 0;
        skipBlanks();
        if (peek() != '{' || !value(0)) {
            return false;
        }
        skipBlanks();
        return position == bytes.length && isUtf8();
    }

    private boolean isUtf8() {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
    }

    private boolean value(int depth) {
        if (depth > DEPTH_MAX) {
            return false;
        }
        int c = peek();
        if (c == '{') {
            return object(depth);
        }
        if (c == '[') {
            return array(depth);
        }
        if (c == '"') {
            return string();
        }
        if (c == 't') {
            return word("true");
        }
        if (c == 'f') {
            return word("false");
        }
        if (c == 'n') {
            return word("null");
        }
        return number();
    }

    private boolean object(int depth) {
        position++;
        skipBlanks();
        if (peek() == '}') {
            position++;
            return true;
        }
        while (true) {
            skipBlanks();
            if (peek() != '"' || !string()) {
                return false;
            }
            skipBlanks();
            if (peek() != ':') {
                return false;
            }
            position++;
            skipBlanks();
            if (!value(depth + 1)) {
                return false;
            }
            skipBlanks();
            int c = peek();
            position++;
            if (c == '}') {
                return true;
            }
            if (c != ',') {
                return false;
            }
        }
    }

    private boolean array(int depth) {
        position++;
        skipBlanks();
        if (peek() == ']') {
            position++;
            return true;
        }
        while (true) {
            skipBlanks();
            if (!value(depth + 1)) {
                return false;
            }
            skipBlanks();
            int c = peek();
            position++;
            if (c == ']') {
                return true;
            }
            if (c != ',') {
                return false;
            }
        }
    }

    private boolean string() {
        position++;
        while (position < bytes.length) {
            int c = bytes[position++] & 0xFF;
            if (c == '"') {
                return true;
            }
            if (c < 0x20) {
                return false;
            }
            if (c == '\\' && !escape()) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        int c = peek();
        position++;
        if (c == 'u') {
            for (int i = 0; i < 4; i++) {
                int digit = peek();
                boolean hex =
                        (digit >= '0' && digit <= '9')
                                || (digit >= 'a' && digit <= 'f')
                                || (digit >= 'A' && digit <= 'F');
                if (!hex) {
                    return false;
                }
                position++;
            }
            return true;
        }
        return c >= 0 && "\"\\/bfnrt".indexOf(c) >= 0;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                return false;
            }
            position++;
        }
        return true;
    }

    private boolean number() {
        if (peek() == '-') {
            position++;
        }
        if (peek() == '0') {
            position++;
        } else if (!digits()) {
            return false;
        }
        if (peek() == '.') {
            position++;
            if (!digits()) {
                return false;
            }
        }
        if (peek() == 'e' || peek() == 'E') {
            position++;
            if (peek() == '+' || peek() == '-') {
                position++;
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int start = position;
        while (peek() >= '0' && peek() <= '9') {
            position++;
        }
        return position > start;
    }

    private void skipBlanks() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            position++;
        }
    }

    private int peek() {
        return position < bytes.length ? bytes[position] & 0xFF : -1;
    }
}
