package dev.mneme.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs other programs with an environment that holds nothing but what is named, to a deadline.
final class Programs {

    /// How long the readers may take to see the end once the program has ended. A daemon that
    /// keeps its starter's streams open would show here.
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(20);

    private Programs() {}

    static Ended run(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            byte[] input,
            Duration timeout)
            throws IOException, InterruptedException {
        long startedNanos = System.nanoTime();
        Process process = start(command, environment, directory);
        try {
            var out = new Reader(process.getInputStream());
            var err = new Reader(process.getErrorStream());
            Thread.ofVirtual().name("child-stdin").start(() -> feed(process, input));
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                kill(process);
                throw new AssertionError(
                        command
                                + " did not end within "
                                + timeout
                                + "\n--- stdout\n"
                                + out.text()
                                + "\n--- stderr\n"
                                + err.text());
            }
            Duration took = Duration.ofNanos(System.nanoTime() - startedNanos);
            out.awaitEnd(command);
            err.awaitEnd(command);
            return new Ended(command, process.exitValue(), out.text(), err.text(), took);
        } finally {
            kill(process);
        }
    }

    static Process start(List<String> command, Map<String, String> environment, Path directory)
            throws IOException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static void kill(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void feed(Process process, byte[] input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input);
        } catch (IOException _) {
            // A program may end without reading its input; its exit code tells the story.
        }
    }

    /// Collects one stream to its end.
    private static final class Reader {

        private final StringBuilder text = new StringBuilder();
        private final Thread thread;

        Reader(InputStream stream) {
            thread = Thread.ofVirtual().name("child-output").start(() -> read(stream));
        }

        private void read(InputStream stream) {
            try (var reader = new java.io.InputStreamReader(stream, StandardCharsets.UTF_8)) {
                char[] buffer = new char[8192];
                for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
                    append(buffer, count);
                }
            } catch (IOException | UncheckedIOException _) {
                // The process was killed; what it said until then is kept.
            }
        }

        private synchronized void append(char[] buffer, int count) {
            text.append(buffer, 0, count);
        }

        synchronized String text() {
            return text.toString();
        }

        void awaitEnd(List<String> command) throws InterruptedException {
            if (!thread.join(DRAIN_TIMEOUT)) {
                throw new AssertionError(
                        command + " ended, but something it started keeps its output open");
            }
        }
    }
}
