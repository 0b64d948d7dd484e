package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationType;

import java.util.Optional;

/// The end of a turn: what the answer concludes. Also reports of agents and compaction summaries.
final class AnswerRule implements Rule {

    @Override
    public Extraction apply(Payload payload) {
        boolean summary = payload.event().kind() == HookEvent.POST_COMPACT;
        String answer =
                summary
                        ? withoutAnalysis(payload.text("compact_summary"))
                        : payload.text("last_assistant_message");
        if (answer.isBlank()) {
            return SkipReasons.NO_ANSWER;
        }
        Optional<Headline> headline = Headline.of(answer);
        if (headline.isEmpty()) {
            return SkipReasons.TRIVIAL_ANSWER;
        }
        ObservationType type =
                summary ? ObservationType.DISCOVERY : type(headline.get().sentence());
        return remember(payload, headline.get(), type);
    }

    private static Extraction remember(Payload payload, Headline headline, ObservationType type) {
        return new Finding(type, headline.sentence())
                .say(Bounds.cut(headline.prose(), narrativeRoom(payload)))
                .say(payload.requestLine())
                .facts(headline.points())
                .about(
                        type == ObservationType.DISCOVERY
                                ? Concept.HOW_IT_WORKS
                                : type == ObservationType.DECISION
                                        ? Concept.WHY_IT_EXISTS
                                        : type == ObservationType.BUGFIX
                                                ? Concept.PROBLEM_SOLUTION
                                                : Concept.WHAT_CHANGED)
                .aboutIf(
                        Wording.givesReason(headline.sentence())
                                || Wording.givesReason(headline.prose()),
                        Concept.WHY_IT_EXISTS)
                .remembered();
    }

    /// By the headline alone: a long answer speaks of everything somewhere.
    private static ObservationType type(String text) {
        if (Wording.saysFixed(text)) {
            return ObservationType.BUGFIX;
        }
        if (Wording.speaksOfDecision(text)) {
            return ObservationType.DECISION;
        }
        if (Wording.speaksOfRefactoring(text)) {
            return ObservationType.REFACTOR;
        }
        if (Wording.speaksOfBuilding(text)) {
            return ObservationType.FEATURE;
        }
        return Wording.speaksOfChange(text) ? ObservationType.CHANGE : ObservationType.DISCOVERY;
    }

    /// The compaction prompt asks for an `<analysis>` first; what counts is the summary behind it.
    private static String withoutAnalysis(String summary) {
        int end = summary.indexOf("</analysis>");
        return end < 0 ? summary : summary.substring(end + "</analysis>".length());
    }

    /// The request is said after the answer and must not be cut off by it.
    private static int narrativeRoom(Payload payload) {
        return Bounds.NARRATIVE_CHARS_MAX - payload.requestLine().length() - 2;
    }
}
