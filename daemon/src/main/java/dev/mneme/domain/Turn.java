package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// The unit of understanding: what happened between a prompt and its final answer.
///
/// A turn that is longer than an extractor should be given at once comes in parts, and what happens
/// after a turn was taken for finished comes as a further part: `isContinuation` says that
/// something of the same turn was understood before and is not repeated here.
///
/// @param sessionId the session's id as the agent knows it
/// @param promptNumber of the user's last prompt before the turn's events; 0 where there is none
/// @param prompt what the user asked for; null where something else began the turn (a schedule, a
///     command, another session) or nobody knows
/// @param cwd the last working directory of the turn
/// @param branch that was checked out there, when it was looked at
/// @param events in the order in which they happened: the prompt, the calls with their outcomes,
/// the
///     reports of subagents, and the end. Never empty
/// @param answer the final answer; null where the turn ended without one
/// @param end what closed the turn
public record Turn(
        String sessionId,
        int promptNumber,
        @Nullable String prompt,
        @Nullable String cwd,
        @Nullable String branch,
        List<CapturedEvent> events,
        @Nullable String answer,
        End end,
        boolean isContinuation) {

    /// So many events are understood at once; a longer turn comes in parts.
    public static final int EVENTS_MAX = 200;

    /// So many bytes of their payloads; a single event is taken whatever its size.
    public static final long PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

    public Turn {
        events = List.copyOf(events);
        if (events.isEmpty()) {
            throw new IllegalArgumentException("a turn has events");
        }
    }

    /// What closed a turn.
    public enum End {
        /// The final answer (`Stop`).
        ANSWER,

        /// Nothing happened for a while, or the next prompt or the session's end came first.
        SILENCE
    }
}
