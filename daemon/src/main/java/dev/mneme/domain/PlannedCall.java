package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// A tool call that an agent is about to make, as far as it may be looked at. Nothing of it is ever
/// stored.
///
/// @param session the agent's own id of it; null where the host gave none
/// @param agent the subagent's id; null in the session itself
/// @param text the texts of its input, without what is ignored, private or secret
/// @param paused whether capture is paused, so that the call must leave no trace
public record PlannedCall(
        @Nullable String session,
        @Nullable String agent,
        String tool,
        String text,
        boolean paused) {}
