package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;
import dev.mneme.extract.ShellCommand.Step;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Git: commits by their message, conflicts by their files, history that was moved.
final class GitRule {

    private static final int NAMES_MAX = 3;

    private static final Pattern COMMITTED =
            Pattern.compile("^\\[(\\S+)(?: \\([^)]{1,40}\\))? ([0-9a-f]{7,40})\\] (.+)$");
    private static final Pattern STAT = Pattern.compile("^ ?(\\d+ files? changed.*)$");
    private static final Pattern MODE = Pattern.compile("^ ?(?:create|delete) mode \\d+ (.+)$");
    private static final Pattern RENAMED = Pattern.compile("^ ?rename (.+) \\(\\d+%\\)$");
    private static final Pattern STAT_LINE =
            Pattern.compile("^ (\\S[^|]{0,300}?) +\\| +(?:\\d+|Bin).*$");
    private static final Pattern CONFLICT =
            Pattern.compile("^CONFLICT \\([^)]{1,60}\\): (?:Merge conflict in (.+)|(.+))$");
    private static final Pattern HEREDOC_MESSAGE =
            Pattern.compile(
                    "\\$\\(cat <<-?\\s*['\"]?(\\w+)['\"]?\\n(.*?)\\n\\s*\\1\\s*\\n?\\)",
                    Pattern.DOTALL);
    private static final Pattern TRAILER =
            Pattern.compile(
                    "(?m)^(?:Co-Authored-By|Signed-off-by|Change-Id|🤖 Generated|Generated with|Claude-Session)\\b.*$");
    private static final Pattern PREFIX =
            Pattern.compile("^(\\w{2,12})(?:\\([^)]{1,60}\\))?!?: .+");

    private GitRule() {}

    static Extraction apply(Run run) {
        Optional<Extraction> conflict = conflict(run);
        if (conflict.isPresent()) {
            return conflict.get();
        }
        if (ErrorLine.isCertain(run.output())) {
            return FailureRule.apply(run);
        }
        return run.kind() == CommandKind.COMMIT ? commit(run) : history(run);
    }

    /// A conflict is worth a memory whether Git's exit code reached us or not.
    static Optional<Extraction> conflict(Run run) {
        var files = new LinkedHashSet<String>();
        for (String line : Bounds.lines(run.output())) {
            Matcher matcher = CONFLICT.matcher(line.strip());
            if (matcher.matches()) {
                files.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
            }
        }
        if (files.isEmpty()) {
            return Optional.empty();
        }
        String verb = CommandKind.gitVerb(run.main());
        String what = verb.isEmpty() || verb.equals("commit") ? "Merge" : capital(verb);
        return Optional.of(
                new Finding(
                                ObservationType.GOTCHA,
                                what
                                        + " conflict in "
                                        + Wording.listed(List.copyOf(files), NAMES_MAX))
                        .say(run.ran())
                        .say(run.output())
                        .say(run.payload().requestLine())
                        .about(Concept.PROBLEM_SOLUTION)
                        .about(Concept.GOTCHA)
                        .remembered());
    }

    private static Extraction commit(Run run) {
        String branch = "";
        String hash = "";
        String subject = "";
        String stat = "";
        var files = new LinkedHashSet<String>();
        for (String line : Bounds.lines(run.output())) {
            Matcher committed = COMMITTED.matcher(line.strip());
            Matcher total = STAT.matcher(line);
            Matcher mode = MODE.matcher(line);
            Matcher changed = STAT_LINE.matcher(line);
            Matcher renamed = RENAMED.matcher(line);
            if (committed.matches()) {
                branch = committed.group(1);
                hash = committed.group(2);
                subject = committed.group(3);
            } else if (total.matches()) {
                stat = total.group(1);
            } else if (mode.matches()) {
                files.add(mode.group(1));
            } else if (renamed.matches()) {
                files.add(renamed.group(1));
            } else if (changed.matches()) {
                files.add(changed.group(1));
            }
        }
        String message = message(run.main());
        if (subject.isEmpty()) {
            boolean nothing =
                    run.output().contains("nothing to commit")
                            || run.output().contains("no changes added");
            if (nothing || message.isEmpty()) {
                return SkipReasons.ROUTINE_GIT;
            }
            subject = Bounds.lines(message).getFirst();
        }
        addedFiles(run).forEach(files::add);
        ObservationType type = type(subject);
        return new Finding(type, subject)
                .say(message.isEmpty() ? subject : message)
                .say(run.payload().requestLine())
                .fact(hash.isEmpty() ? "" : "Commit " + hash + " on " + branch)
                .fact(stat)
                .about(Concept.WHAT_CHANGED)
                .aboutIf(Wording.givesReason(message), Concept.WHY_IT_EXISTS)
                .aboutIf(type == ObservationType.BUGFIX, Concept.PROBLEM_SOLUTION)
                .modified(files)
                .remembered();
    }

    /// The message in the command: a here-document or all `-m` options, without trailers.
    private static String message(Step step) {
        var parts = new ArrayList<String>();
        List<String> words = step.words();
        for (int index = 1; index < words.size(); index++) {
            String word = words.get(index);
            boolean follows = word.matches("-[a-zA-Z]{0,4}m|--message") && index + 1 < words.size();
            if (follows) {
                parts.add(words.get(index + 1));
                index++;
            } else if (word.startsWith("--message=")) {
                parts.add(word.substring("--message=".length()));
            }
        }
        String text = String.join("\n\n", parts);
        Matcher heredoc = HEREDOC_MESSAGE.matcher(text);
        if (heredoc.find()) {
            text = heredoc.group(2);
        } else if (text.isEmpty() && step.body() != null) {
            text = step.body();
        }
        return TRAILER.matcher(text).replaceAll("").strip();
    }

    private static List<String> addedFiles(Run run) {
        var files = new ArrayList<String>();
        for (Step step : run.steps()) {
            if (step.program().equals("git") && CommandKind.gitVerb(step).equals("add")) {
                step.operands().stream()
                        .skip(1)
                        .filter(file -> !file.matches("\\.|\\*|.*[*?$].*|.*/"))
                        .map(file -> run.path(step, file))
                        .forEach(files::add);
            }
        }
        return files;
    }

    private static ObservationType type(String subject) {
        Matcher prefix = PREFIX.matcher(subject);
        String kind = prefix.matches() ? prefix.group(1).toLowerCase(Locale.ROOT) : "";
        switch (kind) {
            case "feat", "feature" -> {
                return ObservationType.FEATURE;
            }
            case "fix", "bugfix", "hotfix" -> {
                return ObservationType.BUGFIX;
            }
            case "refactor" -> {
                return ObservationType.REFACTOR;
            }
            case "docs", "chore", "test", "tests", "build", "ci", "style", "perf", "revert" -> {
                return ObservationType.CHANGE;
            }
            default -> {
                // No prefix that tells; the first word does.
            }
        }
        if (subject.startsWith("Initial")) {
            return ObservationType.FEATURE;
        }
        String first =
                subject.replaceFirst("^[^:]{1,40}: ", "")
                        .split("\\s+", 2)[0]
                        .toLowerCase(Locale.ROOT);
        if (first.matches("fix(?:e[sd])?|repair|resolve|correct|behebe|behebt")) {
            return ObservationType.BUGFIX;
        }
        if (first.matches(
                "add(?:s|ed)?|implement(?:s|ed)?|introduce[sd]?|create[sd]?|initial|support")) {
            return ObservationType.FEATURE;
        }
        return first.matches("refactor|rename|move|extract|restructure|split|inline")
                ? ObservationType.REFACTOR
                : ObservationType.CHANGE;
    }

    private static Extraction history(Run run) {
        Step step = run.main();
        String verb = CommandKind.gitVerb(step);
        List<String> operands = step.operands().stream().skip(1).toList();
        String first = operands.isEmpty() ? "" : operands.getFirst();
        if (step.has("--abort")
                || step.has("--list")
                || step.has("-l")
                || run.output().contains("Already up to date")) {
            return SkipReasons.ROUTINE_GIT;
        }
        String title =
                switch (verb) {
                    case "checkout", "switch" ->
                            first.isEmpty() ? "" : "Create branch `" + first + "`";
                    case "merge" -> first.isEmpty() ? "" : "Merge branch `" + first + "`";
                    case "rebase" ->
                            first.isEmpty() ? "" : "Rebase the branch onto `" + first + "`";
                    case "cherry-pick" -> first.isEmpty() ? "" : "Take over commit " + first;
                    case "revert" -> first.isEmpty() ? "" : "Revert commit " + first;
                    case "tag" -> first.isEmpty() ? "" : "Tag " + first;
                    case "reset" ->
                            step.has("--hard")
                                    ? "Reset the branch hard to "
                                            + (first.isEmpty() ? "HEAD" : first)
                                    : "";
                    default -> "";
                };
        if (title.isEmpty()) {
            return SkipReasons.ROUTINE_GIT;
        }
        return new Finding(ObservationType.CHANGE, title)
                .subtitle(run.payload().input("description"))
                .say(title + ".")
                .say(run.ran())
                .say(run.payload().requestLine())
                .about(Concept.WHAT_CHANGED)
                .remembered();
    }

    private static String capital(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }
}
