package dev.mneme.extract.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// A shape as a GBNF grammar: a model whose next token is chosen by it can write nothing else, and
/// is at the end before a number of tokens that is known beforehand.
///
/// A repetition would bound characters, not bytes, and a token may be a single byte. So texts are
/// chains of rules that count down the bytes that are left, one chain shared by all texts:
///
///     t9 ::= "\"" | [ascii] t8 | "\\" ["\\nt] t7 | [other] t5
///
/// A library that cannot read a grammar takes none at all, without a word: an answer is read as if
/// there had been none.
///
/// White space between the parts of the JSON is left out: it would be one more thing to bound.
final class Grammar {

    /// Printable ASCII but the quotation mark and the backslash.
    private static final String ASCII = "[\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]";

    private static final String VISIBLE_ASCII = "[\\x21\\x23-\\x5B\\x5D-\\x7E]";
    private static final String ESCAPED = "\"\\\\\" [\"\\\\nt]";

    /// All beyond ASCII but control characters and halves of characters.
    private static final String OTHER =
            "[\\u00A1-\\u1FFF\\u2010-\\u2027\\u2030-\\uD7FF\\uE000-\\uFFFD\\U00010000-\\U0010FFFF]";

    private static final int ESCAPED_BYTES = 2;
    static final int OTHER_BYTES = 4;

    private final StringBuilder rules = new StringBuilder();
    private final Set<Integer> texts = new TreeSet<>();
    private int lists;

    private Grammar() {}

    /// The grammar of an answer that has one of these shapes.
    static String of(List<? extends Shape> variants) {
        var grammar = new Grammar();
        List<String> roots = variants.stream().map(grammar::expression).toList();
        grammar.addTexts();
        return "root ::= " + String.join(" | ", roots) + "\n" + grammar.rules;
    }

    /// The longest instance of a shape, in bytes and so in tokens.
    static int bytesMax(Shape shape) {
        return switch (shape) {
            case Shape.Text(int bytes, _) -> bytes + 2;
            case Shape.Word(List<String> words) ->
                    words.stream().mapToInt(String::length).max().orElse(0) + 2;
            case Shape.Ordinal(int max) -> Integer.toString(max).length();
            case Shape.ListOf(Shape item, _, int max) ->
                    2 + (max == 0 ? 0 : max * (bytesMax(item) + 1) - 1);
            case Shape.Fields(List<Shape.Field> fields) -> {
                int bytes = 1 + fields.size();
                for (Shape.Field field : fields) {
                    bytes += field.name().length() + 3 + bytesMax(field.shape());
                }
                yield bytes;
            }
        };
    }

    private String expression(Shape shape) {
        return switch (shape) {
            case Shape.Text(int bytes, boolean mayBeEmpty) ->
                    literal("\"") + " " + (mayBeEmpty ? text(bytes) : textThatBegins(bytes));
            case Shape.Word(List<String> words) ->
                    alternatives(words.stream().map(word -> literal("\"" + word + "\"")).toList());
            case Shape.Ordinal(int max) -> {
                var numbers = new ArrayList<String>();
                for (int number = 1; number <= max; number++) {
                    numbers.add(literal(Integer.toString(number)));
                }
                yield alternatives(numbers);
            }
            case Shape.ListOf list -> list(list);
            case Shape.Fields(List<Shape.Field> fields) -> {
                var parts = new ArrayList<String>();
                for (int index = 0; index < fields.size(); index++) {
                    Shape.Field field = fields.get(index);
                    parts.add(literal((index == 0 ? "{" : ",") + "\"" + field.name() + "\":"));
                    parts.add(expression(field.shape()));
                }
                parts.add(literal("}"));
                yield String.join(" ", parts);
            }
        };
    }

    private String list(Shape.ListOf list) {
        if (list.max() == 0) {
            return literal("[]");
        }
        String item = "list" + ++lists;
        String definition = item + " ::= " + expression(list.item()) + "\n";
        rules.append(definition);
        String more = "(" + literal(",") + " " + item + ")";
        String some =
                item
                        + " "
                        + more
                        + "{"
                        + Math.max(0, list.min() - 1)
                        + ","
                        + (list.max() - 1)
                        + "} ";
        String filled = literal("[") + " " + (list.max() == 1 ? item + " " : some) + literal("]");
        return list.min() > 0 ? filled : alternatives(List.of(literal("[]"), filled));
    }

    private static String alternatives(List<String> expressions) {
        return "(" + String.join(" | ", expressions) + ")";
    }

    private String text(int bytes) {
        texts.add(bytes);
        return "t" + bytes;
    }

    private String textThatBegins(int bytes) {
        return "("
                + VISIBLE_ASCII
                + " "
                + text(bytes - 1)
                + " | "
                + OTHER
                + " "
                + text(bytes - OTHER_BYTES)
                + ")";
    }

    private void addTexts() {
        int longest = texts.stream().mapToInt(Integer::intValue).max().orElse(-1);
        for (int left = 0; left <= longest; left++) {
            rules.append('t').append(left).append(" ::= ").append(literal("\""));
            if (left >= 1) {
                rules.append(" | ").append(ASCII).append(" t").append(left - 1);
            }
            if (left >= ESCAPED_BYTES) {
                rules.append(" | ").append(ESCAPED).append(" t").append(left - ESCAPED_BYTES);
            }
            if (left >= OTHER_BYTES) {
                rules.append(" | ").append(OTHER).append(" t").append(left - OTHER_BYTES);
            }
            rules.append('\n');
        }
    }

    private static String literal(String json) {
        return "\"" + json.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
