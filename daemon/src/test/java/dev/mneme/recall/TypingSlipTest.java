package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TypingSlipTest {

    @ParameterizedTest
    @CsvSource({
        "error, eror, true",
        "redis, reedis, true",
        "typescript, typsecript, true",
        "mongodb, mongod, true",
        "mongo, mango, false",
        "error, error, false",
        "error, errors1, false",
        "k8s, k9s, false",
        "abcd, badc, false"
    })
    void aSlipIsOneLetterTooManyTooFewOrSwapped(String one, String other, boolean slip) {
        assertThat(TypingSlip.between(one, other)).isEqualTo(slip);
        assertThat(TypingSlip.between(other, one)).isEqualTo(slip);
    }
}
