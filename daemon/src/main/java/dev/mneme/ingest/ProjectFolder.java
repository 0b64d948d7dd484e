package dev.mneme.ingest;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the files of a folder say about its project, before anything is asked of the database.
///
/// @param folder what was looked at, links resolved
/// @param root what stands for the project: the main work tree of the repository, or the folder
///     itself where there is none
/// @param chosen the name that a `.mneme` file gives
record ProjectFolder(
        Path folder, Path root, @Nullable GitFiles repository, @Nullable String chosen) {

    static ProjectFolder of(Path path) {
        Path folder = GitFiles.real(path);
        Optional<GitFiles> repository = GitFiles.around(folder);
        if (repository.isEmpty()) {
            return new ProjectFolder(
                    folder, folder, null, ProjectFile.aboveOfSameOwner(folder).orElse(null));
        }
        Path root = repository.get().root();
        // A linked work tree lies beside the main one, so the search from within ends at its own.
        Optional<String> chosen =
                ProjectFile.between(folder, folder.startsWith(root) ? root : workTree(folder))
                        .or(() -> ProjectFile.in(root));
        return new ProjectFolder(folder, root, repository.get(), chosen.orElse(null));
    }

    boolean exists() {
        return Files.isDirectory(folder);
    }

    private static Path workTree(Path folder) {
        Path candidate = folder;
        for (int depth = 0; candidate != null && depth < GitFiles.DEPTH_MAX; depth++) {
            if (Files.exists(candidate.resolve(".git"))) {
                return candidate;
            }
            candidate = candidate.getParent();
        }
        return folder;
    }
}
