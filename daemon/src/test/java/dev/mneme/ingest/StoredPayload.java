package dev.mneme.ingest;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.SkipReason;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;

/// What the daemon makes of a payload before it stores it, for tests of what comes after.
public final class StoredPayload {

    private static final CapturePolicy POLICY =
            new CapturePolicy(NameList.skippedTools(List.of()), NameList.readOnlyAgents(List.of()));

    private StoredPayload() {}

    /// A copy, as it is stored.
    public static ObjectNode of(JsonNode payload) {
        var copy = (ObjectNode) payload.deepCopy();
        PayloadTrimmer.trim(copy);
        return copy;
    }

    public static Optional<SkipReason> reasonToSkip(HookEvent kind, JsonNode payload) {
        return POLICY.reasonToSkip(kind, (ObjectNode) payload);
    }
}
