package dev.mneme.llama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Writes a model of the llama architecture with random weights: one layer, a few hundred tokens,
/// about 300 KB. It says nothing, but it says it through the real library, one token at a time,
/// and it may choose any token at any place.
///
/// The file is GGUF, version 3: a header of keys and values, the names and shapes of the tensors,
/// then their bytes, each aligned to 32.
public final class TinyModel {

    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;

    private static final int TYPE_UINT32 = 4;
    private static final int TYPE_INT32 = 5;
    private static final int TYPE_FLOAT32 = 6;
    private static final int TYPE_STRING = 8;
    private static final int TYPE_ARRAY = 9;
    private static final int TENSOR_F32 = 0;

    private static final int TOKEN_NORMAL = 1;
    private static final int TOKEN_UNKNOWN = 2;
    private static final int TOKEN_CONTROL = 3;
    private static final int TOKEN_BYTE = 6;

    private static final int WIDTH = 64;
    private static final int INNER_WIDTH = 96;
    private static final int HEADS = 4;
    private static final int CONTEXT_TOKENS = 32_768;

    /// What makes long answers of few tokens possible beside the 256 bytes.
    private static final List<String> PIECES =
            List.of(
                    "\u2581",
                    "e",
                    "t",
                    "a",
                    "o",
                    "\u2581the",
                    "ing",
                    "\",\"",
                    "\":",
                    "[\"",
                    "\"]",
                    "\":\"",
                    "{\"",
                    "\"}",
                    "title",
                    "type",
                    "narrative",
                    "\u00e9",
                    "\u4e2d",
                    "\ud83d\ude00",
                    "\\n",
                    "\\\"",
                    "src/",
                    ".java",
                    "retry",
                    "\u2581because");

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Random random;
    private final double spread;

    private TinyModel(long seed, double spread) {
        this.random = new Random(seed);
        this.spread = spread;
    }

    /// Writes the model and returns its file. The same seed gives the same file.
    public static Path write(Path file, long seed) {
        return write(file, seed, 0.5);
    }

    /// Writes a model that is more or less sure of itself.
    ///
    /// @param spread of the weights: the larger, the surer the model is of its next token
    public static Path write(Path file, long seed, double spread) {
        try {
            return Files.write(file, new TinyModel(seed, spread).content());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private record Tensor(String name, int... shape) {

        int values() {
            int count = 1;
            for (int side : shape) {
                count *= side;
            }
            return count;
        }
    }

    private byte[] content() {
        List<String> tokens = tokens();
        List<Tensor> tensors = tensors(tokens.size());
        bytes.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        int32(VERSION);
        int64(tensors.size());
        int64(19);
        string("general.architecture", "llama");
        string("general.name", "tiny");
        uint32("general.alignment", ALIGNMENT);
        uint32("llama.context_length", CONTEXT_TOKENS);
        uint32("llama.embedding_length", WIDTH);
        uint32("llama.block_count", 1);
        uint32("llama.feed_forward_length", INNER_WIDTH);
        uint32("llama.attention.head_count", HEADS);
        uint32("llama.attention.head_count_kv", HEADS);
        uint32("llama.rope.dimension_count", WIDTH / HEADS);
        key("llama.attention.layer_norm_rms_epsilon", TYPE_FLOAT32);
        float32(1e-5f);
        string("tokenizer.ggml.model", "llama");
        array("tokenizer.ggml.tokens", TYPE_STRING, tokens.size());
        tokens.forEach(this::string);
        array("tokenizer.ggml.scores", TYPE_FLOAT32, tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            float32(-id);
        }
        array("tokenizer.ggml.token_type", TYPE_INT32, tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            int32(kind(id));
        }
        uint32("tokenizer.ggml.bos_token_id", 1);
        uint32("tokenizer.ggml.eos_token_id", 2);
        uint32("tokenizer.ggml.unknown_token_id", 0);
        uint32("general.file_type", 0);
        directory(tensors);
        align();
        for (Tensor tensor : tensors) {
            weights(tensor);
            align();
        }
        return bytes.toByteArray();
    }

    private static List<String> tokens() {
        var tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
        }
        tokens.addAll(PIECES);
        return tokens;
    }

    private static int kind(int id) {
        return switch (id) {
            case 0 -> TOKEN_UNKNOWN;
            case 1, 2 -> TOKEN_CONTROL;
            default -> id < 3 + 256 ? TOKEN_BYTE : TOKEN_NORMAL;
        };
    }

    private static List<Tensor> tensors(int tokens) {
        return List.of(
                new Tensor("token_embd.weight", WIDTH, tokens),
                new Tensor("blk.0.attn_norm.weight", WIDTH),
                new Tensor("blk.0.attn_q.weight", WIDTH, WIDTH),
                new Tensor("blk.0.attn_k.weight", WIDTH, WIDTH),
                new Tensor("blk.0.attn_v.weight", WIDTH, WIDTH),
                new Tensor("blk.0.attn_output.weight", WIDTH, WIDTH),
                new Tensor("blk.0.ffn_norm.weight", WIDTH),
                new Tensor("blk.0.ffn_gate.weight", WIDTH, INNER_WIDTH),
                new Tensor("blk.0.ffn_up.weight", WIDTH, INNER_WIDTH),
                new Tensor("blk.0.ffn_down.weight", INNER_WIDTH, WIDTH),
                new Tensor("output_norm.weight", WIDTH),
                new Tensor("output.weight", WIDTH, tokens));
    }

    private void directory(List<Tensor> tensors) {
        long offset = 0;
        for (Tensor tensor : tensors) {
            string(tensor.name());
            int32(tensor.shape().length);
            for (int side : tensor.shape()) {
                int64(side);
            }
            int32(TENSOR_F32);
            int64(offset);
            offset += aligned((long) tensor.values() * Float.BYTES);
        }
    }

    private void weights(Tensor tensor) {
        for (int index = 0; index < tensor.values(); index++) {
            float32(
                    tensor.name().endsWith("norm.weight")
                            ? 1
                            : (float) (random.nextGaussian() * spread));
        }
    }

    private static long aligned(long length) {
        return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void align() {
        bytes.writeBytes(new byte[(int) (aligned(bytes.size()) - bytes.size())]);
    }

    private void string(String name, String value) {
        key(name, TYPE_STRING);
        string(value);
    }

    private void uint32(String name, int value) {
        key(name, TYPE_UINT32);
        int32(value);
    }

    private void array(String name, int type, int length) {
        key(name, TYPE_ARRAY);
        int32(type);
        int64(length);
    }

    private void key(String name, int type) {
        string(name);
        int32(type);
    }

    private void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int64(utf8.length);
        bytes.writeBytes(utf8);
    }

    private void int32(int value) {
        bytes.writeBytes(little(Integer.BYTES).putInt(value).array());
    }

    private void int64(long value) {
        bytes.writeBytes(little(Long.BYTES).putLong(value).array());
    }

    private void float32(float value) {
        bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
    }

    private static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
