package dev.mneme.redaction;

/// The inside of JSON string literals: decoding escapes and writing them again.
public final class JsonStrings {

    private static final String HEX_DIGITS = "0123456789abcdef";

    private JsonStrings() {}

    /// Decodes a literal that has been checked. Lone surrogates stay what they are.
    public static String decode(String json, int start, int end) {
        StringBuilder text = new StringBuilder(end - start);
        int i = start;
        while (i < end) {
            char c = json.charAt(i);
            if (c != '\\') {
                text.append(c);
                i++;
                continue;
            }
            char kind = json.charAt(i + 1);
            if (kind == 'u') {
                text.append((char) hex(json, i + 2));
                i += 6;
            } else {
                text.append(simple(kind));
                i += 2;
            }
        }
        return text.toString();
    }

    /// Decodes every escape that is one and leaves all else alone.
    static String decodeLeniently(String text) {
        StringBuilder decoded = new StringBuilder(text.length());
        int length = text.length();
        int i = 0;
        while (i < length) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < length) {
                char kind = text.charAt(i + 1);
                if (kind == 'u' && isHex(text, i + 2)) {
                    decoded.append((char) hex(text, i + 2));
                    i += 6;
                    continue;
                }
                if (isSimple(kind)) {
                    decoded.append(simple(kind));
                    i += 2;
                    continue;
                }
            }
            decoded.append(c);
            i++;
        }
        return decoded.toString();
    }

    /// Appends the literal for a text, quotes included. A lone surrogate is written as an escape,
    /// since UTF-8 has no bytes for it.
    public static void appendLiteral(StringBuilder out, String text) {
        out.append('"');
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20) {
                        appendEscape(out, c);
                    } else if (!Character.isSurrogate(c)) {
                        out.append(c);
                    } else if (Character.isHighSurrogate(c)
                            && i + 1 < length
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        out.append(c).append(text.charAt(i + 1));
                        i++;
                    } else {
                        appendEscape(out, c);
                    }
                }
            }
        }
        out.append('"');
    }

    public static boolean isSimple(char kind) {
        return "\"\\/bfnrt".indexOf(kind) >= 0;
    }

    public static boolean isHex(String text, int start) {
        if (start + 4 > text.length()) {
            return false;
        }
        for (int i = start; i < start + 4; i++) {
            if (Character.digit(text.charAt(i), 16) < 0 || text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static int hex(String text, int start) {
        int value = 0;
        for (int i = start; i < start + 4; i++) {
            value = (value << 4) | Character.digit(text.charAt(i), 16);
        }
        return value;
    }

    private static char simple(char kind) {
        return switch (kind) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> kind;
        };
    }

    private static void appendEscape(StringBuilder out, char c) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(HEX_DIGITS.charAt((c >> shift) & 0xF));
        }
    }
}
