package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;
import dev.mneme.extract.ShellCommand.Step;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Failing commands: the error's essence, not the command.
final class FailureRule {

    private static final int EXCERPT_CHARS_MAX = 1_500;

    private static final int EXIT_TIMEOUT = 124;
    private static final int EXIT_KILLED = 137;

    private static final Pattern EXIT_CODE = Pattern.compile("^Exit code:? (\\d{1,3})\\b");
    private static final Pattern NO_MODULE =
            Pattern.compile("^No module named '?([\\w.-]{1,60})'?$");
    private static final Pattern NO_COMMAND =
            Pattern.compile(
                    "^(?:.*: )?([\\w.+-]{1,60}): (?:command )?not found$|^command not found: ([\\w.+-]{1,60})$");
    private static final Pattern LINT_TOTAL =
            Pattern.compile("^✖ \\d+ problems? \\((\\d+ errors?), (\\d+ warnings?)\\)");
    private static final Pattern LINT_LINE =
            Pattern.compile("^\\s*\\d+:\\d+\\s+error\\s+(.+?)\\s{2,}(\\S+)$");
    private static final Pattern ISSUES_TOTAL = Pattern.compile("^(\\d+) issues?:$");
    private static final Pattern GOTCHA =
            Pattern.compile(
                    "(?i)permission denied|not permitted|address already in use|EADDRINUSE|connection refused|ECONNREFUSED|timed? ?out"
                            + "|no space left|out of memory|unsupported|requires? (?:a |node|python|java|version)|version mismatch|EACCES|incompatible");

    private FailureRule() {}

    static Extraction apply(Run run) {
        if (run.kind() == CommandKind.TEST) {
            Optional<TestOutcome> outcome = TestOutcome.of(run.output());
            if (outcome.isPresent() && outcome.get().failed() > 0) {
                return TestRunRule.remember(run, outcome.get());
            }
        }
        Optional<Extraction> conflict = GitRule.conflict(run);
        if (conflict.isPresent()) {
            return conflict.get();
        }
        String label = CommandLabel.of(run);
        String essence = ErrorLine.find(run.output());
        int exitCode = exitCode(run.output());
        if (essence.isEmpty() && looksOnly(run)) {
            return searches(run) ? SkipReasons.NO_MATCH : SkipReasons.READ_ONLY;
        }
        if (run.kind() == CommandKind.COMMIT && run.output().contains("nothing to commit")) {
            return SkipReasons.ROUTINE_GIT;
        }
        if (exitCode == 0 && (essence.isEmpty() || essence.equals("Error"))) {
            return SkipReasons.NO_DETAILS;
        }
        Finding finding = lint(run, label).orElseGet(() -> failure(run, label, essence, exitCode));
        return finding.subtitle(run.payload().input("description"))
                .say(run.ran())
                .say(exitCode > 0 ? "It ended with exit code " + exitCode + "." : "")
                .say(excerpt(run.output()))
                .say(run.payload().requestLine())
                .about(Concept.PROBLEM_SOLUTION)
                .remembered();
    }

    private static Finding failure(Run run, String label, String essence, int exitCode) {
        Matcher module = NO_MODULE.matcher(essence);
        if (module.matches()) {
            return new Finding(
                            ObservationType.GOTCHA,
                            "`"
                                    + module.group(1)
                                    + "` is not installed: No module named "
                                    + module.group(1))
                    .about(Concept.GOTCHA);
        }
        Matcher command = NO_COMMAND.matcher(essence);
        if (command.matches()) {
            String name = command.group(1) != null ? command.group(1) : command.group(2);
            return new Finding(
                            ObservationType.GOTCHA,
                            "`" + name + "` is not installed: command not found")
                    .about(Concept.GOTCHA);
        }
        if (exitCode == EXIT_TIMEOUT && essence.isEmpty()) {
            return new Finding(
                            ObservationType.GOTCHA, label + " does not end within its time limit")
                    .about(Concept.GOTCHA);
        }
        if (exitCode == EXIT_KILLED && essence.isEmpty()) {
            return new Finding(ObservationType.GOTCHA, label + " is killed").about(Concept.GOTCHA);
        }
        if (essence.isEmpty()) {
            return new Finding(
                    ObservationType.DISCOVERY, label + " fails with exit code " + exitCode);
        }
        if (run.kind() == CommandKind.INSPECT && !run.main().program().equals("git")) {
            // What could not be looked at matters, not with what.
            String missing = essence.replaceFirst("^[\\w.-]{1,20}: ", "");
            return new Finding(
                    ObservationType.DISCOVERY,
                    missing.substring(0, 1).toUpperCase(Locale.ROOT) + missing.substring(1));
        }
        boolean gotcha = GOTCHA.matcher(essence).find();
        return new Finding(
                        gotcha ? ObservationType.GOTCHA : ObservationType.DISCOVERY,
                        label + " fails: " + essence)
                .aboutIf(gotcha, Concept.GOTCHA);
    }

    /// Linters: how many, and the first.
    private static Optional<Finding> lint(Run run, String label) {
        String total = "";
        String first = "";
        List<String> lines = Bounds.lines(run.output());
        for (String line : lines) {
            Matcher sum = LINT_TOTAL.matcher(line);
            Matcher issues = ISSUES_TOTAL.matcher(line);
            Matcher hit = LINT_LINE.matcher(line);
            if (sum.find()) {
                total = sum.group(1);
            } else if (issues.matches()) {
                total =
                        EditRule.counted(
                                Integer.parseInt(
                                        issues.group(1)
                                                .substring(
                                                        0, Math.min(6, issues.group(1).length()))),
                                "issue");
            } else if (hit.find() && first.isEmpty()) {
                first = hit.group(1) + " (" + hit.group(2) + ")";
            }
        }
        if (total.isEmpty()) {
            return Optional.empty();
        }
        String gist = first.isEmpty() ? firstIssue(lines) : first;
        return Optional.of(
                new Finding(
                        ObservationType.DISCOVERY,
                        label + " reports " + total + (gist.isEmpty() ? "" : ": " + gist)));
    }

    private static String firstIssue(List<String> lines) {
        for (String line : lines) {
            if (line.matches("\\S+:\\d+:\\d+: .+")) {
                return line.strip();
            }
        }
        return "";
    }

    /// The head and the tail of what was printed: the cause is in one of them.
    private static String excerpt(String output) {
        String text = output.strip();
        if (text.length() <= EXCERPT_CHARS_MAX) {
            return text;
        }
        int half = EXCERPT_CHARS_MAX / 2;
        int from = text.length() - half;
        from += Character.isLowSurrogate(text.charAt(from)) ? 1 : 0;
        return Bounds.cut(text, half) + "\n" + text.substring(from);
    }

    private static int exitCode(String output) {
        Matcher code = EXIT_CODE.matcher(output);
        return code.find() ? Integer.parseInt(code.group(1)) : 0;
    }

    private static boolean looksOnly(Run run) {
        return run.payload().event().kind() == HookEvent.POST_TOOL_USE_FAILURE
                && (run.kind() == CommandKind.INSPECT || run.kind() == CommandKind.SETUP);
    }

    private static boolean searches(Run run) {
        return run.steps().stream()
                .map(Step::program)
                .anyMatch(
                        program ->
                                program.matches(
                                        "[ef]?grep|rg|ag|diff|cmp|find|pgrep|which|test|\\["));
    }
}
