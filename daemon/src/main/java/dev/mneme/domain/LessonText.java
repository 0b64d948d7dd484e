package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// What a lesson says, and when it is told.
///
/// @param triggerTool names of tools, as in `Edit|Write|mcp__github__*`; null for any
/// @param triggerPattern in RE2's syntax, looked for in a call's input; null for any input
public record LessonText(
        String title,
        String rule,
        LessonSeverity severity,
        @Nullable String triggerTool,
        @Nullable String triggerPattern) {

    /// Whether it is told before calls; without a trigger only at a session's start.
    public boolean hasTrigger() {
        return triggerTool != null || triggerPattern != null;
    }
}
