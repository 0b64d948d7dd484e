package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/// An event about to be stored: checked, redacted, trimmed.
///
/// @param dedupeKey what a second copy of the same event shares with the first
/// @param twinWindow set for events without an id of the host's own: an event of the same kind and
///     payload within this time is the same one, sent by a second registration of the hook
/// @param agentId of the subagent that it happened in
/// @param promptKind of a prompt, who spoke
/// @param cause a session's start source or end reason, a compaction's trigger
/// @param isInterrupt of a failed call, whether the user stopped it
/// @param payloadHash SHA-256 of the payload as it arrived, redacted
/// @param payload null when the event is not worth keeping
/// @param skipReason why it is not worth keeping; its job is then completed at once
public record NewEvent(
        HookEvent kind,
        String dedupeKey,
        @Nullable Duration twinWindow,
        @Nullable String toolName,
        @Nullable String toolUseId,
        @Nullable String agentId,
        @Nullable String agentType,
        @Nullable PromptKind promptKind,
        @Nullable String cause,
        @Nullable Boolean isInterrupt,
        @Nullable String cwd,
        GitPosition position,
        Instant occurredAt,
        byte[] payloadHash,
        @Nullable String payload,
        @Nullable SkipReason skipReason) {

    /// Two registrations of a hook fire within this time of each other.
    public static final Duration TWIN_WINDOW = Duration.ofSeconds(2);

    public NewEvent {
        payloadHash = payloadHash.clone();
    }

    @Override
    public byte[] payloadHash() {
        return payloadHash.clone();
    }

    public NewEvent spokenBy(PromptKind speaker) {
        return new NewEvent(
                kind,
                dedupeKey,
                twinWindow,
                toolName,
                toolUseId,
                agentId,
                agentType,
                speaker,
                cause,
                isInterrupt,
                cwd,
                position,
                occurredAt,
                payloadHash,
                payload,
                skipReason);
    }
}
