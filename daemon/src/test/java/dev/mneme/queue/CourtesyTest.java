package dev.mneme.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

@Timeout(30)
final class CourtesyTest {

    @Test
    void aFewEventsHoldNothingBack() throws Exception {
        var courtesy = new Courtesy();
        for (int i = 0; i < Courtesy.FLOOD_EVENTS_MIN / 2 - 1; i++) {
            courtesy.arrived();
        }
        assertThat(courtesy.isFlooded()).isFalse();
        courtesy.standBack();
    }

    /// The flood never ends, and the background gets its turn all the same.
    @Test
    void aFloodHoldsTheBackgroundBackForABoundedTime() throws Exception {
        var courtesy = new Courtesy();
        var over = new AtomicBoolean();
        for (int i = 0; i < Courtesy.FLOOD_EVENTS_MIN; i++) {
            courtesy.arrived();
        }
        Thread flood =
                Thread.ofPlatform()
                        .daemon(true)
                        .start(
                                () -> {
                                    while (!over.get()) {
                                        courtesy.arrived();
                                        Thread.onSpinWait();
                                    }
                                });
        long startedNanos = System.nanoTime();
        courtesy.standBack();
        Duration waited = Duration.ofNanos(System.nanoTime() - startedNanos);
        over.set(true);
        flood.join();
        assertThat(waited).isGreaterThanOrEqualTo(Courtesy.WINDOW);

        courtesy.standBack();
        assertThat(courtesy.isFlooded()).as("once it has ended").isFalse();
    }
}
