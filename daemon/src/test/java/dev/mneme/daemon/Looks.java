package dev.mneme.daemon;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// How tests look again and again for what is about to happen: soon, and without keeping a
/// processor from whoever makes it happen.
public final class Looks {

    private static final Duration PAUSE = Duration.ofMillis(2);

    private Looks() {}

    public static void pause() {
        LockSupport.parkNanos(PAUSE.toNanos());
    }
}
