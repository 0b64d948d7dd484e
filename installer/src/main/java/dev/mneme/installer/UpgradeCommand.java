package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import picocli.CommandLine;

/// `mneme upgrade`.
@CommandLine.Command(
        name = "upgrade",
        mixinStandardHelpOptions = true,
        description = {
            "Bring the installation to the version of this clone or package.",
            "Programs, database and registration. A copy of the database is kept before its schema changes. Sessions that are open go on:",
            "what they do meanwhile waits in the spool."
        },
        footer = {"", "Example:", "  git pull && ./mneme upgrade"})
final class UpgradeCommand extends Command {

    UpgradeCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        DaemonRun.requireInstalled(this);
        if (surroundings().sourceTree().isEmpty() && surroundings().unpackedPackage().isEmpty()) {
            throw new Failure(
                    "cannot upgrade: the installed program has no newer version at hand",
                    "in your clone of Mneme run `git pull`, then `./mneme upgrade`; or unpack a"
                            + " newer package and run `./mneme upgrade` there");
        }
        String before = daemon().health().map(Wire.Health::version).orElse("a stopped daemon");
        boolean registered =
                registration().registeredServer().isPresent()
                        || registration().registeredHook("SessionStart").isPresent();
        int done = InstallCommand.again(surroundings(), terminal(), registered).call();
        if (done == DONE) {
            terminal().line("upgraded from " + before + " to " + version());
        }
        return done;
    }
}
