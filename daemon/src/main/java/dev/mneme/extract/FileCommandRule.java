package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;
import dev.mneme.extract.ShellCommand.Step;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Files changed from the shell: written, moved, deleted, edited in place.
final class FileCommandRule {

    private static final int CHANGES_MAX = 3;
    private static final int NAMES_MAX = 3;

    /// What builds and caches leave behind; deleting it is not a change of the project.
    private static final Pattern GENERATED =
            Pattern.compile(
                    "(?:.*/)?(?:node_modules|dist|build|out|target|__pycache__|\\.next|\\.cache|\\.venv|coverage|\\.pytest_cache|[^/]*\\.(?:log|pyc|tmp|class))/?\\*?");

    private static final Pattern SUBSTITUTION =
            Pattern.compile(
                    "s([/|#,@!])((?:\\\\.|(?!\\1).){1,300})\\1((?:\\\\.|(?!\\1).){0,300})\\1[a-zA-Z0-9]*;?");

    private record Done(String words, ObservationType type, List<String> files) {}

    private FileCommandRule() {}

    static Extraction write(Run run) {
        Step step = run.main();
        String target =
                step.target() != null
                        ? step.target()
                        : step.operands().isEmpty() ? "" : step.operands().getFirst();
        if (target.isEmpty() || target.indexOf('$') >= 0) {
            return SkipReasons.ROUTINE_COMMAND;
        }
        String file = run.path(step, target);
        if (run.payload().isTemporary(file)) {
            return SkipReasons.TEMPORARY_FILE;
        }
        String body = step.body();
        String content = body == null ? String.join(" ", step.operands()) : body;
        boolean appends = step.appends() || step.has("-a");
        if (!appends) {
            return WriteRule.remember(run.payload(), file, content, "Create ");
        }
        String first =
                Bounds.lines(content).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .findFirst()
                        .orElse("");
        if (first.isEmpty()) {
            return SkipReasons.ROUTINE_COMMAND;
        }
        return new Finding(ObservationType.CHANGE, "Append " + Bounds.quote(first) + " to " + file)
                .say(
                        "Appends to "
                                + file
                                + " ("
                                + EditRule.counted(Bounds.lines(content.strip()).size(), "line")
                                + ").")
                .say(run.payload().requestLine())
                .about(Concept.WHAT_CHANGED)
                .modified(file)
                .remembered();
    }

    static Extraction change(Run run) {
        var done = new ArrayList<Done>();
        boolean temporary = false;
        for (Step step : run.steps()) {
            if (CommandKind.of(step) != CommandKind.FILE_CHANGE) {
                continue;
            }
            List<String> files = files(run, step);
            if (!files.isEmpty() && files.stream().allMatch(run.payload()::isTemporary)) {
                temporary = true;
                continue;
            }
            describe(step, files).ifPresent(done::add);
        }
        if (done.isEmpty()) {
            return temporary ? SkipReasons.TEMPORARY_FILE : SkipReasons.ROUTINE_COMMAND;
        }
        List<Done> shown = done.subList(0, Math.min(CHANGES_MAX, done.size()));
        String title = String.join("; ", shown.stream().map(Done::words).toList());
        var finding =
                new Finding(done.getFirst().type(), title)
                        .subtitle(run.payload().input("description"))
                        .say(title + ".")
                        .say(run.ran())
                        .say(run.payload().requestLine())
                        .about(Concept.WHAT_CHANGED);
        done.forEach(
                one ->
                        finding.modified(
                                one.files().stream()
                                        .flatMap(file -> meant(run, file).stream())
                                        .toList()));
        return finding.remembered();
    }

    /// The files that a name in a command stands for: a pattern for those that match it, as far as
    /// the command's output names them.
    private static Set<String> meant(Run run, String file) {
        if (!file.matches(".*[*?{].*")) {
            return Set.of(file);
        }
        if (file.indexOf('{') >= 0 || file.contains("**")) {
            return Set.of();
        }
        String regex =
                Pattern.quote(file).replace("*", "\\E[^/\\s]*\\Q").replace("?", "\\E[^/\\s]\\Q");
        Pattern named = Pattern.compile("^(?:\\./)?(" + regex + ")(?=[:\\s]|$)");
        var files = new LinkedHashSet<String>();
        for (String line : Bounds.lines(run.output())) {
            Matcher matcher = named.matcher(line.strip());
            if (matcher.find() && files.size() < Bounds.FILES_MAX) {
                files.add(matcher.group(1));
            }
        }
        return files;
    }

    private static List<String> files(Run run, Step step) {
        List<String> operands = step.operands();
        int skipped = step.program().equals("git") || step.program().equals("chmod") ? 1 : 0;
        boolean script = step.program().matches("g?sed|perl");
        if (script) {
            operands = operands.stream().filter(word -> !isScript(word)).toList();
        }
        return operands.stream()
                .skip(skipped)
                .filter(word -> !word.isBlank())
                .map(word -> run.path(step, word))
                .toList();
    }

    private static boolean isScript(String word) {
        boolean address = word.matches("(?s)[/\\d$].*[dpaic].{0,200}");
        return SUBSTITUTION.matcher(word).find()
                || (address && !word.startsWith("/home") && word.indexOf('.') < 0);
    }

    private static Optional<Done> describe(Step step, List<String> files) {
        String program = step.program().equals("git") ? CommandKind.gitVerb(step) : step.program();
        if (files.isEmpty()) {
            return Optional.empty();
        }
        String listed = Wording.listed(files, NAMES_MAX);
        String last = files.getLast();
        return switch (program) {
            case "mv" ->
                    files.size() == 2
                            ? Optional.of(
                                    new Done(
                                            "Rename " + files.getFirst() + " to " + last,
                                            ObservationType.REFACTOR,
                                            files))
                            : files.size() > 2
                                    ? Optional.of(
                                            new Done(
                                                    "Move "
                                                            + Wording.listed(
                                                                    files.subList(
                                                                            0, files.size() - 1),
                                                                    NAMES_MAX)
                                                            + " to "
                                                            + last,
                                                    ObservationType.REFACTOR,
                                                    files))
                                    : Optional.empty();
            case "cp" ->
                    files.size() > 1
                            ? Optional.of(
                                    new Done(
                                            "Copy "
                                                    + Wording.listed(
                                                            files.subList(0, files.size() - 1),
                                                            NAMES_MAX)
                                                    + " to "
                                                    + last,
                                            ObservationType.CHANGE,
                                            List.of(last)))
                            : Optional.empty();
            case "rm", "trash", "rmdir", "unlink" ->
                    files.stream().allMatch(file -> GENERATED.matcher(file).matches())
                            ? Optional.empty()
                            : Optional.of(
                                    new Done("Delete " + listed, ObservationType.CHANGE, files));
            case "chmod" ->
                    step.operands().getFirst().contains("x")
                                    || step.operands().getFirst().startsWith("7")
                            ? Optional.of(
                                    new Done(
                                            "Make " + listed + " executable",
                                            ObservationType.CHANGE,
                                            files))
                            : Optional.of(
                                    new Done(
                                            "Change the permissions of " + listed,
                                            ObservationType.CHANGE,
                                            files));
            case "ln" ->
                    files.size() > 1
                            ? Optional.of(
                                    new Done(
                                            "Link " + last + " to " + files.getFirst(),
                                            ObservationType.CHANGE,
                                            List.of(last)))
                            : Optional.empty();
            case "dos2unix" ->
                    Optional.of(
                            new Done(
                                    "Convert line endings of " + listed + " to LF",
                                    ObservationType.CHANGE,
                                    files));
            case "sed", "gsed", "perl" -> Optional.of(inPlace(step, files, listed));
            default -> Optional.empty();
        };
    }

    private static Done inPlace(Step step, List<String> files, String listed) {
        for (String word : step.words()) {
            Matcher matcher = SUBSTITUTION.matcher(word);
            if (matcher.find()) {
                String before = matcher.group(2).replaceAll("\\\\([^\\w\\s])", "$1");
                String after = matcher.group(3).replaceAll("\\\\([^\\w\\s])", "$1");
                String words =
                        after.isEmpty()
                                ? "Remove " + Bounds.quote(before) + " from " + listed
                                : "Replace "
                                        + Bounds.quote(before)
                                        + " with "
                                        + Bounds.quote(after)
                                        + " in "
                                        + listed;
                return new Done(words, ObservationType.CHANGE, files);
            }
        }
        return new Done("Change " + listed + " in place", ObservationType.CHANGE, files);
    }
}
