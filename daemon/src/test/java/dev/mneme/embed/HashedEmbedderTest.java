package dev.mneme.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class HashedEmbedderTest {

    private final HashedEmbedder embedder = new HashedEmbedder();

    @Test
    void namesItsModel() {
        assertThat(embedder.model())
                .isEqualTo(new Embedder.Model("mneme-hash-v1", 256, "built-in"));
    }

    /// The published test vectors of MurmurHash3 (32 bits).
    @Test
    void hashesAsPublished() {
        assertThat(murmur("", 0)).isEqualTo(0);
        assertThat(murmur("", 1)).isEqualTo(0x514e28b7);
        assertThat(murmur("test", 0)).isEqualTo(0xba6bd213);
        assertThat(murmur("Hello, world!", 0x9747b28c)).isEqualTo(0x24884cba);
        assertThat(murmur("aaa", 0x9747b28c)).isEqualTo(0x283e0130);
    }

    /// Stored vectors are compared with new ones: these bits may only change with the model name.
    @Test
    void givesTheSameBitsForever() {
        assertThat(fingerprint("Backoff is capped at 5 s")).isEqualTo(GOLDEN_ENGLISH);
        assertThat(fingerprint("Überlauf beim Größenvergleich")).isEqualTo(GOLDEN_GERMAN);
        assertThat(fingerprint("再試行の間隔は5秒まで")).isEqualTo(GOLDEN_JAPANESE);
    }

    private static final int GOLDEN_ENGLISH = 2098093528;
    private static final int GOLDEN_GERMAN = 865018038;
    private static final int GOLDEN_JAPANESE = 1908908735;

    @Test
    void isTheSameAloneAndInABatch() {
        List<String> texts = List.of("one", "", "zwei Änderungen", "三つ", "one");
        List<float[]> batch = embedder.embedDocuments(texts);
        for (int index = 0; index < texts.size(); index++) {
            assertThat(batch.get(index))
                    .containsExactly(embedder.embedDocuments(List.of(texts.get(index))).getFirst());
            assertThat(batch.get(index)).containsExactly(embedder.embedQuery(texts.get(index)));
        }
    }

    @Test
    void relatedTextsAreCloserThanUnrelatedOnes() {
        record Row(String query, String related, String unrelated) {}
        List<Row> table =
                List.of(
                        new Row(
                                "why is the backoff capped",
                                "Backoff is capped at 5 s because the gateway drops connections",
                                "All 14 Python tests pass"),
                        new Row(
                                "retries",
                                "RetryPolicy waits longer after each failure",
                                "Rename the docs folder"),
                        new Row(
                                "parse date",
                                "Add function `parseDate` to dates.ts",
                                "Add function `openSocket` to net.ts"),
                        new Row(
                                "TS2307",
                                "TypeScript check fails: error TS2307 in src/app.ts",
                                "Go build fails: cannot use cp as string value"),
                        new Row(
                                "Warum ist die Größe begrenzt?",
                                "Die Größenbegrenzung schützt den Puffer vor Überlauf",
                                "Das Protokoll wird täglich gelöscht"),
                        new Row("再試行の上限", "再試行の間隔は5秒を上限とする", "設定ファイルを読み込む"));
        for (Row row : table) {
            float[] query = embedder.embedQuery(row.query());
            List<float[]> documents =
                    embedder.embedDocuments(List.of(row.related(), row.unrelated()));
            assertThat(cosine(query, documents.getFirst()))
                    .as(row.query())
                    .isGreaterThan(cosine(query, documents.getLast()) + 0.05);
        }
    }

    @Test
    void everyVectorHasLengthOne() {
        var random = new Random(7);
        var texts = new ArrayList<>(List.of("", " ", "!!!", "\ud800", "the", "a".repeat(100_000)));
        for (int round = 0; round < 200; round++) {
            var text = new StringBuilder();
            for (int index = 0; index < random.nextInt(80); index++) {
                text.append((char) random.nextInt(0x10000));
            }
            texts.add(text.toString());
        }
        for (float[] vector : embedder.embedDocuments(texts)) {
            assertThat(vector).hasSize(256);
            assertThat(cosine(vector, vector)).isCloseTo(1.0, within(1e-5));
        }
    }

    private int fingerprint(String text) {
        var bytes = new byte[256 * 4];
        float[] vector = embedder.embedQuery(text);
        for (int index = 0; index < vector.length; index++) {
            int bits = Float.floatToIntBits(vector[index]);
            for (int shift = 0; shift < 4; shift++) {
                bytes[index * 4 + shift] = (byte) (bits >>> (8 * shift));
            }
        }
        return HashedEmbedder.murmur3(bytes, 0);
    }

    private static int murmur(String text, int seed) {
        return HashedEmbedder.murmur3(text.getBytes(StandardCharsets.UTF_8), seed);
    }

    private static double cosine(float[] left, float[] right) {
        double sum = 0;
        for (int index = 0; index < left.length; index++) {
            sum += (double) left[index] * right[index];
        }
        return sum;
    }
}
