package dev.mneme.extract.model;

import dev.mneme.domain.Concept;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.StorableText;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.extract.TurnText;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a model answered, as our own values.
///
/// A grammar makes sure of the answers of a model that runs here; others may ignore the schema they
/// were given, talk around their JSON, or invent numbers. What can be understood is taken, bounded;
/// what makes no sense is a [BadAnswer].
///
/// @param skip why nothing is worth a memory; null where there are observations
/// @param found never empty without `skip`
/// @param summary null where the model gave none
record ModelAnswer(@Nullable String skip, List<Found> found, @Nullable SummaryDraft summary) {

    private static final int TITLE_CHARS_MAX = 120;
    private static final int SUBTITLE_CHARS_MAX = 200;
    private static final int NARRATIVE_CHARS_MAX = 4_000;
    private static final int FACTS_MAX = 10;
    private static final int FACT_CHARS_MAX = 300;
    private static final int SUMMARY_CHARS_MAX = 1_000;
    private static final int OBSERVATIONS_MAX = 6;

    private static final String THINKING_END = "</think>";

    ModelAnswer {
        found = List.copyOf(found);
    }

    /// An observation with the events it was made from; perhaps none that exists.
    record Found(ObservationDraft draft, List<Long> eventIds) {

        Found {
            eventIds = List.copyOf(eventIds);
        }
    }

    /// An answer nobody can use. The message says what is wrong with it, not what it says.
    static final class BadAnswer extends Exception {

        BadAnswer(String message) {
            super(message);
        }
    }

    static ModelAnswer read(String text, TurnText turn) throws BadAnswer {
        JsonNode root = json(text);
        JsonNode observations = root.path(AnswerShape.OBSERVATIONS);
        if (!observations.isArray()) {
            throw new BadAnswer("it has no list of observations");
        }
        var found = new ArrayList<Found>();
        for (JsonNode observation : observations) {
            if (found.size() < OBSERVATIONS_MAX) {
                found(observation, turn).ifPresent(found::add);
            }
        }
        SummaryDraft summary = summary(root.path(AnswerShape.SUMMARY));
        if (!found.isEmpty()) {
            return new ModelAnswer(null, found, summary);
        }
        String skip = text(root, AnswerShape.SKIP, TITLE_CHARS_MAX);
        if (skip.isEmpty()) {
            throw new BadAnswer("it has neither an observation nor a reason to skip");
        }
        return new ModelAnswer(
                AnswerShape.SKIP_WORDS.contains(skip) ? skip : AnswerShape.SKIP_WORDS.getFirst(),
                List.of(),
                summary);
    }

    private static JsonNode json(String text) throws BadAnswer {
        int thought = text.lastIndexOf(THINKING_END);
        String said = thought < 0 ? text : text.substring(thought + THINKING_END.length());
        int begin = said.indexOf('{');
        int end = begin < 0 ? -1 : closing(said, begin);
        if (end < 0) {
            throw new BadAnswer(begin < 0 ? "it holds no JSON" : "its JSON does not end");
        }
        try {
            return Json.tree(said.substring(begin, end + 1));
        } catch (JacksonException broken) {
            throw new BadAnswer("its JSON is broken");
        }
    }

    /// Where the object that begins at `begin` ends; -1 where it does not.
    private static int closing(String text, int begin) {
        int depth = 0;
        boolean quoted = false;
        for (int index = begin; index < text.length(); index++) {
            char unit = text.charAt(index);
            if (quoted) {
                if (unit == '\\') {
                    index++;
                } else if (unit == '"') {
                    quoted = false;
                }
            } else if (unit == '"') {
                quoted = true;
            } else if (unit == '{') {
                depth++;
            } else if (unit == '}' && --depth == 0) {
                return index;
            }
        }
        return -1;
    }

    private static Optional<Found> found(JsonNode json, TurnText turn) {
        String title = text(json, AnswerShape.TITLE, TITLE_CHARS_MAX);
        String narrative = text(json, AnswerShape.NARRATIVE, NARRATIVE_CHARS_MAX);
        if (title.isEmpty()) {
            return Optional.empty();
        }
        String subtitle = text(json, AnswerShape.SUBTITLE, SUBTITLE_CHARS_MAX);
        List<String> modified = numbered(json, AnswerShape.FILES_MODIFIED, turn.files());
        List<String> read =
                numbered(json, AnswerShape.FILES_READ, turn.files()).stream()
                        .filter(file -> !modified.contains(file))
                        .toList();
        return Optional.of(
                new Found(
                        new ObservationDraft(
                                title,
                                subtitle.isEmpty() ? null : subtitle,
                                ObservationType.ofWireName(text(json, AnswerShape.TYPE, 40))
                                        .orElse(
                                                modified.isEmpty()
                                                        ? ObservationType.DISCOVERY
                                                        : ObservationType.CHANGE),
                                narrative,
                                facts(json.path(AnswerShape.FACTS)),
                                concepts(json.path(AnswerShape.CONCEPTS)),
                                read,
                                modified),
                        numbered(json, AnswerShape.EVENTS, turn.eventIds())));
    }

    private static List<String> facts(JsonNode list) {
        Set<String> facts = new LinkedHashSet<>();
        for (JsonNode fact : list) {
            String text = clean(fact, FACT_CHARS_MAX);
            if (!text.isEmpty() && facts.size() < FACTS_MAX) {
                facts.add(text);
            }
        }
        return List.copyOf(facts);
    }

    private static List<Concept> concepts(JsonNode list) {
        Set<Concept> concepts = new LinkedHashSet<>();
        for (JsonNode word : list) {
            Stream.of(Concept.values())
                    .filter(concept -> concept.wireName().equals(word.stringValue("")))
                    .forEach(concepts::add);
        }
        return List.copyOf(concepts);
    }

    /// What the numbers stand for; numbers that stand for nothing are passed over.
    private static <T> List<T> numbered(JsonNode json, String field, List<T> things) {
        Set<T> named = new LinkedHashSet<>();
        for (JsonNode number : json.path(field)) {
            int index = number.isInt() ? number.intValue() - 1 : -1;
            if (index >= 0 && index < things.size()) {
                named.add(things.get(index));
            }
        }
        return List.copyOf(named);
    }

    private static @Nullable SummaryDraft summary(JsonNode json) {
        var summary =
                new SummaryDraft(
                        part(json, AnswerShape.REQUEST),
                        part(json, AnswerShape.INVESTIGATED),
                        part(json, AnswerShape.LEARNED),
                        part(json, AnswerShape.COMPLETED),
                        part(json, AnswerShape.NEXT_STEPS));
        return summary.isEmpty() ? null : summary;
    }

    private static @Nullable String part(JsonNode json, String field) {
        String text = text(json, field, SUMMARY_CHARS_MAX);
        return text.isEmpty() ? null : text;
    }

    private static String text(JsonNode json, String field, int charsMax) {
        return clean(json.path(field), charsMax);
    }

    private static String clean(JsonNode node, int charsMax) {
        // What a model spelled in a way that no text may have is left as replacements, and JSON
        // may name characters that cannot be stored.
        String text = StorableText.of(node.stringValue("")).replace("\uFFFD", "").strip();
        if (text.length() <= charsMax) {
            return text;
        }
        boolean inside = Character.isHighSurrogate(text.charAt(charsMax - 1));
        return text.substring(0, inside ? charsMax - 1 : charsMax).strip();
    }
}
