package dev.mneme.ingest;

import dev.mneme.protocol.MnemeHome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Removes from the spool what nobody will ever take: files that a hook began and did not finish,
/// and refused events once a person has had the time to look at them. Never a waiting event.
public final class SpoolSweep {

    /// A hook lives for seconds; what it left unfinished for so long is nobody's.
    static final Duration UNFINISHED_KEPT = Duration.ofHours(24);

    /// As long as a completed job at least.
    static final Duration REFUSED_KEPT = Duration.ofDays(7);

    /// Files removed from a folder in one round.
    static final int FILES_MAX = 500;

    private static final Logger LOG = LoggerFactory.getLogger(SpoolSweep.class);

    private final MnemeHome home;
    private final InstantSource clock;
    private final SpoolFiles files;

    public SpoolSweep(MnemeHome home, InstantSource clock) {
        this(home, clock, new SpoolFiles());
    }

    SpoolSweep(MnemeHome home, InstantSource clock, SpoolFiles files) {
        this.home = home;
        this.clock = clock;
        this.files = files;
    }

    /// Returns true when there may be more to remove.
    public boolean runOnce() throws IOException {
        Instant now = clock.instant();
        int unfinished = sweep(home.spool(), ".tmp-*", now.minus(UNFINISHED_KEPT));
        int refused = sweep(home.refused(), "*", now.minus(REFUSED_KEPT));
        if (unfinished + refused > 0) {
            LOG.info("swept the spool: unfinished={} refused={}", unfinished, refused);
        }
        return unfinished == FILES_MAX || refused == FILES_MAX;
    }

    /// A file that cannot be removed does not keep the others from it.
    private int sweep(Path folder, String names, Instant before) throws IOException {
        int removed = 0;
        IOException failure = null;
        for (Path file : files.list(folder, names)) {
            if (removed == FILES_MAX) {
                break;
            }
            try {
                if (isOlder(file, before) && files.delete(file)) {
                    removed++;
                }
            } catch (IOException failed) {
                failure = failed;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return removed;
    }

    private boolean isOlder(Path file, Instant before) throws IOException {
        try {
            return Files.isRegularFile(file) && files.lastModified(file).isBefore(before);
        } catch (NoSuchFileException takenByAnother) {
            return false;
        }
    }
}
