package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;

/// What a folder shows of the project it belongs to.
///
/// `commonDirectory` is absent without a repository, `remote` is in normal form, and `rootCommits`
/// is empty where the history does not say (shallow, no commit, no `git`, too long) or need not be
/// asked.
public record ProjectEvidence(
        Path root,
        @Nullable Path commonDirectory,
        @Nullable String remote,
        List<String> rootCommits) {

    public ProjectEvidence {
        rootCommits = List.copyOf(rootCommits);
    }
}
