package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// A stored summary of a turn or of a whole session.
///
/// @param sessionId the session's id as the agent knows it
/// @param turnId null for the whole session
/// @param createdAt when the last thing happened that it speaks of
public record SessionSummary(
        long id,
        String sessionId,
        String projectName,
        @Nullable Long turnId,
        @Nullable Integer promptNumber,
        SummaryDraft says,
        Instant createdAt) {}
