package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.CommandRule.Run;
import dev.mneme.extract.TurnStory.Moment;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A command that fails, changes, and the same command passing: one memory of the failure and of
/// what repaired it. What was thought in between, and refuted by another failure, is no memory by
/// itself.
final class FixRule implements TurnRule {

    private static final int NAMES_MAX = 2;
    private static final int CHANGES_TOLD_MAX = 6;

    @Override
    public void apply(TurnStory story) {
        if (story.left().stream().anyMatch(Moment::changesFiles)) {
            // Told with all that the turn changed.
            return;
        }
        List<Moment> commands = story.commands().toList();
        var done = new HashSet<Moment>();
        for (Moment failure : commands) {
            if (done.contains(failure) || !fails(failure)) {
                continue;
            }
            Optional<Moment> success =
                    commands.stream()
                            .filter(later -> later.place() > failure.place())
                            .filter(later -> passes(later) && repeats(failure, later))
                            .findFirst();
            if (success.isEmpty()) {
                continue;
            }
            List<Moment> between =
                    story.left().stream()
                            .filter(one -> one.place() > failure.place())
                            .filter(one -> one.place() < success.get().place())
                            .toList();
            List<Moment> changes = between.stream().filter(FixRule::repairs).toList();
            if (changes.isEmpty()) {
                continue;
            }
            var from = new ArrayList<Moment>(List.of(failure));
            between.stream()
                    .filter(
                            one ->
                                    one.run() != null
                                            && fails(one)
                                            && (repeats(failure, one) || repeats(one, failure)))
                    .forEach(from::add);
            from.addAll(changes);
            from.add(success.get());
            done.addAll(from);
            tell(story, failure, changes, success.get(), from);
        }
    }

    private static boolean fails(Moment moment) {
        Run run = moment.run();
        return run != null && CommandRule.failed(moment.event(), run) && moment.draft().isPresent();
    }

    private static boolean passes(Moment moment) {
        Run run = moment.run();
        return run != null && !CommandRule.failed(moment.event(), run);
    }

    /// A change of files, or an installation of what was missing.
    private static boolean repairs(Moment moment) {
        Run run = moment.run();
        boolean installs = run != null && run.kind() == CommandKind.INSTALL && passes(moment);
        return installs || (moment.changesFiles() && (run == null || passes(moment)));
    }

    /// Whether a command is another one again: word for word, or the same test runner with nothing
    /// that narrows it further.
    private static boolean repeats(Moment first, Moment later) {
        Run before = first.run();
        Run after = later.run();
        if (before == null || after == null || before.main().words().isEmpty()) {
            return false;
        }
        if (before.main().words().equals(after.main().words())) {
            return true;
        }
        return before.kind() == after.kind()
                && Set.of(CommandKind.TEST, CommandKind.BUILD).contains(before.kind())
                && before.main().program().equals(after.main().program())
                && new HashSet<>(before.main().operands()).containsAll(after.main().operands());
    }

    private static void tell(
            TurnStory story,
            Moment failure,
            List<Moment> changes,
            Moment success,
            List<Moment> from) {
        ObservationDraft failed = failure.draft().orElseThrow();
        String essence = essence(failure, failed);
        var files = new LinkedHashSet<String>();
        changes.forEach(change -> files.addAll(change.files()));
        boolean whole = story.left().stream().filter(Moment::changesFiles).allMatch(from::contains);
        Optional<Moment> answer = whole ? story.answer() : Optional.empty();
        Optional<Headline> headline = answer.flatMap(Headline::ofAnswer);
        String where =
                files.isEmpty() ? "" : " in " + Wording.listed(List.copyOf(files), NAMES_MAX);
        String title =
                headline.map(Headline::sentence)
                        .filter(Wording::saysFixed)
                        .orElse("Fix `" + essence.replace('`', '\'') + "`" + where);
        var finding =
                new Finding(ObservationType.BUGFIX, title)
                        .subtitle(failed.title())
                        .say(headline.map(Headline::prose).orElse(""))
                        .say(ToldFailure.FAILED_WITH + essence)
                        .say(
                                "What repaired it:\n"
                                        + String.join("\n", changesTold(changes))
                                        + "\nAfterwards: "
                                        + success.draft()
                                                .map(ObservationDraft::title)
                                                .orElse("the same command passes")
                                        + ".")
                        .say(requestLine(failure))
                        .fact(essence)
                        .facts(changesTold(changes))
                        .about(Concept.PROBLEM_SOLUTION)
                        .about(Concept.WHAT_CHANGED)
                        .aboutIf(
                                headline.map(Headline::prose)
                                        .filter(Wording::givesReason)
                                        .isPresent(),
                                Concept.WHY_IT_EXISTS)
                        .modified(files);
        answer.ifPresent(from::add);
        story.remember(finding, from);
    }

    private static String essence(Moment failure, ObservationDraft failed) {
        Run run = failure.run();
        String line = run == null ? "" : ErrorLine.find(run.output());
        return line.isEmpty() ? failed.title() : line;
    }

    private static List<String> changesTold(List<Moment> changes) {
        return changes.stream()
                .map(
                        change ->
                                change.draft()
                                        .map(ObservationDraft::title)
                                        .orElse("Install what was missing"))
                .distinct()
                .limit(CHANGES_TOLD_MAX)
                .toList();
    }

    private static String requestLine(Moment moment) {
        return Payload.of(moment.event()).map(Payload::requestLine).orElse("");
    }
}
