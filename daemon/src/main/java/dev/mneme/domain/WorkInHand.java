package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Instant;

/// What is being worked on where a session starts, as far as a look at the work tree says it.
///
/// @param root of the work tree, or the folder itself where there is no repository; null when
/// unknown
/// @param branch null when `HEAD` is detached or cannot be read
/// @param settledAt when `HEAD` last moved: a file that changed since is being worked on; null when
///     that says nothing, as right after a clone
public record WorkInHand(
        @Nullable Path root, @Nullable String branch, @Nullable Instant settledAt) {

    public static final WorkInHand UNKNOWN = new WorkInHand(null, null, null);
}
