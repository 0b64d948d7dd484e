package dev.mneme.extract.model;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Leaves alone whoever fails again and again: for a minute at first, twice as long after each
/// further failure. Safe for use by several threads.
final class Breaker {

    private static final int FAILURES_MAX = 3;
    private static final Duration PAUSE_FIRST = Duration.ofMinutes(1);
    private static final Duration PAUSE_LONGEST = Duration.ofMinutes(30);

    private final InstantSource clock;
    private int failures;
    private Instant closedUntil = Instant.MIN;
    private @Nullable String problem;
    private @Nullable String cure;

    Breaker(InstantSource clock) {
        this.clock = clock;
    }

    /// How long it is to be left alone; zero when it may be asked.
    synchronized Duration pause() {
        Instant now = clock.instant();
        if (!closedUntil.isAfter(now)) {
            return Duration.ZERO;
        }
        Duration left = Duration.between(now, closedUntil);
        // A clock that was set back must not make a pause of days.
        return left.compareTo(PAUSE_LONGEST) > 0 ? PAUSE_LONGEST : left;
    }

    synchronized void succeeded() {
        failures = 0;
        problem = null;
        cure = null;
        closedUntil = Instant.MIN;
    }

    /// @param remedy what a person can do about it
    synchronized void failed(String why, String remedy) {
        failures++;
        problem = why;
        cure = remedy;
        if (failures >= FAILURES_MAX) {
            Duration pause = PAUSE_FIRST.multipliedBy(1L << Math.min(failures - FAILURES_MAX, 10));
            open(pause);
        }
    }

    /// The service itself, or a refusal that only a person can lift, asked for a pause.
    synchronized void failedFor(String why, Duration pause, @Nullable String remedy) {
        failures++;
        cure = remedy;
        problem = why;
        open(pause);
    }

    private void open(Duration pause) {
        closedUntil =
                clock.instant().plus(pause.compareTo(PAUSE_LONGEST) > 0 ? PAUSE_LONGEST : pause);
    }

    synchronized Backend.State state() {
        String word = pause().isPositive() ? "paused" : problem == null ? "ready" : "failing";
        return new Backend.State(word, problem, cure);
    }
}
