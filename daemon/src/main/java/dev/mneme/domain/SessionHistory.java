package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// What happened in a session, each part the oldest first. Texts are null once the retention of
/// their events has passed.
///
/// @param position where the working directory stood when last looked at
public record SessionHistory(
        GitPosition position,
        List<Run> runs,
        List<Turn> turns,
        List<AgentReport> reports,
        List<Compaction> compactions) {

    public SessionHistory {
        runs = List.copyOf(runs);
        turns = List.copyOf(turns);
        reports = List.copyOf(reports);
        compactions = List.copyOf(compactions);
    }

    /// From a start to an end.
    ///
    /// @param endReason as the agent gave it, `idle`, or `new-start` when it was started again
    ///     without having said that it ended
    public record Run(
            Instant startedAt,
            @Nullable String source,
            @Nullable Instant endedAt,
            @Nullable String endReason) {}

    /// From a prompt to its answer.
    ///
    /// @param endedAt when the answer was complete; null while it is being worked on, or when the
    ///     user interrupted it
    public record Turn(
            int promptNumber,
            String prompt,
            Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable String answer) {}

    /// What a subagent came back with.
    public record AgentReport(
            @Nullable String agentId,
            @Nullable String agentType,
            int promptNumber,
            Instant endedAt,
            @Nullable String result) {}

    public record Compaction(Instant at, @Nullable String trigger, @Nullable String summary) {}
}
