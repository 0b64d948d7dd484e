package dev.mneme.bench;

import ai.onnxruntime.OrtException;

import dev.mneme.embed.WordsEmbedder;
import dev.mneme.embed.onnx.BareRuntime;
import dev.mneme.embed.onnx.OnnxEmbedder;
import dev.mneme.embed.onnx.RandomBert;
import dev.mneme.protocol.models.KnownModel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// What the embedder adds to ONNX Runtime: tokens, batches, pooling.
final class EmbedBench {

    private static final double SHARE_MIN = 0.9;

    /// As wide as a small sentence model that people use, with half of its layers: what is added to
    /// the runtime weighs twice as much.
    private static final RandomBert MODEL = new RandomBert(3, 384, false);

    private static final int TOKENS_MAX = 256;

    /// As many as the daemon embeds at once.
    private static final int CHUNK_TEXTS = 32;

    private static final int CHUNKS = 2;
    private static final int ROUNDS = 5;
    private static final int ROUNDS_SHORT = 3;

    /// A title alone, up to a narrative with its facts.
    private static final int WORDS_MIN = 4;

    private static final int WORDS_MAX = 90;
    private static final int LETTERS_MIN = 2;
    private static final int LETTERS_MAX = 9;
    private static final long SEED = 7;
    private static final int WORD_VECTOR_ROUNDS = 200;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MICROSECOND = 1e3;

    private EmbedBench() {}

    static Report run(boolean quick) throws BenchFailure, IOException {
        Path folder = Files.createTempDirectory("mneme-bench-embed-");
        try {
            return measure(folder, quick ? ROUNDS_SHORT : ROUNDS);
        } catch (OrtException failed) {
            throw new BenchFailure(
                    "ONNX Runtime does not run the model (" + failed.getCode() + ")",
                    "see whether `mneme models list` works on this machine");
        } finally {
            delete(folder);
        }
    }

    private static Report measure(Path folder, int rounds) throws IOException, OrtException {
        var report = new Report("embed");
        report.comparedWith("bare ONNX Runtime on the same batches of tokens, same options");
        Map<String, Path> files = MODEL.writeTo(folder.resolve("model"));
        KnownModel row = MODEL.row("bench", KnownModel.Pooling.MEAN, TOKENS_MAX);
        Path weights = Objects.requireNonNull(files.get("model.onnx"));
        List<List<String>> chunks = chunks();
        int texts = CHUNKS * CHUNK_TEXTS;
        try (var embedder = OnnxEmbedder.open(row, files, folder.resolve("natives"));
                var bare = new BareRuntime(embedder, weights, chunks)) {
            var ours = new ArrayList<Double>();
            var theirs = new ArrayList<Double>();
            for (int round = 0; round <= rounds; round++) {
                double ourSeconds = seconds(() -> chunks.forEach(embedder::embedDocuments));
                double theirSeconds = seconds(bare::run);
                // The first round warms both up.
                if (round > 0) {
                    ours.add(texts / ourSeconds);
                    theirs.add(texts / theirSeconds);
                }
            }
            double our = Report.median(ours);
            double their = Report.median(theirs);
            report.figure("texts", texts);
            report.figure("batches", bare.batches());
            report.figure("texts_per_second", Report.rounded(our));
            report.figure("texts_per_second_bare", Report.rounded(their));
            report.figure("built_in_us_per_text", Report.rounded(builtIn(chunks)));
            report.atLeast("texts a second, share of bare ONNX Runtime", our / their, SHARE_MIN);
            return report;
        }
    }

    private static double builtIn(List<List<String>> chunks) throws OrtException {
        var embedder = new WordsEmbedder();
        chunks.forEach(embedder::embedDocuments);
        double seconds =
                seconds(
                        () -> {
                            for (int round = 0; round < WORD_VECTOR_ROUNDS; round++) {
                                chunks.forEach(embedder::embedDocuments);
                            }
                        });
        return seconds
                * NANOS_PER_SECOND
                / NANOS_PER_MICROSECOND
                / (WORD_VECTOR_ROUNDS * CHUNKS * CHUNK_TEXTS);
    }

    private static List<List<String>> chunks() {
        var dice = new Dice(SEED);
        var chunks = new ArrayList<List<String>>();
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            var texts = new ArrayList<String>();
            for (int text = 0; text < CHUNK_TEXTS; text++) {
                var words = new StringBuilder();
                for (int left = dice.between(WORDS_MIN, WORDS_MAX); left > 0; left--) {
                    words.append(
                                    left % 2 == 0
                                            ? dice.word()
                                            : dice.of(
                                                    Dice.LOWER,
                                                    dice.between(LETTERS_MIN, LETTERS_MAX)))
                            .append(' ');
                }
                texts.add(words.toString());
            }
            chunks.add(texts);
        }
        return chunks;
    }

    @FunctionalInterface
    private interface Work {
        void run() throws OrtException;
    }

    private static double seconds(Work work) throws OrtException {
        long started = System.nanoTime();
        work.run();
        return (System.nanoTime() - started) / NANOS_PER_SECOND;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
