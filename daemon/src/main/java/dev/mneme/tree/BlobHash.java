package dev.mneme.tree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The content of files in one number: the name that git gives to it in a repository of SHA-1, so
/// that what its index lists can be compared with. It recognises, it does not protect.
public final class BlobHash {

    /// Of one memory; who changed more files speaks of none of them in particular.
    public static final int FILES_MAX = 20;

    /// Source files are smaller; what is larger is not read.
    private static final long FILE_BYTES_MAX = 1024 * 1024;

    /// A worker does not wait longer for a slow disk: the rest has no hash.
    private static final Duration CAPTURE_TIME_MAX = Duration.ofMillis(200);

    private BlobHash() {}

    /// Of a regular file; empty for anything else, and for one that is too large or unreadable.
    public static Optional<String> of(Path file) {
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || Files.size(file) > FILE_BYTES_MAX) {
                return Optional.empty();
            }
            byte[] content = Files.readAllBytes(file);
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return Optional.of(HexFormat.of().formatHex(digest.digest(content)));
        } catch (IOException unreadable) {
            return Optional.empty();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JVM has SHA-1", impossible);
        }
    }

    /// Of the first files of a folder, in their order; an empty text for those without one, and
    /// nothing where none has one.
    ///
    /// @param names as from the folder; those that lead out of it are not looked at
    public static List<String> ofAll(Path folder, List<String> names) {
        long deadline = System.nanoTime() + CAPTURE_TIME_MAX.toNanos();
        var hashes = new ArrayList<String>();
        boolean any = false;
        for (String name : names.subList(0, Math.min(FILES_MAX, names.size()))) {
            String hash =
                    System.nanoTime() - deadline > 0
                            ? ""
                            : inside(folder, name).flatMap(BlobHash::of).orElse("");
            any |= !hash.isEmpty();
            hashes.add(hash);
        }
        return any ? List.copyOf(hashes) : List.of();
    }

    /// A file below a folder; empty for a name that leads out of it.
    public static Optional<Path> inside(Path folder, String name) {
        try {
            Path file = folder.resolve(name).normalize();
            return file.startsWith(folder) && !file.equals(folder)
                    ? Optional.of(file)
                    : Optional.empty();
        } catch (InvalidPathException unusable) {
            return Optional.empty();
        }
    }
}
