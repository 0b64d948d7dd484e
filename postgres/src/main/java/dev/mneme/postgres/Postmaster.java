package dev.mneme.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What `postmaster.pid` of a data folder says, and whether the process it names is that server.
///
/// A process id alone proves nothing: after a crash or a reboot it may belong to anybody. Ours is
/// only a living `postgres` process whose command line names this data folder.
sealed interface Postmaster {

    /// No file, or one whose process is gone.
    record Absent() implements Postmaster {}

    /// A file that names a living process of somebody else's.
    record Stranger(long pid) implements Postmaster {}

    /// Our server, perhaps still starting.
    record Ours(long pid, int port, boolean ready) implements Postmaster {}

    int PID_LINE = 0;
    int PORT_LINE = 3;
    int STATUS_LINE = 7;

    static Postmaster of(Path data) throws IOException {
        List<String> lines = read(data.resolve("postmaster.pid"));
        Optional<Long> pid = number(lines, PID_LINE);
        if (pid.isEmpty()) {
            return new Absent();
        }
        Optional<ProcessHandle> process =
                ProcessHandle.of(pid.get()).filter(ProcessHandle::isAlive);
        if (process.isEmpty()) {
            return new Absent();
        }
        if (!isServerOf(process.get(), data)) {
            return new Stranger(pid.get());
        }
        boolean ready = lines.size() > STATUS_LINE && lines.get(STATUS_LINE).startsWith("ready");
        return new Ours(pid.get(), number(lines, PORT_LINE).orElse(0L).intValue(), ready);
    }

    static boolean isServerOf(ProcessHandle process, Path data) {
        Optional<List<String>> arguments = commandLine(process);
        if (arguments.isEmpty()) {
            // Windows hides the arguments of other processes: the program must lie beside the data.
            return process.info()
                    .command()
                    .map(Path::of)
                    .filter(program -> program.startsWith(PrivateFiles.parentOf(data)))
                    .isPresent();
        }
        List<String> words = arguments.get();
        if (words.isEmpty() || !words.getFirst().contains("postgres")) {
            return false;
        }
        int option = words.indexOf("-D");
        return option >= 0 && option + 1 < words.size() && same(words.get(option + 1), data);
    }

    /// A zombie has an empty command line, so a dead server nobody reaped is not taken for one.
    private static Optional<List<String>> commandLine(ProcessHandle process) {
        Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
        try {
            String words = Files.readString(file, StandardCharsets.UTF_8);
            return Optional.of(words.isEmpty() ? List.of() : List.of(words.split("\0", -1)));
        } catch (IOException _) {
            // No /proc here, or the process is gone: what the JDK knows decides.
            ProcessHandle.Info info = process.info();
            return info.arguments()
                    .map(
                            arguments -> {
                                var words = new ArrayList<>(List.of(info.command().orElse("")));
                                words.addAll(Arrays.asList(arguments));
                                return words;
                            });
        }
    }

    private static boolean same(String argument, Path data) {
        try {
            Path path = Path.of(argument);
            return path.equals(data) || Files.isSameFile(path, data);
        } catch (IOException | InvalidPathException _) {
            return false;
        }
    }

    private static List<String> read(Path file) throws IOException {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    private static Optional<Long> number(List<String> lines, int line) {
        try {
            return lines.size() > line
                    ? Optional.of(Long.parseLong(lines.get(line).strip())).filter(n -> n > 0)
                    : Optional.empty();
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }
}
