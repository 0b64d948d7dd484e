package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.List;
import java.util.Objects;

/// `mneme edit`: other words for a memory; search finds it by these from then on.
@CommandLine.Command(
        name = "edit",
        mixinStandardHelpOptions = true,
        description = "Change what a memory says; what is not given stays.",
        footer = {
            "",
            "Example:",
            "  mneme edit 4711 --title 'Backoff is capped at 30 s' --type decision",
            "  mneme edit 4711 --narrative 'The gateway drops connections after 40 s.'"
        })
final class EditCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "ID", description = "The #id that search shows.")
    private long id;

    @CommandLine.Option(names = "--title", paramLabel = "TEXT", description = "One line.")
    private @Nullable String title;

    @CommandLine.Option(names = "--subtitle", paramLabel = "TEXT", description = "One line more.")
    private @Nullable String subtitle;

    @CommandLine.Option(
            names = "--type",
            paramLabel = "TYPE",
            description =
                    "decision, bugfix, feature, refactor, discovery, change, pattern or gotcha.")
    private @Nullable String type;

    @CommandLine.Option(
            names = "--narrative",
            paramLabel = "TEXT",
            description = "What happened, and why.")
    private @Nullable String narrative;

    @CommandLine.Option(
            names = "--fact",
            paramLabel = "TEXT",
            description = "One fact; given once for each, they replace all that there were.")
    private @Nullable List<String> facts;

    EditCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        if (title == null
                && subtitle == null
                && type == null
                && narrative == null
                && facts == null) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "Say what to change: --title, --subtitle, --type, --narrative or --fact");
        }
        Wire.ObservationView view =
                new RestCalls(daemon().client(), ShowCommand.TIMEOUT)
                        .post(
                                "edit #" + id,
                                ShowCommand.OBSERVATIONS + id + "/edit",
                                new Wire.EditRequest(title, subtitle, type, narrative, facts),
                                Wire.ObservationView.class);
        ShowCommand.print(terminal(), view);
        return DONE;
    }
}
