package dev.mneme.installer;

import picocli.CommandLine;

import java.time.Clock;
import java.util.List;

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
        List<String> before = calls.list().stream().map(PauseCalls::words).toList();
        calls.resume(options.target());
        List<String> after = calls.list().stream().map(PauseCalls::words).toList();
        List<String> ended = before.stream().filter(pause -> !after.contains(pause)).toList();
        if (ended.isEmpty()) {
            terminal().line("nothing was paused here");
        }
        ended.forEach(pause -> terminal().line("resumed: " + pause));
        after.forEach(pause -> terminal().line("still paused: " + pause));
        return DONE;
    }
}
