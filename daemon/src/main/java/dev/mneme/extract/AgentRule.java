package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import java.util.Optional;

/// An agent's report: what it was asked and what it concluded.
final class AgentRule implements Rule {

    private static final int TASK_CHARS_MAX = 50;

    @Override
    public Extraction apply(Payload payload) {
        String status = Payload.text(payload.response().path("status"));
        if (status.equals("async_launched")) {
            return SkipReasons.AGENT_LAUNCHED;
        }
        String report =
                payload.tool().equals("SubagentHandback")
                        ? payload.input("message")
                        : payload.output();
        if (report.isBlank()) {
            return SkipReasons.NO_ANSWER;
        }
        Optional<Headline> found = Headline.of(report);
        if (found.isEmpty()) {
            return SkipReasons.TRIVIAL_ANSWER;
        }
        Headline headline = found.get();
        String task = Bounds.cut(Bounds.oneLine(payload.input("description")), TASK_CHARS_MAX);
        String title = task.isEmpty() ? headline.sentence() : task + ": " + headline.sentence();
        return new Finding(ObservationType.DISCOVERY, title)
                .subtitle(payload.input("subagent_type"))
                .say(headline.prose())
                .facts(headline.points())
                .about(Concept.HOW_IT_WORKS)
                .aboutIf(Wording.givesReason(headline.sentence()), Concept.WHY_IT_EXISTS)
                .remembered();
    }
}
