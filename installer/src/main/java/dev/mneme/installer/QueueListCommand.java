package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.List;
import java.util.Locale;

/// `mneme queue list`.
@CommandLine.Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "List captured events and what became of them, the newest first.",
            "Without options: those that are not finished, and the dead ones."
        },
        footer = {
            "",
            "States: available, scheduled, running, retryable, completed, cancelled, discarded.",
            "",
            "Example:",
            "  mneme queue list --session 0b1c… --all --json"
        })
final class QueueListCommand extends Command {

    @CommandLine.Option(
            names = "--session",
            paramLabel = "ID",
            description = "Only events of this session.")
    private @Nullable String session;

    @CommandLine.Option(
            names = "--state",
            paramLabel = "STATE",
            description = "Only jobs in this state.")
    private @Nullable String state;

    @CommandLine.Option(names = "--all", description = "Completed, skipped and cancelled ones too.")
    private boolean all;

    @CommandLine.Option(
            names = "--limit",
            paramLabel = "COUNT",
            description = "At most so many (default: 50).")
    private @Nullable Integer limit;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    QueueListCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.QueueJobs jobs = new QueueCalls(daemon().client()).list(session, state, all, limit);
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(jobs));
        } else {
            print(jobs.jobs());
        }
        return DONE;
    }

    private void print(List<Wire.QueueJob> jobs) {
        if (jobs.isEmpty()) {
            terminal().line("no jobs");
            return;
        }
        for (Wire.QueueJob job : jobs) {
            terminal()
                    .line(
                            String.format(
                                            Locale.ROOT,
                                            "%-8d %-10s %d/%d %-21s %-12s %s",
                                            job.id(),
                                            job.state(),
                                            job.attempt(),
                                            job.maxAttempts(),
                                            job.event(),
                                            word(job.toolName()),
                                            remark(job))
                                    .stripTrailing());
        }
    }

    private static String remark(Wire.QueueJob job) {
        if (job.skipReason() != null) {
            return "skipped: " + job.skipReason();
        }
        return job.state().equals("completed") ? word(job.outcome()) : word(job.lastError());
    }

    private static String word(@Nullable String value) {
        return value == null ? "" : value;
    }
}
