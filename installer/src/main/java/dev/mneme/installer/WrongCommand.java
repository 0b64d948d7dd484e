package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.Map;
import java.util.Objects;

/// `mneme wrong`: takes a memory out of recall that is not true, or no longer.
@CommandLine.Command(
        name = "wrong",
        mixinStandardHelpOptions = true,
        description = {
            "Take a memory out of search and of what sessions are told, because it is not true.",
            "It is kept for the record (MNEME_CLOSED_DAYS) and can be brought back until then."
        },
        footer = {
            "",
            "Example:",
            "  mneme wrong 4711",
            "  mneme wrong 4711 --by 4801",
            "  mneme wrong 4711 --undo"
        })
final class WrongCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @CommandLine.Parameters(paramLabel = "ID", description = "The #id that search shows.")
    private long id;

    @CommandLine.Option(
            names = "--by",
            paramLabel = "ID",
            description = "The memory that is true instead.")
    private @Nullable Long by;

    @CommandLine.Option(names = "--undo", description = "It was true after all: bring it back.")
    private boolean undo;

    WrongCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        if (undo && by != null) {
            throw new CommandLine.ParameterException(
                    spec().commandLine(), "--by and --undo exclude each other");
        }
        var calls = new RestCalls(daemon().client(), ShowCommand.TIMEOUT);
        String path = ShowCommand.OBSERVATIONS + id;
        if (undo) {
            Wire.ObservationView view =
                    calls.post(
                            "bring back #" + id,
                            path + "/reopen",
                            Map.of(),
                            Wire.ObservationView.class);
            terminal().line("recalled again: #" + id + " " + view.title());
            return DONE;
        }
        Wire.ObservationView view =
                calls.post(
                        "close #" + id,
                        path + "/close",
                        new Wire.CloseRequest(by),
                        Wire.ObservationView.class);
        terminal().line("no longer recalled: #" + id + " " + view.title());
        terminal().line("`mneme wrong " + id + " --undo` brings it back");
        return DONE;
    }

    private CommandLine.Model.CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }
}
