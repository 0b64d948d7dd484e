package dev.mneme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

final class SecretCorpusTest {

    private static final int KINDS_MIN = 40;

    @Test
    void makesTheSameCorpusFromTheSameSeed() {
        assertThat(SecretCorpus.generate(7, 2, 2)).isEqualTo(SecretCorpus.generate(7, 2, 2));
        assertThat(SecretCorpus.generate(7, 2, 2)).isNotEqualTo(SecretCorpus.generate(8, 2, 2));
    }

    @Test
    void plantsEverySecretOfManyKindsWhereItCanBeFound() {
        SecretCorpus corpus = SecretCorpus.generate(1, 20, 1);
        Set<String> kinds = new HashSet<>();
        for (SecretCorpus.Planted planted : corpus.planted()) {
            kinds.add(planted.kind());
            for (String line : planted.secret().split("\n", -1)) {
                assertThat(planted.text()).contains(line);
            }
        }
        assertThat(kinds).hasSizeGreaterThanOrEqualTo(KINDS_MIN);
        assertThat(kinds).hasSameSizeAs(SecretFormats.all());
    }

    @Test
    void plantsNoSecretAmongTheLookAlikes() {
        SecretCorpus corpus = SecretCorpus.generate(1, 2, 10);
        String innocent = String.join("\n", corpus.innocent());
        for (SecretCorpus.Planted planted : corpus.planted()) {
            assertThat(innocent).doesNotContain(planted.secret());
        }
    }

    /// A published example of a token in GitHub's format, put together from its halves.
    @Test
    void checksumsFollowTheIssuer() {
        assertThat(SecretFormats.withChecksum("ghp" + "_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"))
                .endsWith("xkJ" + "0mLq17");
    }
}
