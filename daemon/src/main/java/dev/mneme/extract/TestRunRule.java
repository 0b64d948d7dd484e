package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;

import java.util.List;
import java.util.Optional;

/// Test runs: the outcome with its counts, and the names of what failed.
final class TestRunRule {

    private static final int NAMES_MAX = 3;
    private static final int NAME_CHARS_MAX = 60;

    private static final List<String> PATTERN_OPTIONS =
            List.of("-run", "--run", "-k", "-t", "--grep", "--tests", "--testNamePattern");

    private TestRunRule() {}

    static Extraction apply(Run run) {
        Optional<TestOutcome> outcome = TestOutcome.of(run.output());
        if (outcome.isPresent() && outcome.get().total() > 0) {
            return remember(run, outcome.get());
        }
        if (ErrorLine.isCertain(run.output())) {
            return FailureRule.apply(run);
        }
        return SkipReasons.UNCLEAR_OUTCOME;
    }

    static Extraction remember(Run run, TestOutcome outcome) {
        boolean fails = outcome.failed() > 0;
        String title = fails ? failing(run, outcome) : passing(run, outcome);
        String cause = fails ? ErrorLine.find(run.output()) : "";
        return new Finding(ObservationType.DISCOVERY, title)
                .subtitle(run.payload().input("description"))
                .say(counts(outcome))
                .say(run.ran())
                .say(
                        cause.isEmpty() || outcome.failing().stream().anyMatch(cause::contains)
                                ? ""
                                : "First cause: " + cause)
                .say(run.payload().requestLine())
                .facts(
                        fails
                                ? outcome.failing().stream().map(name -> name + " fails").toList()
                                : List.of())
                .aboutIf(fails, Concept.PROBLEM_SOLUTION)
                .aboutIf(!fails, Concept.HOW_IT_WORKS)
                .remembered();
    }

    private static String failing(Run run, TestOutcome outcome) {
        List<String> names =
                outcome.failing().stream()
                        .map(
                                name ->
                                        scope(run).isEmpty()
                                                ? name
                                                : name.replaceFirst("^\\S+?::", ""))
                        .map(name -> Bounds.cut(name, NAME_CHARS_MAX))
                        .toList();
        String which = names.isEmpty() ? "" : ": " + Wording.listed(names, NAMES_MAX);
        if (outcome.unit().equals("Go package")) {
            return "Go tests fail in "
                    + outcome.failed()
                    + " of "
                    + EditRule.counted(outcome.total(), "package")
                    + which;
        }
        return outcome.failed()
                + " of "
                + EditRule.counted(outcome.total(), outcome.unit())
                + (outcome.failed() == 1 ? " fails" : " fail")
                + scope(run)
                + which;
    }

    private static String passing(Run run, TestOutcome outcome) {
        boolean packages = outcome.unit().equals("Go package");
        boolean partial = run.filtered() && (packages || outcome.unit().equals("Go test"));
        if (partial || (packages && outcome.total() == 1)) {
            return "Go tests pass" + scope(run);
        }
        if (packages) {
            return "Go tests pass in " + EditRule.counted(outcome.total(), "package");
        }
        Optional<String> pattern = pattern(run);
        if (outcome.total() == 1 && pattern.isPresent()) {
            return "The " + outcome.unit() + " " + Bounds.quote(pattern.get()) + " passes";
        }
        return outcome.total() == 1
                ? "1 " + outcome.unit() + " passes" + scope(run)
                : "All " + EditRule.counted(outcome.total(), outcome.unit()) + " pass" + scope(run);
    }

    private static String counts(TestOutcome outcome) {
        return EditRule.counted(outcome.passed(), outcome.unit())
                + " passed, "
                + outcome.failed()
                + " failed"
                + (outcome.skipped() > 0 ? ", " + outcome.skipped() + " skipped" : "")
                + ".";
    }

    /// The file, folder or pattern the run was limited to.
    private static String scope(Run run) {
        Optional<String> pattern = pattern(run);
        if (pattern.isPresent()) {
            return " for " + Bounds.quote(pattern.get());
        }
        List<String> paths =
                run.main().operands().stream()
                        .filter(
                                word ->
                                        word.indexOf('/') >= 0
                                                || word.matches("[\\w-]+\\.\\w{1,4}"))
                        .map(word -> run.path(run.main(), word).replaceFirst("/?\\.\\.\\.$", ""))
                        .filter(word -> !word.isEmpty() && !word.equals("."))
                        .toList();
        return paths.size() == 1 ? " in " + Bounds.cut(paths.getFirst(), NAME_CHARS_MAX) : "";
    }

    /// The name that the run was limited to.
    private static Optional<String> pattern(Run run) {
        List<String> words = run.main().words();
        for (String option : PATTERN_OPTIONS) {
            int at = words.indexOf(option);
            if (at > 0 && at + 1 < words.size()) {
                return Optional.of(words.get(at + 1));
            }
        }
        return words.stream()
                .filter(word -> word.startsWith("-Dtest=") || word.startsWith("-run="))
                .map(word -> word.substring(word.indexOf('=') + 1))
                .findFirst();
    }
}
