package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Clock;
import java.util.List;

/// `mneme pause`.
@CommandLine.Command(
        name = "pause",
        mixinStandardHelpOptions = true,
        description = {
            "Keep nothing of what happens, in this folder's project unless told otherwise.",
            "It lasts until `mneme resume`; what happens meanwhile is not made up for."
        },
        footer = {
            "",
            "Example:",
            "  mneme pause --for 30m",
            "  mneme pause --project shop",
            "  mneme pause --all"
        })
final class PauseCommand extends Command {

    @CommandLine.ArgGroup(exclusive = true)
    private PauseOptions options = new PauseOptions();

    @CommandLine.Option(
            names = "--for",
            paramLabel = "TIME",
            description = "How long, as 30m, 12h or 7d (default: until `mneme resume`).")
    private @Nullable String time;

    PauseCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        var calls = new PauseCalls(home(), daemon().client(), Clock.systemUTC());
        calls.pause(options.target(), time);
        print(terminal(), calls.list());
        return DONE;
    }

    static void print(Terminal terminal, List<Wire.PauseView> paused) {
        if (paused.isEmpty()) {
            terminal.line("nothing is paused");
        }
        for (Wire.PauseView pause : paused) {
            terminal.line("paused: " + PauseCalls.words(pause));
        }
    }
}
