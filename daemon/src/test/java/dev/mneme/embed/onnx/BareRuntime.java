package dev.mneme.embed.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// ONNX Runtime and nothing else: the batches that an embedder makes of some texts, ready-made, run
/// with the same options, their answers thrown away.
public final class BareRuntime implements AutoCloseable {

    private final OrtSession session;
    private final List<Map<String, OnnxTensor>> batches = new ArrayList<>();

    /// @param chunks texts as they are given to the embedder, one call each
    public BareRuntime(OnnxEmbedder embedder, Path weights, List<List<String>> chunks)
            throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        session = environment.createSession(weights.toString(), OnnxEmbedder.options());
        for (List<String> chunk : chunks) {
            List<long[]> tokens =
                    chunk.stream().map(text -> embedder.tokens("passage: " + text)).toList();
            for (List<Integer> run : OnnxEmbedder.runs(tokens, Integer.MAX_VALUE)) {
                batches.add(batch(environment, run.stream().map(tokens::get).toList()));
            }
        }
    }

    public void run() throws OrtException {
        for (Map<String, OnnxTensor> batch : batches) {
            session.run(batch).close();
        }
    }

    public int batches() {
        return batches.size();
    }

    private static Map<String, OnnxTensor> batch(OrtEnvironment environment, List<long[]> texts)
            throws OrtException {
        int longest = texts.getLast().length;
        long[] shape = {texts.size(), longest};
        var ids = new long[texts.size() * longest];
        var mask = new long[texts.size() * longest];
        for (int text = 0; text < texts.size(); text++) {
            long[] tokens = texts.get(text);
            for (int i = 0; i < tokens.length; i++) {
                ids[text * longest + i] = tokens[i];
                mask[text * longest + i] = 1;
            }
        }
        return Map.of(
                "input_ids", OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape),
                "attention_mask",
                        OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape));
    }

    @Override
    public void close() throws OrtException {
        batches.forEach(batch -> batch.values().forEach(OnnxTensor::close));
        session.close();
    }
}
