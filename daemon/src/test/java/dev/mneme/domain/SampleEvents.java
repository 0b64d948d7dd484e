package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// Events for tests that care about their jobs and not about what is in them.
public final class SampleEvents {

    private static final int HASH_BYTES = 32;

    private SampleEvents() {}

    /// A call of a tool, in whatever turn is open.
    public static NewEvent toolCall(String key, String toolUseId, Instant occurredAt) {
        return event(HookEvent.POST_TOOL_USE, key, "Bash", toolUseId, occurredAt);
    }

    /// The end of a turn, and so a turn of its own where nothing else happens.
    ///
    /// @param name to tell it from others, in the column of the tool's id
    public static NewEvent answer(String key, String name, Instant occurredAt) {
        return event(HookEvent.STOP, key, null, name, occurredAt);
    }

    private static NewEvent event(
            HookEvent kind, String key, @Nullable String tool, String name, Instant occurredAt) {
        return new NewEvent(
                kind,
                key,
                null,
                tool,
                name,
                null,
                null,
                null,
                null,
                null,
                "/tmp",
                GitPosition.UNKNOWN,
                occurredAt,
                new byte[HASH_BYTES],
                "{}",
                null);
    }
}
