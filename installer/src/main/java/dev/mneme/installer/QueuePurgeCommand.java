package dev.mneme.installer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

/// `mneme queue purge`.
@CommandLine.Command(
        name = "purge",
        mixinStandardHelpOptions = true,
        description = {
            "Remove dead jobs, or completed ones, from the queue.",
            "What was remembered stays; a late copy of a removed event is still recognised."
        },
        footer = {"", "Example:", "  mneme queue purge --state discarded --older-than 7d"})
final class QueuePurgeCommand extends Command {

    @CommandLine.Option(
            names = "--state",
            paramLabel = "STATE",
            description = "discarded or completed (default: ${DEFAULT-VALUE}).")
    private String state = "discarded";

    @CommandLine.Option(
            names = "--older-than",
            paramLabel = "TIME",
            description =
                    "Only those that ended longer ago, such as 30m, 12h or 7d"
                            + " (default: any for discarded, 7d for completed).")
    private @Nullable String olderThan;

    QueuePurgeCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        long purged = new QueueCalls(daemon().client()).purge(state, olderThan);
        terminal().line(purged == 1 ? "removed 1 job" : "removed " + purged + " jobs");
        return DONE;
    }
}
