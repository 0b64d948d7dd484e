package dev.mneme.installer;

import dev.mneme.installer.doctor.Doctor;
import dev.mneme.installer.program.HomeFiles;
import dev.mneme.installer.program.ProgramFiles;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Wire;

import picocli.CommandLine;

import java.io.Console;
import java.io.File;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.stream.Stream;

/// `mneme install`: prepare the home, the programs, the database; register; start; check.
///
/// Whatever can fail without side effects is tried first. Programs are switched to before anything
/// points at them, and the daemon is stopped only when they changed.
@CommandLine.Command(
        name = "install",
        mixinStandardHelpOptions = true,
        description = "Set Mneme up for you, or bring an installation up to date.",
        footer = {"", "Example:", "  ./mneme install --yes"})
final class InstallCommand extends Command {

    /// pgvector may have to be compiled, and a first `initdb` on a slow disk takes its time.
    private static final Duration PREPARE_TIMEOUT = Duration.ofMinutes(15);

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @CommandLine.Option(
            names = "--no-register",
            description = "Leave the files of Claude Code alone (a plugin registers instead).")
    private boolean noRegister;

    InstallCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    /// As an upgrade runs it: unasked, and registered only where it was.
    static InstallCommand again(Surroundings surroundings, Terminal terminal, boolean register) {
        var command = new InstallCommand(surroundings, terminal);
        command.yes = true;
        command.noRegister = !register;
        return command;
    }

    @Override
    public Integer call() throws Exception {
        if (!yes && !isConfirmed()) {
            throw new Failure("nothing was changed", "confirm with `y`, or use `--yes`");
        }
        long startedNanos = System.nanoTime();
        terminal().line("installing Mneme " + version() + " into `" + home().root() + "`");
        var claude = new ClaudeCode(this);
        if (!noRegister) {
            claude.check();
        }
        boolean isNew = HomeFiles.prepare(home());
        keepDatabase();
        result(isNew, "home", home().root().toString(), startedNanos);
        try (FileChannel channel =
                        FileChannel.open(
                                home().run().resolve("install.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new Failure(
                        "cannot install: another installation into `"
                                + home().root()
                                + "` is at work",
                        "wait until it has ended, then run the command again");
            }
            PrivateFiles.restrictTree(home().run().resolve("install.lock"));
            installPrograms();
            prepareDatabase();
            if (!noRegister) {
                claude.registerUnlessPlugin();
            } else {
                claude.refresh();
            }
            startDaemon();
        }
        terminal().line("checking with `mneme doctor`");
        boolean healthy =
                new Doctor(surroundings(), programs(), daemon(), registration(), terminal())
                        .run()
                        .print(terminal());
        if (healthy) {
            terminal().line("installed in " + Terminal.seconds(startedNanos));
            sayWhatIsNext();
        }
        return healthy ? DONE : NOT_DONE;
    }

    /// Nobody's shell profile is written to, so how to write `mneme` alone is said.
    private void sayWhatIsNext() {
        Path command = home().bin().resolve("mneme");
        if (!noRegister) {
            terminal().line("use Claude Code as always: its next session is captured");
        }
        if (isOnPath(home().bin())) {
            terminal()
                    .line("`mneme status` says how it gets on, `mneme --help` what else there is");
        } else {
            terminal().line("`" + command + " status` says how it gets on; for `mneme` alone:");
            terminal().line("  export PATH=\"" + home().bin() + ":$PATH\"");
        }
    }

    private boolean isOnPath(Path folder) {
        return Stream.of(
                        surroundings()
                                .environment()
                                .getOrDefault("PATH", "")
                                .split(File.pathSeparator, -1))
                .anyMatch(folder.toString()::equals);
    }

    private boolean isConfirmed() throws Failure {
        Console console =
                Terminal.console()
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "cannot ask: there is no terminal",
                                                "confirm with `--yes`"));
        String answer =
                console.readLine(
                        "Install Mneme into `%s` and register it in `%s`? [y/N] ",
                        home().root(), surroundings().claude().directory());
        return "y".equalsIgnoreCase(answer);
    }

    private void installPrograms() throws Exception {
        long startedNanos = System.nanoTime();
        var files = new ProgramFiles(surroundings(), programs());
        ProgramFiles.Staged staged = files.stage(terminal());
        if (!staged.inUse()) {
            terminal().watching("stopping the old daemon", daemon()::stop);
            files.switchTo(staged);
        }
        HomeFiles.writeLaunchers(home());
        HomeFiles.writePluginLaunchers(programs());
        result(!staged.inUse(), "programs", staged.libraries() + " libraries", startedNanos);
        for (String note : staged.notes()) {
            terminal().result(Terminal.Mark.NOTE, "programs", note);
        }
    }

    /// A daemon that is up has prepared its database; a second server on it would be refused.
    private void prepareDatabase() throws Exception {
        if (daemon().health().isPresent()) {
            terminal().result(Terminal.Mark.SAME, "database", "in use by the running daemon");
            return;
        }
        long startedNanos = System.nanoTime();
        new DaemonRun(this, PREPARE_TIMEOUT)
                .run(
                        "preparing the database",
                        "prepare the database",
                        programs().prepareDatabase());
        result(true, "database", "prepared", startedNanos);
    }

    private void startDaemon() throws Exception {
        long startedNanos = System.nanoTime();
        boolean up = daemon().health().isPresent();
        Wire.Health health = terminal().watching("starting the daemon", daemon()::start);
        int port = daemon().client().info().map(DaemonInfo::port).orElse(0);
        result(!up, "daemon", "process " + health.pid() + ", port " + port, startedNanos);
    }

    private void result(boolean changed, String name, String detail, long startedNanos) {
        terminal().done(changed, name, detail, startedNanos);
    }
}
