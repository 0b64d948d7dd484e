package dev.mneme.embed.onnx;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A cross-encoder as small as one can be, and a real one: the more tokens of the text are tokens
/// of the query, the higher its score. Random vectors of tokens are summed on both sides of the
/// pair, told apart by their types, and multiplied.
public final class TinyCrossEncoder {

    private static final int DIMENSIONS = 64;
    private static final int TOKENS_MAX = 128;
    private static final long SEED = 20_261_122;

    /// [PAD], [UNK], [CLS] and [SEP] say nothing.
    private static final int SPECIAL = 4;

    private static final float SCALE = 0.5f;
    private static final float BIAS = -6;

    private TinyCrossEncoder() {}

    /// The row that a registry would have. Its addresses lead nowhere.
    public static KnownModel row(String name) {
        return new KnownModel(
                name,
                ModelKind.RERANKING,
                "counts tokens",
                "Apache-2.0",
                "",
                List.of(
                        new KnownModel.File(
                                "model.onnx", "http://127.0.0.1/model.onnx", null, null),
                        new KnownModel.File(
                                "tokenizer.json", "http://127.0.0.1/tokenizer.json", null, null)),
                null,
                new KnownModel.Reranking(TOKENS_MAX));
    }

    /// Writes both files and gives them by their names.
    public static Map<String, Path> writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Map.of(
                "model.onnx",
                Files.write(folder.resolve("model.onnx"), graph()),
                "tokenizer.json",
                Files.writeString(folder.resolve("tokenizer.json"), RandomBert.tokenizer()));
    }

    /// Puts the model where `mneme models pull` would, verified, with its row in the own registry.
    public static void putOnShelf(MnemeHome home, String name) throws IOException {
        KnownModel row = row(name);
        writeTo(home.models().resolve(name));
        Files.writeString(
                home.models().resolve("own.json"), Json.write(Map.of("models", List.of(row))));
        var shelf = new ModelShelf(home, ModelRegistry.of(home));
        for (KnownModel.File file : row.files()) {
            shelf.record(row, file, ModelShelf.sha256(shelf.folder(row).resolve(file.name())));
        }
    }

    private static byte[] graph() {
        var random = new Random(SEED);
        var graph = new Protobuf();
        int words = RandomBert.vocabulary().size();
        var vectors = new float[words * DIMENSIONS];
        for (int i = SPECIAL * DIMENSIONS; i < vectors.length; i++) {
            vectors[i] = (float) (random.nextGaussian() / Math.sqrt(DIMENSIONS));
        }
        RandomBert.tensor(graph, "vectors", new long[] {words, DIMENSIONS}, vectors);
        RandomBert.tensor(graph, "one", new long[] {1}, new long[] {1});
        RandomBert.tensor(graph, "two", new long[] {1}, new long[] {2});
        RandomBert.tensor(graph, "scale", new long[] {1}, new float[] {SCALE});
        RandomBert.tensor(graph, "bias", new long[] {1}, new float[] {BIAS});
        RandomBert.node(graph, "Gather", "tokens", "vectors", "input_ids");
        for (String input : List.of("attention_mask", "token_type_ids")) {
            RandomBert.node(
                    graph,
                    "Cast",
                    input + ".number",
                    RandomBert.attribute("to", RandomBert.FLOAT),
                    input);
            RandomBert.node(graph, "Unsqueeze", input + ".column", input + ".number", "two");
        }
        RandomBert.node(graph, "Mul", "of.text", "attention_mask.column", "token_type_ids.column");
        RandomBert.node(graph, "Sub", "of.query", "attention_mask.column", "of.text");
        for (String side : List.of("query", "text")) {
            RandomBert.node(graph, "Mul", side + ".tokens", "tokens", "of." + side);
            RandomBert.node(graph, "ReduceSum", side + ".sum", side + ".tokens", "one");
        }
        RandomBert.node(graph, "Mul", "products", "query.sum", "text.sum");
        RandomBert.node(graph, "ReduceSum", "product", "products", "two");
        RandomBert.node(graph, "Squeeze", "overlap", "product", "two");
        RandomBert.node(graph, "Mul", "scaled", "overlap", "scale");
        RandomBert.node(graph, "Add", "logits", "scaled", "bias");
        graph.text(2, "tiny-cross-encoder");
        for (String input : List.of("input_ids", "attention_mask", "token_type_ids")) {
            graph.message(11, RandomBert.value(input, RandomBert.INT64, "batch", "sequence"));
        }
        graph.message(12, RandomBert.value("logits", RandomBert.FLOAT, "batch", 1));
        return new Protobuf()
                .number(1, RandomBert.IR_VERSION)
                .message(7, graph)
                .message(8, new Protobuf().text(1, "").number(2, RandomBert.OPSET))
                .bytes();
    }
}
