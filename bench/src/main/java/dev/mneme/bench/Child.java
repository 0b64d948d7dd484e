package dev.mneme.bench;

import java.io.ByteArrayOutputStream;
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

/// Runs other programs: with the environment that is named and nothing else, to a deadline.
final class Child {

    private Child() {}

    record Ended(int exitCode, String out, String err, Duration took) {

        String lastLine() {
            String words = err.isBlank() ? out : err;
            return words.strip().lines().reduce("", (first, second) -> second);
        }
    }

    /// One run, timed from before the start until the program has ended and its output is read,
    /// which is what a host waits for.
    static Ended run(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            byte[] input,
            Duration timeout)
            throws BenchFailure, InterruptedException {
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        long startedNanos = System.nanoTime();
        Process process;
        try {
            process = builder.start();
        } catch (IOException failed) {
            throw new BenchFailure(
                    "cannot start `" + command.getFirst() + "` (" + failed.getMessage() + ")",
                    "see that it is there and may be run");
        }
        try {
            var err = new ByteArrayOutputStream();
            Thread errors =
                    Thread.ofVirtual()
                            .name("child-stderr")
                            .start(() -> read(process.getErrorStream(), err));
            var out = new ByteArrayOutputStream();
            Thread output =
                    Thread.ofVirtual()
                            .name("child-stdout")
                            .start(() -> read(process.getInputStream(), out));
            try (OutputStream stdin = process.getOutputStream()) {
                stdin.write(input);
            } catch (IOException endedWithoutReading) {
                // Its exit code tells the story.
            }
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new BenchFailure(
                        "`"
                                + command.getFirst()
                                + "` did not end within "
                                + timeout.toSeconds()
                                + " s",
                        "see what the machine is busy with");
            }
            output.join(timeout);
            Duration took = Duration.ofNanos(System.nanoTime() - startedNanos);
            errors.join(timeout);
            return new Ended(
                    process.exitValue(),
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8),
                    took);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void read(InputStream stream, ByteArrayOutputStream into) {
        try {
            stream.transferTo(into);
        } catch (IOException closed) {
            throw new UncheckedIOException(closed);
        }
    }
}
