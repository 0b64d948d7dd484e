package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/// An event about to be stored: checked, redacted, trimmed.
///
/// @param dedupeKey what a second copy of the same event shares with the first
/// @param twinWindow set for events without an id of the host's own: an event of the same kind and
///     payload within this time is the same one, sent by a second registration of the hook
/// @param payloadHash SHA-256 of the payload as it arrived, redacted
public record NewEvent(
        HookEvent kind,
        String dedupeKey,
        @Nullable Duration twinWindow,
        @Nullable String toolName,
        @Nullable String toolUseId,
        @Nullable String agentId,
        @Nullable String cwd,
        Instant occurredAt,
        byte[] payloadHash,
        String payload) {

    /// Two registrations of a hook fire within this time of each other.
    public static final Duration TWIN_WINDOW = Duration.ofSeconds(2);

    public NewEvent {
        payloadHash = payloadHash.clone();
    }

    @Override
    public byte[] payloadHash() {
        return payloadHash.clone();
    }
}
