package dev.mneme.installer;

import dev.mneme.installer.settings.AgentRegistration;
import dev.mneme.protocol.FileTree;

import picocli.CommandLine;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// `mneme uninstall`.
@CommandLine.Command(
        name = "uninstall",
        mixinStandardHelpOptions = true,
        description = "Stop the daemon and take Mneme out of Claude Code; keeps the memories.",
        footer = {"", "Example:", "  mneme uninstall --yes --purge"})
final class UninstallCommand extends Command {

    @CommandLine.Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @CommandLine.Option(
            names = "--purge",
            description = "Remove everything under MNEME_HOME, the memories too.")
    private boolean purge;

    UninstallCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        if (!yes && !isConfirmed()) {
            throw new Failure("nothing was changed", "confirm with `y`, or use `--yes`");
        }
        terminal()
                .line(
                        StopCommand.describe(
                                terminal().watching("stopping the daemon", daemon()::stop)));
        for (long pid : daemon().stopLeftDatabases()) {
            terminal().line("database stopped: process " + pid);
        }
        new ClaudeCode(this).unregister();
        for (AgentRegistration.Step step : AgentSetupCommand.agents(this).unregisterAll()) {
            terminal().line("`" + step.file() + "`: " + step.what());
        }
        if (AutostartCommand.remove(this)) {
            terminal().line("autostart: removed");
        }
        removePrograms();
        if (purge) {
            FileTree.delete(home().root());
            terminal().line("`" + home().root() + "`: removed");
        } else {
            listKept();
        }
        return DONE;
    }

    private boolean isConfirmed() throws Failure {
        Console console =
                Terminal.console()
                        .orElseThrow(
                                () ->
                                        new Failure(
                                                "cannot ask: there is no terminal",
                                                "confirm with `--yes`"));
        String question =
                purge
                        ? "Remove Mneme and all memories in `" + home().root() + "`? [y/N] "
                        : "Remove Mneme and keep the memories in `" + home().root() + "`? [y/N] ";
        return "y".equalsIgnoreCase(console.readLine("%s", question));
    }

    private void removePrograms() throws IOException {
        for (Path programs :
                new Path[] {
                    home().app(),
                    home().root().resolve("versions"),
                    home().bin(),
                    home().run(),
                    home().root().resolve("uninstall")
                }) {
            FileTree.delete(programs);
        }
    }

    private void listKept() throws IOException {
        if (!Files.isDirectory(home().root())) {
            return;
        }
        try (Stream<Path> kept = Files.list(home().root())) {
            List<Path> paths = kept.sorted().toList();
            if (!paths.isEmpty()) {
                terminal().line("kept in `" + home().root() + "`:");
                for (Path path : paths) {
                    terminal().line("  " + path.getFileName());
                }
                terminal().line("remove it too with `rm -r " + home().root() + "`");
            }
        }
    }
}
