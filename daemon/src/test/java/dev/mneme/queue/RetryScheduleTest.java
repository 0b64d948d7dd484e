package dev.mneme.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.random.RandomGenerator;

final class RetryScheduleTest {

    @Test
    void delaysGrowFourfoldUpToAnHour() {
        var schedule = new RetrySchedule(fixed(0.5));

        assertThat(schedule.delayAfter(1)).isEqualTo(Duration.ofSeconds(2));
        assertThat(schedule.delayAfter(2)).isEqualTo(Duration.ofSeconds(8));
        assertThat(schedule.delayAfter(3)).isEqualTo(Duration.ofSeconds(32));
        assertThat(schedule.delayAfter(50)).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void jitterStaysWithinAFifth() {
        assertThat(new RetrySchedule(fixed(0)).delayAfter(2)).isEqualTo(Duration.ofMillis(6_400));
        assertThat(new RetrySchedule(fixed(1)).delayAfter(2)).isEqualTo(Duration.ofMillis(9_600));
    }

    private static RandomGenerator fixed(double value) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }
}
