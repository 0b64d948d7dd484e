package dev.mneme.installer;

import dev.mneme.installer.autostart.Autostart;
import dev.mneme.protocol.FileTree;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// `mneme autostart`.
@CommandLine.Command(
        name = "autostart",
        mixinStandardHelpOptions = true,
        description = {
            "Start the daemon when you log in.",
            "Sessions also start it by themselves, so this only saves the first one of them a second."
        },
        footer = {
            "",
            "Linux gets a systemd user unit, macOS a launch agent, Windows a task at logon.",
            "",
            "Example:",
            "  mneme autostart on",
            "  mneme autostart on --print --system launchd"
        })
final class AutostartCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private enum Action {
        ON,
        OFF,
        STATUS
    }

    @CommandLine.Parameters(paramLabel = "on|off|status", description = "What to do.")
    private @Nullable Action action;

    @CommandLine.Option(
            names = "--print",
            description = "Print the file that `on` would write, and change nothing.")
    private boolean print;

    @CommandLine.Option(
            names = "--system",
            paramLabel = "NAME",
            description = "With --print: systemd, launchd or windows instead of this system.")
    private Autostart.@Nullable Kind system;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    AutostartCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        if (system != null && !print) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--system is only for --print: another system's file does nothing here");
        }
        DaemonRun.requireInstalled(this);
        if (print) {
            terminal()
                    .out()
                    .print(
                            autostart(
                                            Objects.requireNonNullElseGet(
                                                    system, Autostart.Kind::ofThisSystem))
                                    .content()
                                    .replace("\uFEFF", ""));
            terminal().out().flush();
            return DONE;
        }
        Autostart autostart = autostart(Autostart.Kind.ofThisSystem());
        return switch (Objects.requireNonNull(action)) {
            case ON -> on(autostart);
            case OFF -> off(autostart);
            case STATUS -> status(autostart);
        };
    }

    private Autostart autostart(Autostart.Kind kind) throws IOException {
        return of(this, kind);
    }

    private static Autostart of(Command command, Autostart.Kind kind) throws IOException {
        return kind.of(
                new Autostart.Target(
                        command.programs().daemonRun(),
                        command.home().root(),
                        MnemeHome.userHome(command.surroundings().environment()),
                        command.surroundings().environment()));
    }

    private int on(Autostart autostart) throws Failure, IOException, InterruptedException {
        Path file = autostart.file();
        refuseForeign(file);
        if (isThere(autostart)) {
            terminal().line("already on: `" + file + "`");
            return DONE;
        }
        PrivateFiles.createDirectoriesIfMissing(Objects.requireNonNull(file.getParent()));
        check(autostart);
        PrivateFiles.write(file, autostart.bytes());
        terminal().line("written: `" + file + "`");
        if (runAll(autostart.enable())) {
            terminal().line("the daemon starts when you log in");
        }
        return DONE;
    }

    private int off(Autostart autostart) throws Failure, IOException, InterruptedException {
        refuseForeign(autostart.file());
        if (remove(this)) {
            terminal().line("removed: `" + autostart.file() + "`");
        } else {
            terminal().line("already off");
        }
        return DONE;
    }

    private int status(Autostart autostart) throws IOException {
        if (!Files.exists(autostart.file())) {
            terminal().line("off");
        } else if (isThere(autostart)) {
            terminal().line("on: `" + autostart.file() + "`");
        } else {
            terminal().line("on, but the file is of another version: `" + autostart.file() + "`");
            terminal().line("`mneme autostart on` writes it anew");
        }
        return DONE;
    }

    /// Takes ours out again; answers whether there was one. Also when Mneme is uninstalled.
    static boolean remove(Command command) throws IOException, InterruptedException {
        Autostart autostart = of(command, Autostart.Kind.ofThisSystem());
        if (!Files.exists(autostart.file()) || !isOurs(autostart.file())) {
            return false;
        }
        for (List<String> each : autostart.disable()) {
            run(command, each);
        }
        Files.deleteIfExists(autostart.file());
        removeEmpty(autostart.file());
        return true;
    }

    /// The two folders above it go where nothing else is in them; we may have made them.
    private static void removeEmpty(Path file) throws IOException {
        Path folder = file.getParent();
        for (int level = 0; level < 2 && folder != null; level++) {
            try {
                Files.deleteIfExists(folder);
            } catch (DirectoryNotEmptyException inUse) {
                return;
            }
            folder = folder.getParent();
        }
    }

    private static boolean isThere(Autostart autostart) throws IOException {
        return Files.exists(autostart.file())
                && Arrays.equals(Files.readAllBytes(autostart.file()), autostart.bytes());
    }

    private static void refuseForeign(Path file) throws Failure, IOException {
        if (Files.exists(file) && !isOurs(file)) {
            throw new Failure(
                    "`" + file + "` is there and not ours: nothing was changed",
                    "move it away, then run the command again");
        }
    }

    private static boolean isOurs(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        return new String(content, StandardCharsets.UTF_8).contains(Autostart.MARK)
                || new String(content, StandardCharsets.UTF_16LE).contains(Autostart.MARK);
    }

    /// Where the system has a program that judges such files, it judges ours before it is in place.
    private void check(Autostart autostart) throws Failure, IOException, InterruptedException {
        if (autostart.check().isEmpty()) {
            return;
        }
        Path folder = Files.createTempDirectory("mneme-autostart-");
        try {
            Path draft = folder.resolve(autostart.file().getFileName());
            Files.write(draft, autostart.bytes());
            var words = new ArrayList<>(autostart.check());
            words.add(draft.toString());
            Children.Ended ended = judge(words, folder);
            // A judge that cannot work here, as in a container, says nothing about the file.
            boolean aboutOurs =
                    ended != null && ended.err().contains(draft.getFileName().toString());
            if (ended != null && !ended.ok() && aboutOurs) {
                throw new Failure(
                        "`"
                                + String.join(" ", autostart.check())
                                + "` refuses the file: "
                                + ended.lastLine(),
                        "nothing was changed; report this with `mneme autostart on --print`");
            }
        } finally {
            FileTree.delete(folder);
        }
    }

    /// Outside of a login there is no folder for what runs; systemd's judge insists on one.
    private Children.@Nullable Ended judge(List<String> words, Path folder)
            throws InterruptedException {
        String known = surroundings().environment().getOrDefault("XDG_RUNTIME_DIR", "");
        try {
            return Children.run(
                    Children.Call.of(words, home().root(), TIMEOUT)
                            .with(
                                    Map.of(
                                            "XDG_RUNTIME_DIR",
                                            known.isBlank() ? folder.toString() : known)));
        } catch (IOException noSuchProgram) {
            return null;
        }
    }

    /// Whether the system took it. Where it has no such program (a container), the file waits for
    /// one.
    private boolean runAll(List<List<String>> commands) throws IOException, InterruptedException {
        for (List<String> words : commands) {
            Children.Ended ended = run(this, words);
            if (ended == null || !ended.ok()) {
                terminal()
                        .warning(
                                "`"
                                        + String.join(" ", words)
                                        + "` "
                                        + (ended == null
                                                ? "cannot be run here"
                                                : "failed: " + ended.lastLine()),
                                "the file is in place; run that command where you log in");
                return false;
            }
        }
        return true;
    }

    private static Children.@Nullable Ended run(Command command, List<String> words)
            throws InterruptedException {
        try {
            return Children.run(Children.Call.of(words, command.home().root(), TIMEOUT));
        } catch (IOException noSuchProgram) {
            return null;
        }
    }
}
