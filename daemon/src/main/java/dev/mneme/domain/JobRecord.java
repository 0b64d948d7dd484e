package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// A job as people see it: what became of one captured event, without the event's content.
///
/// @param sessionId the session's id as the agent knows it
/// @param outcome of a completed job, `remembered` or `skipped`
/// @param payloadKept false once the event's retention has passed
public record JobRecord(
        long id,
        long eventId,
        String sessionId,
        String projectName,
        HookEvent event,
        @Nullable String toolUseId,
        @Nullable String toolName,
        JobState state,
        @Nullable String outcome,
        @Nullable String skipReason,
        int attempt,
        int maxAttempts,
        @Nullable String lastError,
        Instant occurredAt,
        Instant createdAt,
        Instant scheduledAt,
        @Nullable Instant attemptedAt,
        @Nullable Instant finalizedAt,
        boolean payloadKept) {}
