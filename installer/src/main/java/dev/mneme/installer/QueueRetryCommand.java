package dev.mneme.installer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

/// `mneme queue retry`.
@CommandLine.Command(
        name = "retry",
        mixinStandardHelpOptions = true,
        description = "Give a dead job, or all of them, a new chance at once.",
        footer = {"", "Example:", "  mneme queue retry --all"})
final class QueueRetryCommand extends Command {

    /// One of the two.
    static final class Which {

        @CommandLine.Parameters(paramLabel = "ID", description = "The job's id, as it is listed.")
        private @Nullable Long id;

        @CommandLine.Option(names = "--all", description = "Every dead (discarded) job.")
        private boolean all;
    }

    @CommandLine.ArgGroup(multiplicity = "1")
    private Which which = new Which();

    QueueRetryCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        var queue = new QueueCalls(daemon().client());
        Long id = which.id;
        if (which.all || id == null) {
            long retried = queue.retryAll();
            terminal()
                    .line(
                            retried == 1
                                    ? "1 job is tried again"
                                    : retried + " jobs are tried again");
        } else {
            queue.retry(id);
            terminal().line("job " + id + " is tried again");
        }
        return DONE;
    }
}
