package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// One stored memory with where it came from. `score` is set where a search ranked it; a closed
/// one is kept for the record and no longer recalled; where Mneme closed it by itself, it says by
/// which sign of the newer one, and how much of their subject they share.
///
/// @param position where the working tree stood when the last of its events happened
public record Observation(
        long id,
        long sessionId,
        long projectId,
        String projectName,
        String title,
        @Nullable String subtitle,
        ObservationType type,
        @Nullable String narrative,
        List<String> facts,
        List<String> concepts,
        List<String> filesRead,
        List<String> filesModified,
        @Nullable String toolName,
        @Nullable Integer promptNumber,
        List<Long> eventIds,
        GitPosition position,
        boolean hasEmbedding,
        Instant createdAt,
        @Nullable Instant closedAt,
        @Nullable Long supersededBy,
        @Nullable String supersededBecause,
        @Nullable Float supersededScore,
        @Nullable Instant pinnedAt,
        @Nullable Instant editedAt,
        @Nullable Double score) {

    public Observation withEmbedding(boolean present) {
        return new Observation(
                id,
                sessionId,
                projectId,
                projectName,
                title,
                subtitle,
                type,
                narrative,
                facts,
                concepts,
                filesRead,
                filesModified,
                toolName,
                promptNumber,
                eventIds,
                position,
                present,
                createdAt,
                closedAt,
                supersededBy,
                supersededBecause,
                supersededScore,
                pinnedAt,
                editedAt,
                score);
    }

    public Observation withScore(double rank) {
        return new Observation(
                id,
                sessionId,
                projectId,
                projectName,
                title,
                subtitle,
                type,
                narrative,
                facts,
                concepts,
                filesRead,
                filesModified,
                toolName,
                promptNumber,
                eventIds,
                position,
                hasEmbedding,
                createdAt,
                closedAt,
                supersededBy,
                supersededBecause,
                supersededScore,
                pinnedAt,
                editedAt,
                rank);
    }
}
