package dev.mneme.installer;

import picocli.CommandLine;

/// `mneme models`: the verbs below it do the work.
@CommandLine.Command(
        name = "models",
        mixinStandardHelpOptions = true,
        description = {
            "Get models and choose between them. None is needed: what is built in works offline.",
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "More models can be named in `$MNEME_HOME/models/own.json`; `MNEME_MODEL_MIRROR` names",
            "another server to get them from. docs/MODELS.md has both.",
            "",
            "Example:",
            "  mneme models pull nomic-embed-text-v1.5",
            "  mneme models use nomic-embed-text-v1.5"
        })
final class ModelsCommand extends Command {

    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    private ModelsCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    static CommandLine commandLine(Surroundings surroundings, Terminal terminal) {
        return new CommandLine(new ModelsCommand(surroundings, terminal))
                .addSubcommand(new ModelsListCommand(surroundings, terminal))
                .addSubcommand(new ModelsPullCommand(surroundings, terminal))
                .addSubcommand(new ModelsUseCommand(surroundings, terminal))
                .addSubcommand(new ModelsRemoveCommand(surroundings, terminal))
                .addSubcommand(new ModelsVerifyCommand(surroundings, terminal));
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getOut());
        }
        return DONE;
    }
}
