package dev.mneme.mcp;

import dev.mneme.protocol.MnemeHome;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// The stub as a program, for tests in which the server has to start its daemon. Leaves a file for
/// each start, and ends by itself should its test forget it.
public final class StubDaemonProgram {

    private static final Duration LIFE_MAX = Duration.ofMinutes(1);

    private StubDaemonProgram() {}

    public static void main(String[] ignored) throws Exception {
        Path root = MnemeHome.fromEnvironment(System.getenv()).root();
        Files.createTempFile(root, "started-", "." + ProcessHandle.current().pid());
        StubDaemon.start(
                root,
                (path, body) ->
                        StubDaemon.Reply.ok(
                                StubDaemon.searchAnswer(
                                        List.of(StubDaemon.observation(1, "started")))));
        Thread.sleep(LIFE_MAX);
        Runtime.getRuntime().halt(0);
    }
}
