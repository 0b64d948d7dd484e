package dev.mneme.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Runs the packed hook program as a process of its own, as Claude Code does.
final class HookJvm {

    static final List<String> FLAGS =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");

    /// Far beyond any limit of a hook: reaching it is the failure.
    private static final long DEADLINE_SECONDS = 60;

    record Result(int exitCode, String stdout, String stderr, long millis) {

        /// Exit 0, nothing on stderr, and on stdout nothing or one JSON object.
        Result assertHarmless() {
            assertThat(stderr).isEmpty();
            assertThat(exitCode).isZero();
            if (!stdout.isEmpty()) {
                assertThat(new AnswerJson(stdout.getBytes(StandardCharsets.UTF_8)).isOneObject())
                        .as(stdout)
                        .isTrue();
            }
            return this;
        }
    }

    /// What feeds a hook's stdin; closing it is its own business.
    interface Input {
        void writeTo(OutputStream stdin) throws IOException;
    }

    private HookJvm() {}

    static Path jar() throws IOException {
        Path target = Path.of(System.getProperty("mneme.root"), "hooks", "target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(
                            file -> file.getFileName().toString().matches("mneme-hooks-.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    static List<String> command(List<String> flags, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", jar().toString(), "dev.mneme.hook.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    static Result run(Map<String, String> environment, String event, String payload)
            throws Exception {
        return run(
                command(FLAGS, event),
                environment,
                stdin -> {
                    stdin.write(payload.getBytes(StandardCharsets.UTF_8));
                    stdin.close();
                });
    }

    static Result run(List<String> command, Map<String, String> environment, Input input)
            throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().putAll(environment);
        long start = System.nanoTime();
        Process process = builder.start();
        try {
            CompletableFuture<String> stdout = drain(process.getInputStream());
            CompletableFuture<String> stderr = drain(process.getErrorStream());
            Thread feeder = Thread.ofVirtual().start(() -> feed(process, input));
            boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
            assertThat(ended).as("the hook ends by itself").isTrue();
            String out = stdout.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            String err = stderr.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
            long millis = (System.nanoTime() - start) / 1_000_000;
            feeder.interrupt();
            return new Result(process.exitValue(), out, err, millis);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void feed(Process process, Input input) {
        try {
            input.writeTo(process.getOutputStream());
        } catch (IOException hookHasEnoughAndEnded) {
            return;
        }
    }

    private static CompletableFuture<String> drain(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                text.complete(
                                        new String(stream.readAllBytes(), StandardCharsets.UTF_8));
                            } catch (IOException failed) {
                                text.completeExceptionally(failed);
                            }
                        });
        return text;
    }
}
