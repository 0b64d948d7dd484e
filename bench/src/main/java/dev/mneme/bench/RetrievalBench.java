package dev.mneme.bench;

import dev.mneme.bench.RetrievalSet.Part;
import dev.mneme.bench.RetrievalSet.Question;
import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How well search finds what a public set says it should: the set is stored and asked through the
/// daemon's HTTP API, in each of its modes, beside plain BM25 and plain PostgreSQL.
final class RetrievalBench {

    /// The modes of search, the default one last.
    static final List<String> MODES = List.of("fts", "vector", "rrf", "hybrid");

    private static final String HYBRID = "hybrid";
    private static final String WORDS_ALONE = "fts";
    private static final String ALL = "all";

    private static final String RERANKER = "reranker";

    /// What a hit's score is made of, as `explain` names it.
    private static final List<String> PARTS =
            List.of("words", "neighbours", "session", "length", "meaning", "recency", RERANKER);
    private static final String BM25 = "plain BM25";
    private static final String POSTGRES = "websearch_to_tsquery + ts_rank_cd";

    /// What the set's makers leave out of recall, or nobody can find by a search.
    private static final String ADVERSARIAL = "adversarial";

    /// What a weak model may cost, of hit@5: one question of a small set.
    private static final double HARM_MAX = 0.005;

    private static final double PRECISION_MIN = 0.5;
    private static final double RECALL_MIN = 0.9;

    /// By how much search must beat plain BM25, in hit@5.
    private static final Map<String, Double> GAINS =
            Map.of(
                    RetrievalSets.ENTIRE, 0.05,
                    RetrievalSets.BEAM, 0.03,
                    RetrievalSets.LOCOMO, 0.03,
                    RetrievalSets.LONG_MEM_EVAL, 0.0);

    /// The scores of one configuration: of all questions, and of each type.
    private static final class Scores {

        private final RankingScore all = new RankingScore();
        private final Map<String, RankingScore> types = new TreeMap<>();

        void add(Question question, List<String> ranked) {
            all.add(ranked, question.gold());
            types.computeIfAbsent(question.type(), type -> new RankingScore())
                    .add(ranked, question.gold());
        }

        Map<String, Object> figures() {
            var figures = new LinkedHashMap<String, Object>(all.figures());
            var ofTypes = new LinkedHashMap<String, Object>();
            types.forEach((type, score) -> ofTypes.put(type, score.figures()));
            figures.put("types", ofTypes);
            return figures;
        }
    }

    private final RetrievalSet set;
    private final BenchDaemon daemon;
    private final PlainPostgres postgres;
    private final Map<String, Scores> scores = new LinkedHashMap<>();
    private final Map<String, Map<String, PrecisionScore>> precision = new LinkedHashMap<>();
    private final Map<Long, String> units = new HashMap<>();

    private RetrievalBench(RetrievalSet set, BenchDaemon daemon, PlainPostgres postgres) {
        this.set = set;
        this.daemon = daemon;
        this.postgres = postgres;
    }

    /// @param models to measure with; null for what is built in
    static Report run(String name, Path data, @Nullable Path models)
            throws BenchFailure, InterruptedException {
        RetrievalSet set = RetrievalSets.read(name, data);
        try (var daemon = BenchDaemon.start(models);
                var postgres =
                        PlainPostgres.open(TemporaryInstallation.databaseOf(daemon.home()))) {
            return new RetrievalBench(set, daemon, postgres).measure();
        }
    }

    private Report measure() throws BenchFailure, InterruptedException {
        for (Part part : set.parts()) {
            store(part);
        }
        Wire.Health health = daemon.api().awaitVectors();
        postgres.read();
        for (Part part : set.parts()) {
            ask(part);
        }
        for (String model : daemon.lent()) {
            daemon.api().use(model);
            for (Part part : set.parts()) {
                askBy(model, part);
            }
        }
        return report(health);
    }

    private void store(Part part) throws BenchFailure {
        List<Long> ids = daemon.api().store(part.project(), part.memories());
        for (int i = 0; i < ids.size(); i++) {
            units.put(ids.get(i), part.memories().get(i).unit());
        }
    }

    private void ask(Part part) throws BenchFailure {
        if (set.name().equals(RetrievalSets.PRECISION)) {
            askPrecisely(part);
            return;
        }
        var bm25 = new PlainBm25(part.memories());
        for (Question question : part.questions()) {
            if (question.gold().isEmpty() || question.type().equals(ADVERSARIAL)) {
                continue;
            }
            scores(BM25).add(question, bm25.ranked(question.text()));
            scores(POSTGRES)
                    .add(question, unitsOf(postgres.ranked(part.project(), question.text())));
            for (String mode : MODES) {
                if (!mode.equals(HYBRID)) {
                    scores(mode).add(question, unitsOf(ids(search(part, question, mode))));
                }
            }
            withAndWithout(question, search(part, question, HYBRID));
        }
    }

    /// What the modes that ask vectors find by those of another model.
    private void askBy(String model, Part part) throws BenchFailure {
        for (Question question : part.questions()) {
            if (!question.gold().isEmpty() && !question.type().equals(ADVERSARIAL)) {
                for (String mode : MODES) {
                    if (!mode.equals(WORDS_ALONE)) {
                        scores(mode + ", " + model)
                                .add(question, unitsOf(ids(search(part, question, mode))));
                    }
                }
            }
        }
    }

    /// What comes back when only what stands out is wanted.
    private void askPrecisely(Part part) throws BenchFailure {
        for (Question question : part.questions()) {
            for (String mode : List.of("fts", HYBRID)) {
                var found = new LinkedHashSet<String>();
                var projects = new ArrayList<>(question.projects());
                projects.add(part.project());
                for (String project : projects) {
                    if (!question.text().isBlank()) {
                        found.addAll(
                                unitsOf(
                                        ids(
                                                search(
                                                        project,
                                                        question.text(),
                                                        Map.of("mode", mode, "precise", true)))));
                    }
                }
                Map<String, PrecisionScore> scored =
                        precision.computeIfAbsent(mode + ", precise", none -> new TreeMap<>());
                for (String type : List.of(ALL, question.type())) {
                    scored.computeIfAbsent(type, none -> new PrecisionScore())
                            .add(found, question.gold());
                }
            }
        }
    }

    /// The default mode, and what it would have been without each part of its score: the same hits,
    /// in another order.
    private void withAndWithout(Question question, JsonNode answer) {
        List<Long> ids = ids(answer);
        scores(HYBRID).add(question, unitsOf(ids));
        JsonNode parts = answer.path("explain");
        for (String left : PARTS) {
            if (left.equals(RERANKER) && parts.path(0).path(RERANKER).asDouble() == 0) {
                // None is installed, or it did not answer.
                continue;
            }
            var order = new ArrayList<Integer>();
            for (int hit = 0; hit < ids.size(); hit++) {
                order.add(hit);
            }
            order.sort(Comparator.comparingDouble(hit -> -sumWithout(parts.path(hit), left)));
            scores(HYBRID + " without " + left)
                    .add(question, unitsOf(order.stream().map(ids::get).toList()));
        }
    }

    private static double sumWithout(JsonNode parts, String left) {
        return PARTS.stream()
                .filter(part -> !part.equals(left))
                .mapToDouble(part -> parts.path(part).asDouble())
                .sum();
    }

    private Scores scores(String configuration) {
        return scores.computeIfAbsent(configuration, none -> new Scores());
    }

    private JsonNode search(Part part, Question question, String mode) throws BenchFailure {
        return search(part.project(), question.text(), Map.of("mode", mode, "explain", true));
    }

    private JsonNode search(String project, String query, Map<String, Object> how)
            throws BenchFailure {
        var request = new HashMap<String, Object>(how);
        request.put("query", query);
        request.put("project", project);
        request.put("limit", Limits.SEARCH_LIMIT_MAX);
        return daemon.api().post("/api/observations/search", request);
    }

    private static List<Long> ids(JsonNode answer) {
        var ids = new ArrayList<Long>();
        answer.path("observations").forEach(hit -> ids.add(hit.path("id").asLong()));
        return ids;
    }

    /// Each unit once, where its best memory stands.
    private List<String> unitsOf(List<Long> ids) {
        var found = new LinkedHashSet<String>();
        for (long id : ids) {
            found.add(units.getOrDefault(id, ""));
        }
        return List.copyOf(found);
    }

    private Report report(Wire.Health health) {
        var report = new Report("retrieval " + set.name());
        report.comparedWith(BM25 + ", k1 1.2, b 0.75, over the same memories");
        report.comparedWith(POSTGRES + ", over the same memories");
        report.figure("way", "HTTP API of a daemon of its own");
        report.figure("embedding_model", health.embeddings().model());
        report.figure("parts", set.parts().size());
        report.figure("memories", set.memories());
        report.figure("questions", set.questions());
        scores.forEach((name, score) -> report.figure(name, score.figures()));
        if (set.name().equals(RetrievalSets.PRECISION)) {
            precision.forEach(
                    (name, types) -> {
                        var figures = new LinkedHashMap<String, Object>();
                        types.forEach((type, score) -> figures.put(type, score.figures()));
                        report.figure(name, figures);
                    });
            PrecisionScore ours =
                    precision
                            .getOrDefault(HYBRID + ", precise", Map.of())
                            .getOrDefault(ALL, new PrecisionScore());
            report.atLeast("mean precision", ours.precision(), PRECISION_MIN);
            report.atLeast("mean recall", ours.recall(), RECALL_MIN);
            return report;
        }
        double ours = scores(HYBRID).all.hitAt5();
        for (String model : daemon.lent()) {
            report.atLeast(
                    "hit@5, hybrid by " + model + " above words alone",
                    scores(HYBRID + ", " + model).all.hitAt5() - scores(WORDS_ALONE).all.hitAt5(),
                    -HARM_MAX);
        }
        report.atLeast("hit@5, hybrid above " + POSTGRES, ours - scores(POSTGRES).all.hitAt5(), 0);
        Double gain = GAINS.get(set.name());
        if (gain != null) {
            report.atLeast("hit@5, hybrid above " + BM25, ours - scores(BM25).all.hitAt5(), gain);
        }
        return report;
    }
}
