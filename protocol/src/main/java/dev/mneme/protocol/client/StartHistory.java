package dev.mneme.protocol.client;

import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// How often in a row the daemon ended right after its start, so that sessions leave alone what
/// cannot live: a start costs seconds of a processor, and a session begins every minute.
///
/// The file holds one byte for each start that is not known to have gone well; its time is that of
/// the last. A daemon adds one as it begins and removes the file once it has lived for
/// [#SETTLED_AFTER], or was told to stop. It alone writes, under its lock. A person's start is
/// never held back.
public final class StartHistory {

    /// So long after its start a daemon is not counted any more.
    public static final Duration SETTLED_AFTER = Duration.ofSeconds(60);

    /// So many starts in a row may go wrong without any pause: whoever ends a daemon twice by hand
    /// wants it back at once.
    static final long FREE_STARTS = 3;

    static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    static final Duration PAUSE_MAX = Duration.ofMinutes(10);

    /// More make no longer pause.
    private static final long NOTED_MAX = 100;

    private final Path file;

    public StartHistory(MnemeHome home) {
        this.file = home.starts();
    }

    /// Where there is no room for the note, the start goes on without it.
    public void begun() {
        try {
            PrivateFiles.writeAtomically(
                    file, ".".repeat((int) Math.min(unsettled(), NOTED_MAX) + 1));
        } catch (IOException fullDisk) {
            // A daemon that runs on a full disk is worth more than its history.
            return;
        }
    }

    public void settled() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException readOnly) {
            // Then it was not written either.
            return;
        }
    }

    /// How often in a row a start was not known to go well.
    public long unsettled() {
        try {
            return Files.size(file);
        } catch (IOException none) {
            return 0;
        }
    }

    /// How long a session should still leave the daemon alone.
    public Duration pauseLeft(Instant now) {
        try {
            Instant last = Files.getLastModifiedTime(file).toInstant();
            Duration pause = pause(Files.size(file));
            Duration since = Duration.between(last, now);
            // A clock that was set back makes no pause longer.
            boolean over = since.isNegative() || since.compareTo(pause) >= 0;
            return over ? Duration.ZERO : pause.minus(since);
        } catch (IOException none) {
            return Duration.ZERO;
        }
    }

    /// The pause after so many starts that went wrong: none, then twice as long each time.
    static Duration pause(long unsettled) {
        if (unsettled < FREE_STARTS) {
            return Duration.ZERO;
        }
        Duration pause = FIRST_PAUSE;
        for (long n = FREE_STARTS; n < unsettled && pause.compareTo(PAUSE_MAX) < 0; n++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX;
    }
}
