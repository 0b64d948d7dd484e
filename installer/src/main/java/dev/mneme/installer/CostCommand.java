package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.Locale;

/// `mneme cost`: what language models took.
@CommandLine.Command(
        name = "cost",
        mixinStandardHelpOptions = true,
        description = {
            "Show what language models took: calls, tokens, time and money by day and project.",
            "A model on this machine costs time, no money. Days are those of UTC."
        },
        footer = {"", "Example:", "  mneme cost --days 7"})
final class CostCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @CommandLine.Option(
            names = "--days",
            defaultValue = "30",
            paramLabel = "N",
            description = "The last N days, today among them. Default: 30.")
    private int days;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    CostCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.CostResponse cost =
                new RestCalls(daemon().client(), TIMEOUT)
                        .get("show the cost", "/api/cost?days=" + days, Wire.CostResponse.class);
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(cost));
        } else {
            print(cost);
        }
        return DONE;
    }

    private void print(Wire.CostResponse cost) {
        for (Wire.CostRow row : cost.rows()) {
            terminal()
                    .line(
                            row.day()
                                    + "  "
                                    + (row.project() == null ? "(unknown)" : row.project())
                                    + "  "
                                    + row.backend()
                                    + " "
                                    + row.model()
                                    + "  "
                                    + words(row.figures()));
        }
        String all = "in " + cost.days() + " days";
        terminal()
                .line(
                        "today"
                                + " ".repeat(all.length() - "today".length())
                                + "  "
                                + words(cost.today()));
        terminal().line(all + "  " + words(cost.total()));
        Wire.CostCaps caps = cost.caps();
        cap("calls a day", caps.callsPerDay());
        cap("tokens a day", caps.tokensPerDay());
        cap("dollars a day", caps.dollarsPerDay());
        cap("tokens a call", caps.tokensPerCall());
        if (cost.paused() != null) {
            terminal().line("models pause: " + cost.paused());
        }
    }

    private void cap(String what, @Nullable Number cap) {
        if (cap != null) {
            terminal().line("at most " + cap + " " + what);
        }
    }

    static String words(Wire.CostFigures figures) {
        return String.format(
                Locale.ROOT,
                "%d calls, %d tokens in, %d out, %.1f s, %.1f s of CPU, $%.4f",
                figures.calls(),
                figures.tokensIn(),
                figures.tokensOut(),
                figures.seconds(),
                figures.cpuSeconds(),
                figures.dollars());
    }
}
