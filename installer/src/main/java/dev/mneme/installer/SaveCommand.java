package dev.mneme.installer;

import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.util.List;

/// `mneme save`: a memory in a person's own words, as agents save theirs.
@CommandLine.Command(
        name = "save",
        mixinStandardHelpOptions = true,
        description = {
            "Save a memory in your own words.",
            "Secrets and what stands between <private> and </private> are taken out."
        },
        footer = {
            "",
            "Example:",
            "  mneme save \"The gateway drops connections after 30 s of silence\"",
            "  mneme save --type decision --supersedes 4711 \"The backoff is capped at 5 s\""
        })
final class SaveCommand extends Command {

    @CommandLine.Parameters(
            arity = "1..*",
            paramLabel = "TEXT",
            description = "What to remember; several words count as one text.")
    private List<String> text = List.of();

    @CommandLine.Option(
            names = "--title",
            paramLabel = "TEXT",
            description = "One line (default: how the text begins).")
    private @Nullable String title;

    @CommandLine.Option(
            names = "--type",
            paramLabel = "TYPE",
            description =
                    "decision, bugfix, feature, refactor, discovery, change, pattern or gotcha"
                            + " (default: discovery).")
    private @Nullable String type;

    @CommandLine.Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "An id, a name, an alias or a path (default: the current folder).")
    private String project = ".";

    @CommandLine.Option(
            names = "--supersedes",
            paramLabel = "ID",
            description = "A memory that no longer holds because of this; may be repeated.")
    private @Nullable List<Long> supersedes;

    SaveCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.MemoryResponse saved =
                new RestCalls(daemon().client(), ShowCommand.TIMEOUT)
                        .post(
                                "save this",
                                "/api/memories",
                                new Wire.MemoryRequest(
                                        String.join(" ", text),
                                        title,
                                        RestCalls.absolute(project),
                                        type,
                                        supersedes),
                                Wire.MemoryResponse.class);
        terminal()
                .line(
                        "saved: #"
                                + saved.id()
                                + " "
                                + saved.title()
                                + " ("
                                + saved.projectName()
                                + ")");
        return DONE;
    }
}
