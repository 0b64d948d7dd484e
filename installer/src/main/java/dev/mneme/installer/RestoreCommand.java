package dev.mneme.installer;

import picocli.CommandLine;

import java.io.Console;
import java.nio.file.Files;
import java.nio.file.Path;

/// `mneme restore`.
@CommandLine.Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Put a backup in the place of everything that is stored.",
            "What is stored now is kept in a backup of its own first. Stops the daemon meanwhile;",
            "sessions lose nothing. Whatever happens, the database holds the old state or the new one."
        },
        footer = {"", "Example:", "  mneme restore ~/.mneme/backups/mneme-20261121T093000Z.zip"})
final class RestoreCommand extends Command {

    @CommandLine.Parameters(paramLabel = "FILE", description = "What `mneme backup` wrote.")
    private Path file = Path.of("");

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    RestoreCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        DaemonRun.requireInstalled(this);
        Path backup = file.toAbsolutePath().normalize();
        if (!Files.isRegularFile(backup)) {
            throw new Failure(
                    "there is no file `" + backup + "`",
                    "`mneme backup --list` names the backups that are there");
        }
        if (!yes && !isConfirmed(backup)) {
            throw new Failure("nothing was changed", "confirm with `y`, or use `--yes`");
        }
        boolean wasUp = daemon().isLocked();
        if (wasUp) {
            terminal()
                    .line(
                            StopCommand.describe(
                                    terminal().watching("stopping the daemon", daemon()::stop)));
        }
        try {
            new DaemonRun(this, BackupCommand.TIMEOUT)
                    .run("restoring", "restore", "restore", backup.toString());
        } finally {
            if (wasUp) {
                new StartCommand(surroundings(), terminal()).call();
            }
        }
        terminal().line("restored from `" + backup + "`");
        return DONE;
    }

    private static boolean isConfirmed(Path backup) throws Failure {
        Console console =
                Terminal.console()
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "cannot ask: there is no terminal",
                                                "confirm with `--yes`"));
        return "y"
                .equalsIgnoreCase(
                        console.readLine(
                                "Replace everything that is stored by `%s`? [y/N] ", backup));
    }
}
