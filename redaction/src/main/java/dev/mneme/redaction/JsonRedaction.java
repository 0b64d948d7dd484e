package dev.mneme.redaction;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// One walk over a JSON document: checks that it is one and redacts its string literals on the way.
///
/// Strict about structure, so that text outside of strings can hold nothing but JSON; lenient only
/// about raw control characters inside strings, which some writers leave there. Nesting is kept on
/// the heap: depth is bounded by the input alone.
final class JsonRedaction {

    private enum Expect {
        VALUE,
        VALUE_OR_END,
        KEY,
        KEY_OR_END,
        COLON,
        COMMA_OR_END,
        NOTHING,
        ERROR
    }

    private static final byte OBJECT = 0;
    private static final byte ARRAY = 1;

    /// An array that is the value of a key such as `passwords`: its strings are that key's values.
    private static final byte ARRAY_OF_SECRETS = 2;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final String json;
    private final TextRedaction redaction;
    private final boolean valid;

    private byte[] stack = new byte[32];
    private int depth;
    private int position;
    private @Nullable StringBuilder out;
    private int copied;

    /// The kind of secret that the value after the current key is, by the key's name.
    private @Nullable String valueKind;

    private @Nullable String arrayKind;

    JsonRedaction(String json, TextRedaction redaction) {
        this.json = json;
        this.redaction = redaction;
        this.valid = walk();
    }

    boolean isJson() {
        return valid;
    }

    @Nullable String changedOrNull() {
        if (out == null) {
            return null;
        }
        return out.append(json, copied, json.length()).toString();
    }

    private boolean walk() {
        int length = json.length();
        if (length > 0 && json.charAt(0) == BYTE_ORDER_MARK) {
            position = 1;
        }
        Expect expect = Expect.VALUE;
        while (position < length) {
            char c = json.charAt(position);
            if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
                position++;
                continue;
            }
            Expect next = step(c, expect);
            if (next == Expect.ERROR) {
                return false;
            }
            expect = next;
        }
        return expect == Expect.NOTHING;
    }

    private Expect step(char c, Expect expect) {
        boolean valueAllowed = expect == Expect.VALUE || expect == Expect.VALUE_OR_END;
        boolean keyAllowed = expect == Expect.KEY || expect == Expect.KEY_OR_END;
        boolean comma = expect == Expect.COMMA_OR_END;
        return switch (c) {
            case '{' -> valueAllowed ? openObject() : Expect.ERROR;
            case '[' -> valueAllowed ? openArray() : Expect.ERROR;
            case '}' ->
                    (comma || expect == Expect.KEY_OR_END) && pop(true)
                            ? afterValue()
                            : Expect.ERROR;
            case ']' ->
                    (comma || expect == Expect.VALUE_OR_END) && pop(false)
                            ? afterValue()
                            : Expect.ERROR;
            case ',' -> comma ? next() : Expect.ERROR;
            case ':' -> expect == Expect.COLON ? value() : Expect.ERROR;
            case '"' -> {
                if (keyAllowed) {
                    yield string(true) ? Expect.COLON : Expect.ERROR;
                }
                yield valueAllowed && string(false) ? afterValue() : Expect.ERROR;
            }
            default -> valueAllowed && scalar(c) ? afterValue() : Expect.ERROR;
        };
    }

    private Expect openObject() {
        push(OBJECT);
        valueKind = null;
        position++;
        return Expect.KEY_OR_END;
    }

    private Expect openArray() {
        boolean secrets = valueKind != null;
        if (secrets) {
            arrayKind = valueKind;
        }
        push(secrets ? ARRAY_OF_SECRETS : ARRAY);
        valueKind = null;
        position++;
        return Expect.VALUE_OR_END;
    }

    private Expect next() {
        position++;
        return stack[depth - 1] == OBJECT ? Expect.KEY : Expect.VALUE;
    }

    private Expect value() {
        position++;
        return Expect.VALUE;
    }

    private Expect afterValue() {
        valueKind = null;
        return depth == 0 ? Expect.NOTHING : Expect.COMMA_OR_END;
    }

    private void push(byte kind) {
        if (depth == stack.length) {
            stack = Arrays.copyOf(stack, stack.length * 2);
        }
        stack[depth++] = kind;
    }

    private boolean pop(boolean object) {
        if (depth == 0 || (stack[depth - 1] == OBJECT) != object) {
            return false;
        }
        depth--;
        position++;
        return true;
    }

    private boolean string(boolean key) {
        int start = position + 1;
        int length = json.length();
        boolean escaped = false;
        int i = start;
        while (true) {
            if (i >= length) {
                return false;
            }
            char c = json.charAt(i);
            if (c == '"') {
                break;
            }
            if (c == '\\') {
                escaped = true;
                if (i + 1 >= length) {
                    return false;
                }
                char kind = json.charAt(i + 1);
                if (kind == 'u') {
                    if (!JsonStrings.isHex(json, i + 2)) {
                        return false;
                    }
                    i += 6;
                } else if (JsonStrings.isSimple(kind)) {
                    i += 2;
                } else {
                    return false;
                }
            } else {
                i++;
            }
        }
        position = i + 1;
        String text = escaped ? JsonStrings.decode(json, start, i) : json.substring(start, i);
        redactLiteral(text, start - 1, key);
        return true;
    }

    private void redactLiteral(String text, int start, boolean key) {
        String kind = null;
        if (!key) {
            kind = valueKind;
            if (kind == null && depth > 0 && stack[depth - 1] == ARRAY_OF_SECRETS) {
                kind = arrayKind;
            }
        }
        String changed = null;
        if (kind != null) {
            changed = redaction.changeValueOfKeyOrNull(kind, text);
        }
        if (changed == null) {
            changed = redaction.changeOrNull(text);
        }
        if (key) {
            valueKind = SecretKeys.kindOrNull(text);
        }
        if (changed == null) {
            return;
        }
        StringBuilder target = out;
        if (target == null) {
            target = new StringBuilder(json.length() + 64);
            out = target;
        }
        target.append(json, copied, start);
        JsonStrings.appendLiteral(target, changed);
        copied = position;
    }

    private boolean scalar(char first) {
        if (first == 't') {
            return word("true");
        }
        if (first == 'f') {
            return word("false");
        }
        if (first == 'n') {
            return word("null");
        }
        return number();
    }

    private boolean word(String word) {
        if (!json.startsWith(word, position)) {
            return false;
        }
        position += word.length();
        return true;
    }

    private boolean number() {
        int i = position;
        if (at(i) == '-') {
            i++;
        }
        if (at(i) == '0') {
            i++;
        } else {
            int digits = digits(i);
            if (digits == i) {
                return false;
            }
            i = digits;
        }
        if (at(i) == '.') {
            int digits = digits(i + 1);
            if (digits == i + 1) {
                return false;
            }
            i = digits;
        }
        if (at(i) == 'e' || at(i) == 'E') {
            i++;
            if (at(i) == '+' || at(i) == '-') {
                i++;
            }
            int digits = digits(i);
            if (digits == i) {
                return false;
            }
            i = digits;
        }
        position = i;
        return true;
    }

    private int digits(int start) {
        int i = start;
        while (at(i) >= '0' && at(i) <= '9') {
            i++;
        }
        return i;
    }

    private char at(int index) {
        return index < json.length() ? json.charAt(index) : '\0';
    }
}
