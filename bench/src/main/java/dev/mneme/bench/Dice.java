package dev.mneme.bench;

import java.util.List;
import java.util.Random;

/// Random text from one seed, so that every corpus can be made again.
final class Dice {

    static final String DIGITS = "0123456789";
    static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
    static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static final String HEX = "0123456789abcdef";
    static final String ALNUM = DIGITS + UPPER + LOWER;
    static final String LOWER_ALNUM = DIGITS + LOWER;
    static final String UPPER_ALNUM = DIGITS + UPPER;
    static final String URL_SAFE = ALNUM + "-_";
    static final String BASE64 = ALNUM + "+/";
    static final String BASE32 = UPPER + "234567";

    private static final String[] WORDS = {
        "api", "build", "cache", "client", "config", "core", "daemon", "data", "deploy", "event",
        "field", "graph", "handler", "index", "job", "kernel", "layout", "layer", "list", "main",
        "market", "model", "node", "order", "page", "parser", "policy", "queue", "query", "report",
        "router", "schema", "search", "server", "shop", "stage", "store", "stream", "table", "test",
        "theme", "token", "tree", "user", "view", "worker"
    };

    private final Random random;

    Dice(long seed) {
        this.random = new Random(seed);
    }

    /// From 0 up to and without `bound`.
    int below(int bound) {
        return random.nextInt(bound);
    }

    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    String of(String alphabet, int length) {
        var text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    String hex(int length) {
        return of(HEX, length);
    }

    String uuid() {
        return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12);
    }

    String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    String pick(String... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
