package dev.mneme.installer.program;

import dev.mneme.installer.Children;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Makes the ahead-of-time cache that halves the time until the MCP server answers `initialize`.
///
/// The training is a short conversation, up to a call that finds no daemon.
final class ServerCache {

    private static final Duration TRAINING_TIMEOUT = Duration.ofMinutes(1);

    private static final String CONVERSATION =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"training","version":"1"}}}
            {"jsonrpc":"2.0","method":"notifications/initialized"}
            {"jsonrpc":"2.0","id":2,"method":"tools/list"}
            {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search",\
            "arguments":{"query":"training"}}}
            """;

    private ServerCache() {}

    /// Why there is no cache; empty when there is one.
    static Optional<String> make(Path java, Path staged) throws IOException, InterruptedException {
        Path home = staged.resolve("training-mcp");
        try {
            PrivateFiles.createDirectories(home);
            Children.Ended ended =
                    Children.run(
                            Children.Call.of(
                                            Programs.serverTraining(java, staged),
                                            staged,
                                            TRAINING_TIMEOUT)
                                    .with(
                                            Map.of(
                                                    "MNEME_HOME", home.toString(),
                                                    "LC_ALL", "C.UTF-8",
                                                    "JAVA_TOOL_OPTIONS", ""))
                                    .input(CONVERSATION));
            Path cache = staged.resolve(Programs.SERVER_CACHE);
            if (ended.ok() && Files.exists(cache)) {
                return Optional.empty();
            }
            Files.deleteIfExists(cache);
            return Optional.of(
                    ended.timedOut() ? "the training run did not end" : ended.lastLine());
        } finally {
            FileTree.delete(home);
        }
    }
}
