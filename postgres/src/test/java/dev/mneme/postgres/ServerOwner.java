package dev.mneme.postgres;

import java.io.IOException;
import java.nio.file.Path;

/// A program that starts the server and then waits to be killed.
final class ServerOwner {

    private ServerOwner() {}

    static void main(String[] arguments)
            throws PostgresException, InterruptedException, IOException {
        Path root = Path.of(arguments[0]);
        var server =
                EmbeddedPostgres.start(
                        EmbeddedPostgres.Settings.of(
                                root, root.resolve("log"), Machine.installation()));
        System.out.println("owner " + server.origin() + " " + server.pid());
        System.out.flush();
        // Ends with its parent at the latest.
        var _ = System.in.read();
        server.close();
    }
}
