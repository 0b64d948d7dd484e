package dev.mneme.tree;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// A working tree of git, as far as its own files tell: what its index lists, and the commits that
/// were made here.
///
/// @param root the working tree
/// @param gitDirectory of this working tree, which may be a linked one
public record GitTree(Path root, Path gitDirectory) {

    private static final int DEPTH_MAX = 100;
    private static final int POINTER_BYTES_MAX = 8_192;

    /// Some 150,000 files; a larger index is not read.
    private static final long INDEX_BYTES_MAX = 16L * 1024 * 1024;

    /// Some 2,000 moves of `HEAD`.
    private static final int LOG_TAIL_BYTES_MAX = 256 * 1024;

    private static final String POINTER = "gitdir:";

    /// `DIRC`, version and count.
    private static final int INDEX_HEADER_BYTES = 12;

    private static final int INDEX_MAGIC = 0x44495243;

    /// Version 4 writes paths in pieces, and is rare.
    private static final int INDEX_VERSION_MIN = 2;

    private static final int INDEX_VERSION_MAX = 3;

    /// Times, device, owner and size, before the hash of an entry.
    private static final int ENTRY_STAT_BYTES = 40;

    private static final int HASH_BYTES = 20;
    private static final int FLAG_EXTENDED = 0x4000;
    private static final int ENTRY_ALIGNMENT = 8;

    /// What a move of `HEAD` by a new commit is called in the log. A checkout makes none.
    private static final Pattern COMMIT =
            Pattern.compile(
                    "\\t(commit(?! \\(amend\\))|merge|pull|cherry-pick|revert|am|rebase[^:]*pick)");

    /// The working tree that a folder lies in.
    public static Optional<GitTree> around(Path folder) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            Path git = candidate.resolve(".git");
            if (Files.isDirectory(git)) {
                return Optional.of(new GitTree(candidate, git));
            }
            if (Files.isRegularFile(git)) {
                Path root = candidate;
                return pointedTo(git).map(directory -> new GitTree(root, directory));
            }
            candidate = candidate.getParent();
        }
        return Optional.empty();
    }

    private static Optional<Path> pointedTo(Path file) {
        try {
            if (Files.size(file) > POINTER_BYTES_MAX) {
                return Optional.empty();
            }
            String line = Files.readString(file).strip();
            Path folder = file.toAbsolutePath().getParent();
            return line.startsWith(POINTER) && folder != null
                    ? Optional.of(
                            folder.resolve(line.substring(POINTER.length()).strip()).normalize())
                    : Optional.empty();
        } catch (IOException | InvalidPathException unreadable) {
            return Optional.empty();
        }
    }

    /// Where git's index has files of these contents, by the content; nothing where the index
    /// cannot be read.
    public Map<String, String> paths(Collection<String> hashes) {
        Set<String> wanted = new HashSet<>(hashes);
        Path index = gitDirectory.resolve("index");
        var found = new HashMap<String, String>();
        try {
            if (wanted.isEmpty() || Files.size(index) > INDEX_BYTES_MAX) {
                return found;
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(index));
            if (bytes.remaining() < INDEX_HEADER_BYTES || bytes.getInt() != INDEX_MAGIC) {
                return found;
            }
            int version = bytes.getInt();
            int entries = bytes.getInt();
            if (version < INDEX_VERSION_MIN || version > INDEX_VERSION_MAX) {
                return found;
            }
            for (int entry = 0; entry < entries; entry++) {
                readEntry(bytes, wanted, found);
            }
        } catch (IOException | RuntimeException unreadable) {
            // Another hash, a cut file: what was read until here is still true.
            return found;
        }
        return found;
    }

    private static void readEntry(ByteBuffer bytes, Set<String> wanted, Map<String, String> found) {
        int start = bytes.position();
        var hash = new byte[HASH_BYTES];
        bytes.position(start + ENTRY_STAT_BYTES);
        bytes.get(hash);
        int flags = bytes.getShort();
        if ((flags & FLAG_EXTENDED) != 0) {
            bytes.getShort();
        }
        int name = bytes.position();
        while (bytes.get() != 0) {
            // To the end of the path.
        }
        int end = bytes.position() - 1;
        String hex = HexFormat.of().formatHex(hash);
        if (wanted.contains(hex)) {
            var path = new byte[end - name];
            bytes.get(name, path);
            found.putIfAbsent(hex, new String(path, StandardCharsets.UTF_8));
        }
        int length = end - start;
        bytes.position(start + length + ENTRY_ALIGNMENT - length % ENTRY_ALIGNMENT);
    }

    /// How many commits were made or brought in here since `HEAD` was a commit, by its log; empty
    /// where the log does not tell.
    public OptionalInt commitsSince(@Nullable String commit) {
        if (commit == null) {
            return OptionalInt.empty();
        }
        int since = 0;
        String[] lines = logTail().split("\n", -1);
        for (int line = lines.length - 1; line >= 0; line--) {
            String[] words = lines[line].split(" ", 3);
            if (words.length < 3) {
                continue;
            }
            if (words[1].equals(commit)) {
                return OptionalInt.of(since);
            }
            if (COMMIT.matcher(words[2]).find()) {
                since++;
            }
        }
        return OptionalInt.empty();
    }

    private String logTail() {
        Path log = gitDirectory.resolve("logs").resolve("HEAD");
        try (SeekableByteChannel bytes = Files.newByteChannel(log)) {
            bytes.position(Math.max(0, bytes.size() - LOG_TAIL_BYTES_MAX));
            var tail = ByteBuffer.allocate(LOG_TAIL_BYTES_MAX);
            while (tail.hasRemaining() && bytes.read(tail) >= 0) {
                // Until the end or the bound.
            }
            return new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
        } catch (IOException absent) {
            return "";
        }
    }
}
