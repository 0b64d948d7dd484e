package dev.mneme.installer.settings;

import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// One settings file of Claude Code: read whole, written whole, never half.
///
/// A link is followed, so that the file a person keeps elsewhere is the one that changes. Before
/// the rename the bytes are compared with those that were read; somebody else's change in between
/// starts the edit over.
final class SettingsFile {

    /// Backups kept beside the file.
    static final int BACKUPS_MAX = 3;

    /// How often an edit starts over because somebody else wrote in between.
    private static final int ATTEMPTS_MAX = 5;

    /// Larger than any settings; `.claude.json` grows to a few megabytes.
    private static final long FILE_BYTES_MAX = 64L * 1024 * 1024;

    private static final String BACKUP_INFIX = ".bak-";

    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private static final String EMPTY_OBJECT = "{}\n";

    private final Path named;
    private final String empty;
    private final InstantSource clock;

    SettingsFile(Path named, InstantSource clock) {
        this(named, EMPTY_OBJECT, clock);
    }

    /// @param empty what an edit finds where there is no file, or a blank one
    SettingsFile(Path named, String empty, InstantSource clock) {
        this.named = named;
        this.empty = empty;
        this.clock = clock;
    }

    /// A change of the text; the text is `{}` where the file is missing or blank.
    @FunctionalInterface
    interface Change {
        String apply(String text) throws JsonSyntax;
    }

    /// What an edit did: the whole content before, empty where there was no file, and after.
    record Outcome(String before, boolean existed, String after, boolean changed) {}

    boolean exists() {
        return Files.exists(named);
    }

    /// The file itself, behind links.
    Path real() throws Failure {
        try {
            if (Files.exists(named)) {
                return named.toRealPath();
            }
            if (Files.isSymbolicLink(named)) {
                Path target = Files.readSymbolicLink(named);
                return named.resolveSibling(target).normalize();
            }
            return named;
        } catch (IOException failed) {
            throw cannot("find", failed);
        }
    }

    byte[] bytes() throws Failure {
        try {
            Path real = real();
            if (!Files.exists(real)) {
                return new byte[0];
            }
            if (Files.size(real) > FILE_BYTES_MAX) {
                throw new Failure(
                        "cannot edit `" + named + "`: it is larger than 64 MiB",
                        "nothing was changed; make the file smaller, then run the command again");
            }
            return Files.readAllBytes(real);
        } catch (IOException failed) {
            throw cannot("read", failed);
        }
    }

    /// The text, `{}` where there is none; a byte-order mark stays in it.
    String text() throws Failure {
        return textOf(bytes());
    }

    private String textOf(byte[] bytes) throws Failure {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.equals("\uFEFF")) {
                return "\uFEFF" + empty;
            }
            return text.isBlank() ? empty : text;
        } catch (CharacterCodingException notUtf8) {
            throw new Failure(
                    "cannot edit `" + named + "`: it is not UTF-8",
                    "nothing was changed; save the file as UTF-8, then run the command again",
                    notUtf8);
        }
    }

    /// Runs something that only reads the text.
    <T> T read(Reader<T> reader) throws Failure {
        String text = text();
        try {
            return reader.read(text);
        } catch (JsonSyntax broken) {
            throw broken(broken);
        }
    }

    @FunctionalInterface
    interface Reader<T> {
        T read(String text) throws JsonSyntax;
    }

    /// Applies the change, keeping a backup; writes nothing where the change changes nothing.
    Outcome edit(Change change) throws Failure {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            boolean existed = exists();
            byte[] before = bytes();
            String text = textOf(before);
            String edited;
            try {
                edited = change.apply(text);
            } catch (JsonSyntax broken) {
                throw broken(broken);
            }
            byte[] after = edited.getBytes(StandardCharsets.UTF_8);
            if (edited.equals(text)) {
                return new Outcome(utf8(before), existed, utf8(before), false);
            }
            if (replace(before, existed, after)) {
                return new Outcome(utf8(before), existed, edited, true);
            }
        }
        throw new Failure(
                "cannot edit `" + named + "`: another program keeps changing it",
                "nothing was changed; close it, then run the command again");
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// False when the file is no longer the one that was read.
    boolean replace(byte[] before, boolean existed, byte[] after) throws Failure {
        Path real = real();
        try {
            if (existed) {
                Path backup = backupOf(real);
                PrivateFiles.write(backup, before, permissions(real));
                dropOldBackups(real);
            }
            if (existed != exists() || !Arrays.equals(before, bytes())) {
                return false;
            }
            PrivateFiles.write(real, after, permissions(real));
            if (!Arrays.equals(after, Files.readAllBytes(real))) {
                return false;
            }
            return true;
        } catch (IOException failed) {
            throw cannot("write", failed);
        }
    }

    /// Puts the bytes back that were there before us, or removes the file where there was none.
    void restore(byte[] original, boolean existed) throws Failure {
        Path real = real();
        try {
            if (existed) {
                PrivateFiles.write(real, original, permissions(real));
            } else {
                Files.deleteIfExists(real);
            }
            for (Path backup : backups(real)) {
                Files.delete(backup);
            }
        } catch (IOException failed) {
            throw cannot("restore", failed);
        }
    }

    List<Path> backups() throws Failure {
        try {
            return backups(real());
        } catch (IOException failed) {
            throw cannot("list the backups of", failed);
        }
    }

    private Path backupOf(Path real) {
        return real.resolveSibling(
                real.getFileName() + BACKUP_INFIX + TIMESTAMP.format(clock.instant()));
    }

    private static List<Path> backups(Path real) throws IOException {
        Path directory = real.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return List.of();
        }
        String prefix = real.getFileName() + BACKUP_INFIX;
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> isBackup(file.getFileName().toString(), prefix))
                    .sorted()
                    .toList();
        }
    }

    /// Our own stamp only: a backup that a person made under a similar name is not ours to drop.
    private static boolean isBackup(String name, String prefix) {
        return name.startsWith(prefix)
                && name.substring(prefix.length()).matches("[0-9]{8}T[0-9]{9}");
    }

    private static void dropOldBackups(Path real) throws IOException {
        List<Path> backups = backups(real);
        for (Path backup : backups.subList(0, Math.max(0, backups.size() - BACKUPS_MAX))) {
            Files.delete(backup);
        }
    }

    private static Set<PosixFilePermission> permissions(Path real) throws IOException {
        boolean posix = real.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix && Files.exists(real, LinkOption.NOFOLLOW_LINKS)
                ? Files.getPosixFilePermissions(real)
                : PosixFilePermissions.fromString("rw-------");
    }

    private Failure broken(JsonSyntax broken) {
        return new Failure(
                "cannot edit `" + named + "`: " + broken.position() + ": " + broken.getMessage(),
                "nothing was changed; mend the file, then run the command again",
                broken);
    }

    private Failure cannot(String verb, IOException failed) {
        return new Failure(
                "cannot " + verb + " `" + named + "` (" + failed.getMessage() + ")",
                "check that the file and its folder can be read and written by you",
                failed);
    }
}
