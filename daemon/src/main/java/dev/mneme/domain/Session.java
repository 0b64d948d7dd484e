package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// One conversation of an agent. `externalId` is the agent's own id for it.
///
/// @param startSource how it began: `startup`, `resume`, `clear`, `compact`, `fork`
/// @param endReason as the agent gave it, or `idle`; null while it is active
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
        int promptCount,
        @Nullable String startSource,
        @Nullable String endReason) {}
