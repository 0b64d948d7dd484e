package dev.mneme.embed.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The real tokenizers and the real ONNX Runtime, on models that are written here and, where it is
/// present, on one that others made.
final class OnnxEmbedderIT {

    private static final int TOKENS_MAX = 128;
    private static final double SAME = 1e-5;
    private static final long SEED = 11;

    @TempDir private static Path folder;
    private static Map<String, Path> files;

    @BeforeAll
    static void write() throws IOException {
        files = RandomBert.small().writeTo(folder.resolve("small"));
    }

    /// Left alone, the libraries would unpack themselves to the home and the temporary folder, and
    /// ONNX Runtime would keep an identifier for its reports there.
    @Test
    void nothingNativeLiesOutsideTheFolderItWasGiven() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Path natives = folder.resolve("natives");
        var builder =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-Djava.io.tmpdir=" + temporary,
                                "-Duser.home=" + home,
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NativesProgram.class.getName(),
                                folder.resolve("model").toString(),
                                natives.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("output").toFile());
        // Where `CI` is set ONNX Runtime is silent by itself, which would prove nothing.
        builder.environment().keySet().removeAll(List.of("CI", "XDG_CACHE_HOME", "TF_BUILD"));
        builder.environment().put("HOME", home.toString());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }

        // A machine with half a CUDA installation says so first.
        assertThat(Files.readString(folder.resolve("output"))).contains("dimensions 64");
        assertThat(process.exitValue()).isZero();
        assertThat(home).isEmptyDirectory();
        try (Stream<Path> left = Files.walk(temporary)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
        try (Stream<Path> files = Files.walk(natives)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .contains(
                            System.mapLibraryName("onnxruntime"),
                            System.mapLibraryName("onnxruntime4j_jni"),
                            System.mapLibraryName("tokenizers"));
        }
    }

    @ParameterizedTest
    @EnumSource(KnownModel.Pooling.class)
    void aTextGivesTheSameVectorAloneAndInAnyBatch(KnownModel.Pooling pooling) {
        var random = new Random(SEED);
        var texts = new ArrayList<>(List.of("", "one", "The retry backoff is capped at 5 s."));
        for (int i = 0; i < 60; i++) {
            texts.add(words(random, 1 + random.nextInt(90)));
        }
        try (var embedder = open(pooling)) {
            List<float[]> together = embedder.embedDocuments(texts);
            assertThat(together).hasSameSizeAs(texts);
            for (int i = 0; i < texts.size(); i++) {
                float[] alone = embedder.embedDocuments(List.of(texts.get(i))).getFirst();
                assertThat(distance(alone, together.get(i))).as(texts.get(i)).isLessThan(SAME);
                assertThat(dot(alone, alone)).isCloseTo(1, within(SAME));
            }
        }
    }

    @Test
    void textsThatShareTokensLieNearEachOther() {
        try (var embedder = open(KnownModel.Pooling.MEAN)) {
            float[] text = embedder.embedQuery("cap the retry backoff");
            assertThat(dot(text, embedder.embedQuery("the retry backoff was capped")))
                    .isGreaterThan(dot(text, embedder.embedQuery("0815 4711 : + * # 77")) + 0.1);
        }
    }

    @Test
    void documentsAndQueriesGetTheirOwnPrefix() {
        KnownModel row = row(KnownModel.Pooling.MEAN);
        KnownModel plain = row("", "");
        try (var embedder = OnnxEmbedder.open(row, files, natives());
                var bare = OnnxEmbedder.open(plain, files, natives())) {
            assertThat(distance(embedder.embedQuery("x"), bare.embedQuery("query: x")))
                    .isLessThan(SAME);
            assertThat(
                            distance(
                                    embedder.embedDocuments(List.of("x")).getFirst(),
                                    bare.embedQuery("passage: x")))
                    .isLessThan(SAME);
            assertThat(distance(embedder.embedQuery("x"), bare.embedQuery("x")))
                    .isGreaterThan(0.01);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 512, 700, 2_048})
    void aTextBeyondTheLimitIsCutExactlyThere(int limit) {
        KnownModel row = RandomBert.small().row("small", KnownModel.Pooling.MEAN, limit);
        try (var embedder = OnnxEmbedder.open(row, files, natives())) {
            assertThat(embedder.tokens("one ".repeat(limit))).hasSize(limit);
        }
    }

    @Test
    void whatIsCutOffDoesNotCount() {
        String limit = "z".repeat(99) + " ";
        try (var embedder = open(KnownModel.Pooling.MEAN)) {
            assertThat(embedder.tokens(limit.repeat(50))).hasSize(TOKENS_MAX);
            assertThat(
                            distance(
                                    embedder.embedQuery(limit.repeat(20)),
                                    embedder.embedQuery(limit.repeat(2_000))))
                    .isLessThan(SAME);
        }
    }

    @Test
    void aBatchIsSortedByLengthAndNoRunIsLargerThanItMayBe() {
        var tokens = new ArrayList<long[]>();
        var random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            tokens.add(new long[1 + random.nextInt(500)]);
        }
        tokens.add(new long[10_000]);

        List<List<Integer>> runs = OnnxEmbedder.runs(tokens, 32);

        assertThat(runs.stream().flatMap(List::stream).sorted().toList())
                .isEqualTo(Stream.iterate(0, i -> i + 1).limit(tokens.size()).toList());
        int before = 0;
        for (List<Integer> run : runs) {
            int longest = tokens.get(run.getLast()).length;
            assertThat(run.size()).isLessThanOrEqualTo(32);
            assertThat(run.size() == 1 || run.size() * longest <= 4_096).isTrue();
            assertThat(tokens.get(run.getFirst()).length).isGreaterThanOrEqualTo(before);
            before = longest;
        }
    }

    @Test
    void aModelThatWantsTextsAloneGetsThemAlone() {
        assertThat(OnnxEmbedder.runs(List.of(new long[2], new long[2], new long[2]), 1)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "tokenizer.json"})
    void aFileThatWasCutOffIsRefusedByName(String name) throws IOException {
        Map<String, Path> cut = RandomBert.small().writeTo(folder.resolve("cut-" + name));
        Path file = Objects.requireNonNull(cut.get(name));
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() / 2);
        }
        assertThatThrownBy(() -> OnnxEmbedder.open(row(KnownModel.Pooling.MEAN), cut, natives()))
                .isInstanceOf(BrokenModel.class)
                .hasMessageContaining("`small`")
                .hasMessageContaining(file.toString());
    }

    @Test
    void aModelThatIsNotWhatItsRowSaysIsRefused() throws IOException {
        Map<String, Path> other = new RandomBert(1, 32, false).writeTo(folder.resolve("other"));
        assertThatThrownBy(() -> OnnxEmbedder.open(row(KnownModel.Pooling.MEAN), other, natives()))
                .isInstanceOf(BrokenModel.class)
                .hasMessageContaining("64 dimensions");

        var incomplete = new HashMap<>(files);
        incomplete.remove("tokenizer.json");
        assertThatThrownBy(
                        () ->
                                OnnxEmbedder.open(
                                        row(KnownModel.Pooling.MEAN), incomplete, natives()))
                .isInstanceOf(BrokenModel.class)
                .hasMessageContaining("tokenizer.json");
    }

    /// A model of other people with the vector they expect of it.
    @Test
    void aModelOfOthersGivesTheirGoldenVector() throws IOException {
        Path shared =
                Path.of(System.getProperty("mneme.root"))
                        .resolve("../shared/data/models/m2v-bge-vq64");
        if (!Files.isDirectory(shared)) {
            if ("1".equals(System.getenv("MNEME_REQUIRE_SHARED"))) {
                fail("`" + shared + "` is missing, and MNEME_REQUIRE_SHARED=1");
            }
            System.out.println("not run: no model in ../shared/data/models/m2v-bge-vq64");
            return;
        }
        var row =
                new KnownModel(
                        "m2v-bge-vq64",
                        ModelKind.EMBEDDING,
                        "",
                        "MIT",
                        "",
                        row(KnownModel.Pooling.MEAN).files(),
                        new KnownModel.Embedding(64, KnownModel.Pooling.MEAN, "", "", 2_048, null),
                        null);
        JsonNode golden = Json.tree(Files.readString(shared.resolve("golden-hello-x1000.json")));
        float[] expected = vector(golden);
        try (var embedder =
                OnnxEmbedder.open(
                        row,
                        Map.of(
                                "model.onnx",
                                shared.resolve("model.onnx"),
                                "tokenizer.json",
                                shared.resolve("tokenizer.json")),
                        natives())) {
            float[] found = embedder.embedQuery("hello ".repeat(1_000).strip());

            assertThat(distance(found, expected)).isLessThan(1e-4);
            assertThat(
                            dot(
                                    embedder.embedQuery("the car engine broke on the highway"),
                                    embedder.embedQuery(
                                            "my truck's motor failed while driving on the road")))
                    .isCloseTo(0.85, within(0.01));
            assertThat(Embedder.saysNothing(embedder.embedQuery(""))).isTrue();
        }
    }

    private static float[] vector(JsonNode golden) {
        JsonNode array = golden;
        while (array.size() == 1 || !array.isArray()) {
            array = array.iterator().next();
        }
        var values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).floatValue();
        }
        return values;
    }

    private static String words(Random random, int count) {
        var text = new StringBuilder();
        for (int word = 0; word < count; word++) {
            for (int letter = 1 + random.nextInt(8); letter > 0; letter--) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            text.append(' ');
        }
        return text.toString();
    }

    private static OnnxEmbedder open(KnownModel.Pooling pooling) {
        return OnnxEmbedder.open(row(pooling), files, natives());
    }

    private static KnownModel row(KnownModel.Pooling pooling) {
        return RandomBert.small().row("small", pooling, TOKENS_MAX);
    }

    private static KnownModel row(String documentPrefix, String queryPrefix) {
        KnownModel row = row(KnownModel.Pooling.MEAN);
        return new KnownModel(
                row.name(),
                row.kind(),
                row.about(),
                row.licence(),
                row.source(),
                row.files(),
                new KnownModel.Embedding(
                        64, KnownModel.Pooling.MEAN, documentPrefix, queryPrefix, TOKENS_MAX, null),
                null);
    }

    /// A native library is loaded once into a process, from the folder that came first.
    private static Path natives() {
        return TestNatives.FOLDER;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }

    private static double distance(float[] left, float[] right) {
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            largest = Math.max(largest, Math.abs(left[i] - right[i]));
        }
        return largest;
    }
}
