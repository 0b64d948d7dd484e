package dev.mneme.installer.program;

import dev.mneme.installer.Children;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Makes the ahead-of-time cache that takes a fifth off every hook's time.
///
/// The training is one real delivery, to a listener of our own that plays the daemon, and one event
/// that nobody takes, so that the classes of both ways are in the cache.
final class HookCache {

    private static final Duration TRAINING_TIMEOUT = Duration.ofMinutes(1);
    private static final int READ_TIMEOUT_MS = 10_000;

    private static final String PAYLOAD =
            """
            {"session_id":"training","transcript_path":"","cwd":"/","hook_event_name":"PostToolUse",\
            "tool_name":"Edit","tool_input":{"file_path":"/a","old_string":"b","new_string":"c"},\
            "tool_response":{"filePath":"/a"},"tool_use_id":"training"}
            """;

    private HookCache() {}

    /// Why there is no cache; empty when there is one.
    static Optional<String> make(Path java, Path staged) throws IOException, InterruptedException {
        Path home = staged.resolve("training-hook");
        try (var listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
            PrivateFiles.createDirectories(home.resolve("run"));
            PrivateFiles.write(
                    home.resolve("token"), "training\n".getBytes(StandardCharsets.UTF_8));
            PrivateFiles.write(
                    home.resolve("run").resolve("daemon.json"),
                    ("{\"pid\":"
                                    + ProcessHandle.current().pid()
                                    + ",\"port\":"
                                    + listener.getLocalPort()
                                    + ",\"version\":\"training\"}")
                            .getBytes(StandardCharsets.UTF_8));
            Thread answering =
                    Thread.ofVirtual().name("training-listener").start(() -> answer(listener));
            Children.Ended ended =
                    Children.run(
                            Children.Call.of(
                                            Programs.hookTraining(java, staged, "post-tool-use"),
                                            staged,
                                            TRAINING_TIMEOUT)
                                    .with(
                                            Map.of(
                                                    "MNEME_HOME", home.toString(),
                                                    // The classes of the plain locale come on top
                                                    // of
                                                    // those for UTF-8, which every JVM loads.
                                                    "LC_ALL", isPlain(staged) ? "C" : "C.UTF-8",
                                                    "MNEME_DISABLED", "",
                                                    "CLAUDE_CODE_REMOTE", "",
                                                    "JAVA_TOOL_OPTIONS", ""))
                                    .input(PAYLOAD));
            answering.interrupt();
            Path cache = staged.resolve(Programs.HOOK_CACHE);
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

    /// A JVM in the plain locale cannot open a path with other letters.
    private static boolean isPlain(Path path) {
        return path.toString().chars().allMatch(letter -> letter < 127);
    }

    /// Answers every request with 200 and nothing, until the listener is closed.
    private static void answer(ServerSocket listener) {
        while (true) {
            try (Socket socket = listener.accept()) {
                socket.setSoTimeout(READ_TIMEOUT_MS);
                readRequest(socket.getInputStream());
                socket.getOutputStream()
                        .write(
                                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException closed) {
                if (listener.isClosed()) {
                    return;
                }
            }
        }
    }

    private static void readRequest(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            head.append((char) next);
        }
        for (String line : head.toString().split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                in.readNBytes(Integer.parseInt(line.substring(15).strip()));
            }
        }
    }
}
