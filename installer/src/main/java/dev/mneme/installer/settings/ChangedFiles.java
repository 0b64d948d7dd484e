package dev.mneme.installer.settings;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Remembers in `$MNEME_HOME/uninstall` what each file held before us, and the hash of what we
/// wrote.
///
/// While a file still has that hash, nobody else has changed it and its original can be put back
/// byte for byte. Otherwise the original is stale: only our entries are taken out.
final class ChangedFiles {

    private final Path directory;

    ChangedFiles(Path home) {
        this.directory = home.resolve("uninstall");
    }

    /// What kind of entries we have in a file.
    enum Kind {
        HOOKS,
        SERVERS,
        SKILL,
        AGENT
    }

    /// @param agent by its word, where the kind is `AGENT`
    record Change(
            @JsonProperty("path") String path,
            @JsonProperty("kind") Kind kind,
            @JsonProperty("existed") boolean existed,
            @JsonProperty("written_sha256") String writtenSha256,
            @JsonProperty("created_directories") List<String> createdDirectories,
            @JsonProperty("agent") @Nullable String agent) {

        Change {
            createdDirectories = List.copyOf(createdDirectories);
        }

        Change(
                String path,
                Kind kind,
                boolean existed,
                String writtenSha256,
                List<String> createdDirectories) {
            this(path, kind, existed, writtenSha256, createdDirectories, null);
        }

        Path file() {
            return Path.of(path);
        }

        /// The same, with folders that go with this file when it goes.
        Change alsoCreated(List<String> more) {
            var all = new LinkedHashSet<>(createdDirectories);
            all.addAll(more);
            return new Change(path, kind, existed, writtenSha256, List.copyOf(all), agent);
        }
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    Optional<Change> of(Path file) throws Failure {
        Path record = recordOf(file);
        if (!Files.exists(record)) {
            return Optional.empty();
        }
        return Optional.of(read(record));
    }

    List<Change> all() throws Failure {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        var records = new ArrayList<Change>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".json")).sorted().toList()) {
                records.add(read(file));
            }
        } catch (IOException failed) {
            throw cannot("read", directory, failed);
        }
        return records;
    }

    byte[] original(Change record) throws Failure {
        Path file = originalOf(record.file());
        try {
            return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        } catch (IOException failed) {
            throw cannot("read", file, failed);
        }
    }

    /// The original is written first: a record without one must not exist.
    void remember(Change record, byte[] original) throws Failure {
        try {
            PrivateFiles.createDirectories(directory);
            PrivateFiles.write(originalOf(record.file()), original);
            PrivateFiles.write(
                    recordOf(record.file()),
                    (Json.write(record) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw cannot("write", directory, failed);
        }
    }

    void forget(Change record) throws Failure {
        try {
            Files.deleteIfExists(recordOf(record.file()));
            Files.deleteIfExists(originalOf(record.file()));
        } catch (IOException failed) {
            throw cannot("clean up", directory, failed);
        }
    }

    private static Change read(Path file) throws Failure {
        try {
            return Json.read(Files.readString(file), Change.class);
        } catch (IOException | JacksonException failed) {
            throw new Failure(
                    "cannot read `" + file + "` (" + failed.getMessage() + ")",
                    "remove the file; uninstall then takes out only our entries",
                    failed);
        }
    }

    private Path recordOf(Path file) {
        return directory.resolve(stem(file) + ".json");
    }

    private Path originalOf(Path file) {
        return directory.resolve(stem(file) + ".original");
    }

    private static String stem(Path file) {
        String hash = sha256(file.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 12);
        return file.getFileName().toString().replaceAll("[^A-Za-z0-9-]", "") + "-" + hash;
    }

    private static Failure cannot(String verb, Path path, IOException failed) {
        return new Failure(
                "cannot " + verb + " `" + path + "` (" + failed.getMessage() + ")",
                "check that you own `MNEME_HOME` and that its disk is not full",
                failed);
    }
}
