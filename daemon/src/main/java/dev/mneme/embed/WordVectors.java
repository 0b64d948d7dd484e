package dev.mneme.embed;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The table of word vectors in the folder `mneme-words`, whose `model.json` says how it is laid
/// out: a word a line, for each a row of signed bytes and a weight, and two directions that all
/// texts share.
final class WordVectors {

    static final int DIMENSIONS = 160;

    private static final int COMMON_DIRECTIONS = 2;

    private final Map<String, Integer> numbers;
    private final byte[] rows;
    private final float[] weights;
    private final float[] common;

    private WordVectors(
            Map<String, Integer> numbers, byte[] rows, float[] weights, float[] common) {
        this.numbers = numbers;
        this.rows = rows;
        this.weights = weights;
        this.common = common;
    }

    static WordVectors read() {
        List<String> words =
                new String(bytes("vocabulary.txt"), StandardCharsets.UTF_8).lines().toList();
        var numbers = HashMap.<String, Integer>newHashMap(words.size());
        for (String word : words) {
            numbers.put(word, numbers.size());
        }
        byte[] rows = bytes("vectors.i8");
        float[] weights = floats("weights.f32");
        float[] common = floats("common.f32");
        if (rows.length != words.size() * DIMENSIONS
                || weights.length != words.size()
                || numbers.size() != words.size()
                || common.length != COMMON_DIRECTIONS * DIMENSIONS) {
            throw new IllegalStateException("the built-in word vectors do not fit together");
        }
        return new WordVectors(numbers, rows, weights, common);
    }

    /// Adds a word's weighted vector to `sum`; false where nobody knows the word.
    boolean add(String word, double[] sum) {
        Integer number = numbers.get(word.toLowerCase(Locale.ROOT));
        if (number == null) {
            return false;
        }
        int row = number * DIMENSIONS;
        double weight = weights[number];
        for (int i = 0; i < DIMENSIONS; i++) {
            sum[i] += weight * rows[row + i];
        }
        return true;
    }

    /// Makes a text's vector of the sum of its words'.
    float[] finished(double[] sum) {
        var vector = new float[DIMENSIONS];
        if (!toLengthOne(sum)) {
            return vector;
        }
        var shared = new double[COMMON_DIRECTIONS];
        for (int direction = 0; direction < COMMON_DIRECTIONS; direction++) {
            for (int i = 0; i < DIMENSIONS; i++) {
                shared[direction] += common[direction * DIMENSIONS + i] * sum[i];
            }
        }
        for (int direction = 0; direction < COMMON_DIRECTIONS; direction++) {
            for (int i = 0; i < DIMENSIONS; i++) {
                sum[i] -= shared[direction] * common[direction * DIMENSIONS + i];
            }
        }
        if (!toLengthOne(sum)) {
            return vector;
        }
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) sum[i];
        }
        return vector;
    }

    /// False for a vector without a direction.
    private static boolean toLengthOne(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        if (squares == 0) {
            return false;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
        return true;
    }

    private static float[] floats(String name) {
        var buffer = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        var floats = new float[buffer.remaining()];
        buffer.get(floats);
        return floats;
    }

    private static byte[] bytes(String name) {
        try (InputStream in = WordVectors.class.getResourceAsStream("mneme-words/" + name)) {
            if (in == null) {
                throw new IllegalStateException("this program lacks `mneme-words/" + name + "`");
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
