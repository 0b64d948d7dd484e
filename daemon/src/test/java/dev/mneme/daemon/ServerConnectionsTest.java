package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.postgres.ConnectionInfo;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;

/// Whoever got the port of a server that died may take our connection and never answer: a pool that
/// waited for it would not look for where the server has gone.
final class ServerConnectionsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    @Timeout(60)
    void aPortThatAcceptsAndSaysNothingIsGivenUp() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var target =
                    new ConnectionInfo(
                            "127.0.0.1", silent.getLocalPort(), "mneme", "mneme", "", Map.of());
            long began = System.nanoTime();

            assertThatThrownBy(
                            () -> ServerConnections.patient(() -> target, "test").getConnection())
                    .isInstanceOf(SQLException.class);

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PATIENCE);
        }
    }
}
