package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

final class SpoolSweepTest {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

    @TempDir Path folder;

    @Test
    void whatNobodyWillTakeIsRemovedInTimeAndAWaitingEventNever() throws Exception {
        var home = new MnemeHome(folder);
        Files.createDirectories(home.refused());
        Path leftover = file(home.spool().resolve(".tmp-1.event"), Duration.ofHours(25));
        Path begun = file(home.spool().resolve(".tmp-2.event"), Duration.ofHours(23));
        Path waiting = file(home.spool().resolve("1-a.event"), Duration.ofDays(400));
        Path refused = file(home.refused().resolve("2-b.event"), Duration.ofDays(8));
        Path why = file(home.refused().resolve("2-b.event.why"), Duration.ofDays(8));
        Path refusedLately = file(home.refused().resolve("3-c.event"), Duration.ofDays(6));

        assertThat(new SpoolSweep(home, () -> NOW).runOnce()).isFalse();

        assertThat(leftover).doesNotExist();
        assertThat(refused).doesNotExist();
        assertThat(why).doesNotExist();
        assertThat(begun).exists();
        assertThat(waiting).exists();
        assertThat(refusedLately).exists();
    }

    @Test
    void aRoundIsBounded() throws Exception {
        var home = new MnemeHome(folder);
        Files.createDirectories(home.spool());
        for (int i = 0; i <= SpoolSweep.FILES_MAX; i++) {
            file(home.spool().resolve(".tmp-" + i), Duration.ofDays(2));
        }
        var sweep = new SpoolSweep(home, () -> NOW);

        assertThat(sweep.runOnce()).isTrue();
        assertThat(sweep.runOnce()).isFalse();
        try (var left = Files.list(home.spool())) {
            assertThat(left).isEmpty();
        }
    }

    private static Path file(Path path, Duration age) throws Exception {
        Files.writeString(path, "x");
        Files.setLastModifiedTime(path, FileTime.from(NOW.minus(age)));
        return path;
    }
}
