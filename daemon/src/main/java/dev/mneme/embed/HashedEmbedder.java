package dev.mneme.embed;

import dev.mneme.domain.SearchTerms;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The embedder that needs no download: words and character n-grams, hashed into a fixed space.
///
/// It knows nothing of meaning: two texts are near when they share words, parts of words, or
/// spellings. That is an honest fallback until a model arrives, and it puts `retry`, `retries` and
/// `RetryPolicy` close together, which full text does not.
///
/// Each feature adds or subtracts its weight in one dimension; the sign, from the same hash, makes
/// collisions cancel instead of pile up. The hash is written out here and the logarithm is
/// `StrictMath`, because the vectors are stored: another JVM must give the same bits.
public final class HashedEmbedder implements Embedder {

    private static final Model MODEL = new Model("mneme-hash-v1", 256, "built-in");

    private static final int GRAM_CHARS_MIN = 3;
    private static final int GRAM_CHARS_MAX = 5;

    private static final float WORD_WEIGHT = 1.0f;

    /// All n-grams of a word together: a little more than the word, so that its other forms meet.
    private static final float GRAMS_WEIGHT = 1.2f;

    /// Stop words are kept, faintly: they are all that some short texts have.
    private static final float STOP_WORD_WEIGHT = 0.1f;

    /// Keeps a word and an n-gram of the same letters apart.
    private static final int WORD_SEED = 0x6d6e656d;

    private static final int GRAM_SEED = 0x67726d73;

    @Override
    public Model model() {
        return MODEL;
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        var vectors = new ArrayList<float[]>(texts.size());
        for (String text : texts) {
            vectors.add(embed(text));
        }
        return vectors;
    }

    @Override
    public float[] embedQuery(String text) {
        return embed(text);
    }

    private static float[] embed(String text) {
        var counts = new LinkedHashMap<String, Integer>();
        for (String term : SearchTerms.of(text)) {
            counts.merge(term, 1, Integer::sum);
        }
        var sums = new double[MODEL.dimensions()];
        for (Map.Entry<String, Integer> entry : counts.entrySet()) {
            double often = 1 + StrictMath.log(entry.getValue());
            addTerm(sums, entry.getKey(), often);
        }
        return unit(sums);
    }

    private static void addTerm(double[] sums, String term, double often) {
        if (SearchTerms.isStopWord(term)) {
            add(sums, term, WORD_SEED, often * STOP_WORD_WEIGHT);
            return;
        }
        add(sums, term, WORD_SEED, often * WORD_WEIGHT);
        int[] points = ("<" + term + ">").codePoints().toArray();
        var grams = new ArrayList<String>();
        for (int length = GRAM_CHARS_MIN; length <= GRAM_CHARS_MAX; length++) {
            for (int start = 0; start + length <= points.length; start++) {
                grams.add(new String(points, start, length));
            }
        }
        for (String gram : grams) {
            add(sums, gram, GRAM_SEED, often * GRAMS_WEIGHT / StrictMath.sqrt(grams.size()));
        }
    }

    private static void add(double[] sums, String feature, int seed, double weight) {
        int hash = murmur3(feature.getBytes(StandardCharsets.UTF_8), seed);
        boolean negative = hash < 0;
        sums[hash & (sums.length - 1)] += negative ? -weight : weight;
    }

    private static float[] unit(double[] sums) {
        double squares = 0;
        for (double sum : sums) {
            squares += sum * sum;
        }
        var vector = new float[sums.length];
        if (squares == 0) {
            // No words: the same direction for all such texts, and close to none with words.
            Arrays.fill(vector, (float) (1 / StrictMath.sqrt(sums.length)));
            return vector;
        }
        double length = StrictMath.sqrt(squares);
        for (int index = 0; index < sums.length; index++) {
            vector[index] = (float) (sums[index] / length);
        }
        return vector;
    }

    /// MurmurHash3, 32 bits, as its author published it into the public domain.
    static int murmur3(byte[] bytes, int seed) {
        int hash = seed;
        int blocks = bytes.length / 4;
        for (int block = 0; block < blocks; block++) {
            int at = block * 4;
            int word =
                    (bytes[at] & 0xff)
                            | (bytes[at + 1] & 0xff) << 8
                            | (bytes[at + 2] & 0xff) << 16
                            | (bytes[at + 3] & 0xff) << 24;
            hash ^= mixed(word);
            hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
        }
        int tail = 0;
        for (int at = bytes.length - 1; at >= blocks * 4; at--) {
            tail = tail << 8 | (bytes[at] & 0xff);
        }
        hash ^= mixed(tail);
        hash ^= bytes.length;
        hash = (hash ^ hash >>> 16) * 0x85ebca6b;
        hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
        return hash ^ hash >>> 16;
    }

    private static int mixed(int word) {
        return Integer.rotateLeft(word * 0xcc9e2d51, 15) * 0x1b873593;
    }
}
