package dev.mneme.protocol.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.protocol.FileTree;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The models in `$MNEME_HOME/models`: one folder each, with its files and a record of what was
/// verified; and `chosen.json`, which names the chosen model of each kind.
///
/// A file counts as verified when it still has the size and the time that the record holds, which
/// is asked at every load and costs nothing; `verify` reads all its bytes again.
public final class ModelShelf {

    private static final String RECORD = "verified.json";
    private static final int BUFFER_BYTES = 1024 * 1024;

    private final MnemeHome home;
    private final ModelRegistry registry;

    public ModelShelf(MnemeHome home, ModelRegistry registry) {
        this.home = home;
        this.registry = registry;
    }

    /// How a model of the registry stands here.
    public sealed interface State {

        /// Every file is there as it was verified.
        ///
        /// @param files by their names in the registry
        record Ready(Map<String, Path> files) implements State {
            public Ready {
                files = Map.copyOf(files);
            }
        }

        /// It was never downloaded to the end.
        record Absent() implements State {}

        /// A file is missing, or not the one that was verified.
        record Broken(Path file, String why) implements State {}
    }

    /// The chosen model of one kind.
    public sealed interface Choice {

        /// Nobody chose one: what is built in does the work.
        record BuiltIn() implements Choice {}

        /// Of the registry; `State.Ready` says where its files are.
        record Known(KnownModel model, State state) implements Choice {}

        /// A file of one's own, taken as it is.
        record File(Path path) implements Choice {}

        /// The name is in no registry any more.
        record Unknown(String name) implements Choice {}
    }

    /// What was verified of one file.
    public record Verified(
            @JsonProperty("bytes") long bytes,
            @JsonProperty("modified_ms") long modifiedMs,
            @JsonProperty("sha256") String sha256) {}

    private record Verification(@JsonProperty("files") @Nullable Map<String, Verified> files) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Chosen(
            @JsonProperty("embedding") @Nullable String embedding,
            @JsonProperty("extraction") @Nullable String extraction,
            @JsonProperty("reranking") @Nullable String reranking) {}

    public Path folder(KnownModel model) {
        return home.models().resolve(model.name());
    }

    public State state(KnownModel model) {
        Map<String, Verified> verified = verified(model);
        if (verified.isEmpty()) {
            return new State.Absent();
        }
        var files = new LinkedHashMap<String, Path>();
        for (KnownModel.File file : model.files()) {
            Path path = folder(model).resolve(file.name());
            Verified known = verified.get(file.name());
            if (known == null) {
                return new State.Absent();
            }
            Optional<String> why = brokenBecause(model, file, known);
            if (why.isPresent()) {
                return new State.Broken(path, why.get());
            }
            files.put(file.name(), path);
        }
        return new State.Ready(files);
    }

    private Optional<String> brokenBecause(KnownModel model, KnownModel.File file, Verified known) {
        Path path = folder(model).resolve(file.name());
        try {
            if (Files.size(path) != known.bytes()) {
                return Optional.of(
                        "it has " + Files.size(path) + " bytes instead of " + known.bytes());
            }
            if (Files.getLastModifiedTime(path).toMillis() != known.modifiedMs()) {
                return Optional.of("it was changed after it was verified");
            }
        } catch (NoSuchFileException missing) {
            return Optional.of("it is missing");
        } catch (IOException unreadable) {
            return Optional.of("it cannot be read");
        }
        return file.sha256() != null && !file.sha256().equals(known.sha256())
                ? Optional.of("the registry now names another checksum")
                : Optional.empty();
    }

    /// The checksums on record, by file; none where nothing was verified.
    public Map<String, Verified> verified(KnownModel model) {
        try {
            Map<String, Verified> files =
                    Json.read(Files.readString(folder(model).resolve(RECORD)), Verification.class)
                            .files();
            return files == null ? Map.of() : files;
        } catch (IOException | JacksonException none) {
            return Map.of();
        }
    }

    /// Whether one file is there as it was verified.
    public boolean isVerified(KnownModel model, KnownModel.File file) {
        Verified known = verified(model).get(file.name());
        return known != null && brokenBecause(model, file, known).isEmpty();
    }

    /// Notes that a file in the model's folder has this checksum.
    public void record(KnownModel model, KnownModel.File file, String sha256) throws IOException {
        Path path = folder(model).resolve(file.name());
        var files = new LinkedHashMap<>(verified(model));
        files.put(
                file.name(),
                new Verified(Files.size(path), Files.getLastModifiedTime(path).toMillis(), sha256));
        PrivateFiles.writeAtomically(
                folder(model).resolve(RECORD), Json.write(new Verification(files)));
    }

    /// Whether this is the model that its kind works with.
    public boolean isChosen(KnownModel model) {
        return chosen(model.kind()) instanceof Choice.Known(KnownModel chosen, State _)
                && chosen.name().equals(model.name());
    }

    /// Takes a model away, or what there is of one.
    ///
    /// @return false where there was nothing
    public boolean remove(KnownModel model) throws IOException {
        if (!Files.isDirectory(folder(model))) {
            return false;
        }
        FileTree.delete(folder(model));
        return true;
    }

    /// Reads every byte again. What holds is on record afterwards, whatever its time.
    public State verify(KnownModel model) throws IOException {
        Map<String, Verified> known = verified(model);
        for (KnownModel.File file : model.files()) {
            Path path = folder(model).resolve(file.name());
            Verified before = known.get(file.name());
            String expected =
                    file.sha256() != null || before == null ? file.sha256() : before.sha256();
            if (!Files.exists(path)) {
                return known.isEmpty()
                        ? new State.Absent()
                        : new State.Broken(path, "it is missing");
            }
            String found = sha256(path);
            if (expected != null && !expected.equals(found)) {
                return new State.Broken(
                        path, "its SHA-256 is " + found + " instead of " + expected);
            }
            record(model, file, found);
        }
        return state(model);
    }

    /// A reranker is chosen by being there: of several the first, unless somebody named another.
    public Choice chosen(ModelKind kind) {
        String name = names().get(kind);
        if (name == null) {
            return kind == ModelKind.RERANKING ? firstReady(kind) : new Choice.BuiltIn();
        }
        if (Path.of(name).isAbsolute()) {
            return new Choice.File(Path.of(name));
        }
        Optional<KnownModel> model = registry.find(name);
        return model.isPresent()
                ? new Choice.Known(model.get(), state(model.get()))
                : new Choice.Unknown(name);
    }

    private Choice firstReady(ModelKind kind) {
        for (KnownModel model : known(kind)) {
            State state = state(model);
            if (state instanceof State.Ready) {
                return new Choice.Known(model, state);
            }
        }
        return new Choice.BuiltIn();
    }

    /// Chooses a model by name or a file by its absolute path; null goes back to what is built in.
    public void choose(ModelKind kind, @Nullable String name) throws IOException {
        var names = names();
        if (name == null) {
            names.remove(kind);
        } else {
            names.put(kind, name);
        }
        PrivateFiles.createFolder(home.models());
        PrivateFiles.writeAtomically(
                chosenFile(),
                Json.write(
                                new Chosen(
                                        names.get(ModelKind.EMBEDDING),
                                        names.get(ModelKind.EXTRACTION),
                                        names.get(ModelKind.RERANKING)))
                        + "\n");
    }

    private EnumMap<ModelKind, String> names() {
        var names = new EnumMap<ModelKind, String>(ModelKind.class);
        try {
            Chosen chosen = Json.read(Files.readString(chosenFile()), Chosen.class);
            if (chosen.embedding() != null) {
                names.put(ModelKind.EMBEDDING, chosen.embedding());
            }
            if (chosen.extraction() != null) {
                names.put(ModelKind.EXTRACTION, chosen.extraction());
            }
            if (chosen.reranking() != null) {
                names.put(ModelKind.RERANKING, chosen.reranking());
            }
        } catch (IOException | JacksonException none) {
            // Without a readable choice what is built in does the work.
        }
        return names;
    }

    private Path chosenFile() {
        return home.models().resolve("chosen.json");
    }

    /// The SHA-256 of a file's bytes in lower-case hex.
    public static String sha256(Path file) throws IOException {
        MessageDigest digest = newDigest();
        var buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /// The models of one kind, in the order of the registry.
    public List<KnownModel> known(ModelKind kind) {
        return registry.models().stream().filter(model -> model.kind() == kind).toList();
    }
}
