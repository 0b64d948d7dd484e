package dev.mneme.installer;

import dev.mneme.installer.program.Programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the daemon's program for something else than serving, such as a backup, and passes on what
/// it says: its steps as they come, its error and hint as a failure.
final class DaemonRun {

    private final Command command;
    private final Duration timeout;
    private final Map<String, String> environment;

    DaemonRun(Command command, Duration timeout) {
        this(command, timeout, Map.of());
    }

    /// @param environment settings that win over those in the file
    DaemonRun(Command command, Duration timeout, Map<String, String> environment) {
        this.command = command;
        this.timeout = timeout;
        this.environment = new HashMap<>(environment);
        this.environment.put("MNEME_HOME", command.home().root().toString());
    }

    /// @param doing what a person reads while it takes its time
    /// @param attempt what could not be done where it fails, as in `restore the backup`
    void run(String doing, String attempt, String... words) throws Exception {
        var program = new ArrayList<>(command.programs().daemonRun());
        program.addAll(List.of(words));
        run(doing, attempt, program);
    }

    void run(String doing, String attempt, List<String> program) throws Exception {
        Path root = command.home().root();
        Children.Ended ended =
                command.terminal()
                        .watching(
                                doing,
                                () ->
                                        Children.run(
                                                Children.Call.of(program, root, timeout)
                                                        .with(environment)
                                                        .lines(this::showStep)));
        if (!ended.ok()) {
            throw new Failure(
                    "cannot "
                            + attempt
                            + ": "
                            + (ended.timedOut()
                                    ? "not done within " + timeout.toMinutes() + " min"
                                    : after(ended, "error: ", ended.lastLine())),
                    after(ended, "hint: ", "run the command again; see `mneme logs`"));
        }
    }

    private void showStep(String line) {
        if (!Programs.isCacheTalk(line)) {
            command.terminal().line("          " + line);
        }
    }

    /// The last line on stderr that starts with the word, without it.
    private static String after(Children.Ended ended, String word, String otherwise) {
        return ended.err()
                .lines()
                .filter(line -> line.startsWith(word))
                .map(line -> line.substring(word.length()))
                .reduce((first, second) -> second)
                .orElse(otherwise);
    }

    /// Fails where nothing is installed yet.
    static void requireInstalled(Command command) throws Failure, IOException {
        if (!Files.exists(command.programs().daemonJar())) {
            throw new Failure(
                    "Mneme is not installed in `" + command.home().root() + "`",
                    "install it with `mneme install`");
        }
    }
}
