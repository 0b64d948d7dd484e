package dev.mneme.ingest;

import dev.mneme.protocol.MnemeHome;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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

    public SpoolSweep(MnemeHome home, InstantSource clock) {
        this.home = home;
        this.clock = clock;
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

    private static int sweep(Path folder, String names, Instant before) throws IOException {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        int removed = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, names)) {
            for (Path file : files) {
                if (removed == FILES_MAX) {
                    break;
                }
                if (isOlder(file, before) && Files.deleteIfExists(file)) {
                    removed++;
                }
            }
        }
        return removed;
    }

    private static boolean isOlder(Path file, Instant before) throws IOException {
        try {
            return Files.isRegularFile(file)
                    && Files.getLastModifiedTime(file).toInstant().isBefore(before);
        } catch (NoSuchFileException takenByAnother) {
            return false;
        }
    }
}
