package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

/// `mneme queue show`.
@CommandLine.Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show one job.",
        footer = {"", "Example:", "  mneme queue show 4711"})
final class QueueShowCommand extends Command {

    @CommandLine.Parameters(paramLabel = "ID", description = "The job's id, as it is listed.")
    private long id;

    @CommandLine.Option(
            names = "--payload",
            description = "The captured event too, as it is stored.")
    private boolean payload;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    QueueShowCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.QueueJob job = new QueueCalls(daemon().client()).show(id, payload);
        if (json) {
            terminal().line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(job));
        } else {
            print(job);
        }
        return DONE;
    }

    private void print(Wire.QueueJob job) {
        terminal().line("job " + job.id());
        line("state", job.state());
        line("outcome", job.outcome());
        line("skipped", job.skipReason());
        line("attempt", job.attempt() + " of " + job.maxAttempts());
        line("last error", job.lastError());
        line("event", job.event());
        line("tool", job.toolName());
        line("tool use", job.toolUseId());
        line("session", job.sessionId());
        line("occurred", job.occurredAt());
        line("captured", job.createdAt());
        line("next try", job.state().equals("retryable") ? job.scheduledAt() : null);
        line("last try", job.attemptedAt());
        line("ended", job.finalizedAt());
        if (payload) {
            line("payload", job.payloadKept() ? job.payload() : "removed, its time is over");
        }
    }

    private void line(String name, @Nullable String value) {
        if (value != null) {
            terminal().line("  " + name + " ".repeat(13 - name.length()) + value);
        }
    }
}
