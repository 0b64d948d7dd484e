package dev.mneme.extract;

import dev.mneme.domain.Concept;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.ObservationType;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Map;

/// Questions to the user: the answers are decisions, the questions alone are nothing.
final class QuestionRule implements Rule {

    private static final int ANSWERS_IN_TITLE_MAX = 4;

    @Override
    public Extraction apply(Payload payload) {
        JsonNode answers = payload.response().path("answers");
        if (!answers.isObject() || answers.isEmpty()) {
            answers = payload.input().path("answers");
        }
        var chosen = new ArrayList<String>();
        var facts = new ArrayList<String>();
        for (Map.Entry<String, JsonNode> entry : answers.properties()) {
            String answer = answer(entry.getValue());
            if (!answer.isEmpty()) {
                chosen.add(answer);
                facts.add(entry.getKey() + " → " + answer);
            }
        }
        if (chosen.isEmpty()) {
            return SkipReasons.NO_ANSWER;
        }
        String title =
                chosen.size() == 1
                        ? "The user decides: " + chosen.getFirst() + " (" + question(answers) + ")"
                        : "The user decides: "
                                + String.join(
                                        "; ",
                                        chosen.subList(
                                                0, Math.min(chosen.size(), ANSWERS_IN_TITLE_MAX)));
        return new Finding(ObservationType.DECISION, title)
                .say(String.join("\n", facts))
                .say(payload.requestLine())
                .facts(facts)
                .about(Concept.WHY_IT_EXISTS)
                .about(Concept.TRADE_OFF)
                .remembered();
    }

    private static String question(JsonNode answers) {
        return answers.properties().iterator().next().getKey();
    }

    private static String answer(JsonNode value) {
        var texts = new ArrayList<String>();
        if (value.isArray()) {
            value.forEach(one -> texts.add(Payload.text(one)));
        } else {
            texts.add(Payload.text(value));
        }
        return Bounds.oneLine(String.join(", ", texts).replace(" (Recommended)", ""));
    }
}
