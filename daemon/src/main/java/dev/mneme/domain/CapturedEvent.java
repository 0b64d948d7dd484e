package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// One stored event as an extractor sees it.
///
/// `payload` is the JSON object the host sent, redacted, with `originalFile` and the like already
/// removed. `promptText` is the user's last prompt in that session, if there was one.
public record CapturedEvent(
        long id,
        HookEvent kind,
        String sessionId,
        Instant occurredAt,
        @Nullable String cwd,
        @Nullable String toolName,
        @Nullable String toolUseId,
        String payload,
        @Nullable String promptText) {}
