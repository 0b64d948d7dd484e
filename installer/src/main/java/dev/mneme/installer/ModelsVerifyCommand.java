package dev.mneme.installer;

import dev.mneme.protocol.models.KnownModel;
import dev.mneme.protocol.models.ModelShelf;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.List;

/// `mneme models verify`.
@CommandLine.Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = "Read every byte of downloaded models again and compare the checksums.",
        footer = {
            "",
            "Exit codes: 0 all hold, 1 one does not.",
            "",
            "Example:",
            "  mneme models verify"
        })
final class ModelsVerifyCommand extends Command {

    @CommandLine.Parameters(
            arity = "0..1",
            paramLabel = "NAME",
            description = "Only this model (default: all that are here).")
    private @Nullable String name;

    ModelsVerifyCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        var files = new ModelFiles(home());
        List<KnownModel> models =
                name == null ? files.registry().models() : List.of(files.known(name));
        boolean hold = true;
        int here = 0;
        for (KnownModel model : models) {
            ModelShelf.State state =
                    terminal()
                            .watching("reading " + model.name(), () -> files.shelf().verify(model));
            switch (state) {
                case ModelShelf.State.Ready _ -> {
                    terminal().result(Terminal.Mark.OK, model.name(), "every checksum holds");
                    here++;
                }
                case ModelShelf.State.Broken(var file, var why) -> {
                    terminal().result(Terminal.Mark.FAILED, model.name(), "`" + file + "`: " + why);
                    terminal().line("  get it again with `mneme models pull " + model.name() + "`");
                    hold = false;
                    here++;
                }
                case ModelShelf.State.Absent _ -> {
                    if (name != null) {
                        throw new Failure(
                                "`" + name + "` is not downloaded",
                                "get it with `mneme models pull " + name + "`");
                    }
                }
            }
        }
        if (here == 0) {
            terminal().line("no models are here");
        }
        return hold ? DONE : NOT_DONE;
    }
}
