package dev.mneme.ingest;

import dev.mneme.protocol.PrivateFiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What the daemon does to files of the spool, one by one: the seam at which tests let each fail.
class SpoolFiles {

    /// The folder's files of that kind in no order; none where there is no such folder.
    List<Path> list(Path folder, String names) throws IOException {
        var found = new ArrayList<Path>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, names)) {
            files.forEach(found::add);
        }
        return found;
    }

    /// The first bytes, at most `max` of them.
    byte[] read(Path file, int max) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(max);
        }
    }

    Instant lastModified(Path file) throws IOException {
        return Files.getLastModifiedTime(file).toInstant();
    }

    /// False where it was gone already.
    boolean delete(Path file) throws IOException {
        return Files.deleteIfExists(file);
    }

    void createFolder(Path folder) throws IOException {
        PrivateFiles.createFolder(folder);
    }

    void write(Path file, String text) throws IOException {
        PrivateFiles.writeAtomically(file, text);
    }

    void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
}
