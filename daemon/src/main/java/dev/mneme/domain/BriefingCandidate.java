package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// What decides whether a starting session is told a memory; its texts are read later.
///
/// @param byHand whether somebody saved it in their own words
/// @param branch on which it was learned, where that is known
/// @param createdAt when it happened, `storedAt` when it became a memory
public record BriefingCandidate(
        long id,
        long sessionId,
        ObservationType type,
        boolean pinned,
        boolean byHand,
        @Nullable String branch,
        List<String> files,
        Instant createdAt,
        Instant storedAt) {}
