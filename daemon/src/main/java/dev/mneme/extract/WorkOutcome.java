package dev.mneme.extract;

import dev.mneme.domain.ObservationType;
import dev.mneme.extract.Asked.Wish;
import dev.mneme.extract.TurnPart.Role;

import java.util.List;
import java.util.Optional;

/// Of which kind the work of a turn is, and the one line that tells it.
final class WorkOutcome {

    /// An answer that mends something says so early.
    private static final int PROBLEM_CHARS_MAX = 1_200;

    /// And one that has mended it, at once.
    private static final int OPENING_CHARS_MAX = 120;

    private final TurnReading turn;
    private final List<TurnPart> work;
    private final List<TurnPart> commits;
    private final Optional<TurnPart> answer;

    WorkOutcome(TurnReading turn) {
        this.turn = turn;
        this.work = turn.of(Role.WORK);
        this.commits = turn.of(Role.COMMIT);
        this.answer = turn.answer();
    }

    /// The author's word in the commit first, then the files, then what was asked for and came of
    /// it.
    ///
    /// @param failedOnTheWay whether something had to be mended
    ObservationType type(boolean failedOnTheWay) {
        ObservationType committed =
                commits.isEmpty() ? ObservationType.CHANGE : commits.getLast().draft().type();
        if (committed != ObservationType.CHANGE || work.isEmpty()) {
            return committed;
        }
        TurnFiles files = turn.files();
        List<String> changed = files.all();
        if (changed.stream().allMatch(Definitions::isProse)) {
            return writtenType(changed);
        }
        Wish wish = turn.wish();
        String outcome = answer.map(part -> part.draft().title()).orElse("");
        if (changed.stream().allMatch(Definitions::isTestFile)) {
            boolean mended = wish == Wish.MENDED || (failedOnTheWay && wish == Wish.UNKNOWN);
            return mended
                    ? ObservationType.BUGFIX
                    : wish == Wish.REORDERED ? ObservationType.REFACTOR : ObservationType.CHANGE;
        }
        if (files.hasMoved()) {
            return ObservationType.REFACTOR;
        }
        ObservationType type =
                switch (wish) {
                    case MENDED -> ObservationType.BUGFIX;
                    case REORDERED -> ObservationType.REFACTOR;
                    case NEW -> mended(outcome) ? ObservationType.BUGFIX : ObservationType.FEATURE;
                    case CHANGED, GONE, TESTED_OR_TOLD ->
                            mended(outcome) ? ObservationType.BUGFIX : ObservationType.CHANGE;
                    case UNKNOWN -> doneType(outcome);
                };
        boolean settingsAlone = changed.stream().allMatch(Definitions::isSetting);
        return settingsAlone && type != ObservationType.BUGFIX ? ObservationType.CHANGE : type;
    }

    /// A wish that is given with what is wrong as its reason, and an answer that takes it so.
    private boolean mended(String outcome) {
        return turn.asked().complains() && Wording.saysFixed(outcome);
    }

    /// Where the prompt does not tell: by what the answer says was done, then by the edits.
    private ObservationType doneType(String outcome) {
        boolean mended =
                answer.stream().anyMatch(part -> opensWithFix(part) || tellsOfProblem(part));
        if (mended || Wording.saysFixed(outcome)) {
            return ObservationType.BUGFIX;
        }
        if (Wording.speaksOfRefactoring(outcome) || Wording.speaksOfRefactoring(done())) {
            return ObservationType.REFACTOR;
        }
        boolean newCode =
                turn.files().made().stream()
                        .anyMatch(
                                file ->
                                        !Definitions.isProse(file)
                                                && !Definitions.isTestFile(file)
                                                && Definitions.isCode(file));
        if (newCode || Wording.speaksOfBuilding(outcome) || Wording.speaksOfBuilding(done())) {
            return ObservationType.FEATURE;
        }
        return areAll(ObservationType.BUGFIX)
                ? ObservationType.BUGFIX
                : areAll(ObservationType.REFACTOR)
                        ? ObservationType.REFACTOR
                        : ObservationType.CHANGE;
    }

    private static boolean opensWithFix(TurnPart answer) {
        return Wording.saysFixed(Bounds.cut(answer.draft().narrative(), OPENING_CHARS_MAX));
    }

    private static boolean tellsOfProblem(TurnPart answer) {
        return Wording.tellsOfProblem(Bounds.cut(answer.draft().narrative(), PROBLEM_CHARS_MAX));
    }

    private boolean areAll(ObservationType type) {
        return work.stream().allMatch(part -> part.draft().type() == type);
    }

    /// Of a turn that only wrote texts: a plan holds what was settled, a report what was found.
    private ObservationType writtenType(List<String> written) {
        boolean plan = written.stream().anyMatch(Wording::namesPlan);
        if (plan && (turn.asked().decides() || !turn.of(Role.CHOICE).isEmpty())) {
            return ObservationType.DECISION;
        }
        boolean found =
                answer.map(part -> Wording.speaksOfFinding(part.draft().narrative())).orElse(false);
        if (found && !turn.files().made().isEmpty()) {
            return ObservationType.DISCOVERY;
        }
        return written.stream().allMatch(Wording::namesPlan)
                ? ObservationType.DECISION
                : ObservationType.CHANGE;
    }

    String title(ObservationType type) {
        if (!commits.isEmpty()) {
            return commits.getLast().draft().title();
        }
        if (type == ObservationType.DISCOVERY && answer.isPresent()) {
            return answer.get().draft().title();
        }
        String choice = type == ObservationType.DECISION ? turn.choice() : "";
        if (!choice.isEmpty()) {
            return Wording.shortened(choice, Bounds.TITLE_CHARS_MAX);
        }
        String done = done();
        if (!done.isEmpty()) {
            return Wording.shortened(Wording.impersonal(done), Bounds.TITLE_CHARS_MAX);
        }
        String first = leading().map(part -> part.draft().title()).orElse("");
        long others = turn.files().all().size() - 1L;
        return work.size() > 1 && others > 0
                ? first + ", and " + others + " more " + (others == 1 ? "file" : "files")
                : first;
    }

    /// What the answer says was done; empty where it does not say.
    private String done() {
        return answer.flatMap(
                        part ->
                                Headline.ofWork(
                                        part.payload().text("last_assistant_message"), evidence()))
                .orElse("");
    }

    private String evidence() {
        var text = new StringBuilder();
        for (TurnPart part : work) {
            text.append(part.draft().title()).append('\n');
            text.append(part.draft().narrative()).append('\n');
        }
        return text.toString();
    }

    /// The edit that says most: something new, else something mended, else the first.
    Optional<TurnPart> leading() {
        for (ObservationType type :
                List.of(
                        ObservationType.FEATURE,
                        ObservationType.BUGFIX,
                        ObservationType.REFACTOR)) {
            Optional<TurnPart> found =
                    work.stream().filter(part -> part.draft().type() == type).findFirst();
            if (found.isPresent()) {
                return found;
            }
        }
        return work.stream().findFirst();
    }
}
