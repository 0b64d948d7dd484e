package dev.mneme.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/// Codes hold once and shortly, keys as long as they are used.
final class ConsoleKeysTest {

    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
    private final ConsoleKeys keys = new ConsoleKeys(now::get);

    @Test
    void aCodeHoldsOnceAndForAMinute() {
        String code = keys.newCode();
        String key = keys.redeem(code).orElseThrow();
        assertThat(key).isNotEqualTo(code).hasSizeGreaterThan(30);
        assertThat(keys.redeem(code)).as("the second time").isEmpty();
        assertThat(keys.isKey(key)).isTrue();
        assertThat(keys.isKey(code)).isFalse();

        String late = keys.newCode();
        pass(ConsoleKeys.CODE_LIFE.plusMillis(1));
        assertThat(keys.redeem(late)).isEmpty();
        assertThat(keys.redeem("")).isEmpty();
    }

    @Test
    void aKeyHoldsAsLongAsItIsUsed() {
        String key = keys.redeem(keys.newCode()).orElseThrow();
        for (int i = 0; i < 5; i++) {
            pass(ConsoleKeys.KEY_IDLE_MAX.minusSeconds(1));
            assertThat(keys.isKey(key)).isTrue();
        }
        pass(ConsoleKeys.KEY_IDLE_MAX.plusSeconds(1));
        assertThat(keys.isKey(key)).isFalse();
    }

    @Test
    void nothingGrows() {
        String firstCode = keys.newCode();
        for (int i = 0; i < ConsoleKeys.CODES_MAX; i++) {
            keys.newCode();
        }
        assertThat(keys.redeem(firstCode)).as("displaced").isEmpty();

        String firstKey = keys.redeem(keys.newCode()).orElseThrow();
        for (int i = 0; i < ConsoleKeys.KEYS_MAX; i++) {
            keys.redeem(keys.newCode());
        }
        assertThat(keys.isKey(firstKey)).as("displaced").isFalse();
    }

    private void pass(Duration time) {
        now.updateAndGet(then -> then.plus(time));
    }
}
