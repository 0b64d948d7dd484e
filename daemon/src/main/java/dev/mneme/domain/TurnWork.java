package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A claimed turn as it was read for the work on it.
///
/// @param turn what is to be understood; part of it may have been understood before
/// @param jobs those claimed whose events are in `turn`; the turn's others come in a later part
/// @param turnId as in `ClaimedTurn`
/// @param again events in `turn` that were worked on before: what was made of them is replaced
public record TurnWork(
        Turn turn,
        long turnId,
        long sessionId,
        long projectId,
        List<ClaimedJob> jobs,
        List<Long> again) {

    public TurnWork {
        jobs = List.copyOf(jobs);
        again = List.copyOf(again);
    }

    public List<Long> eventIds() {
        return turn.events().stream().map(CapturedEvent::id).toList();
    }

    /// The tool that all of some events have in common; null where they have none in common.
    public @Nullable String commonTool(List<Long> eventIds) {
        Set<String> tools = new HashSet<>();
        for (CapturedEvent event : turn.events()) {
            if (eventIds.contains(event.id())) {
                tools.add(event.toolName() == null ? "" : event.toolName());
            }
        }
        String only = tools.size() == 1 ? tools.iterator().next() : "";
        return only.isEmpty() ? null : only;
    }
}
