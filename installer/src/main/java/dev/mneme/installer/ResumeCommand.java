package dev.mneme.installer;

import picocli.CommandLine;

import java.time.Clock;

/// `mneme resume`.
@CommandLine.Command(
        name = "resume",
        mixinStandardHelpOptions = true,
        description = {
            "End a pause, that of this folder's project unless told otherwise.",
            "`--all` ends every pause there is."
        },
        footer = {"", "Example:", "  mneme resume", "  mneme resume --all"})
final class ResumeCommand extends Command {

    @CommandLine.ArgGroup(exclusive = true)
    private PauseOptions options = new PauseOptions();

    ResumeCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        var calls = new PauseCalls(home(), daemon().client(), Clock.systemUTC());
        calls.resume(options.target());
        PauseCommand.print(terminal(), calls.list());
        return DONE;
    }
}
