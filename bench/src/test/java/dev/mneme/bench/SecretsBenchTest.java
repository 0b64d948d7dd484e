package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

final class SecretsBenchTest {

    private static final int PLANTED_PER_KIND = 30;
    private static final int INNOCENT_PER_KIND = 40;

    /// A fresh seed each time, so that the rules cannot be made for one corpus; it is printed.
    @Test
    void findsNearlyEverySecretAndTakesNearlyNothingElse() {
        long seed = new Random().nextInt(1_000_000);
        SecretsBench.Result result =
                new SecretsBench()
                        .run(SecretCorpus.generate(seed, PLANTED_PER_KIND, INNOCENT_PER_KIND));
        System.out.println(SecretsBench.table(result));
        assertThat(result.kinds()).hasSizeGreaterThanOrEqualTo(40);
        assertThat(result.recall())
                .as("recall with seed %d: %s", seed, result.missed())
                .isGreaterThanOrEqualTo(SecretsBench.RECALL_MIN);
        assertThat(result.falsePositivesPer10kLines())
                .as("false positives with seed %d: %s", seed, result.needless())
                .isLessThanOrEqualTo(SecretsBench.FALSE_POSITIVES_PER_10K_LINES_MAX);
    }

    @Test
    void countsWhatIsMissedAndWhatIsTakenWithoutNeed() {
        var missed =
                new SecretCorpus.Planted("odd", "we meet at the old oak tree\n", "old oak tree");
        String taken = "password=swordfish-17\n";
        SecretsBench.Result result =
                new SecretsBench().run(new SecretCorpus(0, List.of(missed), List.of(taken)));
        assertThat(result.recall()).isZero();
        assertThat(result.falsePositives()).isEqualTo(1);
        assertThat(result.passes()).isFalse();
        assertThat(SecretsBench.json(result)).contains("\"passed\":false");
    }
}
