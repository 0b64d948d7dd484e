package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.extract.ShellCommand.Step;

import tools.jackson.databind.JsonNode;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Shell commands: judged by the step that says most, then by what it printed.
final class CommandRule implements Rule {

    /// A command with what is known about it; what the rules for its kinds read.
    record Run(
            Payload payload,
            String command,
            List<Step> steps,
            Step main,
            CommandKind kind,
            String output) {

        /// The folder the step works in, as far as earlier `cd` steps tell.
        String path(Step step, String file) {
            String folder = "";
            for (Step earlier : steps) {
                if (earlier.equals(step)) {
                    break;
                }
                if (earlier.program().equals("cd") && !earlier.word(1).isEmpty()) {
                    String next = earlier.word(1);
                    boolean absolute = next.startsWith("/") || next.startsWith("~");
                    folder = absolute || folder.isEmpty() ? next : folder + "/" + next;
                }
            }
            boolean anchored = file.startsWith("/") || file.startsWith("~") || folder.isEmpty();
            return payload.relative(anchored ? file : folder + "/" + file);
        }

        /// Whether filters behind the command may have hidden a part of its output.
        boolean filtered() {
            return steps.stream()
                    .anyMatch(
                            step ->
                                    Set.of("tail", "head", "grep", "sed", "awk", "rg")
                                            .contains(step.program()));
        }

        String ran() {
            return "Ran: " + Bounds.cut(Bounds.oneLine(command), Bounds.COMMAND_CHARS_MAX);
        }
    }

    @Override
    public Extraction apply(Payload payload) {
        if (payload.input("command").isBlank()) {
            return SkipReasons.NO_DETAILS;
        }
        JsonNode stopped = payload.response().path("interrupted");
        boolean interrupted = isTrue(payload.root().path("is_interrupt")) || isTrue(stopped);
        if (interrupted) {
            return SkipReasons.INTERRUPTED;
        }
        Run run = run(payload);
        boolean failed = payload.event().kind() == HookEvent.POST_TOOL_USE_FAILURE;
        if (run.steps().isEmpty() && !failed) {
            return SkipReasons.ROUTINE_COMMAND;
        }
        return guarded(run.command(), failed ? FailureRule.apply(run) : succeeded(run));
    }

    /// What is known about the command of a payload.
    static Run run(Payload payload) {
        String command = payload.input("command");
        boolean failed = payload.event().kind() == HookEvent.POST_TOOL_USE_FAILURE;
        List<Step> steps = ShellCommand.parse(command).steps();
        Step main =
                steps.stream()
                        .min(Comparator.comparing(CommandKind::of))
                        .orElse(new Step(List.of(), null, false, null, false, false));
        String output = failed ? payload.error() : payload.output();
        return new Run(payload, command, steps, main, CommandKind.of(main), output);
    }

    /// Whether a command did not do what it was to do: by what the host reports, or by what it
    /// printed where a pipe swallowed the exit code.
    static boolean failed(CapturedEvent event, Run run) {
        boolean looks = run.kind() == CommandKind.INSPECT || run.kind() == CommandKind.SETUP;
        return event.kind() == HookEvent.POST_TOOL_USE_FAILURE
                || (run.kind() == CommandKind.TEST
                        && TestOutcome.of(run.output()).filter(o -> o.failed() > 0).isPresent())
                || (!looks && ErrorLine.isCertain(run.output()));
    }

    private static Extraction succeeded(Run run) {
        return switch (run.kind()) {
            case COMMIT, GIT_CHANGE -> GitRule.apply(run);
            case TEST -> TestRunRule.apply(run);
            case BUILD ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : SkipReasons.ROUTINE_BUILD;
            case STATE ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : WorldRule.state(run);
            case FILE_WRITE -> FileCommandRule.write(run);
            case FILE_CHANGE ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : FileCommandRule.change(run);
            case SERVER ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : WorldRule.server(run);
            case INSTALL ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : SkipReasons.PACKAGE_INSTALL;
            case GIT_ROUTINE -> SkipReasons.ROUTINE_GIT;
            case OTHER ->
                    ErrorLine.isCertain(run.output())
                            ? FailureRule.apply(run)
                            : WorldRule.other(run);
            case INSPECT -> SkipReasons.READ_ONLY;
            case SETUP -> SkipReasons.ROUTINE_COMMAND;
        };
    }

    /// A title never repeats a command: error texts quote theirs now and then.
    private static Extraction guarded(String command, Extraction extraction) {
        String raw = Bounds.oneLine(command);
        if (!(extraction instanceof Extraction.Remembered remembered) || raw.indexOf(' ') < 0) {
            return extraction;
        }
        return new Extraction.Remembered(
                remembered.drafts().stream()
                        .map(
                                draft ->
                                        draft.title().contains(raw)
                                                ? new ObservationDraft(
                                                        draft.title().replace(raw, "the command"),
                                                        draft.subtitle(),
                                                        draft.type(),
                                                        draft.narrative(),
                                                        draft.facts(),
                                                        draft.concepts(),
                                                        draft.filesRead(),
                                                        draft.filesModified())
                                                : draft)
                        .toList());
    }

    static boolean isTrue(JsonNode flag) {
        return flag.isBoolean() && flag.booleanValue();
    }
}
