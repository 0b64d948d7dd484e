package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import java.util.Optional;

/// A plan the user approved is a decision; its title is the plan's own.
final class PlanRule implements Rule {

    @Override
    public Extraction apply(Payload payload) {
        String plan = payload.input("plan");
        if (plan.isEmpty()) {
            plan = Payload.text(payload.response().path("plan"));
        }
        Optional<Headline> headline = Headline.of(plan);
        if (headline.isEmpty()) {
            return SkipReasons.NO_ANSWER;
        }
        String title =
                Markdown.blocks(plan).stream()
                        .filter(block -> block.kind() == Markdown.Kind.HEADING)
                        .map(Markdown.Block::text)
                        .findFirst()
                        .orElse(headline.get().sentence());
        return new Finding(
                        ObservationType.DECISION,
                        "Plan: " + title.replaceFirst("(?i)^plan:\\s*", ""))
                .say(headline.get().prose())
                .say(payload.requestLine())
                .facts(headline.get().points())
                .about(Concept.WHY_IT_EXISTS)
                .aboutIf(Wording.givesReason(plan), Concept.TRADE_OFF)
                .remembered();
    }
}
