package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import picocli.CommandLine;

/// `mneme pin`: a memory that every session of its project is told.
@CommandLine.Command(
        name = "pin",
        mixinStandardHelpOptions = true,
        description = "Have a memory told at every start of its project's sessions.",
        footer = {"", "Example:", "  mneme pin 4711", "  mneme pin 4711 --off"})
final class PinCommand extends Command {

    @CommandLine.Parameters(paramLabel = "ID", description = "The #id that search shows.")
    private long id;

    @CommandLine.Option(names = "--off", description = "No longer.")
    private boolean off;

    PinCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.ObservationView view =
                new RestCalls(daemon().client(), ShowCommand.TIMEOUT)
                        .post(
                                (off ? "unpin #" : "pin #") + id,
                                ShowCommand.OBSERVATIONS + id + "/pin",
                                new Wire.PinRequest(!off),
                                Wire.ObservationView.class);
        terminal().line((off ? "no longer pinned: #" : "pinned: #") + id + " " + view.title());
        return DONE;
    }
}
