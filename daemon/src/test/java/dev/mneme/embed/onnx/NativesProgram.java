package dev.mneme.embed.onnx;

import dev.mneme.protocol.models.KnownModel;

import java.io.IOException;
import java.nio.file.Path;

/// `MODEL-FOLDER NATIVES-FOLDER`: loads a model and embeds one text, as a fresh process does.
final class NativesProgram {

    private NativesProgram() {}

    public static void main(String[] arguments) throws IOException {
        var bert = RandomBert.small();
        var files = bert.writeTo(Path.of(arguments[0]));
        var row = bert.row("small", KnownModel.Pooling.MEAN, 32);
        try (var embedder = OnnxEmbedder.open(row, files, Path.of(arguments[1]))) {
            System.out.println("dimensions " + embedder.embedQuery("one").length);
        }
    }
}
