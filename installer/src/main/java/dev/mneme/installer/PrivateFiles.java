package dev.mneme.installer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Files that only their owner may read, under any umask, and that are whole or not there.
public final class PrivateFiles {

    /// How often a rename is tried where a reader may hold the old file for a moment (Windows).
    private static final int MOVE_ATTEMPTS_MAX = 5;

    private static final long MOVE_PAUSE_MS = 100;

    private static final Set<PosixFilePermission> DIRECTORY =
            PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE =
            PosixFilePermissions.fromString("rw-------");

    private PrivateFiles() {}

    /// Makes the directory and those above it that are missing, each 0700.
    public static void createDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Path parent = directory.getParent();
            if (parent != null) {
                createParents(parent);
            }
            Files.createDirectories(directory);
        }
        restrict(directory, DIRECTORY);
    }

    private static void createParents(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            createDirectories(directory);
        }
    }

    /// The same, but leaves the mode of a directory that is there alone: it is somebody else's.
    public static void createDirectoriesIfMissing(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            createDirectories(directory);
        }
    }

    public static void write(Path file, byte[] content) throws IOException {
        write(file, content, FILE);
    }

    public static void writeExecutable(Path file, byte[] content) throws IOException {
        write(file, content, DIRECTORY);
    }

    /// Writes beside the file, fsyncs, and renames over it.
    public static void write(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Path temporary = Files.createTempFile(directory, ".tmp-mneme-", "");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            restrict(temporary, permissions);
            moveOver(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void moveOver(Path from, Path to) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Files.move(
                        from,
                        to,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                return;
            } catch (AccessDeniedException busy) {
                if (attempt == MOVE_ATTEMPTS_MAX) {
                    throw busy;
                }
                try {
                    Thread.sleep(MOVE_PAUSE_MS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while writing `" + to + "`", interrupted);
                }
            }
        }
    }

    /// Makes everything below `root` 0700 (directories and executables) or 0600.
    public static void restrictTree(Path root) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) throws IOException {
                        restrict(directory, DIRECTORY);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isRegularFile()) {
                            restrict(file, Files.isExecutable(file) ? DIRECTORY : FILE);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static void restrict(Path path, Set<PosixFilePermission> permissions)
            throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(path, permissions);
        }
    }
}
