package dev.mneme.extract;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a test runner reported: how many passed and failed, of what, and which failed.
///
/// `unit` is what was counted, such as `Python test` or `Go package`. Counts of several summaries
/// (cargo prints one per crate) are added up.
record TestOutcome(String unit, int passed, int failed, int skipped, List<String> failing) {

    private static final int FAILING_MAX = 50;

    private record Runner(
            String unit,
            Pattern summary,
            Pattern passed,
            Pattern failed,
            Pattern skipped,
            Pattern total,
            List<Pattern> failing,
            boolean sums) {}

    private static final Pattern NEVER = Pattern.compile("(?!)");

    private static final List<Runner> RUNNERS =
            List.of(
                    runner(
                            "Rust test",
                            "^test result: .*",
                            "(\\d+) passed",
                            "(\\d+) failed",
                            "(\\d+) ignored",
                            "",
                            true,
                            "^test (\\S+) \\.\\.\\. FAILED"),
                    runner(
                            "Python test",
                            "^=*\\s*(?:\\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?|rerun)(?:, )?)+ in [\\d.]+s.*",
                            "(\\d+) passed",
                            "(\\d+) (?:failed|errors?)",
                            "(\\d+) skipped",
                            "",
                            false,
                            "^(?:FAILED|ERROR) (\\S+?)(?: - .*)?$"),
                    runner(
                            "JVM test",
                            "^(?:\\[\\w+\\] )?Tests run: \\d+, Failures: \\d+, Errors: \\d+(?:, Skipped: \\d+)?\\s*$",
                            "",
                            "(?:Failures|Errors): (\\d+)",
                            "Skipped: (\\d+)",
                            "Tests run: (\\d+)",
                            false,
                            "^\\[ERROR\\] {3,}(\\S+?):\\d+.*",
                            "^\\[ERROR\\] (\\S+) .*<<< (?:FAILURE|ERROR)!"),
                    runner(
                            "JavaScript test",
                            "^\\s*Tests:? +(?:\\d+ \\w+|[|,] ?| )+(?:total|\\(\\d+\\)).*",
                            "(\\d+) passed",
                            "(\\d+) failed",
                            "(\\d+) (?:skipped|todo)",
                            "",
                            false,
                            "^\\s*● (.+)$",
                            "^\\s*FAIL\\s+(\\S+ > .+)$",
                            "^\\s*[✕×] (.+?)(?: \\(?\\d+ ?ms\\)?)?$"),
                    runner(
                            "JavaScript test",
                            "^\\s*\\d+ (?:passing|failing|pending)\\b.*",
                            "(\\d+) passing",
                            "(\\d+) failing",
                            "(\\d+) pending",
                            "",
                            true,
                            "^\\s+\\d+\\) (.+)$"),
                    runner(
                            "JavaScript test",
                            "^\\s*\\d+ tests? (?:passed|failed).*",
                            "(\\d+) tests? passed",
                            "(\\d+) tests? failed",
                            "(\\d+) tests? skipped",
                            "",
                            true,
                            "^\\s*[✖✘] (?:\\[fail\\]: )?(.+)$"),
                    runner(
                            "JavaScript test",
                            "^(?:#|ℹ) (?:pass|fail|skipped) \\d+$",
                            "(?:#|ℹ) pass (\\d+)",
                            "(?:#|ℹ) fail (\\d+)",
                            "(?:#|ℹ) skipped (\\d+)",
                            "",
                            true,
                            "^\\s*not ok \\d+ -? ?(.+)$",
                            "^\\s*✖ (.+?) \\([\\d.]+ms\\)$"),
                    runner(
                            "Ruby example",
                            "^\\d+ examples?, \\d+ failures?.*",
                            "",
                            "(\\d+) failures?",
                            "(\\d+) pending",
                            "(\\d+) examples?",
                            false,
                            "^rspec \\S+ # (.+)$"),
                    runner(
                            "PHP test",
                            "^(?:OK \\(\\d+ tests?.*|Tests: \\d+, Assertions: .*)",
                            "",
                            "(?:Failures|Errors): (\\d+)",
                            "Skipped: (\\d+)",
                            "(?:OK \\(|Tests: )(\\d+)",
                            false,
                            "^\\d+\\) (\\S+::\\S+)"),
                    runner(
                            ".NET test",
                            "^(?:Passed|Failed)! +- +Failed: .*",
                            "Passed: +(\\d+)",
                            "Failed: +(\\d+)",
                            "Skipped: +(\\d+)",
                            "",
                            true,
                            "^\\s+Failed (\\S+) \\["),
                    runner(
                            "Gradle test",
                            "^\\d+ tests? completed.*",
                            "",
                            "(\\d+) failed",
                            "(\\d+) skipped",
                            "(\\d+) tests? completed",
                            true,
                            "^(\\S.* > .+?) FAILED$"),
                    runner(
                            "Python test",
                            "^(?:Ran \\d+ tests? in .*|FAILED \\(.*\\))",
                            "",
                            "(?:failures|errors)=(\\d+)",
                            "skipped=(\\d+)",
                            "Ran (\\d+) test",
                            true,
                            "^(?:FAIL|ERROR): (\\S+) \\("));

    private static final Pattern GO_TEST = Pattern.compile("^(\\s*)--- (PASS|FAIL|SKIP): (\\S+)");
    private static final Pattern GO_PACKAGE =
            Pattern.compile("^(ok|FAIL|---)\\s+([\\w.~-]+(?:/[\\w.~-]+)*)(?:\\s.*|$)");

    int total() {
        return passed + failed;
    }

    static Optional<TestOutcome> of(String output) {
        List<String> lines = Bounds.lines(output);
        Optional<TestOutcome> go = go(lines);
        if (go.isPresent()) {
            return go;
        }
        for (Runner runner : RUNNERS) {
            Optional<TestOutcome> outcome = read(runner, lines);
            if (outcome.isPresent()) {
                return outcome;
            }
        }
        return Optional.empty();
    }

    private static Optional<TestOutcome> read(Runner runner, List<String> lines) {
        int passed = 0;
        int failed = 0;
        int skipped = 0;
        int total = 0;
        boolean seen = false;
        var failing = new LinkedHashSet<String>();
        for (String line : lines) {
            if (runner.summary().matcher(line).matches()) {
                boolean adds = runner.sums() && seen;
                passed = number(runner.passed(), line) + (adds ? passed : 0);
                failed = number(runner.failed(), line) + (adds ? failed : 0);
                skipped = number(runner.skipped(), line) + (adds ? skipped : 0);
                total = number(runner.total(), line) + (adds ? total : 0);
                seen = true;
            }
            for (Pattern pattern : runner.failing()) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.find() && failing.size() < FAILING_MAX) {
                    failing.add(Bounds.oneLine(matcher.group(1)));
                }
            }
        }
        if (!seen) {
            return Optional.empty();
        }
        if (total > 0) {
            passed = Math.max(0, total - failed - skipped);
        }
        return Optional.of(
                new TestOutcome(
                        runner.unit(),
                        passed,
                        failed,
                        skipped,
                        failed == 0 ? List.of() : List.copyOf(failing)));
    }

    /// Go counts tests only with `-v`; without it, packages.
    private static Optional<TestOutcome> go(List<String> lines) {
        int passed = 0;
        int failed = 0;
        int skipped = 0;
        int goodPackages = 0;
        var failing = new ArrayList<String>();
        var badPackages = new LinkedHashSet<String>();
        for (String line : lines) {
            Matcher test = GO_TEST.matcher(line);
            if (test.find()) {
                boolean top = test.group(1).isEmpty();
                switch (test.group(2)) {
                    case "PASS" -> passed += top ? 1 : 0;
                    case "SKIP" -> skipped += top ? 1 : 0;
                    default -> {
                        failed += top ? 1 : 0;
                        if (failing.size() < FAILING_MAX) {
                            failing.add(test.group(3));
                        }
                    }
                }
                continue;
            }
            Matcher unit = GO_PACKAGE.matcher(line);
            if (unit.matches() && line.indexOf('\t') > 0) {
                if (unit.group(1).equals("ok")) {
                    goodPackages++;
                } else {
                    badPackages.add(unit.group(2));
                }
            }
        }
        if (goodPackages == 0 && badPackages.isEmpty()) {
            return Optional.empty();
        }
        // A subtest says more than the test that holds it.
        failing.removeIf(name -> failing.stream().anyMatch(other -> other.startsWith(name + "/")));
        if (passed > 0) {
            return Optional.of(
                    new TestOutcome("Go test", passed, failed, skipped, List.copyOf(failing)));
        }
        return Optional.of(
                new TestOutcome(
                        "Go package",
                        goodPackages,
                        badPackages.size(),
                        0,
                        failing.isEmpty() ? List.copyOf(badPackages) : List.copyOf(failing)));
    }

    /// The sum of all numbers the pattern finds: failures and errors are counted together.
    private static int number(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        int sum = 0;
        while (matcher.find()) {
            String digits = matcher.group(1);
            sum += digits.length() > 7 ? 0 : Integer.parseInt(digits);
        }
        return sum;
    }

    private static Runner runner(
            String unit,
            String summary,
            String passed,
            String failed,
            String skipped,
            String total,
            boolean sums,
            String... failing) {
        return new Runner(
                unit,
                Pattern.compile(summary),
                pattern(passed),
                pattern(failed),
                pattern(skipped),
                pattern(total),
                List.of(failing).stream().map(Pattern::compile).toList(),
                sums);
    }

    private static Pattern pattern(String regex) {
        return regex.isEmpty() ? NEVER : Pattern.compile(regex);
    }
}
