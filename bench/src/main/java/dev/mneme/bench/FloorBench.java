package dev.mneme.bench;

import dev.mneme.bench.RetrievalSet.Memory;
import dev.mneme.bench.RetrievalSet.Part;
import dev.mneme.bench.RetrievalSet.Question;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether search knows when nothing answers: the conversations of a set are stored in two
/// projects, half in each, and every question is asked in both. `covered` should be true where the
/// conversation of its answer lies, and false in the other.
///
/// The threshold was fitted on the conversations of one part, and the figures of the other count.
final class FloorBench {

    private static final double ANSWERABLE_MIN = 0.8;
    private static final double UNANSWERABLE_MAX = 0.2;

    private static final List<String> HALVES = List.of("floor-even", "floor-odd");

    /// How often `covered` was true.
    private static final class Counts {

        private final int[] asked = new int[2];
        private final int[] covered = new int[2];

        void add(boolean answerable, boolean isCovered) {
            int which = answerable ? 0 : 1;
            asked[which]++;
            covered[which] += isCovered ? 1 : 0;
        }

        double answerable() {
            return asked[0] == 0 ? 0 : (double) covered[0] / asked[0];
        }

        double unanswerable() {
            return asked[1] == 0 ? 0 : (double) covered[1] / asked[1];
        }

        Map<String, Object> figures() {
            var figures = new LinkedHashMap<String, Object>();
            figures.put("answerable_questions", asked[0]);
            figures.put("answerable_covered", Report.rounded(answerable()));
            figures.put("unanswerable_questions", asked[1]);
            figures.put("unanswerable_covered", Report.rounded(unanswerable()));
            return figures;
        }
    }

    /// What is stored or left out as a whole: a conversation, or a session where a set has only
    /// one.
    private record Conversation(List<Memory> memories, List<Question> questions) {}

    private FloorBench() {}

    static Report run(String name, Path data) throws BenchFailure, InterruptedException {
        RetrievalSet set = RetrievalSets.read(name, data);
        List<Conversation> conversations = conversations(set);
        try (var daemon = BenchDaemon.start()) {
            List<Set<String>> stored = List.of(new HashSet<>(), new HashSet<>());
            for (int number = 0; number < conversations.size(); number++) {
                List<Memory> memories = conversations.get(number).memories();
                daemon.api().store(HALVES.get(number % 2), memories);
                for (Memory memory : memories) {
                    stored.get(number % 2).add(number + "/" + memory.unit());
                }
            }
            daemon.api().awaitVectors();
            var fitted = new Counts();
            var reported = new Counts();
            for (int number = 0; number < conversations.size(); number++) {
                for (Question question : conversations.get(number).questions()) {
                    for (int half = 0; half < HALVES.size(); half++) {
                        (number / 2 % 2 == 0 ? fitted : reported)
                                .add(
                                        isAnswered(question, number, stored.get(half), set),
                                        isCovered(daemon, HALVES.get(half), question));
                    }
                }
            }
            return report(set, fitted, reported);
        }
    }

    private static boolean isAnswered(
            Question question, int number, Set<String> stored, RetrievalSet set) {
        return set.parts().size() > 1
                ? question.gold().stream().anyMatch(gold -> stored.contains(number + "/" + gold))
                : stored.stream()
                        .anyMatch(
                                unit ->
                                        question.gold()
                                                .contains(unit.substring(unit.indexOf('/') + 1)));
    }

    private static boolean isCovered(BenchDaemon daemon, String project, Question question)
            throws BenchFailure {
        JsonNode answer =
                daemon.api()
                        .post(
                                "/api/observations/search",
                                Map.of("query", question.text(), "project", project, "limit", 1));
        return answer.path("covered").asBoolean();
    }

    private static List<Conversation> conversations(RetrievalSet set) {
        var conversations = new ArrayList<Conversation>();
        if (set.parts().size() > 1) {
            for (Part part : set.parts()) {
                conversations.add(new Conversation(part.memories(), withGold(part.questions())));
            }
            return conversations;
        }
        Part only = set.parts().getFirst();
        Map<String, List<Memory>> sessions = new LinkedHashMap<>();
        only.memories()
                .forEach(
                        memory ->
                                sessions.computeIfAbsent(
                                                memory.session(), none -> new ArrayList<>())
                                        .add(memory));
        Map<String, List<Question>> questions = new HashMap<>();
        for (Question question : withGold(only.questions())) {
            questions
                    .computeIfAbsent(question.gold().iterator().next(), none -> new ArrayList<>())
                    .add(question);
        }
        sessions.forEach(
                (session, memories) ->
                        conversations.add(
                                new Conversation(
                                        memories, questions.getOrDefault(session, List.of()))));
        return conversations;
    }

    private static List<Question> withGold(List<Question> questions) {
        return questions.stream().filter(question -> !question.gold().isEmpty()).toList();
    }

    private static Report report(RetrievalSet set, Counts fitted, Counts reported) {
        var report = new Report("retrieval " + set.name() + ", floor");
        report.figure("fitted_part", fitted.figures());
        report.figure("reported_part", reported.figures());
        report.atLeast("covered, of the answerable", reported.answerable(), ANSWERABLE_MIN);
        report.atMost("covered, of the unanswerable", reported.unanswerable(), UNANSWERABLE_MAX);
        return report;
    }
}
