package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

final class RankingScoreTest {

    @Test
    void theFiguresAreWhatTheirNamesSay() {
        var score = new RankingScore();
        score.add(List.of("x", "a", "y", "b"), Set.of("a", "b"));
        score.add(List.of("x", "y"), Set.of("a"));

        assertThat(score.figures())
                .containsEntry("questions", 2)
                .containsEntry("hit@1", 0.0)
                .containsEntry("hit@5", 0.5)
                .containsEntry("recall_all@5", 0.5)
                .containsEntry("recall@10", 0.5)
                .containsEntry("mrr", 0.25)
                // (1/log2(3) + 1/log2(5)) / (1 + 1/log2(3)) = 0.651 for the first, none for the
                // other
                .containsEntry("ndcg@10", 0.325);
    }
}
