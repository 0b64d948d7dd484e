package dev.mneme.daemon;

import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// Makes `$MNEME_HOME` and its files, readable by their owner alone under any umask.
final class PrivateHome {

    private static final int TOKEN_BYTES = 32;
    private static final Set<PosixFilePermission> FOLDER =
            PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE =
            PosixFilePermissions.fromString("rw-------");

    private PrivateHome() {}

    static void prepare(MnemeHome home) throws StartFailure {
        try {
            for (Path folder : List.of(home.root(), home.run(), home.log(), home.spool())) {
                createFolder(folder);
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.DISK_FULL,
                    "cannot create `" + home.root() + "` (" + failed.getMessage() + ")",
                    "make it writable, or set MNEME_HOME to a folder that is");
        }
    }

    /// The bearer token, made at the first start.
    static String token(MnemeHome home) throws IOException {
        Path file = home.token();
        if (!Files.exists(file)) {
            byte[] random = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(random);
            try {
                Files.writeString(create(file), HexFormat.of().formatHex(random) + "\n");
            } catch (FileAlreadyExistsException madeMeanwhile) {
                // Somebody else made it between our look and our write; theirs is as good.
            }
        }
        return Files.readString(file).strip();
    }

    /// Replaces a small file in one step: readers see the old or the new content.
    static void writeAtomically(Path file, String text) throws IOException {
        Path draft =
                file.resolveSibling(file.getFileName() + ".tmp-" + ProcessHandle.current().pid());
        Files.deleteIfExists(draft);
        Files.writeString(create(draft), text, StandardOpenOption.TRUNCATE_EXISTING);
        Files.move(
                draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Creates an empty private file; fails where one exists.
    static Path create(Path file) throws IOException {
        return Files.createFile(file, attributes(file, FILE));
    }

    private static void createFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Files.createDirectories(folder, attributes(folder, FOLDER));
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> wanted) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(wanted)}
                : new FileAttribute<?>[0];
    }
}
