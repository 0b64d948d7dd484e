package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import picocli.CommandLine;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// `mneme show`: one memory in full.
@CommandLine.Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show a memory in full.",
        footer = {"", "Example:", "  mneme show 4711"})
final class ShowCommand extends Command {

    static final Duration TIMEOUT = Duration.ofSeconds(10);
    static final String OBSERVATIONS = "/api/observations/";

    @CommandLine.Parameters(paramLabel = "ID", description = "The #id that search shows.")
    private long id;

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ShowCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        Wire.ObservationView view =
                new RestCalls(daemon().client(), TIMEOUT)
                        .get("show #" + id, OBSERVATIONS + id, Wire.ObservationView.class);
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(view));
        } else {
            print(terminal(), view);
        }
        return DONE;
    }

    static void print(Terminal terminal, Wire.ObservationView view) {
        terminal.line("#" + view.id() + "  " + view.type() + "  " + view.title());
        if (view.subtitle() != null) {
            terminal.line(view.subtitle());
        }
        terminal.line(
                view.projectName()
                        + ", "
                        + view.createdAt()
                        + (view.editedAt() == null ? "" : ", edited " + view.editedAt())
                        + (view.pinnedAt() == null ? "" : ", pinned"));
        if (view.closedAt() != null) {
            terminal.line(
                    "closed "
                            + view.closedAt()
                            + (view.supersededBy() == null
                                    ? ""
                                    : ", superseded by #" + view.supersededBy())
                            + because(view));
        }
        if (view.narrative() != null) {
            terminal.line("");
            terminal.line(view.narrative());
        }
        list(terminal, "facts", view.facts());
        list(terminal, "files modified", view.filesModified());
        list(terminal, "files read", view.filesRead());
        String label = label(view);
        if (!label.isEmpty()) {
            List<String> files = Objects.requireNonNull(view.freshness()).files();
            terminal.line("");
            terminal.line(label + (files == null || files.isEmpty() ? "" : ":"));
            if (files != null) {
                files.forEach(file -> terminal.line("  " + file));
            }
        }
    }

    /// Why Mneme closed it, and how to undo that; empty where a person did.
    private static String because(Wire.ObservationView view) {
        String reason = view.supersededBecause();
        Float score = view.supersededScore();
        return reason == null || score == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        " (%s, %.2f of the subject shared; `mneme wrong %d --undo` reopens it)",
                        reason,
                        score,
                        view.id());
    }

    /// What became of a memory's files since; empty where nobody knows.
    static String label(Wire.ObservationView view) {
        Wire.Freshness freshness = view.freshness();
        if (freshness == null) {
            return "";
        }
        if (freshness.state().equals("fresh")) {
            return "files as then";
        }
        Integer commits = freshness.commits();
        return "files "
                + freshness.state()
                + " since"
                + (commits == null || commits == 0 ? "" : ", " + commits + " commits");
    }

    private static void list(Terminal terminal, String name, List<String> values) {
        if (!values.isEmpty()) {
            terminal.line("");
            terminal.line(name + ":");
            values.forEach(value -> terminal.line("  " + value));
        }
    }
}
