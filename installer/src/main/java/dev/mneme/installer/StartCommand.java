package dev.mneme.installer;

import dev.mneme.protocol.DaemonInfo;
import dev.mneme.protocol.Wire;

import picocli.CommandLine;

import java.util.Optional;

/// `mneme start`.
@CommandLine.Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Start the daemon; does nothing when it is up. Returns when it answers.",
        footer = {"", "Example:", "  mneme start"})
final class StartCommand extends Command {

    StartCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        keepDatabase();
        Optional<Wire.Health> before = daemon().health();
        Wire.Health health = terminal().watching("starting the daemon", daemon()::start);
        int port = daemon().client().info().map(DaemonInfo::port).orElse(0);
        terminal()
                .line(
                        "daemon "
                                + (before.isPresent() ? "already up" : "started")
                                + ": process "
                                + health.pid()
                                + ", port "
                                + port);
        return DONE;
    }
}
