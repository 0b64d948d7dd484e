package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON as maps, lists and texts, and back: for the payloads of other agents, which are put into
/// other words. What Claude Code sends is never taken apart here.
///
/// Numbers, `true`, `false` and `null` stay the words they were.
final class JsonTree {

    private static final int DEPTH_MAX = 64;

    /// A number or a literal, letter by letter.
    record Word(String text) {}

    /// What is no JSON, or nested too deep.
    private static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Malformed() {
            super("not JSON", null, false, false);
        }
    }

    private final String text;
    private int position;

    private JsonTree(String text) {
        this.text = text;
    }

    /// Null where the text is not one JSON object.
    static @Nullable Map<String, Object> objectOrNull(String text) {
        return valueOrNull(text) instanceof Map<?, ?> object ? members(object) : null;
    }

    /// Null where the text is not one JSON value.
    static @Nullable Object valueOrNull(String text) {
        try {
            JsonTree tree = new JsonTree(text);
            Object value = tree.value(0);
            tree.skipBlanks();
            return tree.position == text.length() ? value : null;
        } catch (Malformed notJson) {
            return null;
        }
    }

    /// The members of what is an object; none of what is something else.
    static Map<String, Object> members(@Nullable Object value) {
        Map<String, Object> members = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> object) {
            for (Map.Entry<?, ?> member : object.entrySet()) {
                members.put((String) member.getKey(), (Object) member.getValue());
            }
        }
        return members;
    }

    static byte[] bytes(Map<String, Object> object) {
        StringBuilder out = new StringBuilder(256);
        write(out, object);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private Object value(int depth) {
        if (depth > DEPTH_MAX) {
            throw new Malformed();
        }
        skipBlanks();
        char c = next();
        return switch (c) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            default -> word(c);
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        skipBlanks();
        if (peekIs('}')) {
            return members;
        }
        while (true) {
            skipBlanks();
            expect('"');
            String name = string();
            skipBlanks();
            expect(':');
            members.put(name, value(depth + 1));
            skipBlanks();
            char c = next();
            if (c == '}') {
                return members;
            }
            if (c != ',') {
                throw new Malformed();
            }
        }
    }

    private List<Object> array(int depth) {
        List<Object> elements = new ArrayList<>();
        skipBlanks();
        if (peekIs(']')) {
            return elements;
        }
        while (true) {
            elements.add(value(depth + 1));
            skipBlanks();
            char c = next();
            if (c == ']') {
                return elements;
            }
            if (c != ',') {
                throw new Malformed();
            }
        }
    }

    private String string() {
        StringBuilder value = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return value.toString();
            }
            if (c < ' ') {
                throw new Malformed();
            }
            value.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(next(), 16);
                    if (digit < 0) {
                        throw new Malformed();
                    }
                    code = code * 16 + digit;
                }
                yield (char) code;
            }
            default -> throw new Malformed();
        };
    }

    private Word word(char first) {
        int start = position - 1;
        if (first != '-' && first != 't' && first != 'f' && first != 'n' && !isDigit(first)) {
            throw new Malformed();
        }
        while (position < text.length() && isOfWord(text.charAt(position))) {
            position++;
        }
        return new Word(text.substring(start, position));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isOfWord(char c) {
        return isDigit(c) || c == '.' || c == '-' || c == '+' || (c >= 'a' && c <= 'z') || c == 'E';
    }

    private void skipBlanks() {
        while (position < text.length()) {
            char c = text.charAt(position);
            if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
                return;
            }
            position++;
        }
    }

    private char next() {
        if (position >= text.length()) {
            throw new Malformed();
        }
        return text.charAt(position++);
    }

    private void expect(char wanted) {
        if (next() != wanted) {
            throw new Malformed();
        }
    }

    private boolean peekIs(char wanted) {
        if (position < text.length() && text.charAt(position) == wanted) {
            position++;
            return true;
        }
        return false;
    }

    private static void write(StringBuilder out, Object value) {
        if (value instanceof Map<?, ?> object) {
            char before = '{';
            for (Map.Entry<?, ?> member : object.entrySet()) {
                out.append(before);
                quote(out, (String) member.getKey());
                out.append(':');
                write(out, member.getValue());
                before = ',';
            }
            out.append(before == '{' ? "{}" : "}");
        } else if (value instanceof List<?> array) {
            char before = '[';
            for (Object element : array) {
                out.append(before);
                write(out, element);
                before = ',';
            }
            out.append(before == '[' ? "[]" : "]");
        } else if (value instanceof Word word) {
            out.append(word.text());
        } else {
            quote(out, (String) value);
        }
    }

    private static void quote(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    // A surrogate may stand alone, which no UTF-8 can say.
                    if (c < ' ' || Character.isSurrogate(c)) {
                        out.append("\\u");
                        for (int shift = 12; shift >= 0; shift -= 4) {
                            out.append(Character.forDigit(c >> shift & 0xF, 16));
                        }
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
