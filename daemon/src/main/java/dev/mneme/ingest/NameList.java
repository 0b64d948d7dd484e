package dev.mneme.ingest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Names to be recognised, some by their beginning: `Cron*`.
public final class NameList {

    /// The host's own housekeeping. `Task` alone is not in it: older hosts call their agents so.
    private static final List<String> SKIPPED_TOOLS =
            List.of(
                    "Cron*",
                    "EnterPlanMode",
                    "EnterWorktree",
                    "ExitWorktree",
                    "KillBash",
                    "KillShell",
                    "ListAgents",
                    "ListMcpResourcesTool",
                    "PushNotification",
                    "RemoteTrigger",
                    "ScheduleWakeup",
                    "SendFeedback",
                    "ShareOnboardingGuide",
                    "Skill",
                    "SlashCommand",
                    "TaskCreate",
                    "TaskGet",
                    "TaskList",
                    "TaskOutput",
                    "TaskStop",
                    "TaskUpdate",
                    "TodoRead",
                    "TodoWrite",
                    "ToolSearch",
                    "WaitForMcpServers");

    /// Agents that come with the host and only look around, in lower case.
    private static final List<String> READ_ONLY_AGENTS =
            List.of("explore", "plan", "claude-code-guide");

    private final Set<String> names;
    private final List<String> beginnings;

    private NameList(Set<String> names, List<String> beginnings) {
        this.names = Set.copyOf(names);
        this.beginnings = List.copyOf(beginnings);
    }

    /// Tools whose calls are never kept, changed by what was configured.
    public static NameList skippedTools(List<String> changes) {
        return of(SKIPPED_TOOLS, changes);
    }

    /// Types of agents whose calls are never kept, changed by what was configured, without regard
    /// to case.
    public static NameList readOnlyAgents(List<String> changes) {
        return of(
                READ_ONLY_AGENTS,
                changes.stream().map(change -> change.toLowerCase(Locale.ROOT)).toList());
    }

    /// @param changes a name more, or with `-` in front one less
    private static NameList of(List<String> byDefault, List<String> changes) {
        var entries = new ArrayList<>(byDefault);
        for (String change : changes) {
            if (change.startsWith("-")) {
                entries.remove(change.substring(1));
            } else {
                entries.add(change);
            }
        }
        var names = new HashSet<String>();
        var beginnings = new ArrayList<String>();
        for (String entry : entries) {
            if (entry.endsWith("*")) {
                beginnings.add(entry.substring(0, entry.length() - 1));
            } else {
                names.add(entry);
            }
        }
        return new NameList(names, beginnings);
    }

    public boolean contains(String name) {
        return names.contains(name) || beginnings.stream().anyMatch(name::startsWith);
    }
}
