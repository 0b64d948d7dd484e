package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.util.Random;

final class TimestampTest {

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    @Test
    void agreesWithTheJdk() {
        long seed = new Random().nextLong();
        System.out.println("TimestampTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long millis = random.nextLong(-62_135_596_800_000L, 253_402_300_800_000L);
            assertThat(Timestamp.iso(millis))
                    .as("seed %d", seed)
                    .isEqualTo(MILLIS.format(Instant.ofEpochMilli(millis)));
        }
    }

    @Test
    void knowsLeapDays() {
        Instant leapDay = Instant.parse("2028-02-29T23:59:59.999Z");
        assertThat(Timestamp.iso(leapDay.toEpochMilli())).isEqualTo("2028-02-29T23:59:59.999Z");
        assertThat(Timestamp.iso(leapDay.plus(1, ChronoUnit.MILLIS).toEpochMilli()))
                .isEqualTo("2028-03-01T00:00:00.000Z");
    }
}
