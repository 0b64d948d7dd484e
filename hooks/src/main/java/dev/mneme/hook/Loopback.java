package dev.mneme.hook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// Where the daemon listens. The first address of a process takes longer to make than everything
/// that is sent to it: 90 classes.
final class Loopback {

    private static final byte[] ADDRESS = {127, 0, 0, 1};

    private Loopback() {}

    static InetSocketAddress at(int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(ADDRESS), port);
    }

    /// Makes one for nobody; whoever wants one meanwhile waits until it is made.
    static void load() {
        try {
            at(1);
        } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError failed) {
            // Whoever wants an address meets the same.
            return;
        }
    }
}
