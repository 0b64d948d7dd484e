package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme restart`.
@CommandLine.Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = "Stop the daemon and start it again.",
        footer = {"", "Example:", "  mneme restart"})
final class RestartCommand extends Command {

    RestartCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        int stopped = new StopCommand(surroundings(), terminal()).call();
        return stopped == DONE ? new StartCommand(surroundings(), terminal()).call() : stopped;
    }
}
