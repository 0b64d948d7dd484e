package dev.mneme.recall;

import dev.mneme.store.SearchStore.Ranked;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Makes one list of what two arms found.
///
/// By default the scores are added: the best by words has 1, and a cosine counts as far as its
/// model is trusted. Unlike ranks, scores keep how far apart the hits of an arm are, so that an arm
/// which knows nothing better than its tenth hit does not push another arm's clear first.
final class Fusion {

    /// Half of the newest's bonus is left after so long behind it.
    private static final double RECENCY_HALF_LIFE_SECONDS = 30 * 86_400.0;

    private static final double RECENCY_WEIGHT = 0.03;

    /// Ranks count as 1 / (this + rank), which flattens the top.
    private static final double RANK_OFFSET = 60;

    /// What PostgreSQL says of words, when it has to stand in for the index.
    private static final double STAND_IN_WEIGHT = 1;

    record Hit(long id, double score, HitParts parts) {

        Hit withReranker(double said) {
            HitParts all = parts.withReranker(said);
            return new Hit(id, all.sum(), all);
        }
    }

    /// Of equals the newer one.
    static final Comparator<Hit> BEST_FIRST =
            Comparator.comparingDouble((Hit hit) -> -hit.score())
                    .thenComparing(Comparator.comparingLong(Hit::id).reversed());

    /// What the arms said.
    ///
    /// @param index what the index of words says; null where it does not stand
    /// @param words the best by words, the best first
    /// @param meaning the nearest, the nearest first
    /// @param cosines of everything that has one
    record Arms(
            @Nullable WordScores index,
            List<Ranked> words,
            List<Ranked> meaning,
            Map<Long, Double> cosines) {}

    private Fusion() {}

    /// @param trust in cosines of this model
    static List<Hit> fused(SearchMode mode, Arms arms, double trust) {
        Set<Long> ids = new LinkedHashSet<>();
        arms.words().forEach(hit -> ids.add(hit.id()));
        arms.meaning().forEach(hit -> ids.add(hit.id()));
        var hits = new ArrayList<Hit>(ids.size());
        if (mode == SearchMode.RRF) {
            Map<Long, Integer> words = ranks(arms.words());
            Map<Long, Integer> meaning = ranks(arms.meaning());
            ids.forEach(id -> hits.add(byRank(id, words.get(id), meaning.get(id))));
        } else {
            double best = arms.words().stream().mapToDouble(Ranked::score).max().orElse(0);
            Map<Long, Double> standIn = new HashMap<>();
            if (arms.index() == null && best > 0) {
                arms.words()
                        .forEach(
                                hit -> standIn.put(hit.id(), STAND_IN_WEIGHT * hit.score() / best));
            }
            double usual = usual(arms.cosines());
            ids.forEach(id -> hits.add(byScore(id, mode, arms, standIn, trust, usual)));
        }
        hits.sort(BEST_FIRST);
        return hits;
    }

    private static Hit byScore(
            long id,
            SearchMode mode,
            Arms arms,
            Map<Long, Double> standIn,
            double trust,
            double usual) {
        WordScores index = arms.index();
        WordScores.Parts words =
                index == null || !mode.asksWords() ? WordScores.Parts.NONE : index.parts(id);
        // Who has no vector yet is taken for as near as the others are on the average.
        double meaning = mode.asksMeaning() ? trust * arms.cosines().getOrDefault(id, usual) : 0;
        double recency =
                index == null || mode == SearchMode.VECTOR
                        ? 0
                        : RECENCY_WEIGHT
                                * Math.pow(2, -index.secondsBehind(id) / RECENCY_HALF_LIFE_SECONDS);
        var parts =
                new HitParts(
                        words.own() + standIn.getOrDefault(id, 0.0),
                        words.neighbours(),
                        words.session(),
                        words.length(),
                        meaning,
                        recency);
        return new Hit(id, parts.sum(), parts);
    }

    private static Hit byRank(long id, @Nullable Integer words, @Nullable Integer meaning) {
        double ofWords = words == null ? 0 : 1 / (RANK_OFFSET + words);
        double ofMeaning = meaning == null ? 0 : 1 / (RANK_OFFSET + meaning);
        return new Hit(id, ofWords + ofMeaning, new HitParts(ofWords, 0, 0, 0, ofMeaning, 0));
    }

    private static Map<Long, Integer> ranks(List<Ranked> hits) {
        var ranks = new HashMap<Long, Integer>();
        for (Ranked hit : hits) {
            ranks.put(hit.id(), ranks.size() + 1);
        }
        return ranks;
    }

    private static double usual(Map<Long, Double> cosines) {
        return cosines.values().stream().mapToDouble(cosine -> cosine).average().orElse(0);
    }
}
