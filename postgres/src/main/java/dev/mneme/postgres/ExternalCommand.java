package dev.mneme.postgres;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// One run of another program: its output in a file, its time limited, its environment plain.
///
/// Output goes to a file and not to a pipe, so that a child of the child that lives on can neither
/// block us nor be blocked by us.
final class ExternalCommand {

    private static final int REASON_CHARS_MAX = 300;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(5);

    private final List<String> command;
    private final Path log;
    private final Duration deadline;
    private Map<String, String> environment = Map.of();
    private Optional<Path> folder = Optional.empty();
    private Optional<Path> input = Optional.empty();

    ExternalCommand(List<String> command, Path log, Duration deadline) {
        this.command = List.copyOf(command);
        this.log = log;
        this.deadline = deadline;
    }

    /// How a run ended.
    sealed interface Outcome {
        record Exited(int code, String output) implements Outcome {
            boolean succeeded() {
                return code == 0;
            }
        }

        record TimedOut(Duration after) implements Outcome {}

        record NotStarted(String why) implements Outcome {}
    }

    ExternalCommand with(Map<String, String> variables) {
        environment = Map.copyOf(variables);
        return this;
    }

    ExternalCommand in(Path directory) {
        folder = Optional.of(directory);
        return this;
    }

    ExternalCommand reading(Path file) {
        input = Optional.of(file);
        return this;
    }

    Outcome run() throws InterruptedException {
        Process process;
        try {
            PrivateFiles.createDirectories(PrivateFiles.parentOf(log));
            PrivateFiles.openOrCreate(log).close();
            process = builder().start();
        } catch (IOException failed) {
            return new Outcome.NotStarted(String.valueOf(failed.getMessage()));
        }
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Outcome.TimedOut(deadline);
            }
        } finally {
            killTree(process);
        }
        return new Outcome.Exited(process.exitValue(), output());
    }

    /// Runs and returns the output; anything but exit code 0 is a failure that names its reason.
    String runOrFail() throws CommandFailed, InterruptedException {
        return switch (run()) {
            case Outcome.Exited exited when exited.succeeded() -> exited.output();
            case Outcome.Exited exited ->
                    throw new CommandFailed(
                            "`"
                                    + program()
                                    + "` ended with exit code "
                                    + exited.code()
                                    + ": "
                                    + reason(exited.output()));
            case Outcome.TimedOut timedOut ->
                    throw new CommandFailed(
                            "`"
                                    + program()
                                    + "` did not end within "
                                    + timedOut.after().toSeconds()
                                    + " s");
            case Outcome.NotStarted notStarted ->
                    throw new CommandFailed(
                            "`" + program() + "` cannot be started: " + notStarted.why());
        };
    }

    /// The line that most likely says why: the first that speaks of an error, else the last.
    static String reason(String output) {
        List<String> lines = output.lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
        String line =
                lines.stream()
                        .filter(l -> l.matches("(?i).*\\b(error|fatal|panic|E):.*"))
                        .findFirst()
                        .orElse(lines.isEmpty() ? "no output" : lines.getLast());
        return line.length() <= REASON_CHARS_MAX ? line : line.substring(0, REASON_CHARS_MAX) + "…";
    }

    /// The full path of a program, or empty when this machine has none of that name.
    static Optional<Path> find(Map<String, String> environment, String program) {
        String path = environment.getOrDefault("PATH", "");
        String folders = path + File.pathSeparator + "/usr/bin" + File.pathSeparator + "/bin";
        for (String folder : folders.split(File.pathSeparator, -1)) {
            if (folder.isEmpty()) {
                continue;
            }
            Path candidate = Path.of(folder, program);
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    /// Locale and `PG…` variables of the caller must not change what our programs do or print.
    static void makePlain(Map<String, String> environment) {
        environment
                .keySet()
                .removeIf(
                        name ->
                                name.startsWith("PG")
                                        || name.startsWith("LC_")
                                        || name.equals("LANG")
                                        || name.equals("LANGUAGE")
                                        || name.equals("TZ"));
        environment.put("LC_ALL", "C");
    }

    static File nothing() {
        return new File(
                System.getProperty("os.name", "").startsWith("Windows") ? "NUL" : "/dev/null");
    }

    private ProcessBuilder builder() {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectInput(input.map(Path::toFile).orElseGet(ExternalCommand::nothing));
        builder.redirectOutput(log.toFile());
        folder.map(Path::toFile).ifPresent(builder::directory);
        makePlain(builder.environment());
        builder.environment().putAll(environment);
        return builder;
    }

    private String output() {
        try {
            return Files.readString(log, StandardCharsets.ISO_8859_1);
        } catch (IOException failed) {
            return "its output cannot be read: " + failed.getMessage();
        }
    }

    private String program() {
        return Path.of(command.getFirst()).getFileName().toString();
    }

    private static void killTree(Process process) throws InterruptedException {
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor(KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
