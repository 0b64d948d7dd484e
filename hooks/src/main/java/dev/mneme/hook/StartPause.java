package dev.mneme.hook;

import java.io.File;

/// Leaves a daemon alone that keeps ending right after its start, for longer each time; the rule of
/// `StartHistory` of the module `protocol`.
final class StartPause {

    static final long FREE_STARTS = 3;
    static final long FIRST_PAUSE_MS = 10_000;
    static final long PAUSE_MAX_MS = 600_000;

    private StartPause() {}

    /// @param starts holds a byte for each start that is not known to have gone well
    static boolean isOver(File starts, long nowMillis) {
        long since = nowMillis - starts.lastModified();
        return since < 0 || since >= pauseMillis(starts.length());
    }

    static long pauseMillis(long unsettled) {
        if (unsettled < FREE_STARTS) {
            return 0;
        }
        long pause = FIRST_PAUSE_MS;
        for (long n = FREE_STARTS; n < unsettled && pause < PAUSE_MAX_MS; n++) {
            pause *= 2;
        }
        return Math.min(pause, PAUSE_MAX_MS);
    }
}
