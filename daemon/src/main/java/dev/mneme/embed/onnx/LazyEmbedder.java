package dev.mneme.embed.onnx;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.protocol.models.KnownModel;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// An ONNX model that is loaded when the first text comes, because it takes seconds and hundreds of
/// megabytes. What could not be loaded is not tried again.
final class LazyEmbedder implements Embedder, AutoCloseable {

    private final KnownModel row;
    private final Map<String, Path> files;
    private final Path natives;
    private @Nullable OnnxEmbedder open;
    private @Nullable BrokenModel broken;
    private boolean closed;

    LazyEmbedder(KnownModel row, Map<String, Path> files, Path natives) {
        this.row = row;
        this.files = Map.copyOf(files);
        this.natives = natives;
    }

    @Override
    public Model model() {
        return OnnxEmbedder.modelOf(row);
    }

    @Override
    public List<float[]> embedDocuments(List<String> texts) {
        return open().embedDocuments(texts);
    }

    @Override
    public float[] embedQuery(String text) {
        return open().embedQuery(text);
    }

    /// Throws `BrokenModel` where it cannot be used.
    synchronized OnnxEmbedder open() {
        if (closed) {
            throw new BrokenModel(row.name(), "it was put away");
        }
        if (broken != null) {
            throw broken;
        }
        OnnxEmbedder embedder = open;
        if (embedder == null) {
            try {
                embedder = OnnxEmbedder.open(row, files, natives);
                open = embedder;
            } catch (BrokenModel unusable) {
                broken = unusable;
                throw unusable;
            }
        }
        return embedder;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (open != null) {
            open.close();
            open = null;
        }
    }
}
