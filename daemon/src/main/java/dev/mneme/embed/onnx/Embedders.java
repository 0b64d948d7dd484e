package dev.mneme.embed.onnx;

import dev.mneme.embed.BrokenModel;
import dev.mneme.embed.Embedder;
import dev.mneme.embed.WordsEmbedder;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelKind;
import dev.mneme.protocol.models.ModelRegistry;
import dev.mneme.protocol.models.ModelShelf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Every embedder there is: the built-in one, and the models on the shelf, by name.
public final class Embedders {

    private final MnemeHome home;
    private final WordsEmbedder builtIn = new WordsEmbedder();

    public Embedders(MnemeHome home) {
        this.home = home;
    }

    public Embedder builtIn() {
        return builtIn;
    }

    /// The name of the chosen model; that of the built-in one where nobody chose.
    public String chosen() {
        return switch (shelf().chosen(ModelKind.EMBEDDING)) {
            case ModelShelf.Choice.Known(var model, var _) -> model.name();
            case ModelShelf.Choice.Unknown(var name) -> name;
            case ModelShelf.Choice.File(var path) -> path.toString();
            case ModelShelf.Choice.BuiltIn _ -> builtIn.model().name();
        };
    }

    /// Remembers a choice for this start and the next ones.
    public void choose(String name) throws IOException {
        shelf().choose(ModelKind.EMBEDDING, name.equals(builtIn.model().name()) ? null : name);
    }

    /// An embedder that loads its model at the first text. Throws `BrokenModel` where there is no
    /// such model, or its files are not as they were verified.
    public Embedder lazily(String name) {
        if (name.equals(builtIn.model().name())) {
            return builtIn;
        }
        KnownModel row =
                registry(name)
                        .find(name)
                        .orElseThrow(() -> new BrokenModel(name, "the registry has no such model"));
        return new LazyEmbedder(row, files(row), home.natives());
    }

    /// The same, but loaded and tried out.
    public Embedder opened(String name) {
        Embedder embedder = lazily(name);
        if (embedder instanceof LazyEmbedder lazy) {
            lazy.open();
        }
        return embedder;
    }

    /// Frees what an embedder holds; the built-in one holds nothing.
    public void putAway(Embedder embedder) {
        if (embedder instanceof LazyEmbedder lazy) {
            lazy.close();
        }
    }

    private Map<String, Path> files(KnownModel row) {
        return switch (shelf().state(row)) {
            case ModelShelf.State.Ready(var files) -> files;
            case ModelShelf.State.Absent _ ->
                    throw new BrokenModel(
                            row.name(),
                            "it is not downloaded; get it with `mneme models pull "
                                    + row.name()
                                    + "`");
            case ModelShelf.State.Broken(var file, var why) ->
                    throw new BrokenModel(
                            row.name(),
                            "`"
                                    + file
                                    + "`: "
                                    + why
                                    + "; see `mneme models verify "
                                    + row.name()
                                    + "`");
        };
    }

    private ModelRegistry registry(String name) {
        try {
            return ModelRegistry.of(home);
        } catch (IOException wrong) {
            throw new BrokenModel(name, String.valueOf(wrong.getMessage()), wrong);
        }
    }

    /// Read anew each time: people edit their own registry while the daemon runs.
    private ModelShelf shelf() {
        try {
            return new ModelShelf(home, ModelRegistry.of(home));
        } catch (IOException wrong) {
            return new ModelShelf(home, ModelRegistry.builtIn());
        }
    }
}
