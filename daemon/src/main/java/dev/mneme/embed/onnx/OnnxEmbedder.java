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
import dev.mneme.embed.Embedder;
import dev.mneme.protocol.models.KnownModel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// A BERT-like model as an ONNX graph: tokens in, a vector for each token out, pooled to one of
/// length one.
///
/// What differs between models (prefixes, pooling, how long a text may be) is in the model's row of
/// the registry. Texts are sorted by length before they are put together: padding is computed like
/// everything else. A model whose row says so gets each text alone, because one with 8-bit weights
/// scales its arithmetic by whatever else lies in the batch.
///
/// Safe for use by several threads; `close` waits for those that are at it, because their memory
/// would vanish under them.
public final class OnnxEmbedder implements Embedder, AutoCloseable {

    static final String WEIGHTS = "model.onnx";
    static final String TOKENIZER = "tokenizer.json";

    private static final String PROVIDER = "onnx";

    /// Tokens in one run with their padding: bounds the memory of a run, and how long it holds up
    /// a query.
    private static final int RUN_TOKENS_MAX = 4_096;

    private static final int THREADS_MAX = 4;

    static final String INPUT_IDS = "input_ids";
    static final String ATTENTION_MASK = "attention_mask";
    static final String TOKEN_TYPES = "token_type_ids";
    static final Set<String> INPUTS = Set.of(INPUT_IDS, ATTENTION_MASK, TOKEN_TYPES);

    /// The name that every exporter gives the tokens' vectors; else the first output is taken.
    private static final String HIDDEN_STATE = "last_hidden_state";

    private final KnownModel row;
    private final KnownModel.Embedding how;
    private final HuggingFaceTokenizer tokenizer;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final String output;
    private final ReadWriteLock life = new ReentrantReadWriteLock();
    private boolean closed;

    private OnnxEmbedder(
            KnownModel row,
            KnownModel.Embedding how,
            HuggingFaceTokenizer tokenizer,
            OrtEnvironment environment,
            OrtSession session,
            String output) {
        this.row = row;
        this.how = how;
        this.tokenizer = tokenizer;
        this.environment = environment;
        this.session = session;
        this.output = output;
    }

    /// What the vectors of a row's model are stored as.
    public static Model modelOf(KnownModel row) {
        return new Model(row.name(), how(row).dimensions(), PROVIDER);
    }

    /// Loads a model and tries it on one word. Throws `BrokenModel` where it cannot be used.
    ///
    /// @param files of the model by their names in the registry
    public static OnnxEmbedder open(KnownModel row, Map<String, Path> files, Path natives) {
        KnownModel.Embedding how = how(row);
        Path weights = file(row, files, WEIGHTS);
        Path vocabulary = file(row, files, TOKENIZER);
        prepareNatives(row, natives);
        HuggingFaceTokenizer tokenizer = tokenizer(row, how.tokensMax(), vocabulary);
        OnnxEmbedder embedder;
        try {
            embedder = open(row, how, tokenizer, weights);
        } catch (BrokenModel broken) {
            tokenizer.close();
            throw broken;
        }
        try {
            embedder.tryOut();
            return embedder;
        } catch (BrokenModel broken) {
            embedder.close();
            throw broken;
        }
    }

    static void prepareNatives(KnownModel row, Path natives) {
        try {
            NativeLibraries.prepare(natives);
        } catch (IOException failed) {
            throw new BrokenModel(
                    row.name(),
                    "its native libraries cannot be unpacked to `" + natives + "` (" + failed + ")",
                    failed);
        }
    }

    private static OnnxEmbedder open(
            KnownModel row,
            KnownModel.Embedding how,
            HuggingFaceTokenizer tokenizer,
            Path weights) {
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            environment.setTelemetry(false);
            OrtSession session = environment.createSession(weights.toString(), options());
            try {
                return new OnnxEmbedder(
                        row, how, tokenizer, environment, session, output(row, session));
            } catch (BrokenModel broken) {
                session.close();
                throw broken;
            }
        } catch (OrtException unreadable) {
            throw new BrokenModel(
                    row.name(),
                    "`" + weights + "` is no usable ONNX graph (" + unreadable.getCode() + ")",
                    unreadable);
        } catch (LinkageError unloadable) {
            throw new BrokenModel(
                    row.name(), "ONNX Runtime does not load on this machine", unloadable);
        }
    }

    static OrtSession.SessionOptions options() throws OrtException {
        var options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads());
        options.setInterOpNumThreads(1);
        // A thread that waits for work must not burn a core for it.
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    /// Half of the cores: the other half is for whoever waits for an answer.
    private static int threads() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, THREADS_MAX);
    }

    static HuggingFaceTokenizer tokenizer(KnownModel row, int tokensMax, Path vocabulary) {
        try {
            // Without the first option it would silently cut at 512 whatever the last one says.
            return HuggingFaceTokenizer.builder(
                            Map.of("modelMaxLength", Integer.toString(tokensMax)))
                    .optTokenizerPath(vocabulary)
                    .optAddSpecialTokens(true)
                    .optTruncation(true)
                    .optMaxLength(tokensMax)
                    .optPadding(false)
                    .build();
        } catch (IOException | RuntimeException unreadable) {
            throw new BrokenModel(
                    row.name(), "`" + vocabulary + "` is no usable tokenizer", unreadable);
        } catch (LinkageError unloadable) {
            throw new BrokenModel(
                    row.name(), "the tokenizers do not load on this machine", unloadable);
        }
    }

    private static String output(KnownModel row, OrtSession session) throws OrtException {
        if (!INPUTS.containsAll(session.getInputNames())
                || !session.getInputNames().contains(INPUT_IDS)) {
            throw new BrokenModel(
                    row.name(), "its graph wants other inputs: " + session.getInputNames());
        }
        Map<String, NodeInfo> outputs = session.getOutputInfo();
        String name =
                outputs.containsKey(HIDDEN_STATE)
                        ? HIDDEN_STATE
                        : outputs.keySet().iterator().next();
        NodeInfo info = outputs.get(name);
        if (info == null
                || !(info.getInfo() instanceof TensorInfo tensor)
                || tensor.getShape().length != 3) {
            throw new BrokenModel(
                    row.name(), "its output `" + name + "` is not a vector for each token");
        }
        return name;
    }

    private void tryOut() {
        try {
            float[] vector = embedQuery("mneme");
            for (float value : vector) {
                if (!Float.isFinite(value)) {
                    throw new BrokenModel(row.name(), "its vectors are not finite");
                }
            }
        } catch (IllegalStateException failed) {
            throw new BrokenModel(row.name(), String.valueOf(failed.getMessage()), failed);
        }
    }

    @Override
    public Model model() {
        return modelOf(row);
    }

    @Override
    public float[] embedQuery(String text) {
        return embed(List.of(how.queryText(text))).getFirst();
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        return embed(texts.stream().map(how::documentText).toList());
    }

    private List<float[]> embed(List<String> texts) {
        life.readLock().lock();
        try {
            if (closed) {
                throw new BrokenModel(row.name(), "it was put away");
            }
            return embedAlive(texts);
        } finally {
            life.readLock().unlock();
        }
    }

    private List<float[]> embedAlive(List<String> texts) {
        var tokens = new ArrayList<long[]>(texts.size());
        for (String text : texts) {
            tokens.add(tokens(text));
        }
        var vectors = new float[texts.size()][];
        for (List<Integer> run : runs(tokens, textsMax())) {
            float[][] found = run(run.stream().map(tokens::get).toList());
            for (int i = 0; i < found.length; i++) {
                vectors[run.get(i)] = found[i];
            }
        }
        return Arrays.asList(vectors);
    }

    private int textsMax() {
        Integer most = how.batchTextsMax();
        return most == null ? Integer.MAX_VALUE : most;
    }

    /// The tokens of a text with the model's own marks, cut to its limit.
    long[] tokens(String text) {
        Encoding encoding = tokenizer.encode(text);
        return encoding.getIds();
    }

    /// Puts texts of like lengths together, as many as `RUN_TOKENS_MAX` allows, by their indexes.
    /// Those without any token are left to nobody: they have no vector.
    static List<List<Integer>> runs(List<long[]> tokens, int textsMax) {
        var order = new ArrayList<Integer>();
        for (int i = 0; i < tokens.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingInt(i -> tokens.get(i).length));
        var runs = new ArrayList<List<Integer>>();
        var run = new ArrayList<Integer>();
        for (int index : order) {
            // Sorted, so this text is the longest of its run.
            int padded = (run.size() + 1) * tokens.get(index).length;
            if (!run.isEmpty() && (padded > RUN_TOKENS_MAX || run.size() == textsMax)) {
                runs.add(List.copyOf(run));
                run.clear();
            }
            run.add(index);
        }
        if (!run.isEmpty()) {
            runs.add(List.copyOf(run));
        }
        return runs;
    }

    /// One vector for each text, in the same order.
    float[][] run(List<long[]> texts) {
        int longest = texts.stream().mapToInt(text -> text.length).max().orElse(0);
        if (longest == 0) {
            return new float[texts.size()][how.dimensions()];
        }
        long[] shape = {texts.size(), longest};
        LongBuffer ids = longs(texts.size() * longest);
        LongBuffer mask = longs(texts.size() * longest);
        for (long[] text : texts) {
            for (int i = 0; i < longest; i++) {
                ids.put(i < text.length ? text[i] : 0);
                mask.put(i < text.length ? 1 : 0);
            }
        }
        ids.flip();
        mask.flip();
        var inputs = new HashMap<String, OnnxTensor>();
        try {
            inputs.put(INPUT_IDS, OnnxTensor.createTensor(environment, ids, shape));
            if (session.getInputNames().contains(ATTENTION_MASK)) {
                inputs.put(ATTENTION_MASK, OnnxTensor.createTensor(environment, mask, shape));
            }
            if (session.getInputNames().contains(TOKEN_TYPES)) {
                inputs.put(
                        TOKEN_TYPES,
                        OnnxTensor.createTensor(environment, longs(texts.size() * longest), shape));
            }
            try (OrtSession.Result result = session.run(inputs, Set.of(output))) {
                return pooled(texts, longest, (OnnxTensor) result.get(0));
            }
        } catch (OrtException failed) {
            throw new IllegalStateException(
                    "the graph of `" + row.name() + "` does not run (" + failed.getCode() + ")",
                    failed);
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private float[][] pooled(List<long[]> texts, int longest, OnnxTensor hidden) {
        long[] shape = hidden.getInfo().getShape();
        int dimensions = how.dimensions();
        if (shape.length != 3
                || shape[0] != texts.size()
                || shape[1] != longest
                || shape[2] != dimensions) {
            throw new BrokenModel(
                    row.name(),
                    "its vectors have the shape "
                            + Arrays.toString(shape)
                            + " where the registry says "
                            + dimensions
                            + " dimensions");
        }
        FloatBuffer values = hidden.getFloatBuffer();
        var vectors = new float[texts.size()][];
        for (int text = 0; text < vectors.length; text++) {
            int counted =
                    switch (how.pooling()) {
                        case MEAN -> texts.get(text).length;
                        case CLS -> Math.min(1, texts.get(text).length);
                    };
            var sum = new double[dimensions];
            for (int token = 0; token < counted; token++) {
                int at = (text * longest + token) * dimensions;
                for (int i = 0; i < dimensions; i++) {
                    sum[i] += values.get(at + i);
                }
            }
            vectors[text] = ofLengthOne(sum);
        }
        return vectors;
    }

    /// The mean and the sum of some vectors have the same direction.
    private static float[] ofLengthOne(double[] sum) {
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        var vector = new float[sum.length];
        if (squares > 0) {
            double length = Math.sqrt(squares);
            for (int i = 0; i < sum.length; i++) {
                vector[i] = (float) (sum[i] / length);
            }
        }
        return vector;
    }

    static LongBuffer longs(int count) {
        return ByteBuffer.allocateDirect(count * Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .asLongBuffer();
    }

    private static KnownModel.Embedding how(KnownModel row) {
        KnownModel.Embedding how = row.embedding();
        if (how == null) {
            throw new BrokenModel(row.name(), "it is no embedding model");
        }
        return how;
    }

    static Path file(KnownModel row, Map<String, Path> files, String name) {
        Path file = files.get(name);
        if (file == null) {
            throw new BrokenModel(row.name(), "it has no file `" + name + "`");
        }
        return file;
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                tokenizer.close();
                session.close();
            }
        } catch (OrtException ignored) {
            // It is gone either way.
        } finally {
            life.writeLock().unlock();
        }
    }
}
