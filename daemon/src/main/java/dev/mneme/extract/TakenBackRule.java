package dev.mneme.extract;

import dev.mneme.extract.ShellCommand.Step;
import dev.mneme.extract.TurnStory.Moment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Edits that the same turn takes back: a try that was given up says nothing about the code. Either
/// a later edit is exactly the reverse, or Git restores the file.
final class TakenBackRule implements TurnRule {

    private record Change(Moment moment, String file, Diff diff) {}

    @Override
    public void apply(TurnStory story) {
        var open = new ArrayList<Change>();
        for (Moment moment : story.left()) {
            for (String file : restored(moment)) {
                open.removeIf(
                        change -> {
                            boolean gone = change.file().equals(file);
                            if (gone) {
                                story.skip(change.moment(), SkipReasons.TAKEN_BACK);
                            }
                            return gone;
                        });
            }
            Optional<Change> change = change(moment);
            if (change.isEmpty()) {
                continue;
            }
            Optional<Change> reversed =
                    open.reversed().stream()
                            .filter(before -> isReverse(before, change.get()))
                            .findFirst();
            if (reversed.isPresent()) {
                open.remove(reversed.get());
                story.skip(reversed.get().moment(), SkipReasons.TAKEN_BACK);
                story.skip(moment, SkipReasons.TAKEN_BACK);
            } else {
                open.add(change.get());
            }
        }
    }

    private static Optional<Change> change(Moment moment) {
        if (moment.run() != null || moment.files().size() != 1) {
            return Optional.empty();
        }
        return Payload.of(moment.event())
                .map(payload -> new Change(moment, moment.files().getFirst(), Diff.of(payload)))
                .filter(change -> !change.diff().isEmpty());
    }

    private static boolean isReverse(Change before, Change after) {
        return before.file().equals(after.file())
                && before.diff().removed().equals(after.diff().added())
                && before.diff().added().equals(after.diff().removed());
    }

    /// The files that a command brings back to what Git has.
    private static List<String> restored(Moment moment) {
        CommandRule.Run run = moment.run();
        if (run == null || CommandRule.failed(moment.event(), run)) {
            return List.of();
        }
        var files = new ArrayList<String>();
        for (Step step : run.steps()) {
            boolean restores =
                    step.program().equals("git")
                            && (step.has("restore") || (step.has("checkout") && step.has("--")));
            if (restores) {
                step.words().stream()
                        .skip(2)
                        .filter(word -> !word.startsWith("-"))
                        .forEach(word -> files.add(run.path(step, word)));
            }
        }
        return files;
    }
}
