package dev.mneme.installer;

import dev.mneme.installer.doctor.Doctor;
import dev.mneme.installer.program.HomeFiles;
import dev.mneme.installer.program.ProgramFiles;
import dev.mneme.installer.program.Programs;
import dev.mneme.installer.settings.ClaudeRegistration;
import dev.mneme.installer.settings.ClaudeRegistration.Done;
import dev.mneme.installer.settings.HookRegistration;
import dev.mneme.installer.settings.ServerSettings;
import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Wire;

import picocli.CommandLine;

import java.io.Console;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    @Override
    public Integer call() throws Exception {
        if (!yes && !isConfirmed()) {
            throw new Failure("nothing was changed", "confirm with `y`, or use `--yes`");
        }
        long startedNanos = System.nanoTime();
        terminal().line("installing Mneme " + version() + " into `" + home().root() + "`");
        Optional<ClaudeClient> client = ClaudeClient.find(surroundings().environment());
        if (!noRegister) {
            registration().check();
            checkVersion(client);
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
                register(client);
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
        }
        return healthy ? DONE : NOT_DONE;
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

    private static void checkVersion(Optional<ClaudeClient> client)
            throws Failure, InterruptedException {
        Optional<String> version = client.isPresent() ? client.get().version() : Optional.empty();
        if (version.isPresent() && !ClaudeClient.isSupported(version.get())) {
            throw new Failure(
                    "cannot register with Claude Code "
                            + version.get()
                            + ": hooks with arguments need 2.1.139 or newer",
                    "update it with `claude update`, then run the command again");
        }
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
        Programs programs = programs();
        Children.Ended ended =
                terminal()
                        .watching(
                                "preparing the database",
                                () ->
                                        Children.run(
                                                Children.Call.of(
                                                                programs.prepareDatabase(),
                                                                home().root(),
                                                                PREPARE_TIMEOUT)
                                                        .with(
                                                                Map.of(
                                                                        "MNEME_HOME",
                                                                        home().root().toString()))
                                                        .lines(this::showStep)));
        if (!ended.ok()) {
            throw new Failure(
                    "cannot prepare the database: "
                            + (ended.timedOut()
                                    ? "not done within " + PREPARE_TIMEOUT.toMinutes() + " min"
                                    : after(ended, "error: ", ended.lastLine())),
                    after(ended, "hint: ", "run the command again; see `mneme logs`"));
        }
        result(true, "database", "prepared", startedNanos);
    }

    private void showStep(String line) {
        if (!Programs.isCacheTalk(line)) {
            terminal().line("          " + line);
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

    private void register(Optional<ClaudeClient> client) throws Exception {
        long startedNanos = System.nanoTime();
        ClaudeRegistration registration = registration();
        Map<HookRegistration, List<String>> commands = new java.util.LinkedHashMap<>();
        for (HookRegistration hook : HookRegistration.ALL) {
            commands.put(hook, programs().hook(hook.argument()));
        }
        Done hooks =
                registration.registerHooks(
                        hook -> java.util.Objects.requireNonNull(commands.get(hook)));
        result(
                hooks == Done.WRITTEN,
                "hooks",
                "`" + surroundings().claude().settings() + "`",
                startedNanos);
        registerServer(client, registration);
        Done skill = registration.installSkill();
        if (skill == Done.FOREIGN) {
            terminal()
                    .warning(
                            "the skill `"
                                    + surroundings().claude().skillFile()
                                    + "` was not written: one that is not ours, or that you changed,"
                                    + " is there",
                            "remove or rename it and install again to get `/mem-search`");
        } else {
            result(
                    skill == Done.WRITTEN,
                    "skill",
                    "`" + surroundings().claude().skillFile() + "`",
                    System.nanoTime());
        }
    }

    private void registerServer(Optional<ClaudeClient> client, ClaudeRegistration registration)
            throws Exception {
        long startedNanos = System.nanoTime();
        Map<String, Object> entry =
                ServerSettings.entry(programs().server(), programs().serverEnvironment());
        boolean there = registration.isServerRegistered(entry);
        if (!there && client.isPresent()) {
            terminal()
                    .watching(
                            "registering the MCP server",
                            () -> {
                                client.get().addServer(ServerSettings.json(entry));
                                return true;
                            });
        } else if (!there) {
            registration.registerServer(entry);
        }
        result(!there, "MCP server", "`" + surroundings().claude().servers() + "`", startedNanos);
    }

    private void startDaemon() throws Exception {
        long startedNanos = System.nanoTime();
        boolean up = daemon().health().isPresent();
        Wire.Health health = terminal().watching("starting the daemon", daemon()::start);
        int port = daemon().client().info().map(DaemonInfo::port).orElse(0);
        result(!up, "daemon", "process " + health.pid() + ", port " + port, startedNanos);
    }

    private void result(boolean changed, String name, String detail, long startedNanos)
            throws IOException {
        terminal()
                .result(
                        changed ? Terminal.Mark.OK : Terminal.Mark.SAME,
                        name,
                        detail + (changed ? " (" + Terminal.seconds(startedNanos) + ")" : ""));
    }
}
