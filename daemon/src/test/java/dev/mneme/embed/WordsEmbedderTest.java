package dev.mneme.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

final class WordsEmbedderTest {

    private final WordsEmbedder embedder = new WordsEmbedder();

    /// The vectors that came with the words, made by the program that made those.
    @Test
    void givesTheGoldenVectors() throws IOException {
        JsonNode golden;
        try (InputStream in =
                Objects.requireNonNull(
                        WordsEmbedderTest.class.getResourceAsStream("mneme-words-golden.json"))) {
            golden = Json.tree(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertThat(golden.size()).isEqualTo(8);
        for (JsonNode one : golden) {
            String text = one.at("/text").asString();
            float[] vector = embedder.embedQuery(text);
            for (int i = 0; i < vector.length; i++) {
                assertThat((double) vector[i])
                        .as("%s [%s]", text, i)
                        .isCloseTo(one.at("/vector/" + i).asDouble(), within(1e-6));
            }
        }
    }

    @Test
    void namesItsModel() {
        assertThat(embedder.model())
                .isEqualTo(new Embedder.Model("mneme-words-v1", 160, "built-in"));
    }

    @Test
    void isTheSameAloneAndInABatch() {
        List<String> texts = List.of("one", "", "zwei Server", "三つ", "one");
        List<float[]> batch = embedder.embedDocuments(texts);
        for (int i = 0; i < texts.size(); i++) {
            assertThat(batch.get(i)).containsExactly(embedder.embedQuery(texts.get(i)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "postgres refuses connections, ECONNREFUSED 127.0.0.1:5432, tomato soup recipe",
        "retries, wait longer after each failure and try again, rename the docs folder",
        "login token expired, AuthController rejects the session, sort the rows by price"
    })
    void relatedWordsAreCloserThanUnrelatedOnes(String query, String related, String unrelated) {
        assertThat(cosine(query, related)).isGreaterThan(cosine(query, unrelated) + 0.1);
    }

    @ParameterizedTest
    @CsvSource({
        "handleSessionInit, handle session init",
        "HTTPServer, http server",
        "sha256Hash, sha 256 hash",
        "src/retry_policy.py, src retry policy py",
        "a timeout, timeout"
    })
    void splitsAsSearchDoes(String written, String words) {
        assertThat(embedder.embedQuery(written)).containsExactly(embedder.embedQuery(words));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "!!!", "再試行の上限", "\ud800", "x y z", "qqxxqqzz"})
    void aTextWithoutKnownWordsHasNoVector(String text) {
        assertThat(Embedder.saysNothing(embedder.embedQuery(text))).isTrue();
    }

    @Test
    void everyOtherVectorHasLengthOneWhateverTheText() {
        var random = new Random(7);
        var texts = new ArrayList<>(List.of("the ".repeat(100_000), "a1".repeat(100_000)));
        for (int round = 0; round < 200; round++) {
            var text = new StringBuilder("server ");
            for (int i = random.nextInt(80); i > 0; i--) {
                text.append((char) random.nextInt(0x10000));
            }
            texts.add(text.toString());
        }
        for (float[] vector : embedder.embedDocuments(texts)) {
            assertThat(dot(vector, vector)).isCloseTo(1.0, within(1e-5));
        }
    }

    private double cosine(String left, String right) {
        return dot(embedder.embedQuery(left), embedder.embedQuery(right));
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
