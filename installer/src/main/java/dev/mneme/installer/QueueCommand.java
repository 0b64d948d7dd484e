package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme queue`: the verbs below it do the work.
@CommandLine.Command(
        name = "queue",
        mixinStandardHelpOptions = true,
        description = "Show what became of captured events; retry or remove dead jobs.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  mneme queue list --state discarded"})
final class QueueCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    private QueueCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine commandLine(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new QueueCommand(surroundings, terminal))
                .addSubcommand(new QueueListCommand(surroundings, terminal))
                .addSubcommand(new QueueShowCommand(surroundings, terminal))
                .addSubcommand(new QueueRetryCommand(surroundings, terminal))
                .addSubcommand(new QueuePurgeCommand(surroundings, terminal));
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
        return DONE;
    }
}
