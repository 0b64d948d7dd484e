package dev.mneme.installer;

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
import java.util.function.Consumer;

/// Runs other programs: argument lists, no shell, a deadline, and bounded output.
public final class Children {

    /// What is kept of each output stream; the rest is read and dropped.
    private static final int OUTPUT_BYTES_MAX = 4 * 1024 * 1024;

    /// How long the readers may take to see end of file after the program has ended.
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(2);

    private Children() {}

    /// How a program ended; `timedOut` means it was killed at its deadline.
    public record Ended(int exitCode, String out, String err, boolean timedOut) {

        public boolean ok() {
            return exitCode == 0 && !timedOut;
        }

        /// The last words on stderr, or on stdout when stderr is silent; for messages.
        public String lastLine() {
            String words = err.isBlank() ? out : err;
            return words.strip().lines().reduce("", (first, second) -> second);
        }
    }

    public record Call(
            List<String> command,
            Map<String, String> environment,
            Path directory,
            String input,
            Duration timeout,
            Consumer<String> onOutputLine) {

        public static Call of(List<String> command, Path directory, Duration timeout) {
            return new Call(command, Map.of(), directory, "", timeout, line -> {});
        }

        public Call with(Map<String, String> more) {
            return new Call(command, more, directory, input, timeout, onOutputLine);
        }

        public Call input(String text) {
            return new Call(command, environment, directory, text, timeout, onOutputLine);
        }

        public Call lines(Consumer<String> listener) {
            return new Call(command, environment, directory, input, timeout, listener);
        }
    }

    /// An empty value in the call's environment removes the variable.
    public static Ended run(Call call) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(call.command()).directory(call.directory().toFile());
        call.environment()
                .forEach(
                        (name, value) -> {
                            if (value.isEmpty()) {
                                builder.environment().remove(name);
                            } else {
                                builder.environment().put(name, value);
                            }
                        });
        Process process = builder.start();
        try {
            var out = new Collector(process.getInputStream(), call.onOutputLine());
            var err = new Collector(process.getErrorStream(), line -> {});
            Thread outReader = Thread.ofVirtual().name("child-stdout").start(out);
            Thread errReader = Thread.ofVirtual().name("child-stderr").start(err);
            Thread writer =
                    Thread.ofVirtual().name("child-stdin").start(() -> feed(process, call.input()));
            boolean ended = process.waitFor(call.timeout().toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                killTree(process);
            }
            int exitCode = process.waitFor();
            outReader.join(DRAIN_TIMEOUT);
            errReader.join(DRAIN_TIMEOUT);
            writer.join(DRAIN_TIMEOUT);
            return new Ended(exitCode, out.text(), err.text(), !ended);
        } finally {
            killTree(process);
        }
    }

    private static void killTree(Process process) {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void feed(Process process, String input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException _) {
            // The program may end without reading its input; its exit code tells the story.
        }
    }

    /// Collects one stream and hands out its lines as they come.
    private static final class Collector implements Runnable {

        private final InputStream stream;
        private final Consumer<String> listener;
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Collector(InputStream stream, Consumer<String> listener) {
            this.stream = stream;
            this.listener = listener;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try {
                for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
                    take(buffer, count);
                }
                emit();
            } catch (IOException closed) {
                emit();
            } catch (UncheckedIOException closed) {
                // The listener's own stream is gone: nobody is left to tell.
            }
        }

        private synchronized void take(byte[] buffer, int count) {
            int room = Math.max(0, OUTPUT_BYTES_MAX - all.size());
            all.write(buffer, 0, Math.min(room, count));
            for (int index = 0; index < count; index++) {
                if (buffer[index] == '\n') {
                    emit();
                } else if (line.size() < 8192) {
                    line.write(buffer[index]);
                }
            }
        }

        private synchronized void emit() {
            if (line.size() > 0) {
                listener.accept(line.toString(StandardCharsets.UTF_8).stripTrailing());
                line.reset();
            }
        }

        synchronized String text() {
            return all.toString(StandardCharsets.UTF_8);
        }
    }
}
