package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// The receipt of one memory that a session was told.
///
/// @param sessionId the session's id as the agent knows it
/// @param evidence the file, branch, step or score behind the reason
public record Told(
        long observationId,
        String title,
        String sessionId,
        Occasion occasion,
        ToldReason reason,
        @Nullable String evidence,
        Instant at) {}
