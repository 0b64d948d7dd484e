package dev.mneme.extract.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.extract.TurnText;
import dev.mneme.llama.Answer;
import dev.mneme.llama.Limits;
import dev.mneme.llama.LocalModel;
import dev.mneme.llama.Question;
import dev.mneme.llama.TinyModel;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// A model with random weights says anything it may. Whatever that is, it is JSON of the right
/// shape and at its end before the limit.
final class SampledAnswersIT {

    private static final int EVENTS = 12;
    private static final int FILES = 5;

    /// Of weights so small that any token is nearly as likely as any other: texts grow long.
    private static final double UNDECIDED_SPREAD = 0.12;

    @TempDir Path folder;

    @Test
    @Timeout(60)
    void aFewAnswersOfAModelWithRandomWeightsAreAllValid() throws Exception {
        assertSamplesValid(AnswerShape.within(AnswerShape.TOKENS_MIN, EVENTS, FILES), 512, 20, 1);
        assertSamplesValid(AnswerShape.within(4_096, EVENTS, FILES), 4_096, 5, 2);
    }

    @Test
    @Tag("proof")
    @Timeout(900)
    void aThousandAnswersAtTheSmallestLimitAreAllValid() throws Exception {
        assertSamplesValid(
                AnswerShape.within(AnswerShape.TOKENS_MIN, EVENTS, FILES), 512, 1_000, 3);
    }

    @Test
    @Tag("proof")
    @Timeout(1_800)
    void aThousandAnswersWithRoomAreAllValid() throws Exception {
        assertSamplesValid(AnswerShape.within(4_096, EVENTS, FILES), 4_096, 1_000, 4);
    }

    private void assertSamplesValid(AnswerShape shape, int tokensMax, int samples, int seed)
            throws Exception {
        Path file =
                TinyModel.write(folder.resolve("tiny" + seed + ".gguf"), seed, UNDECIDED_SPREAD);
        var limits =
                new Limits(
                        1L << 30,
                        tokensMax + 1_024,
                        1,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60));
        var turn =
                new TurnText(
                        "a turn",
                        LongStream.rangeClosed(101, 100 + EVENTS).boxed().toList(),
                        List.of("a", "b", "c", "d", "e"),
                        Set.of());
        var distinct = new HashSet<String>();
        int longest = 0;
        int skips = 0;
        try (var model = new LocalModel(file, limits, folder.resolve("run" + seed))) {
            String grammar = shape.grammar();
            for (int sample = 0; sample < samples; sample++) {
                Answer answer =
                        model.ask(
                                new Question(
                                        "be brief",
                                        "a turn",
                                        grammar,
                                        tokensMax,
                                        sample % 3 == 0 ? 0.7f : 1.5f,
                                        sample));
                String text = answer.text();
                assertValid(text, shape, "seed " + seed + ", sample " + sample + ": " + text);
                ModelAnswer read = ModelAnswer.read(text, turn);
                skips += read.skip() == null ? 0 : 1;
                distinct.add(text);
                longest = Math.max(longest, answer.answerTokens());
            }
        }
        System.out.printf(
                "sampled: limit=%d samples=%d distinct=%d skips=%d longest=%d of %d possible%n",
                tokensMax, samples, distinct.size(), skips, longest, shape.tokensMax());
        assertThat(longest).isLessThan(tokensMax);
        assertThat(distinct).hasSizeGreaterThan(samples / 2);
    }

    /// Reads the definition, not the grammar that was made from it.
    private static void assertValid(String text, AnswerShape shape, String about) {
        AnswerShape.Bounds bounds = shape.bounds();
        assertThat(bytes(text)).as(about).isLessThanOrEqualTo(shape.tokensMax());
        JsonNode root = Json.tree(text);
        assertThat(root.propertyNames())
                .as(about)
                .containsExactly("skip", "observations", "summary");
        String skip = root.path("skip").stringValue();
        JsonNode observations = root.path("observations");
        if (skip.isEmpty()) {
            assertThat(observations.size()).as(about).isBetween(1, bounds.observations());
        } else {
            assertThat(skip).as(about).isIn(AnswerShape.SKIP_WORDS);
            assertThat(observations.size()).as(about).isZero();
        }
        observations.forEach(observation -> assertObservation(observation, shape, about));
        assertThat(root.path("summary").propertyNames())
                .as(about)
                .containsExactly("request", "investigated", "learned", "completed", "next_steps");
        root.path("summary").forEach(part -> assertText(part, 0, bounds.summary(), about));
    }

    private static void assertObservation(JsonNode json, AnswerShape shape, String about) {
        AnswerShape.Bounds bounds = shape.bounds();
        assertThat(json.propertyNames())
                .as(about)
                .containsExactly(
                        "type",
                        "title",
                        "subtitle",
                        "narrative",
                        "facts",
                        "concepts",
                        "files_read",
                        "files_modified",
                        "events");
        assertThat(json.path("type").stringValue())
                .as(about)
                .isIn(
                        "decision",
                        "bugfix",
                        "feature",
                        "refactor",
                        "discovery",
                        "change",
                        "pattern",
                        "gotcha");
        assertText(json.path("title"), 1, bounds.title(), about);
        assertText(json.path("subtitle"), 0, bounds.subtitle(), about);
        assertText(json.path("narrative"), 1, bounds.narrative(), about);
        assertThat(json.path("facts").size()).as(about).isLessThanOrEqualTo(bounds.facts());
        json.path("facts").forEach(fact -> assertText(fact, 1, bounds.fact(), about));
        assertThat(words(json.path("concepts")))
                .as(about)
                .hasSizeLessThanOrEqualTo(bounds.concepts())
                .isSubsetOf(
                        "how-it-works",
                        "why-it-exists",
                        "what-changed",
                        "problem-solution",
                        "gotcha",
                        "pattern",
                        "trade-off");
        assertNumbers(json.path("files_read"), 0, bounds.files(), FILES, about);
        assertNumbers(json.path("files_modified"), 0, bounds.files(), FILES, about);
        assertNumbers(json.path("events"), 1, bounds.events(), EVENTS, about);
    }

    private static List<String> words(JsonNode list) {
        var words = new ArrayList<String>();
        list.forEach(word -> words.add(word.stringValue()));
        return words;
    }

    private static void assertText(JsonNode json, int charsMin, int bytesMax, String about) {
        assertThat(json.isString()).as(about).isTrue();
        String text = json.stringValue();
        assertThat(text.length()).as(about).isGreaterThanOrEqualTo(charsMin);
        assertThat(bytes(text)).as(about).isLessThanOrEqualTo(bytesMax);
    }

    /// The least number of bytes that the model wrote: a model with random weights also spells
    /// characters in ways that UTF-8 forbids, of which a replacement for each byte is left.
    private static int bytes(String text) {
        return text.replace('\uFFFD', '?').getBytes(StandardCharsets.UTF_8).length;
    }

    private static void assertNumbers(
            JsonNode list, int countMin, int countMax, int numberMax, String about) {
        assertThat(list.size()).as(about).isBetween(countMin, Math.max(countMin, countMax));
        Stream.Builder<Integer> numbers = Stream.builder();
        list.forEach(number -> numbers.add(number.intValue()));
        assertThat(numbers.build())
                .as(about)
                .allMatch(number -> number >= 1 && number <= numberMax);
    }
}
