package dev.mneme.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/// Random nested JSON with secrets planted in random places, written with random escapes: the
/// result is the same document with exactly the secrets replaced.
final class RandomJsonTest {

    private static final int DOCUMENTS = 3_000;

    private static final String[][] SECRETS = {
        {"AKIA" + "IOSFODNN7EXAMPLE", "[redacted:aws-access-key-id]"},
        {"sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc", "[redacted:stripe-key]"},
        {"sk-" + "ant-api03-abcdefghij0123", "[redacted:anthropic-key]"},
        {"ghp" + "_16C7e42F292c6912E7710c838347Ae178B4a", "[redacted:github-token]"},
        {"<Private>whatever</private>", "[private]"},
    };

    private static final String[] WORDS = {
        "a",
        "fox",
        "漢字",
        "🙂",
        "é",
        "\n",
        "\t",
        "\"",
        "\\",
        "/",
        "{",
        "}",
        "[",
        ",",
        ":",
        "\u0000",
        "\uD800",
        "\u2028",
        "1370a8c703a1832bd0114e85a634c6ede44fd902",
        "<b>",
        "&amp;",
        "x=1",
        ""
    };

    private final Redactor redactor = new Redactor();

    @Test
    void replacesExactlyWhatWasPlanted() {
        long seed = new Random().nextLong();
        System.out.println("RandomJsonTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < DOCUMENTS; i++) {
            StringBuilder document = new StringBuilder();
            StringBuilder expected = new StringBuilder();
            value(random, document, expected, 0);
            String json = document.toString();
            String redacted = redactor.redactJson(json);
            assertThat(redacted).as("seed %d, document %d", seed, i).isEqualTo(expected.toString());
            assertThat(redactor.redactJson(redacted)).isEqualTo(redacted);
            if (json.indexOf('\uD800') < 0) {
                byte[] bytes = redactor.redactJson(json.getBytes(StandardCharsets.UTF_8));
                assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(redacted);
            }
            String cut = json.substring(0, random.nextInt(json.length() + 1));
            String shown = redactor.redactJson(cut);
            for (String[] secret : SECRETS) {
                assertThat(shown).as("seed %d, document %d", seed, i).doesNotContain(secret[0]);
            }
        }
    }

    private void value(Random random, StringBuilder document, StringBuilder expected, int depth) {
        int kind = random.nextInt(depth > 5 ? 3 : 5);
        switch (kind) {
            case 0 -> {
                String[] scalars = {"0", "-1.50e+07", "true", "null", "12345678901234567890"};
                same(document, expected, scalars[random.nextInt(scalars.length)]);
            }
            case 1, 2 -> string(random, document, expected);
            case 3 -> {
                same(document, expected, "[ ");
                int count = random.nextInt(5);
                for (int i = 0; i < count; i++) {
                    same(document, expected, i == 0 ? "" : ",\n");
                    value(random, document, expected, depth + 1);
                }
                same(document, expected, "]");
            }
            default -> {
                same(document, expected, "{");
                int count = random.nextInt(5);
                for (int i = 0; i < count; i++) {
                    same(document, expected, i == 0 ? "" : ", ");
                    string(random, document, expected);
                    same(document, expected, " : ");
                    value(random, document, expected, depth + 1);
                }
                same(document, expected, " }");
            }
        }
    }

    private static void same(StringBuilder document, StringBuilder expected, String text) {
        document.append(text);
        expected.append(text);
    }

    private void string(Random random, StringBuilder document, StringBuilder expected) {
        StringBuilder text = new StringBuilder();
        StringBuilder shown = new StringBuilder();
        boolean planted = false;
        int words = random.nextInt(6);
        for (int i = 0; i < words; i++) {
            if (random.nextInt(8) == 0) {
                String[] secret = SECRETS[random.nextInt(SECRETS.length)];
                text.append(' ').append(secret[0]).append(' ');
                shown.append(' ').append(secret[1]).append(' ');
                planted = true;
            } else {
                String word = WORDS[random.nextInt(WORDS.length)];
                text.append(word);
                shown.append(word);
            }
        }
        String literal = literal(random, text.toString());
        document.append(literal);
        if (planted) {
            JsonStrings.appendLiteral(expected, shown.toString());
        } else {
            expected.append(literal);
        }
    }

    private static String literal(Random random, String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20
                    || c == '"'
                    || c == '\\'
                    || Character.isSurrogate(c)
                    || random.nextInt(10) == 0) {
                literal.append(String.format("\\u%04x", (int) c));
            } else {
                literal.append(c);
            }
        }
        return literal.append('"').toString();
    }
}
