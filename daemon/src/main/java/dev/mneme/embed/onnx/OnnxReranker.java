package dev.mneme.embed.onnx;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Reranker;
import dev.mneme.protocol.models.KnownModel;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A cross-encoder as an ONNX graph: a query and a text in one sequence of tokens in, one number
/// out (or two, of which the second speaks for the text), brought to 0 to 1.
///
/// Safe for use by several threads, which wait for each other: one run takes all the processors
/// that a model may have.
public final class OnnxReranker implements Reranker, AutoCloseable {

    private final KnownModel row;
    private final HuggingFaceTokenizer tokenizer;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private boolean closed;

    private OnnxReranker(
            KnownModel row,
            HuggingFaceTokenizer tokenizer,
            OrtEnvironment environment,
            OrtSession session) {
        this.row = row;
        this.tokenizer = tokenizer;
        this.environment = environment;
        this.session = session;
    }

    /// Loads a model and tries it on one pair. Throws `BrokenModel` where it cannot be used.
    ///
    /// @param files of the model by their names in the registry
    public static OnnxReranker open(KnownModel row, Map<String, Path> files, Path natives) {
        KnownModel.Reranking how = row.reranking();
        if (how == null) {
            throw new BrokenModel(row.name(), "it is no reranker");
        }
        Path weights = OnnxEmbedder.file(row, files, OnnxEmbedder.WEIGHTS);
        Path vocabulary = OnnxEmbedder.file(row, files, OnnxEmbedder.TOKENIZER);
        OnnxEmbedder.prepareNatives(row, natives);
        HuggingFaceTokenizer tokenizer = OnnxEmbedder.tokenizer(row, how.tokensMax(), vocabulary);
        OnnxReranker reranker;
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            environment.setTelemetry(false);
            reranker =
                    new OnnxReranker(
                            row,
                            tokenizer,
                            environment,
                            environment.createSession(weights.toString(), OnnxEmbedder.options()));
        } catch (OrtException unreadable) {
            tokenizer.close();
            throw new BrokenModel(
                    row.name(),
                    "`" + weights + "` is no usable ONNX graph (" + unreadable.getCode() + ")",
                    unreadable);
        } catch (LinkageError unloadable) {
            tokenizer.close();
            throw new BrokenModel(
                    row.name(), "ONNX Runtime does not load on this machine", unloadable);
        }
        try {
            reranker.checkGraph();
            reranker.scores("mneme", List.of("memory"));
            return reranker;
        } catch (OrtException | IllegalStateException failed) {
            reranker.close();
            throw new BrokenModel(row.name(), String.valueOf(failed.getMessage()), failed);
        } catch (BrokenModel broken) {
            reranker.close();
            throw broken;
        }
    }

    private void checkGraph() throws OrtException {
        if (!OnnxEmbedder.INPUTS.containsAll(session.getInputNames())
                || !session.getInputNames().contains(OnnxEmbedder.INPUT_IDS)) {
            throw new BrokenModel(
                    row.name(), "its graph wants other inputs: " + session.getInputNames());
        }
        NodeInfo output = session.getOutputInfo().values().iterator().next();
        if (!(output.getInfo() instanceof TensorInfo tensor) || tensor.getShape().length != 2) {
            throw new BrokenModel(
                    row.name(),
                    "its output `" + output.getName() + "` is not a score for each text");
        }
    }

    @Override
    public String name() {
        return row.name();
    }

    @Override
    public synchronized float[] scores(String query, List<String> texts) {
        if (closed) {
            throw new BrokenModel(row.name(), "it was put away");
        }
        var pairs = new ArrayList<Encoding>(texts.size());
        for (String text : texts) {
            pairs.add(tokenizer.encode(query, text));
        }
        var scores = new float[texts.size()];
        List<long[]> tokens = pairs.stream().map(Encoding::getIds).toList();
        for (List<Integer> run : OnnxEmbedder.runs(tokens, Integer.MAX_VALUE)) {
            float[] found = run(run.stream().map(pairs::get).toList());
            for (int i = 0; i < found.length; i++) {
                scores[run.get(i)] = found[i];
            }
        }
        return scores;
    }

    private float[] run(List<Encoding> pairs) {
        int longest = pairs.stream().mapToInt(pair -> pair.getIds().length).max().orElse(0);
        if (longest == 0) {
            return new float[pairs.size()];
        }
        long[] shape = {pairs.size(), longest};
        LongBuffer ids = OnnxEmbedder.longs(pairs.size() * longest);
        LongBuffer mask = OnnxEmbedder.longs(pairs.size() * longest);
        LongBuffer types = OnnxEmbedder.longs(pairs.size() * longest);
        for (Encoding pair : pairs) {
            put(ids, pair.getIds(), longest);
            put(mask, pair.getAttentionMask(), longest);
            put(types, pair.getTypeIds(), longest);
        }
        var buffers =
                Map.of(
                        OnnxEmbedder.INPUT_IDS, ids.flip(),
                        OnnxEmbedder.ATTENTION_MASK, mask.flip(),
                        OnnxEmbedder.TOKEN_TYPES, types.flip());
        var inputs = new HashMap<String, OnnxTensor>();
        try {
            for (Map.Entry<String, LongBuffer> buffer : buffers.entrySet()) {
                if (session.getInputNames().contains(buffer.getKey())) {
                    inputs.put(
                            buffer.getKey(),
                            OnnxTensor.createTensor(environment, buffer.getValue(), shape));
                }
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return scored((OnnxTensor) result.get(0), pairs.size());
            }
        } catch (OrtException failed) {
            throw new IllegalStateException(
                    "the graph of `" + row.name() + "` does not run (" + failed.getCode() + ")",
                    failed);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static void put(LongBuffer into, long[] values, int longest) {
        into.put(values);
        for (int i = values.length; i < longest; i++) {
            into.put(0);
        }
    }

    private float[] scored(OnnxTensor output, int texts) {
        long[] shape = output.getInfo().getShape();
        if (shape.length != 2 || shape[0] != texts || shape[1] < 1 || shape[1] > 2) {
            throw new BrokenModel(
                    row.name(),
                    "its scores have the shape "
                            + Arrays.toString(shape)
                            + " for "
                            + texts
                            + " texts");
        }
        FloatBuffer values = output.getFloatBuffer();
        var scores = new float[texts];
        for (int i = 0; i < texts; i++) {
            double logit =
                    shape[1] == 1 ? values.get(i) : values.get(2 * i + 1) - values.get(2 * i);
            if (!Double.isFinite(logit)) {
                throw new BrokenModel(row.name(), "its scores are not finite");
            }
            scores[i] = (float) (1 / (1 + Math.exp(-logit)));
        }
        return scores;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException ignored) {
            // It is gone either way.
        }
    }
}
