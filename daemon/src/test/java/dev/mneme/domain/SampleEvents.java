package dev.mneme.domain;

import java.time.Instant;

/// Events for tests that care about their jobs and not about what is in them.
public final class SampleEvents {

    private static final int HASH_BYTES = 32;

    private SampleEvents() {}

    public static NewEvent toolCall(String key, String toolUseId, Instant occurredAt) {
        return new NewEvent(
                HookEvent.POST_TOOL_USE,
                key,
                null,
                "Bash",
                toolUseId,
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
