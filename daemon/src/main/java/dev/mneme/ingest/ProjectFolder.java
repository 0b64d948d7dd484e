package dev.mneme.ingest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the folder that stands for a project: the root of the repository a folder lies in, the
/// main work tree for a linked one, and the folder itself where there is no repository.
final class ProjectFolder {

    /// A path deeper than this is not walked further up.
    private static final int DEPTH_MAX = 100;

    /// `.git` files hold one short line.
    private static final int GIT_FILE_BYTES_MAX = 8_192;

    private static final String GIT_DIRECTORY_PREFIX = "gitdir:";

    private ProjectFolder() {}

    static Path rootOf(Path folder) {
        Path start = real(folder);
        Path candidate = start;
        for (int depth = 0; candidate != null && depth < DEPTH_MAX; depth++) {
            Path git = candidate.resolve(".git");
            if (Files.isDirectory(git)) {
                return candidate;
            }
            if (Files.isRegularFile(git)) {
                Path main = mainWorkTree(candidate, git);
                return main == null ? candidate : main;
            }
            candidate = candidate.getParent();
        }
        return start;
    }

    /// The main work tree of a linked one; null for a submodule, which is a project of its own.
    private static @Nullable Path mainWorkTree(Path workTree, Path gitFile) {
        String line = firstLine(gitFile);
        if (line == null || !line.startsWith(GIT_DIRECTORY_PREFIX)) {
            return null;
        }
        Path gitDirectory = workTree.resolve(line.substring(GIT_DIRECTORY_PREFIX.length()).strip());
        String common = firstLine(gitDirectory.resolve("commondir"));
        if (common == null) {
            return null;
        }
        Path commonDirectory = real(gitDirectory.resolve(common));
        Path name = commonDirectory.getFileName();
        boolean insideWorkTree = name != null && name.toString().equals(".git");
        return insideWorkTree ? commonDirectory.getParent() : commonDirectory;
    }

    private static @Nullable String firstLine(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > GIT_FILE_BYTES_MAX) {
                return null;
            }
            return Files.readString(file).lines().findFirst().map(String::strip).orElse(null);
        } catch (IOException unreadable) {
            return null;
        }
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException absent) {
            return path.toAbsolutePath().normalize();
        }
    }
}
