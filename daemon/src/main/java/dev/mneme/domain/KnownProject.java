package dev.mneme.domain;

import java.util.Collections;
import java.util.Set;

/// A project with the evidence by which it has been recognised so far.
public record KnownProject(
        Project project,
        Set<String> paths,
        Set<String> commonDirectories,
        Set<String> remotes,
        Set<String> rootCommits) {

    public KnownProject {
        paths = Set.copyOf(paths);
        commonDirectories = Set.copyOf(commonDirectories);
        remotes = Set.copyOf(remotes);
        rootCommits = Set.copyOf(rootCommits);
    }

    /// Whether what is seen at one of this project's places is another repository.
    ///
    /// Another remote alone says nothing (remotes change), nor does another history behind the same
    /// remote (histories get rewritten).
    public boolean contradicts(ProjectEvidence seen) {
        boolean sameRemote = seen.remote() != null && remotes.contains(seen.remote());
        return !sameRemote && hasOtherHistory(seen);
    }

    /// Whether what is seen elsewhere is this project's repository, moved or copied.
    ///
    /// Where both sides have a remote it must agree: a fork shares the history, not the remote.
    public boolean isSameRepository(ProjectEvidence seen) {
        if (hasOtherHistory(seen)) {
            return false;
        }
        if (seen.remote() != null && !remotes.isEmpty()) {
            return remotes.contains(seen.remote());
        }
        return !Collections.disjoint(rootCommits, seen.rootCommits());
    }

    private boolean hasOtherHistory(ProjectEvidence seen) {
        return !rootCommits.isEmpty()
                && !seen.rootCommits().isEmpty()
                && Collections.disjoint(rootCommits, seen.rootCommits());
    }
}
