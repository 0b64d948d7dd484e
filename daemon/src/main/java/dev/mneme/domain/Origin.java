package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// Where an observation comes from.
///
/// @param sessionId as the agent knows it
/// @param madeBy an extractor, `api` or `manual`
/// @param events those it was made from that are still kept, in their order
public record Origin(
        String sessionId, String madeBy, int madeByVersion, Instant storedAt, List<Event> events) {

    public Origin {
        events = List.copyOf(events);
    }

    /// One event, without its content.
    ///
    /// @param jobId null once the job's retention has passed
    /// @param sessionId as the agent knows it
    /// @param agentType of the subagent, where one did it
    public record Event(
            long id,
            @Nullable Long jobId,
            String sessionId,
            HookEvent kind,
            @Nullable String toolName,
            @Nullable String agentType,
            @Nullable String branch,
            Instant occurredAt,
            boolean payloadKept) {}
}
