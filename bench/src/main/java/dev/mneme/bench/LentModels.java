package dev.mneme.bench;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Models of somebody's for a daemon that is measured. A folder such as `$MNEME_HOME/models`, with
/// its registry and its choice, is used as it is. Of any other folder each sentence model in it is
/// taken, as people publish them: `model.onnx`, `tokenizer.json`, and a `config.json` that says how
/// wide it is.
final class LentModels {

    private static final String REGISTRY = "own.json";
    private static final String WEIGHTS = "model.onnx";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String CONFIG = "config.json";

    private static final List<String> WIDTHS = List.of("hidden_size", "hidden_dim");

    /// Longer texts are cut.
    private static final int TOKENS_MAX = 2_048;

    private LentModels() {}

    /// Puts models on the shelf of a home. Returns those to be measured one after the other; none
    /// where the folder says by itself which one is used.
    static List<String> lend(Path folder, MnemeHome home) throws IOException {
        Files.createDirectories(home.models());
        if (Files.exists(folder.resolve(REGISTRY))) {
            lendAsItIs(folder, home.models());
            return List.of();
        }
        var rows = new ArrayList<KnownModel>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                if (Stream.of(WEIGHTS, TOKENIZER, CONFIG)
                        .allMatch(file -> Files.isRegularFile(entry.resolve(file)))) {
                    rows.add(row(entry));
                }
            }
        }
        Files.writeString(
                home.models().resolve(REGISTRY), Json.write(Map.of("models", List.copyOf(rows))));
        var shelf = new ModelShelf(home, ModelRegistry.of(home));
        for (KnownModel row : rows) {
            Files.createDirectories(shelf.folder(row));
            for (KnownModel.File file : row.files()) {
                Path copy = shelf.folder(row).resolve(file.name());
                Files.copy(folder.resolve(row.name()).resolve(file.name()), copy);
                shelf.record(row, file, ModelShelf.sha256(copy));
            }
        }
        return rows.stream().map(KnownModel::name).toList();
    }

    private static void lendAsItIs(Path folder, Path to) throws IOException {
        try (Stream<Path> entries = Files.list(folder.toAbsolutePath())) {
            for (Path entry : entries.toList()) {
                Path copy = to.resolve(entry.getFileName().toString());
                if (Files.isDirectory(entry)) {
                    Files.createSymbolicLink(copy, entry);
                } else {
                    Files.copy(entry, copy);
                }
            }
        }
    }

    private static KnownModel row(Path folder) throws IOException {
        String name = folder.getFileName().toString();
        JsonNode config = Json.tree(Files.readString(folder.resolve(CONFIG)));
        int width =
                WIDTHS.stream()
                        .mapToInt(field -> config.path(field).asInt(0))
                        .filter(value -> value > 0)
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "`" + folder + "` does not say how wide it is"));
        return new KnownModel(
                name,
                ModelKind.EMBEDDING,
                "lent for a measurement",
                "unknown",
                "",
                List.of(file(WEIGHTS), file(TOKENIZER)),
                new KnownModel.Embedding(width, KnownModel.Pooling.MEAN, "", "", TOKENS_MAX, null),
                null);
    }

    /// Nothing is downloaded.
    private static KnownModel.File file(String name) {
        return new KnownModel.File(name, "http://127.0.0.1/" + name, null, null);
    }
}
