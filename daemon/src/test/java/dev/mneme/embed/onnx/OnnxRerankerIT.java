package dev.mneme.embed.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mneme.embed.BrokenModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A cross-encoder in ONNX Runtime: a real graph and a real tokenizer, as small as they can be.
final class OnnxRerankerIT {

    private static final String QUERY = "quartz";

    @TempDir Path folder;

    @Test
    void aTextThatSharesMoreWithTheQueryScoresHigherAndEachAsItDoesAlone() throws Exception {
        Map<String, Path> files = TinyCrossEncoder.writeTo(folder);
        List<String> texts =
                List.of("mild pond", "quartz quartz", "", "quartz", "quartz ".repeat(500));
        try (var reranker =
                OnnxReranker.open(TinyCrossEncoder.row("tiny"), files, TestNatives.FOLDER)) {
            float[] scores = reranker.scores(QUERY, texts);

            assertThat(scores[1]).isGreaterThan(scores[3]);
            assertThat(scores[3]).isGreaterThan(scores[0]);
            for (int i = 0; i < texts.size(); i++) {
                assertThat(scores[i]).isBetween(0f, 1f);
                assertThat(reranker.scores(QUERY, List.of(texts.get(i)))[0])
                        .as(texts.get(i))
                        .isCloseTo(scores[i], within(1e-4f));
            }
            assertThat(reranker.scores(QUERY, List.of())).isEmpty();
        }
    }

    @Test
    void aModelThatIsNoneIsRefusedByName() throws Exception {
        Map<String, Path> embedder = RandomBert.small().writeTo(folder.resolve("embedder"));
        assertThatThrownBy(
                        () ->
                                OnnxReranker.open(
                                        TinyCrossEncoder.row("tiny"), embedder, TestNatives.FOLDER))
                .isInstanceOf(BrokenModel.class)
                .hasMessageContaining("not a score for each text");

        Map<String, Path> files = TinyCrossEncoder.writeTo(folder.resolve("torn"));
        Path weights = folder.resolve("torn").resolve("model.onnx");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(
                        () ->
                                OnnxReranker.open(
                                        TinyCrossEncoder.row("tiny"), files, TestNatives.FOLDER))
                .isInstanceOf(BrokenModel.class)
                .hasMessageContaining("no usable ONNX graph");
    }
}
