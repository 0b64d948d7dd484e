package dev.mneme.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.store.JobStore;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

/// When a daemon that answers counts as one that stands still.
final class ProgressTest {

    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant LONG_AGO = NOW.minus(Progress.STALLED_AFTER).minusSeconds(1);
    private static final Instant JUST_NOW = NOW.minusSeconds(5);

    @Test
    void nothingDueIsIdleHoweverLongAgoTheLastSuccessWas() {
        assertThat(progress(null, LONG_AGO, LONG_AGO).state()).isEqualTo(Progress.State.IDLE);
        assertThat(progress(null, null, LONG_AGO).oldestJob()).isNull();
    }

    @Test
    void itStandsStillWhenSomethingIsDueForLongAndNothingWasDone() {
        assertThat(progress(LONG_AGO, LONG_AGO, LONG_AGO).state())
                .isEqualTo(Progress.State.STALLED);
        assertThat(progress(LONG_AGO, null, LONG_AGO).state()).isEqualTo(Progress.State.STALLED);
    }

    @Test
    void whatGetsOnOrHasJustBegunDoesNot() {
        assertThat(progress(JUST_NOW, LONG_AGO, LONG_AGO).state())
                .as("the oldest is young")
                .isEqualTo(Progress.State.WORKING);
        assertThat(progress(LONG_AGO, JUST_NOW, LONG_AGO).state())
                .as("a backlog is worked off")
                .isEqualTo(Progress.State.WORKING);
        assertThat(progress(LONG_AGO, LONG_AGO, JUST_NOW).state())
                .as("the daemon was down")
                .isEqualTo(Progress.State.WORKING);
    }

    @Test
    void aJobOfAClockThatWasAheadHasNoNegativeAge() {
        assertThat(progress(NOW.plusSeconds(9), null, LONG_AGO).oldestJob())
                .isEqualTo(Duration.ZERO);
        assertThat(progress(JUST_NOW, null, LONG_AGO).oldestJob()).isEqualTo(Duration.ofSeconds(5));
    }

    private static Progress progress(
            @Nullable Instant dueAt, @Nullable Instant successAt, Instant startedAt) {
        return Progress.of(new JobStore.Counts(1, 0, 0, 0, 0, dueAt, successAt), startedAt, NOW);
    }
}
