package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.TurnStory.Moment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// All that a turn changed is one memory: the answer says what and why, the edits where. A run of
/// tests that passes belongs to what it confirms.
final class ChangeRule implements TurnRule {

    private static final int NAMES_MAX = 3;

    /// Room in a narrative for each of several changes.
    private static final int DIFF_CHARS_MAX = 600;

    /// The weightiest type first.
    private static final List<ObservationType> WEIGHT =
            List.of(
                    ObservationType.BUGFIX,
                    ObservationType.FEATURE,
                    ObservationType.REFACTOR,
                    ObservationType.CHANGE);

    /// What an answer may say of a change. That it found something out is another matter.
    private static final Set<ObservationType> OF_CHANGE =
            EnumSet.of(
                    ObservationType.BUGFIX,
                    ObservationType.FEATURE,
                    ObservationType.REFACTOR,
                    ObservationType.CHANGE,
                    ObservationType.DECISION);

    @Override
    public void apply(TurnStory story) {
        List<Moment> changes = story.left().stream().filter(ChangeRule::isChange).toList();
        if (changes.isEmpty()) {
            return;
        }
        List<Moment> confirmed =
                story.left().stream()
                        .filter(one -> one.place() > changes.getFirst().place())
                        .filter(ChangeRule::isPassingTest)
                        .toList();
        Optional<Moment> answer = story.answer().filter(ChangeRule::speaksOfChange);
        if (changes.size() == 1 && confirmed.isEmpty() && answer.isEmpty()) {
            return;
        }
        var from = new ArrayList<>(changes);
        from.addAll(confirmed);
        answer.ifPresent(from::add);
        story.remember(finding(changes, confirmed, answer), from);
    }

    private static Finding finding(
            List<Moment> changes, List<Moment> confirmed, Optional<Moment> answer) {
        Optional<Headline> headline = answer.flatMap(Headline::ofAnswer);
        List<ObservationDraft> drafts =
                changes.stream().flatMap(change -> change.draft().stream()).toList();
        var files = new LinkedHashSet<String>();
        drafts.forEach(draft -> files.addAll(draft.filesModified()));
        ObservationType type = type(drafts, answer.flatMap(Moment::draft));
        var finding =
                new Finding(type, title(drafts, headline, List.copyOf(files)))
                        .say(headline.map(Headline::prose).orElse(""))
                        .say(narrative(drafts))
                        .facts(headline.map(Headline::points).orElse(List.of()));
        if (drafts.size() > 1) {
            drafts.forEach(draft -> finding.fact(draft.title()));
        }
        confirmed.forEach(test -> test.draft().ifPresent(draft -> finding.fact(draft.title())));
        for (ObservationDraft draft : drafts) {
            draft.facts().forEach(finding::fact);
            draft.concepts().forEach(finding::about);
        }
        return finding.about(Concept.WHAT_CHANGED)
                .aboutIf(
                        headline.map(Headline::prose).filter(Wording::givesReason).isPresent(),
                        Concept.WHY_IT_EXISTS)
                .modified(files);
    }

    private static String title(
            List<ObservationDraft> drafts, Optional<Headline> headline, List<String> files) {
        if (drafts.size() == 1) {
            return drafts.getFirst().title();
        }
        if (headline.isPresent()) {
            return headline.get().sentence();
        }
        List<String> titles = drafts.stream().map(ObservationDraft::title).distinct().toList();
        return files.size() == 1
                ? titles.getFirst()
                        + " (and "
                        + EditRule.counted(drafts.size() - 1, "more change")
                        + ")"
                : "Change " + Wording.listed(files, NAMES_MAX);
    }

    private static String narrative(List<ObservationDraft> drafts) {
        if (drafts.size() == 1) {
            return drafts.getFirst().narrative();
        }
        var told = new ArrayList<String>();
        for (ObservationDraft draft : drafts) {
            told.add(Bounds.cut(draft.title() + "\n" + draft.narrative(), DIFF_CHARS_MAX));
        }
        return String.join("\n\n", told);
    }

    private static ObservationType type(
            List<ObservationDraft> drafts, Optional<ObservationDraft> answer) {
        ObservationType heaviest =
                drafts.stream()
                        .map(ObservationDraft::type)
                        .filter(WEIGHT::contains)
                        .min(Comparator.comparingInt(WEIGHT::indexOf))
                        .orElse(ObservationType.CHANGE);
        return answer.map(ObservationDraft::type)
                .filter(
                        said ->
                                said == ObservationType.BUGFIX
                                        || said == ObservationType.FEATURE
                                        || said == ObservationType.REFACTOR)
                .orElse(heaviest);
    }

    private static boolean isChange(Moment moment) {
        return moment.changesFiles();
    }

    private static boolean isPassingTest(Moment moment) {
        CommandRule.Run run = moment.run();
        return run != null
                && run.kind() == CommandKind.TEST
                && moment.draft().isPresent()
                && !CommandRule.failed(moment.event(), run);
    }

    private static boolean speaksOfChange(Moment answer) {
        return answer.draft().map(ObservationDraft::type).filter(OF_CHANGE::contains).isPresent();
    }
}
