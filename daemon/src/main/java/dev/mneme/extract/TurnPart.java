package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;

import java.util.List;
import java.util.Set;

/// One event of a turn, what the rules say of it alone, and what it is for the turn.
///
/// @param drafts what would be remembered of it alone; empty where that is nothing
/// @param skipReason why nothing would be; empty where something is
record TurnPart(Payload payload, Role role, List<ObservationDraft> drafts, String skipReason) {

    /// What an event is for its turn.
    enum Role {
        /// It changed files.
        WORK,

        COMMIT,

        /// It changed something that is no file: a service, a pull request, a page elsewhere.
        WORLD,

        /// Tests or a build that found nothing.
        CHECK,

        /// Something failed.
        TROUBLE,

        /// What an agent or the web had to tell.
        REPORT,

        /// The user settled a question.
        CHOICE,

        ANSWER,

        /// What a long conversation was cut down to.
        SUMMARY,

        /// It looked at something, or nothing came of it.
        ELSE
    }

    private static final Set<String> EDITING = Set.of("Edit", "MultiEdit", "NotebookEdit", "Write");
    private static final Set<String> REPORTING =
            Set.of("Agent", "Task", "SubagentHandback", "WebFetch", "WebSearch");
    private static final Set<String> CHOOSING =
            Set.of("AskUserQuestion", "ExitPlanMode", "exit_plan_mode");

    static TurnPart of(Payload payload, Extraction alone) {
        return switch (alone) {
            case Extraction.Skipped(var reason) ->
                    new TurnPart(payload, Role.ELSE, List.of(), reason);
            case Extraction.Remembered(var drafts) ->
                    new TurnPart(payload, role(payload, drafts.getFirst()), drafts, "");
        };
    }

    boolean isTold() {
        return !drafts.isEmpty();
    }

    /// Only of one that is told.
    ObservationDraft draft() {
        return drafts.getFirst();
    }

    boolean isCommand() {
        return Set.of("Bash", "PowerShell").contains(payload.tool());
    }

    boolean failed() {
        return payload.event().kind() == HookEvent.POST_TOOL_USE_FAILURE || role == Role.TROUBLE;
    }

    /// Whether a failure is worth a memory of its own when nothing mended it: of a test, a build, a
    /// service. That a file could not be written or looked at is not.
    boolean isLasting() {
        if (!isCommand()) {
            return true;
        }
        return switch (CommandRule.run(payload).kind()) {
            case COMMIT, TEST, BUILD, STATE, GIT_CHANGE, SERVER, INSTALL, OTHER -> true;
            case FILE_WRITE, FILE_CHANGE, GIT_ROUTINE, INSPECT, SETUP -> false;
        };
    }

    /// What a failure and the success after it have in common.
    String attempt() {
        if (!isCommand()) {
            return payload.tool();
        }
        CommandRule.Run run = CommandRule.run(payload);
        return run.kind() + " " + run.main().program();
    }

    private static Role role(Payload payload, ObservationDraft draft) {
        String tool = payload.tool();
        switch (payload.event().kind()) {
            case STOP -> {
                return Role.ANSWER;
            }
            case SUBAGENT_STOP -> {
                return Role.REPORT;
            }
            case POST_COMPACT -> {
                return Role.SUMMARY;
            }
            default -> {
                // A tool; its name tells.
            }
        }
        if (EDITING.contains(tool)) {
            return Role.WORK;
        }
        if (REPORTING.contains(tool)) {
            return Role.REPORT;
        }
        if (CHOOSING.contains(tool)) {
            return Role.CHOICE;
        }
        if (draft.concepts().contains(Concept.PROBLEM_SOLUTION)
                && draft.type() != ObservationType.BUGFIX) {
            return Role.TROUBLE;
        }
        if (Set.of("Bash", "PowerShell").contains(tool)
                && CommandRule.run(payload).kind() == CommandKind.COMMIT) {
            return Role.COMMIT;
        }
        if (!draft.filesModified().isEmpty()) {
            return Role.WORK;
        }
        return draft.type() == ObservationType.CHANGE ? Role.WORLD : Role.CHECK;
    }
}
