package dev.mneme.embed.onnx;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Writes a BERT-like model with random weights: its ONNX graph, its `tokenizer.json`, and the row
/// that a registry would have for it.
///
/// Each layer is one head of attention over the tokens that the mask leaves, and a feed-forward
/// part, both with residual and layer normalization. Random as its weights are, texts that share
/// tokens come out near each other, and a text's neighbours in a batch must not show.
///
/// @param layers of attention
/// @param dimensions of a token's vector
/// @param tokenTypes whether the graph wants `token_type_ids`
public record RandomBert(int layers, int dimensions, boolean tokenTypes) {

    static final int IR_VERSION = 8;
    static final int OPSET = 17;
    static final int FLOAT = 1;
    static final int INT64 = 7;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;
    private static final long SEED = 20_261_121;
    private static final int SHELVED_TOKENS_MAX = 128;

    /// A small one: a few hundred kilobytes.
    public static RandomBert small() {
        return new RandomBert(1, 64, true);
    }

    /// The row that a registry would have. Its addresses lead nowhere.
    public KnownModel row(String name, KnownModel.Pooling pooling, int tokensMax) {
        return new KnownModel(
                name,
                ModelKind.EMBEDDING,
                "random weights",
                "Apache-2.0",
                "",
                List.of(
                        new KnownModel.File(
                                "model.onnx", "http://127.0.0.1/model.onnx", null, null),
                        new KnownModel.File(
                                "tokenizer.json", "http://127.0.0.1/tokenizer.json", null, null)),
                new KnownModel.Embedding(
                        dimensions, pooling, "passage: ", "query: ", tokensMax, null),
                null);
    }

    /// Writes both files and gives them by their names.
    public Map<String, Path> writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        return Map.of(
                "model.onnx",
                Files.write(folder.resolve("model.onnx"), graph()),
                "tokenizer.json",
                Files.writeString(folder.resolve("tokenizer.json"), tokenizer()));
    }

    /// Puts the model where `mneme models pull` would, verified, with its row in the own registry.
    public Map<String, Path> putOnShelf(MnemeHome home, String name) throws IOException {
        KnownModel row = row(name, KnownModel.Pooling.MEAN, SHELVED_TOKENS_MAX);
        Map<String, Path> files = writeTo(home.models().resolve(name));
        Files.writeString(
                home.models().resolve("own.json"), Json.write(Map.of("models", List.of(row))));
        var shelf = new ModelShelf(home, ModelRegistry.of(home));
        for (KnownModel.File file : row.files()) {
            shelf.record(row, file, ModelShelf.sha256(shelf.folder(row).resolve(file.name())));
        }
        return files;
    }

    // The tokenizer: WordPiece over letters, digits, signs and pairs of letters.

    static Map<String, Integer> vocabulary() {
        var words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]"));
        String letters = "abcdefghijklmnopqrstuvwxyz";
        for (String sign : signs(letters + "0123456789.,:;!?-_/()[]'\"`=+*#")) {
            words.add(sign);
            words.add("##" + sign);
        }
        for (String first : signs(letters)) {
            for (String second : signs(letters)) {
                words.add(first + second);
            }
        }
        var numbers = new LinkedHashMap<String, Integer>();
        words.forEach(word -> numbers.put(word, numbers.size()));
        return numbers;
    }

    private static List<String> signs(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }

    static String tokenizer() {
        var model = new LinkedHashMap<String, Object>();
        model.put("type", "WordPiece");
        model.put("unk_token", "[UNK]");
        model.put("continuing_subword_prefix", "##");
        model.put("max_input_chars_per_word", 100);
        model.put("vocab", vocabulary());
        var added = new ArrayList<Map<String, Object>>();
        for (String special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]")) {
            added.add(
                    Map.of(
                            "id", added.size(),
                            "content", special,
                            "single_word", false,
                            "lstrip", false,
                            "rstrip", false,
                            "normalized", false,
                            "special", true));
        }
        var start = Map.of("SpecialToken", Map.of("id", "[CLS]", "type_id", 0));
        var end = Map.of("SpecialToken", Map.of("id", "[SEP]", "type_id", 0));
        var text = Map.of("Sequence", Map.of("id", "A", "type_id", 0));
        var second = Map.of("Sequence", Map.of("id", "B", "type_id", 1));
        var document = new LinkedHashMap<String, @Nullable Object>();
        document.put("version", "1.0");
        document.put("truncation", null);
        document.put("padding", null);
        document.put("added_tokens", added);
        document.put(
                "normalizer",
                Map.of(
                        "type", "BertNormalizer",
                        "clean_text", true,
                        "handle_chinese_chars", true,
                        "lowercase", true));
        document.put("pre_tokenizer", Map.of("type", "BertPreTokenizer"));
        document.put(
                "post_processor",
                Map.of(
                        "type", "TemplateProcessing",
                        "single", List.of(start, text, end),
                        "pair", List.of(start, text, end, second, end),
                        "special_tokens",
                                Map.of(
                                        "[CLS]",
                                                Map.of(
                                                        "id",
                                                        "[CLS]",
                                                        "ids",
                                                        List.of(2),
                                                        "tokens",
                                                        List.of("[CLS]")),
                                        "[SEP]",
                                                Map.of(
                                                        "id",
                                                        "[SEP]",
                                                        "ids",
                                                        List.of(3),
                                                        "tokens",
                                                        List.of("[SEP]")))));
        document.put("decoder", Map.of("type", "WordPiece", "prefix", "##", "cleanup", true));
        document.put("model", model);
        return Json.write(document);
    }

    // The graph. Field numbers are those of onnx.proto.

    private byte[] graph() {
        var random = new Random(SEED);
        var graph = new Protobuf();
        int words = vocabulary().size();
        weights(graph, random, "embeddings", words, dimensions, 1);
        node(graph, "Gather", "words", "embeddings", "input_ids");
        String hidden = "words";
        if (tokenTypes) {
            weights(graph, random, "types", 2, dimensions, 0.1);
            node(graph, "Gather", "typed", "types", "token_type_ids");
            node(graph, "Add", "summed", "words", "typed");
            hidden = "summed";
        }
        mask(graph);
        for (int layer = 0; layer < layers; layer++) {
            hidden = layer(graph, random, "layer" + layer + ".", hidden);
        }
        node(graph, "Identity", "last_hidden_state", hidden);
        graph.text(2, "random-bert");
        graph.message(11, value("input_ids", INT64, "batch", "sequence"));
        graph.message(11, value("attention_mask", INT64, "batch", "sequence"));
        if (tokenTypes) {
            graph.message(11, value("token_type_ids", INT64, "batch", "sequence"));
        }
        graph.message(12, value("last_hidden_state", FLOAT, "batch", "sequence", dimensions));
        return new Protobuf()
                .number(1, IR_VERSION)
                .message(7, graph)
                .message(8, new Protobuf().text(1, "").number(2, OPSET))
                .bytes();
    }

    /// 0 where a token counts, a large negative number where there is only padding.
    private static void mask(Protobuf graph) {
        tensor(graph, "axis", new long[] {1}, new long[] {1});
        tensor(graph, "one", new long[] {}, new float[] {1});
        tensor(graph, "far", new long[] {}, new float[] {-10_000});
        node(graph, "Cast", "counts", attribute("to", FLOAT), "attention_mask");
        node(graph, "Unsqueeze", "columns", "counts", "axis");
        node(graph, "Sub", "padding", "one", "columns");
        node(graph, "Mul", "bias", "padding", "far");
    }

    private String layer(Protobuf graph, Random random, String name, String input) {
        double spread = 1 / Math.sqrt(dimensions);
        for (String part : List.of("query", "key", "value")) {
            weights(graph, random, name + part + ".w", dimensions, dimensions, spread);
            node(graph, "MatMul", name + part, input, name + part + ".w");
        }
        node(graph, "Transpose", name + "keys", attribute("perm", 0, 2, 1), name + "key");
        node(graph, "MatMul", name + "products", name + "query", name + "keys");
        tensor(graph, name + "scale", new long[] {}, new float[] {(float) spread});
        node(graph, "Mul", name + "scaled", name + "products", name + "scale");
        node(graph, "Add", name + "masked", name + "scaled", "bias");
        node(graph, "Softmax", name + "attention", attribute("axis", -1), name + "masked");
        node(graph, "MatMul", name + "seen", name + "attention", name + "value");
        node(graph, "Add", name + "added", input, name + "seen");
        String middle = normalized(graph, name + "first", name + "added");
        weights(graph, random, name + "up.w", dimensions, 4 * dimensions, spread);
        weights(graph, random, name + "down.w", 4 * dimensions, dimensions, spread / 2);
        node(graph, "MatMul", name + "up", middle, name + "up.w");
        node(graph, "Relu", name + "active", name + "up");
        node(graph, "MatMul", name + "down", name + "active", name + "down.w");
        node(graph, "Add", name + "again", middle, name + "down");
        return normalized(graph, name + "second", name + "again");
    }

    private String normalized(Protobuf graph, String name, String input) {
        var ones = new float[dimensions];
        Arrays.fill(ones, 1);
        tensor(graph, name + ".g", new long[] {dimensions}, ones);
        tensor(graph, name + ".b", new long[] {dimensions}, new float[dimensions]);
        node(
                graph,
                "LayerNormalization",
                name,
                attribute("epsilon", 1e-5f),
                input,
                name + ".g",
                name + ".b");
        return name;
    }

    static void weights(
            Protobuf graph, Random random, String name, int rows, int columns, double spread) {
        var values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * spread);
        }
        tensor(graph, name, new long[] {rows, columns}, values);
    }

    static void tensor(Protobuf graph, String name, long[] shape, float[] values) {
        var tensor = shaped(shape).number(2, FLOAT).text(8, name).floats(9, values);
        graph.message(5, tensor);
    }

    static void tensor(Protobuf graph, String name, long[] shape, long[] values) {
        graph.message(5, shaped(shape).number(2, INT64).text(8, name).longs(9, values));
    }

    private static Protobuf shaped(long[] shape) {
        var tensor = new Protobuf();
        for (long length : shape) {
            tensor.number(1, length);
        }
        return tensor;
    }

    static void node(Protobuf graph, String operator, String output, String... inputs) {
        node(graph, operator, output, null, inputs);
    }

    static void node(
            Protobuf graph,
            String operator,
            String output,
            @Nullable Protobuf attribute,
            String... inputs) {
        var node = new Protobuf();
        for (String input : inputs) {
            node.text(1, input);
        }
        node.text(2, output).text(3, output).text(4, operator);
        if (attribute != null) {
            node.message(5, attribute);
        }
        graph.message(1, node);
    }

    static Protobuf attribute(String name, int value) {
        return new Protobuf().text(1, name).number(3, value).number(20, ATTRIBUTE_INT);
    }

    private static Protobuf attribute(String name, float value) {
        // A float field is 32 bits, little-endian, of the wire type 5.
        int bits = Float.floatToIntBits(value);
        return new Protobuf().text(1, name).fixed32(2, bits).number(20, ATTRIBUTE_FLOAT);
    }

    private static Protobuf attribute(String name, int first, int second, int third) {
        return new Protobuf()
                .text(1, name)
                .number(8, first)
                .number(8, second)
                .number(8, third)
                .number(20, ATTRIBUTE_INTS);
    }

    static Protobuf value(String name, int type, Object... dimensions) {
        var shape = new Protobuf();
        for (Object dimension : dimensions) {
            shape.message(
                    1,
                    dimension instanceof Integer length
                            ? new Protobuf().number(1, length)
                            : new Protobuf().text(2, dimension.toString()));
        }
        return new Protobuf()
                .text(1, name)
                .message(
                        2,
                        new Protobuf()
                                .message(1, new Protobuf().number(1, type).message(2, shape)));
    }
}
