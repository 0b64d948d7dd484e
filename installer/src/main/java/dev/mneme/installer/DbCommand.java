package dev.mneme.installer;

import picocli.CommandLine;

import java.util.ArrayList;
import java.util.List;

/// `mneme db`.
@CommandLine.Command(
        name = "db",
        mixinStandardHelpOptions = true,
        description = {
            "Look into the database: with `psql` where there is one, else with a small SQL prompt.",
            "Statements can only read, unless you say otherwise."
        },
        footer = {
            "",
            "Example:",
            "  mneme db",
            "  mneme db -c \"SELECT title FROM mem_observations ORDER BY id DESC LIMIT 5\""
        })
final class DbCommand extends Command {

    @CommandLine.Option(
            names = {"-c", "--command"},
            paramLabel = "SQL",
            description = "Run this alone and end.")
    private String sql = "";

    @CommandLine.Option(
            names = "--write",
            description = "Allow statements that change something. Nobody but you checks them.")
    private boolean write;

    DbCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine line(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new DbCommand(surroundings, terminal))
                .addSubcommand(new DbMoveCommand(surroundings, terminal));
    }

    @Override
    public Integer call() throws Exception {
        DaemonRun.requireInstalled(this);
        // Its server must outlive this conversation, and sessions must find it meanwhile.
        if (!daemon().isLocked()) {
            terminal().watching("starting the daemon", daemon()::start);
        }
        var words = new ArrayList<>(programs().daemonRun());
        words.addAll(write ? List.of("db", "--write", sql) : List.of("db", sql));
        return handOver(words);
    }

    /// The terminal belongs to the other program until that ends.
    private int handOver(List<String> words) throws Exception {
        var builder = new ProcessBuilder(words).inheritIO();
        builder.environment().put("MNEME_HOME", home().root().toString());
        Process process = builder.start();
        try {
            return process.waitFor() == 0 ? DONE : NOT_DONE;
        } finally {
            process.destroy();
        }
    }
}
