package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// Where a working directory stands in its history.
///
/// @param branch without `refs/heads/`; null when `HEAD` is detached or cannot be read
/// @param commit null before the first one, or when the reference cannot be read
public record GitPosition(@Nullable String branch, @Nullable String commit) {

    public static final GitPosition UNKNOWN = new GitPosition(null, null);
}
