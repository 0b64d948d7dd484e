package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// Which lessons are wanted.
///
/// @param projectId those of this project and those that hold in every one; null for all
/// @param severity null for any
/// @param state null for any
public record LessonFilter(
        @Nullable Long projectId,
        @Nullable LessonSeverity severity,
        @Nullable LessonState state,
        int limit,
        int offset) {}
