package dev.mneme.protocol.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;

/// What lies in `$MNEME_HOME/models`, on a real file system.
final class ModelShelfTest {

    private static final String OWN =
            """
            {"models": [{"name": "tiny", "kind": "embedding", "files": [
                {"name": "model.onnx", "address": "http://127.0.0.1/tiny"},
                {"name": "tokenizer.json", "address": "http://127.0.0.1/tiny.json", "bytes": 2}],
              "embedding": {"dimensions": 8, "pooling": "cls", "tokens_max": 16}}]}
            """;

    @TempDir private Path folder;
    private MnemeHome home;
    private ModelShelf shelf;
    private KnownModel tiny;

    @BeforeEach
    void ownRegistry() throws IOException {
        home = new MnemeHome(folder);
        Files.createDirectories(home.models());
        Files.writeString(home.models().resolve("own.json"), OWN);
        var registry = ModelRegistry.of(home);
        shelf = new ModelShelf(home, registry);
        tiny = registry.find("tiny").orElseThrow();
    }

    @Test
    void theBuiltInRegistryNamesEveryFileWithSizeAndChecksum() {
        List<KnownModel> models = ModelRegistry.builtIn().models();

        assertThat(models).extracting(KnownModel::kind).contains(ModelKind.EMBEDDING);
        assertThat(models).extracting(KnownModel::kind).contains(ModelKind.EXTRACTION);
        for (KnownModel model : models) {
            assertThat(model.bytes()).as(model.name()).isPresent();
            assertThat(model.licence()).as(model.name()).isEqualTo("Apache-2.0");
            assertThat(model.files())
                    .as(model.name())
                    .allSatisfy(file -> assertThat(file.sha256()).hasSize(64))
                    .allSatisfy(file -> assertThat(file.address()).startsWith("https://"));
        }
    }

    @Test
    void anOwnRegistryThatCannotBeUsedSaysWhy() throws IOException {
        for (String[] wrong :
                new String[][] {
                    {"\"cls\"", "\"max\"", "max"},
                    {"\"tiny\"", "\"../tiny\"", "its name is no file name"},
                    {"\"dimensions\": 8", "\"dimensions\": 0", "`dimensions` is not from 1"},
                    {"http://127.0.0.1/tiny\"", "file:///etc/passwd\"", "no http or https"},
                    {"\"tiny\"", "\"tiny", "own.json"}
                }) {
            Files.writeString(home.models().resolve("own.json"), OWN.replace(wrong[0], wrong[1]));
            assertThatThrownBy(() -> ModelRegistry.of(home))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("own.json")
                    .hasMessageContaining(wrong[2]);
        }
    }

    @Test
    void aModelIsReadyWhenEachOfItsFilesIsAsItWasVerified() throws IOException {
        assertThat(shelf.state(tiny)).isEqualTo(new ModelShelf.State.Absent());
        Path weights = put("model.onnx", "weights");
        shelf.record(tiny, tiny.files().getFirst(), ModelShelf.sha256(weights));
        assertThat(shelf.state(tiny)).isEqualTo(new ModelShelf.State.Absent());

        Path tokenizer = put("tokenizer.json", "{}");
        assertThat(shelf.verify(tiny)).isInstanceOf(ModelShelf.State.Ready.class);

        Files.writeString(weights, "weight");
        assertThat(shelf.state(tiny))
                .isEqualTo(new ModelShelf.State.Broken(weights, "it has 6 bytes instead of 7"));
        Files.writeString(weights, "Weights");
        Files.setLastModifiedTime(weights, FileTime.fromMillis(1));
        assertThat(shelf.state(tiny)).isInstanceOf(ModelShelf.State.Broken.class);
        assertThat(((ModelShelf.State.Broken) shelf.verify(tiny)).why()).contains("SHA-256");
        Files.writeString(weights, "weights");
        assertThat(shelf.verify(tiny)).isInstanceOf(ModelShelf.State.Ready.class);
        assertThat(shelf.state(tiny)).isInstanceOf(ModelShelf.State.Ready.class);

        Files.delete(tokenizer);
        assertThat(shelf.state(tiny))
                .isEqualTo(new ModelShelf.State.Broken(tokenizer, "it is missing"));
    }

    @Test
    void whatIsChosenIsKeptForEachKind() throws IOException {
        assertThat(shelf.chosen(ModelKind.EMBEDDING)).isEqualTo(new ModelShelf.Choice.BuiltIn());
        Path gguf = Files.writeString(folder.resolve("own.gguf"), "GGUF");

        shelf.choose(ModelKind.EMBEDDING, "tiny");
        shelf.choose(ModelKind.EXTRACTION, gguf.toString());

        assertThat(shelf.chosen(ModelKind.EMBEDDING))
                .isEqualTo(new ModelShelf.Choice.Known(tiny, new ModelShelf.State.Absent()));
        assertThat(shelf.chosen(ModelKind.EXTRACTION)).isEqualTo(new ModelShelf.Choice.File(gguf));
        shelf.choose(ModelKind.EMBEDDING, null);
        assertThat(shelf.chosen(ModelKind.EMBEDDING)).isEqualTo(new ModelShelf.Choice.BuiltIn());
        shelf.choose(ModelKind.EXTRACTION, "gone");
        assertThat(shelf.chosen(ModelKind.EXTRACTION))
                .isEqualTo(new ModelShelf.Choice.Unknown("gone"));
        Files.writeString(home.models().resolve("chosen.json"), "{");
        assertThat(shelf.chosen(ModelKind.EXTRACTION)).isEqualTo(new ModelShelf.Choice.BuiltIn());
    }

    private Path put(String name, String text) throws IOException {
        Files.createDirectories(shelf.folder(tiny));
        return Files.writeString(shelf.folder(tiny).resolve(name), text);
    }
}
