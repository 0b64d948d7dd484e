package dev.mneme.queue;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Exponential backoff with jitter: about 2 s, 8 s, 32 s, … and never more than an hour.
public final class RetrySchedule {

    private static final Duration FIRST = Duration.ofSeconds(2);
    private static final int FACTOR = 4;
    private static final Duration LONGEST = Duration.ofHours(1);

    /// The delay is spread by this share up and down, so that jobs that failed together do not come
    /// back together.
    private static final double JITTER = 0.2;

    private final RandomGenerator random;

    public RetrySchedule(RandomGenerator random) {
        this.random = random;
    }

    /// The delay before the try that follows the failed `attempt` (1 for the first).
    public Duration delayAfter(int attempt) {
        double seconds = (double) FIRST.toSeconds() * Math.pow(FACTOR, Math.max(0, attempt - 1));
        double bounded = Math.min(seconds, (double) LONGEST.toSeconds());
        double spread = 1 + JITTER * (2 * random.nextDouble() - 1);
        return Duration.ofMillis(Math.round(bounded * spread * 1000));
    }
}
