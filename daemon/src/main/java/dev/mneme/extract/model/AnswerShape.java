package dev.mneme.extract.model;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationType;

import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a model may say about a turn: a reason to skip it, or a few observations; and what the turn
/// came to. The one definition of it.
///
/// Events and files are named by their numbers in the question, so that none can be invented.
record AnswerShape(Bounds bounds, int events, int files) {

    static final String SKIP = "skip";
    static final String OBSERVATIONS = "observations";
    static final String TYPE = "type";
    static final String TITLE = "title";
    static final String SUBTITLE = "subtitle";
    static final String NARRATIVE = "narrative";
    static final String FACTS = "facts";
    static final String CONCEPTS = "concepts";
    static final String FILES_READ = "files_read";
    static final String FILES_MODIFIED = "files_modified";
    static final String EVENTS = "events";
    static final String SUMMARY = "summary";
    static final String REQUEST = "request";
    static final String INVESTIGATED = "investigated";
    static final String LEARNED = "learned";
    static final String COMPLETED = "completed";
    static final String NEXT_STEPS = "next_steps";

    /// Why a model may say that nothing is worth a memory. Stored and counted: they never change.
    static final List<String> SKIP_WORDS =
            List.of("nothing-new", "routine", "only-looked", "small-talk", "unfinished");

    /// The least room that an answer can be squeezed into.
    static final int TOKENS_MIN = 512;

    /// The steps by which bounds are tried, largest first.
    private static final int STEPS = 40;

    /// How much of anything an answer has at most; texts in bytes.
    record Bounds(
            int observations,
            int title,
            int subtitle,
            int narrative,
            int facts,
            int fact,
            int concepts,
            int files,
            int events,
            int summary) {

        /// What a memory needs at best; more would be a report.
        private static final Bounds FULL = new Bounds(4, 110, 140, 800, 5, 180, 3, 8, 12, 240);

        private Bounds scaled(double share) {
            return new Bounds(
                    Math.max(1, (int) Math.round(observations * share)),
                    Math.max(32, (int) (title * Math.sqrt(share))),
                    (int) (subtitle * share),
                    Math.max(48, (int) (narrative * share)),
                    (int) Math.round(facts * share),
                    (int) Math.max(40, fact * Math.sqrt(share)),
                    Math.max(1, (int) (concepts * Math.sqrt(share))),
                    Math.max(1, (int) (files * share)),
                    Math.max(1, (int) (events * share)),
                    (int) (summary * share));
        }
    }

    /// The roomiest shape whose longest answer ends before `tokens` tokens.
    ///
    /// @param events that can be referred to
    /// @param files that can be referred to
    static AnswerShape within(int tokens, int events, int files) {
        for (int step = STEPS; step >= 0; step--) {
            var shape = new AnswerShape(Bounds.FULL.scaled((double) step / STEPS), events, files);
            // The last token says that there is no more.
            if (shape.tokensMax() < tokens) {
                return shape;
            }
        }
        throw new IllegalArgumentException("no answer fits into " + tokens + " tokens");
    }

    /// No answer has more.
    int tokensMax() {
        return variants().stream().mapToInt(Grammar::bytesMax).max().orElseThrow();
    }

    /// For a model whose tokens are chosen here.
    String grammar() {
        return Grammar.of(variants());
    }

    /// For a model that runs elsewhere; the same for every turn.
    static ObjectNode schema() {
        var words = new ArrayList<>(List.of(""));
        words.addAll(SKIP_WORDS);
        var any = new AnswerShape(Bounds.FULL, 1, 1);
        return JsonSchema.of(any.answer(words, 0, Bounds.FULL.observations()));
    }

    private List<Shape> variants() {
        return List.of(answer(SKIP_WORDS, 0, 0), answer(List.of(""), 1, bounds.observations()));
    }

    private Shape answer(List<String> skipWords, int observationsMin, int observationsMax) {
        return new Shape.Fields(
                List.of(
                        new Shape.Field(SKIP, new Shape.Word(skipWords)),
                        new Shape.Field(
                                OBSERVATIONS,
                                new Shape.ListOf(observation(), observationsMin, observationsMax)),
                        new Shape.Field(SUMMARY, summary())));
    }

    private Shape observation() {
        return new Shape.Fields(
                List.of(
                        new Shape.Field(TYPE, new Shape.Word(typeWords())),
                        new Shape.Field(TITLE, new Shape.Text(bounds.title(), false)),
                        new Shape.Field(SUBTITLE, new Shape.Text(bounds.subtitle(), true)),
                        new Shape.Field(NARRATIVE, new Shape.Text(bounds.narrative(), false)),
                        new Shape.Field(
                                FACTS,
                                new Shape.ListOf(
                                        new Shape.Text(bounds.fact(), false), 0, bounds.facts())),
                        new Shape.Field(
                                CONCEPTS,
                                new Shape.ListOf(
                                        new Shape.Word(conceptWords()), 0, bounds.concepts())),
                        new Shape.Field(FILES_READ, numbers(0, bounds.files(), files)),
                        new Shape.Field(FILES_MODIFIED, numbers(0, bounds.files(), files)),
                        new Shape.Field(EVENTS, numbers(1, bounds.events(), events))));
    }

    private static Shape numbers(int min, int countMax, int numberMax) {
        return new Shape.ListOf(
                new Shape.Ordinal(numberMax), min, numberMax == 0 ? 0 : Math.max(min, countMax));
    }

    private Shape summary() {
        var text = new Shape.Text(bounds.summary(), true);
        return new Shape.Fields(
                List.of(
                        new Shape.Field(REQUEST, text),
                        new Shape.Field(INVESTIGATED, text),
                        new Shape.Field(LEARNED, text),
                        new Shape.Field(COMPLETED, text),
                        new Shape.Field(NEXT_STEPS, text)));
    }

    static List<String> typeWords() {
        return Arrays.stream(ObservationType.values()).map(ObservationType::wireName).toList();
    }

    static List<String> conceptWords() {
        return Arrays.stream(Concept.values()).map(Concept::wireName).toList();
    }
}
