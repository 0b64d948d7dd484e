package dev.mneme.installer.settings;

import java.util.ArrayList;
import java.util.List;

/// JSON as a tree of positions in its text: strict, or with comments and commas before a closing
/// bracket, as some editors write it.
///
/// A library's tree forgets where things stood and how numbers were written. This one knows
/// nothing but that, so that an edit can replace a few characters and leave the rest alone.
final class JsonText {

    /// Deeper than any settings; keeps the recursion bounded.
    private static final int DEPTH_MAX = 256;

    /// A value and the half-open range of its characters.
    sealed interface Value {
        int start();

        int end();
    }

    record ObjectValue(int start, int end, List<Member> members) implements Value {

        /// The last member of that name, which is the one that counts in JavaScript.
        java.util.Optional<Member> member(String name) {
            return members.stream()
                    .filter(member -> member.name().equals(name))
                    .reduce((first, second) -> second);
        }
    }

    record ArrayValue(int start, int end, List<Value> elements) implements Value {}

    record StringValue(int start, int end, String text) implements Value {}

    /// A number, `true`, `false` or `null`, as it is written.
    record Literal(int start, int end, String text) implements Value {}

    record Member(int start, String name, Value value) {
        int end() {
            return value.end();
        }
    }

    private final String text;
    private final boolean comments;
    private int at;

    private JsonText(String text, boolean comments) {
        this.text = text;
        this.comments = comments;
    }

    static Value parse(String text) throws JsonSyntax {
        return parse(text, false);
    }

    static Value parse(String text, boolean comments) throws JsonSyntax {
        var parser = new JsonText(text, comments);
        if (text.startsWith("\uFEFF")) {
            parser.at = 1;
        }
        parser.blanks();
        Value value = parser.value(0);
        parser.blanks();
        if (parser.at < text.length()) {
            throw parser.problem("something follows the end of the JSON value");
        }
        return value;
    }

    /// The value without blanks, so that two values can be compared. Numbers stay as written.
    static String compact(Value value) {
        return switch (value) {
            case ObjectValue object ->
                    object.members().stream()
                            .map(
                                    member ->
                                            JsonOut.quote(member.name())
                                                    + ":"
                                                    + compact(member.value()))
                            .collect(java.util.stream.Collectors.joining(",", "{", "}"));
            case ArrayValue array ->
                    array.elements().stream()
                            .map(JsonText::compact)
                            .collect(java.util.stream.Collectors.joining(",", "[", "]"));
            case StringValue string -> JsonOut.quote(string.text());
            case Literal literal -> literal.text();
        };
    }

    private Value value(int depth) throws JsonSyntax {
        if (depth > DEPTH_MAX) {
            throw problem("nested deeper than " + DEPTH_MAX + " levels");
        }
        if (at >= text.length()) {
            throw problem("the text ends where a value should be");
        }
        return switch (text.charAt(at)) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> {
                int start = at;
                String string = string();
                yield new StringValue(start, at, string);
            }
            case '/' -> throw problem("comments are not allowed in JSON");
            default -> literal();
        };
    }

    private ObjectValue object(int depth) throws JsonSyntax {
        int start = at++;
        var members = new ArrayList<Member>();
        blanks();
        if (take('}')) {
            return new ObjectValue(start, at, List.of());
        }
        while (true) {
            blanks();
            if (comments && !members.isEmpty() && take('}')) {
                return new ObjectValue(start, at, List.copyOf(members));
            }
            int memberStart = at;
            if (at >= text.length() || text.charAt(at) != '"') {
                throw problem(
                        here('}') && !members.isEmpty()
                                ? "a comma stands before `}`"
                                : here('/')
                                        ? "comments are not allowed in JSON"
                                        : "expected a name in double quotes");
            }
            String name = string();
            blanks();
            if (!take(':')) {
                throw problem("expected `:` after a name");
            }
            blanks();
            members.add(new Member(memberStart, name, value(depth + 1)));
            blanks();
            if (take('}')) {
                return new ObjectValue(start, at, List.copyOf(members));
            }
            if (!take(',')) {
                throw problem(separator("}"));
            }
        }
    }

    private ArrayValue array(int depth) throws JsonSyntax {
        int start = at++;
        var elements = new ArrayList<Value>();
        blanks();
        if (take(']')) {
            return new ArrayValue(start, at, List.of());
        }
        while (true) {
            blanks();
            if (comments && !elements.isEmpty() && take(']')) {
                return new ArrayValue(start, at, List.copyOf(elements));
            }
            if (here(']') && !elements.isEmpty()) {
                throw problem("a comma stands before `]`");
            }
            elements.add(value(depth + 1));
            blanks();
            if (take(']')) {
                return new ArrayValue(start, at, List.copyOf(elements));
            }
            if (!take(',')) {
                throw problem(separator("]"));
            }
        }
    }

    private String separator(String end) {
        if (at >= text.length()) {
            return "the text ends before `" + end + "`";
        }
        return here('/') ? "comments are not allowed in JSON" : "expected `,` or `" + end + "`";
    }

    private String string() throws JsonSyntax {
        int start = at++;
        var content = new StringBuilder();
        while (at < text.length()) {
            char next = text.charAt(at);
            if (next == '"') {
                at++;
                return content.toString();
            }
            if (next < ' ') {
                throw problem("a control character stands in a string");
            }
            if (next == '\\') {
                content.append(escape());
            } else {
                content.append(next);
                at++;
            }
        }
        throw new JsonSyntax(text, start, "a string does not end");
    }

    private char escape() throws JsonSyntax {
        at++;
        char kind = at < text.length() ? text.charAt(at) : '\0';
        at++;
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int digits = 0; digits < 4; digits++, at++) {
                    int digit = at < text.length() ? hexDigit(text.charAt(at)) : -1;
                    if (digit < 0) {
                        throw problem("`\\u` wants four hexadecimal digits");
                    }
                    code = code * 16 + digit;
                }
                yield (char) code;
            }
            default -> {
                at -= 2;
                throw problem("unknown escape in a string");
            }
        };
    }

    private static int hexDigit(char digit) {
        return digit < 128 ? Character.digit(digit, 16) : -1;
    }

    private Literal literal() throws JsonSyntax {
        int start = at;
        while (at < text.length() && "+-.0123456789eEtrufalsn".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String word = text.substring(start, at);
        boolean known =
                word.equals("true")
                        || word.equals("false")
                        || word.equals("null")
                        || word.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
        if (!known) {
            throw new JsonSyntax(text, start, "expected a value");
        }
        return new Literal(start, at, word);
    }

    private void blanks() {
        at = comments ? afterBlanks(text, at) : afterWhitespace(text, at);
    }

    private static int afterWhitespace(String text, int from) {
        int at = from;
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at;
    }

    /// Where something else begins than blanks and comments.
    static int afterBlanks(String text, int from) {
        int at = afterWhitespace(text, from);
        while (true) {
            int end;
            if (text.startsWith("//", at)) {
                end = text.indexOf('\n', at);
            } else if (text.startsWith("/*", at)) {
                end = text.indexOf("*/", at + 2);
                end = end < 0 ? end : end + 2;
            } else {
                return at;
            }
            at = afterWhitespace(text, end < 0 ? text.length() : end);
        }
    }

    private boolean here(char expected) {
        return at < text.length() && text.charAt(at) == expected;
    }

    private boolean take(char expected) {
        if (here(expected)) {
            at++;
            return true;
        }
        return false;
    }

    private JsonSyntax problem(String message) {
        return new JsonSyntax(text, at, message);
    }
}
