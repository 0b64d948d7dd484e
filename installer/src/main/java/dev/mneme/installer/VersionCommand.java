package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme version`.
@CommandLine.Command(
        name = "version",
        mixinStandardHelpOptions = true,
        description = "Print the version.",
        footer = {"", "Example:", "  mneme version"})
final class VersionCommand extends Command {

    VersionCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() {
        terminal().line("mneme " + version());
        return DONE;
    }
}
