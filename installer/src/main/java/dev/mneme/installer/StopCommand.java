package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme stop`.
@CommandLine.Command(
        name = "stop",
        mixinStandardHelpOptions = true,
        description = "Stop the daemon and its database; does nothing when it is down.",
        footer = {"", "Example:", "  mneme stop"})
final class StopCommand extends Command {

    StopCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        terminal().line(describe(terminal().watching("stopping the daemon", daemon()::stop)));
        return DONE;
    }

    static String describe(DaemonControl.Stopped stopped) {
        return switch (stopped) {
            case DaemonControl.Stopped.NotRunning() -> "daemon not running";
            case DaemonControl.Stopped.Ended(long pid) -> "daemon stopped: process " + pid;
            case DaemonControl.Stopped.Killed(long pid) ->
                    "daemon killed: process " + pid + " did not end in time; nothing is lost";
        };
    }
}
