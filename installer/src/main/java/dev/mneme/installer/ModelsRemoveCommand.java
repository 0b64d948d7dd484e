package dev.mneme.installer;

import dev.mneme.protocol.models.KnownModel;

import picocli.CommandLine;

import java.io.IOException;
import java.util.Optional;

/// `mneme models remove`.
@CommandLine.Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        description = "Remove a downloaded model, or what there is of one.",
        footer = {"", "Example:", "  mneme models remove all-MiniLM-L6-v2"})
final class ModelsRemoveCommand extends Command {

    @CommandLine.Parameters(paramLabel = "NAME", description = "As `mneme models list` shows it.")
    private String name = "";

    ModelsRemoveCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure, IOException {
        var files = new ModelFiles(home());
        KnownModel model = files.known(name);
        // What does without a model may lose its one at any time.
        Optional<String> instead = model.kind().builtIn();
        if (files.shelf().isChosen(model) && instead.isPresent()) {
            throw new Failure(
                    "`" + name + "` is the chosen model for " + model.kind().wireName(),
                    "choose another one first, such as `mneme models use " + instead.get() + "`");
        }
        terminal()
                .line(
                        files.shelf().remove(model)
                                ? "`" + name + "` is removed"
                                : "`" + name + "` is not here");
        return DONE;
    }
}
