package dev.mneme.mcp.log;

import dev.mneme.protocol.MnemeHome;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// `log/mcp-stdio.log` and one older part, each of `PART_BYTES_MAX`.
///
/// Every session has a process of its own and all append to the same file. So each entry opens the
/// file, is written at once in append mode, and closes it: no process keeps a part that another
/// one has turned away. Entries are rare; where two processes turn the file in the same moment an
/// old part is lost, which is what would happen to it next anyway.
final class LogFile {

    static final long PART_BYTES_MAX = 1024 * 1024;

    private final MnemeHome home;

    LogFile(MnemeHome home) {
        this.home = home;
    }

    /// Never throws: there is nobody to tell.
    synchronized void append(String entry) {
        if (!Files.isDirectory(home.root())) {
            return; // not installed; logging must not create a home
        }
        Path file = home.log().resolve("mcp-stdio.log");
        try {
            Files.createDirectories(home.log(), mode("rwx------"));
            if (size(file) > PART_BYTES_MAX) {
                Files.move(
                        file,
                        home.log().resolve("mcp-stdio.log.1"),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            try (FileChannel channel =
                    FileChannel.open(
                            file,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                            mode("rw-------"))) {
                channel.write(ByteBuffer.wrap(entry.getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException | RuntimeException unwritable) {
            // A server that cannot log still serves.
        }
    }

    private static long size(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException absent) {
            return 0;
        }
    }

    private static FileAttribute<?>[] mode(String permissions) {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }
}
