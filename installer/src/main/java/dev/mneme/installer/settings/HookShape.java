package dev.mneme.installer.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How an agent's file writes one hook, and the list that an event has of them.
enum HookShape {
    /// Program and arguments apart, in a group that could have a matcher.
    CLAUDE_CODE(true),
    /// The same group, with a line for a shell.
    CODEX(true),
    /// As Codex, but waiting in milliseconds.
    GEMINI(true),
    /// The hook itself stands in the event's list.
    CURSOR(false),
    WINDSURF(false);

    private final boolean grouped;

    HookShape(boolean grouped) {
        this.grouped = grouped;
    }

    /// Whether an event lists groups, each of which lists hooks.
    boolean isGrouped() {
        return grouped;
    }

    /// What an event's list holds for one hook of ours.
    Map<String, Object> element(HookRegistration registration, List<String> command) {
        var handler = new LinkedHashMap<String, Object>();
        if (grouped) {
            handler.put("type", "command");
        }
        if (this == CLAUDE_CODE) {
            handler.put("command", command.getFirst());
            handler.put("args", command.subList(1, command.size()));
        } else {
            handler.put("command", ShellWords.line(command));
        }
        switch (this) {
            case CLAUDE_CODE, CODEX, CURSOR ->
                    handler.put("timeout", registration.timeout().toSeconds());
            case GEMINI -> handler.put("timeout", registration.timeout().toMillis());
            // It has no time limit to set, and shows what hooks print only where it is told to.
            case WINDSURF -> handler.put("show_output", false);
        }
        return grouped ? Map.of("hooks", List.of(handler)) : handler;
    }
}
