package dev.mneme.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

final class StartHistoryTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    @TempDir private Path directory;
    private MnemeHome home;
    private StartHistory history;

    @BeforeEach
    void open() throws IOException {
        home = new MnemeHome(directory);
        Files.createDirectories(home.run());
        history = new StartHistory(home);
    }

    @Test
    void aDaemonThatWasNeverStartedIsNotLeftAlone() {
        assertThat(history.pauseLeft(NOW)).isZero();
        assertThat(history.unsettled()).isZero();
    }

    @Test
    void eachStartThatGoesWrongMakesThePauseLongerUpToABound() throws Exception {
        long[] seconds = {0, 0, 10, 20, 40, 80, 160, 320, 600, 600, 600};
        for (long expected : seconds) {
            history.begun();
            Files.setLastModifiedTime(home.starts(), FileTime.from(NOW));
            assertThat(history.pauseLeft(NOW)).isEqualTo(Duration.ofSeconds(expected));
        }
        assertThat(history.pauseLeft(NOW.plusSeconds(590))).isEqualTo(Duration.ofSeconds(10));
        assertThat(history.pauseLeft(NOW.plusSeconds(600))).isZero();
        assertThat(history.pauseLeft(NOW.minusSeconds(7_200)))
                .as("after the clock was set back")
                .isZero();
    }

    @Test
    void aDaemonThatLivesIsForgiven() throws Exception {
        for (int n = 0; n < 5; n++) {
            history.begun();
        }
        history.settled();
        history.settled();

        assertThat(history.unsettled()).isZero();
        assertThat(history.pauseLeft(Instant.now())).isZero();
    }
}
