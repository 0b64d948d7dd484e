package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme import`: the verbs below it do the work.
@CommandLine.Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Take in memory that is kept elsewhere. No source is ever written to.",
            "Running an import again adds what is new and nothing twice."
        },
        synopsisSubcommandLabel = "SOURCE",
        footer = {"", "Example:", "  mneme import claude-mem --dry-run"})
final class ImportCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    private ImportCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine line(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new ImportCommand(surroundings, terminal))
                .addSubcommand(new ImportBundleCommand(surroundings, terminal))
                .addSubcommand(new ImportClaudeMemCommand(surroundings, terminal))
                .addSubcommand(new ImportAgentMemoryCommand(surroundings, terminal))
                .addSubcommand(new ImportTranscriptsCommand(surroundings, terminal))
                .addSubcommand(new ImportOpenCodeCommand(surroundings, terminal))
                .addSubcommand(new ImportMarkdownCommand(surroundings, terminal));
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
        return DONE;
    }
}
