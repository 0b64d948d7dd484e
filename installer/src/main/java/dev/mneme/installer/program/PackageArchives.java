package dev.mneme.installer.program;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// A folder as `tar.gz` and as `zip`, with their checksums in the form of `sha256sum`.
///
/// The same folder gives the same bytes: entries are sorted, belong to nobody in particular and
/// carry one time. Archives appear complete or not at all.
public final class PackageArchives {

    /// A zip knows no time before 1980.
    private static final FileTime TIME = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));

    private static final int EXECUTABLE = 0755;
    private static final int PLAIN = 0644;
    private static final int BUFFER_BYTES = 1 << 16;

    private static final String SUMS = ".sha256";

    private PackageArchives() {}

    /// Writes both archives of a folder, and their checksums, into `output`.
    ///
    /// @return the files that were written
    public static List<Path> write(Path folder, Path output) throws IOException {
        String name = folder.getFileName().toString();
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        Files.createDirectories(output);
        var written = new ArrayList<Path>();
        var sums = new StringBuilder();
        for (Archive archive :
                new Archive[] {
                    new Archive(".tar.gz", PackageArchives::tar),
                    new Archive(".zip", PackageArchives::zip)
                }) {
            Path target = output.resolve(name + archive.ending());
            Path temporary = Files.createTempFile(output, ".mneme-", archive.ending());
            try {
                try (OutputStream out =
                        new BufferedOutputStream(Files.newOutputStream(temporary), BUFFER_BYTES)) {
                    archive.writer().write(folder, files, out);
                }
                Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
            sums.append(sha256(target)).append("  ").append(target.getFileName()).append('\n');
            written.add(target);
        }
        Path checksums = output.resolve(name + SUMS);
        Files.writeString(checksums, sums);
        written.add(checksums);
        return List.copyOf(written);
    }

    private interface Writer {
        void write(Path folder, List<Path> files, OutputStream out) throws IOException;
    }

    private record Archive(String ending, Writer writer) {}

    private static void tar(Path folder, List<Path> files, OutputStream out) throws IOException {
        var parameters = new GzipParameters();
        parameters.setModificationInstant(TIME.toInstant());
        try (var gzip = new GzipCompressorOutputStream(out, parameters);
                var tar = new TarArchiveOutputStream(gzip, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (Path file : files) {
                var entry = new TarArchiveEntry(nameOf(folder, file));
                entry.setSize(Files.size(file));
                entry.setMode(modeOf(file));
                entry.setModTime(TIME);
                tar.putArchiveEntry(entry);
                Files.copy(file, tar);
                tar.closeArchiveEntry();
            }
        }
    }

    private static void zip(Path folder, List<Path> files, OutputStream out) throws IOException {
        try (var zip = new ZipArchiveOutputStream(out)) {
            for (Path file : files) {
                var entry = new ZipArchiveEntry(nameOf(folder, file));
                entry.setUnixMode(modeOf(file));
                entry.setTime(TIME);
                zip.putArchiveEntry(entry);
                Files.copy(file, zip);
                zip.closeArchiveEntry();
            }
        }
    }

    private static String nameOf(Path folder, Path file) {
        return folder.getFileName() + "/" + folder.relativize(file).toString().replace('\\', '/');
    }

    private static int modeOf(Path file) {
        return Files.isExecutable(file) ? EXECUTABLE : PLAIN;
    }

    private static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
