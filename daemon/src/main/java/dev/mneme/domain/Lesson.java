package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// A stored lesson.
///
/// @param projectId null for one that holds in every project, as is `projectName`
/// @param isProposal whether repeated failures suggested it, and nobody wrote it
/// @param observationIds what shows it, as far as that still exists
/// @param toldCount how often an agent was told
/// @param score how well it meets a query; null where nothing was searched for
public record Lesson(
        long id,
        @Nullable Long projectId,
        @Nullable String projectName,
        LessonText says,
        LessonState state,
        boolean isProposal,
        List<Long> observationIds,
        long toldCount,
        @Nullable Instant lastToldAt,
        Instant createdAt,
        @Nullable Double score) {

    public Lesson {
        observationIds = List.copyOf(observationIds);
    }
}
