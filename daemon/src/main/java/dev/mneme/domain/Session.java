package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// One conversation of an agent. `externalId` is the agent's own id for it.
public record Session(
        long id,
        String externalId,
        Project project,
        String agentType,
        SessionStatus status,
        Instant startedAt,
        Instant lastEventAt,
        @Nullable Instant completedAt,
        @Nullable String summary,
        int promptCount) {}
