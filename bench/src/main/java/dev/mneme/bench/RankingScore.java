package dev.mneme.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How good rankings are, on the average over questions that have an answer.
final class RankingScore {

    private static final int FIVE = 5;
    private static final int TEN = 10;

    private int questions;
    private double hitAt1;
    private double hitAt5;
    private double hitAt10;
    private double recallAllAt5;
    private double recallAt10;
    private double ndcgAt10;
    private double reciprocalRanks;

    /// @param ranked what was found, each once, the best first
    void add(List<String> ranked, Set<String> gold) {
        questions++;
        hitAt1 += hits(ranked, gold, 1) > 0 ? 1 : 0;
        hitAt5 += hits(ranked, gold, FIVE) > 0 ? 1 : 0;
        hitAt10 += hits(ranked, gold, TEN) > 0 ? 1 : 0;
        recallAllAt5 += hits(ranked, gold, FIVE) == gold.size() ? 1 : 0;
        recallAt10 += (double) hits(ranked, gold, TEN) / gold.size();
        ndcgAt10 += ndcg(ranked, gold);
        for (int rank = 0; rank < ranked.size(); rank++) {
            if (gold.contains(ranked.get(rank))) {
                reciprocalRanks += 1.0 / (rank + 1);
                return;
            }
        }
    }

    int questions() {
        return questions;
    }

    double hitAt5() {
        return mean(hitAt5);
    }

    Map<String, Object> figures() {
        var figures = new LinkedHashMap<String, Object>();
        figures.put("questions", questions);
        figures.put("hit@1", Report.rounded(mean(hitAt1)));
        figures.put("hit@5", Report.rounded(mean(hitAt5)));
        figures.put("hit@10", Report.rounded(mean(hitAt10)));
        figures.put("recall_all@5", Report.rounded(mean(recallAllAt5)));
        figures.put("recall@10", Report.rounded(mean(recallAt10)));
        figures.put("ndcg@10", Report.rounded(mean(ndcgAt10)));
        figures.put("mrr", Report.rounded(mean(reciprocalRanks)));
        return figures;
    }

    private double mean(double sum) {
        return questions == 0 ? 0 : sum / questions;
    }

    private static long hits(List<String> ranked, Set<String> gold, int depth) {
        return ranked.stream().limit(depth).filter(gold::contains).count();
    }

    private static double ndcg(List<String> ranked, Set<String> gold) {
        double gained = 0;
        double best = 0;
        for (int rank = 0; rank < TEN; rank++) {
            double gain = Math.log(2) / Math.log(rank + 2.0);
            if (rank < ranked.size() && gold.contains(ranked.get(rank))) {
                gained += gain;
            }
            if (rank < gold.size()) {
                best += gain;
            }
        }
        return gained / best;
    }
}
