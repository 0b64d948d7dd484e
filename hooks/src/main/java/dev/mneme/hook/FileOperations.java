package dev.mneme.hook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// The file operations of the spool, one by one: the seam at which tests let each of them fail.
class FileOperations {

    private static final Set<PosixFilePermission> FILE_MODE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final Set<PosixFilePermission> DIRECTORY_MODE =
            EnumSet.of(
                    PosixFilePermission.OWNER_READ,
                    PosixFilePermission.OWNER_WRITE,
                    PosixFilePermission.OWNER_EXECUTE);

    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

    private static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    /// Mode 0600, or 0700 for a directory. A umask can only take rights away while creating, so the
    /// mode is set again afterwards.
    static void restrict(Path path) throws IOException {
        if (isPosix()) {
            Files.setPosixFilePermissions(
                    path, Files.isDirectory(path) ? DIRECTORY_MODE : FILE_MODE);
        }
    }

    void createDirectory(Path directory) throws IOException {
        Files.createDirectory(
                directory,
                isPosix()
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(DIRECTORY_MODE)
                        }
                        : NO_ATTRIBUTES);
        restrict(directory);
    }

    FileChannel create(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        isPosix()
                                ? new FileAttribute<?>[] {
                                    PosixFilePermissions.asFileAttribute(FILE_MODE)
                                }
                                : NO_ATTRIBUTES);
        try {
            restrict(file);
        } catch (IOException failed) {
            channel.close();
            throw failed;
        }
        return channel;
    }

    void write(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    void sync(FileChannel channel) throws IOException {
        channel.force(true);
    }

    void close(FileChannel channel) throws IOException {
        channel.close();
    }

    void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Makes the new name itself durable. Windows cannot open a directory and does not need to.
    void syncDirectory(Path directory) throws IOException {
        if (!isPosix()) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }
}
