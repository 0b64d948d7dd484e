package dev.mneme.installer;

import picocli.CommandLine;

import java.time.Duration;

/// `mneme migrate`.
@CommandLine.Command(
        name = "migrate",
        mixinStandardHelpOptions = true,
        description = {
            "Bring the database's schema up to date.",
            "Every start does this by itself; a copy of what is stored is kept before."
        },
        footer = {"", "Example:", "  mneme migrate --dry-run"})
final class MigrateCommand extends Command {

    private static final Duration TIMEOUT = Duration.ofHours(2);

    @CommandLine.Option(
            names = "--dry-run",
            description = "Say which scripts would be applied, and change nothing.")
    private boolean dryRun;

    @CommandLine.Option(
            names = "--backup",
            description = "Write a checked backup first, also where nothing is to be applied.")
    private boolean backup;

    MigrateCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        DaemonRun.requireInstalled(this);
        if (dryRun) {
            new DaemonRun(this, TIMEOUT)
                    .run("looking at the schema", "look at the schema", "migrate", "--dry-run");
            return DONE;
        }
        if (backup) {
            var command = new BackupCommand(surroundings(), terminal());
            command.write(command.newFile(), true);
        }
        new DaemonRun(this, TIMEOUT).run("migrating", "migrate", "migrate");
        return DONE;
    }
}
