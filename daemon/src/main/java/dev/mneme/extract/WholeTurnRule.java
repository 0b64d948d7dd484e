package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.extract.TurnPart.Role;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a whole turn comes to: one memory of what was done, or of what was found or settled, and
/// few others beside it.
///
/// Work is told by its outcome: the commit's subject or the answer's main sentence is the title,
/// the edits are its facts, and what failed on the way is told with what mended it. A turn that
/// changed nothing can only have found or settled something; an answer that claims more is not
/// believed.
final class WholeTurnRule implements TurnRule {

    private static final int ANSWER_CHARS_MAX = 1_800;

    /// Of the edit that says most, beside an answer.
    private static final int EXAMPLE_CHARS_MAX = 900;

    /// A choice is told in the user's own words.
    private static final int CHOICE_CHARS_MAX = 1_000;

    private static final int EDITS_IN_FACTS_MAX = 6;
    private static final int OTHERS_IN_FACTS_MAX = 2;
    private static final int TROUBLES_MAX = 2;
    private static final int REPORTS_MAX = 3;
    private static final int NAMES_MAX = 2;

    @Override
    public void apply(TurnStory story) {
        var parts = new ArrayList<TurnPart>();
        for (TurnStory.Moment moment : story.left()) {
            Payload.of(moment.event())
                    .ifPresent(payload -> parts.add(TurnPart.of(payload, moment.alone())));
        }
        if (!parts.isEmpty()) {
            new Telling(story, new TurnReading(story.turn(), parts)).tell();
        }
    }

    /// One turn being told.
    private static final class Telling {

        private final TurnStory story;
        private final TurnReading turn;
        private boolean anyKept;

        Telling(TurnStory story, TurnReading turn) {
            this.story = story;
            this.turn = turn;
        }

        void tell() {
            List<TurnPart> told = turn.parts().stream().filter(TurnPart::isTold).toList();
            if (told.size() == 1 && !turn.isWhole()) {
                keep(told.getFirst().draft(), told);
            } else if (turn.changedSomething()) {
                work();
            } else {
                talk();
            }
            for (TurnPart part : turn.parts()) {
                if (part.isTold()) {
                    skip(List.of(part), SkipReasons.SAID_BEFORE);
                }
            }
        }

        /// What was done, the unmended failures and the user's choices.
        private void work() {
            List<TurnPart> work = turn.of(Role.WORK);
            List<TurnPart> commits = turn.of(Role.COMMIT);
            Optional<TurnPart> answer = turn.answer();
            List<TurnPart> troubles = turn.of(Role.TROUBLE);
            List<TurnPart> open = turn.unmended(troubles);
            List<TurnPart> mended = troubles.stream().filter(part -> !open.contains(part)).toList();
            var outcome = new WorkOutcome(turn);
            ObservationType type = outcome.type(!mended.isEmpty());
            var finding =
                    new Finding(type, outcome.title(type))
                            .say(told(type))
                            .say(answer.map(part -> prose(part, ANSWER_CHARS_MAX)).orElse(""))
                            .say(commits.isEmpty() ? "" : "Committed: " + titles(commits))
                            .say(
                                    mended.isEmpty()
                                            ? ""
                                            : "Failed on the way: " + troubles(mended) + ".")
                            .say(changes(work));
            outcome.leading()
                    .ifPresent(
                            part ->
                                    finding.say(
                                            prose(
                                                    part,
                                                    answer.isEmpty()
                                                            ? ANSWER_CHARS_MAX
                                                            : EXAMPLE_CHARS_MAX)));
            facts(finding, work, EDITS_IN_FACTS_MAX);
            facts(finding, turn.of(Role.WORLD), OTHERS_IN_FACTS_MAX);
            facts(finding, turn.of(Role.REPORT), OTHERS_IN_FACTS_MAX);
            facts(finding, last(turn.of(Role.CHECK)), 1);
            mended.forEach(part -> finding.fact(part.draft().title() + ToldFailure.MENDED));
            finding.about(Concept.WHAT_CHANGED)
                    .aboutIf(
                            type == ObservationType.BUGFIX || !mended.isEmpty(),
                            Concept.PROBLEM_SOLUTION)
                    .aboutIf(
                            work.stream().anyMatch(Telling::isReasoned)
                                    || answer.stream().anyMatch(Telling::isReasoned),
                            Concept.WHY_IT_EXISTS)
                    .modified(
                            work.isEmpty()
                                    ? commits.getFirst().draft().filesModified()
                                    : turn.files().all());
            var sources = new ArrayList<TurnPart>(work);
            sources.addAll(commits);
            sources.addAll(mended);
            sources.addAll(turn.whatMended(mended));
            answer.ifPresent(sources::add);
            for (Role role : List.of(Role.WORLD, Role.REPORT, Role.CHECK)) {
                sources.addAll(turn.of(role));
            }
            keep(finding.draft(), sources);
            turn.of(Role.CHOICE).forEach(part -> keep(part.draft(), List.of(part)));
            open.stream()
                    .filter(TurnPart::isLasting)
                    .limit(TROUBLES_MAX)
                    .forEach(part -> keep(part.draft(), List.of(part)));
            skip(turn.of(Role.SUMMARY), SkipReasons.SAID_BEFORE);
        }

        /// What was found or settled.
        private void talk() {
            Optional<TurnPart> answer = turn.answer().filter(this::isBelieved);
            boolean chosen = !turn.of(Role.CHOICE).isEmpty();
            boolean decided = turn.isWhole() && turn.asked().decides();
            if (answer.isPresent() && isRoutine(answer.get())) {
                skip(List.of(answer.get()), SkipReasons.ROUTINE_CHECK);
                skip(turn.of(Role.CHECK), SkipReasons.ROUTINE_CHECK);
            } else if (answer.isPresent()) {
                TurnPart main = answer.get();
                boolean settled =
                        decided || (chosen && main.draft().type() == ObservationType.DECISION);
                tell(
                        main,
                        settled
                                ? ObservationType.DECISION
                                : turn.isWhole() ? ObservationType.DISCOVERY : main.draft().type());
            } else {
                turn.of(Role.REPORT).stream()
                        .limit(REPORTS_MAX)
                        .forEach(part -> keep(part.draft(), List.of(part)));
                turn.of(Role.WORLD).forEach(part -> keep(part.draft(), List.of(part)));
                if (turn.isWhole()) {
                    skip(turn.of(Role.CHECK), SkipReasons.ROUTINE_CHECK);
                } else {
                    turn.of(Role.CHECK).forEach(part -> keep(part.draft(), List.of(part)));
                }
                turn.unmended(turn.of(Role.TROUBLE)).stream()
                        .limit(TROUBLES_MAX)
                        .forEach(part -> keep(part.draft(), List.of(part)));
            }
            turn.of(Role.CHOICE).forEach(part -> keep(part.draft(), List.of(part)));
            if (!anyKept) {
                turn.of(Role.SUMMARY).forEach(part -> keep(part.draft(), List.of(part)));
            }
            skip(turn.of(Role.SUMMARY), SkipReasons.SAID_BEFORE);
        }

        private void tell(TurnPart answer, ObservationType type) {
            ObservationDraft draft = answer.draft();
            String found =
                    Headline.ofFinding(answer.payload().text("last_assistant_message"))
                            .map(Headline::sentence)
                            .orElse(draft.title());
            String choice = type == ObservationType.DECISION ? turn.choice() : "";
            var finding =
                    new Finding(
                                    type,
                                    Wording.shortened(
                                            choice.isEmpty() ? found : choice,
                                            Bounds.TITLE_CHARS_MAX))
                            .say(told(type))
                            .say(choice.isEmpty() ? "" : found + ".")
                            .say(prose(answer, Bounds.NARRATIVE_CHARS_MAX))
                            .facts(draft.facts())
                            .read(turn.readFiles());
            facts(finding, turn.of(Role.REPORT), REPORTS_MAX);
            facts(finding, turn.of(Role.TROUBLE), TROUBLES_MAX);
            facts(finding, turn.of(Role.WORLD), OTHERS_IN_FACTS_MAX);
            finding.about(
                            type == ObservationType.DECISION
                                    ? Concept.WHY_IT_EXISTS
                                    : Concept.HOW_IT_WORKS)
                    .aboutIf(isReasoned(answer), Concept.WHY_IT_EXISTS)
                    .aboutIf(!turn.of(Role.TROUBLE).isEmpty(), Concept.PROBLEM_SOLUTION);
            var sources = new ArrayList<TurnPart>();
            sources.add(answer);
            for (Role role : List.of(Role.REPORT, Role.TROUBLE, Role.WORLD, Role.CHECK)) {
                sources.addAll(turn.of(role));
            }
            keep(finding.draft(), sources);
        }

        /// An answer says what was done, and nothing was done: it repeats, or it is wrong. One that
        /// looked at nothing and asks back, where something was wanted, waits for the user.
        private boolean isBelieved(TurnPart answer) {
            if (!turn.isWhole()) {
                return true;
            }
            String title = answer.draft().title();
            boolean claims = turn.of(Role.WORLD).isEmpty() && Wording.claimsWork(title);
            boolean aboutSomething =
                    turn.lookedAtSomething()
                            || turn.asked().decides()
                            || Wording.namesCode(answer.draft().narrative())
                            || Wording.namesCode(turn.prompt());
            boolean approved = turn.asked().approves() && turn.of(Role.CHOICE).isEmpty();
            boolean asksBack =
                    !turn.lookedAtSomething()
                            && !turn.asked().decides()
                            && !turn.asked().asks()
                            && !Wording.tellsOfProblem(answer.draft().narrative())
                            && answer.payload()
                                    .text("last_assistant_message")
                                    .strip()
                                    .endsWith("?");
            boolean repeats = turn.asked().repeats();
            if (repeats) {
                skip(List.of(answer), SkipReasons.SAID_BEFORE);
            } else if (claims || approved) {
                skip(List.of(answer), SkipReasons.NOTHING_CHANGED);
            } else if (!aboutSomething) {
                skip(List.of(answer), SkipReasons.NOT_OF_THE_PROJECT);
            } else if (asksBack) {
                skip(List.of(answer), SkipReasons.ASKED_BACK);
            }
            return !repeats && !claims && !approved && aboutSomething && !asksBack;
        }

        /// Tests and builds that only confirmed what was known.
        private boolean isRoutine(TurnPart answer) {
            boolean checked = !turn.of(Role.CHECK).isEmpty();
            boolean more =
                    List.of(Role.TROUBLE, Role.REPORT, Role.CHOICE, Role.WORLD).stream()
                            .anyMatch(role -> !turn.of(role).isEmpty());
            return turn.isWhole()
                    && checked
                    && !more
                    && !Wording.givesReason(answer.draft().title());
        }

        private String changes(List<TurnPart> work) {
            return work.size() < 2
                    ? ""
                    : "Changed " + Wording.listed(turn.files().all(), NAMES_MAX + 1) + ".";
        }

        private static void facts(Finding finding, List<TurnPart> parts, int max) {
            parts.stream()
                    .map(part -> part.draft().title())
                    .distinct()
                    .limit(max)
                    .forEach(finding::fact);
        }

        private static String troubles(List<TurnPart> mended) {
            return String.join(
                    "; ",
                    mended.stream()
                            .map(part -> part.draft().title() + essence(part))
                            .distinct()
                            .toList());
        }

        /// The line of the output that says what was wrong, where the title does not.
        private static String essence(TurnPart trouble) {
            String line =
                    trouble.isCommand()
                            ? ErrorLine.find(CommandRule.run(trouble.payload()).output())
                            : "";
            return line.isEmpty() || trouble.draft().title().contains(line)
                    ? ""
                    : " (" + line + ")";
        }

        private static String titles(List<TurnPart> parts) {
            return String.join(
                    "; ", parts.stream().map(part -> part.draft().title()).distinct().toList());
        }

        private String requestLine() {
            return turn.parts().isEmpty() ? "" : turn.parts().getFirst().payload().requestLine();
        }

        /// What a part says, without the request that stands before it already and without the
        /// question back at its end.
        private static String prose(TurnPart part, int charsMax) {
            String text =
                    String.join(
                            "\n\n",
                            Stream.of(part.draft().narrative().split("\n\n"))
                                    .filter(paragraph -> !paragraph.startsWith("While asked to: "))
                                    .toList());
            int last = text.lastIndexOf('\n');
            boolean asksBack = last > 0 && text.endsWith("?");
            return Bounds.cut(asksBack ? text.substring(0, last) : text, charsMax);
        }

        private String told(ObservationType type) {
            return type == ObservationType.DECISION && turn.isWhole() && !turn.prompt().isEmpty()
                    ? "The user said: "
                            + Bounds.cut(Bounds.oneLine(turn.prompt()), CHOICE_CHARS_MAX)
                    : requestLine();
        }

        private static boolean isReasoned(TurnPart part) {
            return part.draft().concepts().contains(Concept.WHY_IT_EXISTS);
        }

        private static List<TurnPart> last(List<TurnPart> parts) {
            return parts.isEmpty() ? List.of() : List.of(parts.getLast());
        }

        private void keep(ObservationDraft draft, List<TurnPart> sources) {
            anyKept = true;
            story.remember(
                    draft, sources.stream().map(part -> part.payload().event().id()).toList());
        }

        /// Only what no memory tells already.
        private void skip(List<TurnPart> these, String reason) {
            these.forEach(part -> story.skipUnlessTold(part.payload().event().id(), reason));
        }
    }
}
