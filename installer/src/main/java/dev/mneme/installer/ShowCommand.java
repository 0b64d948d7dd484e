package dev.mneme.installer;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Wire;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// `mneme show`: one memory in full.
@CommandLine.Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Show a memory in full, or what a turn or a session came to.",
        footer = {"", "Example:", "  mneme show 4711", "  mneme show S12"})
final class ShowCommand extends Command {

    static final Duration TIMEOUT = Duration.ofSeconds(10);
    /// As git shows it; a commit has forty or more.
    private static final int COMMIT_CHARS = 9;

    static final String OBSERVATIONS = "/api/observations/";

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    /// In front of the id of a summary.
    static final String SUMMARY_MARK = "S";

    @CommandLine.Parameters(
            paramLabel = "ID",
            description = "The id that search shows; that of a summary begins with S.")
    private String id = "";

    @CommandLine.Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ShowCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Failure {
        String bare = id.startsWith("#") ? id.substring(1) : id;
        boolean isSummary = bare.regionMatches(true, 0, SUMMARY_MARK, 0, SUMMARY_MARK.length());
        long number = number(isSummary ? bare.substring(SUMMARY_MARK.length()) : bare);
        var calls = new RestCalls(daemon().client(), TIMEOUT);
        if (isSummary) {
            show(summary(calls, number));
            return DONE;
        }
        Wire.ObservationView view =
                calls.get("show #" + number, OBSERVATIONS + number, Wire.ObservationView.class);
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(view));
        } else {
            print(terminal(), view);
        }
        return DONE;
    }

    private long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException other) {
            throw new CommandLine.ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "`" + id + "` is no id; `mneme search` shows them, such as #4711 or S12",
                    other,
                    null,
                    id);
        }
    }

    private static Wire.SummaryView summary(RestCalls calls, long number) throws Failure {
        Wire.GetResponse found =
                calls.post(
                        "show " + SUMMARY_MARK + number,
                        OBSERVATIONS + "get",
                        new Wire.GetRequest(null, List.of(number)),
                        Wire.GetResponse.class);
        List<Wire.SummaryView> summaries = found.summaries();
        if (summaries == null || summaries.isEmpty()) {
            throw new Failure(
                    "there is no summary " + SUMMARY_MARK + number,
                    "a turn that goes on gets another one; `mneme search` shows what there is");
        }
        return summaries.getFirst();
    }

    private void show(Wire.SummaryView view) {
        if (json) {
            terminal()
                    .line(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(view));
            return;
        }
        terminal().line(SUMMARY_MARK + view.id() + "  " + view.type() + "  of a " + view.scope());
        terminal()
                .line(
                        view.projectName()
                                + ", session "
                                + view.sessionId()
                                + ", "
                                + view.createdAt());
        text("request", view.request());
        text("investigated", view.investigated());
        text("learned", view.learned());
        text("completed", view.completed());
        text("next steps", view.nextSteps());
    }

    private void text(String name, @Nullable String text) {
        if (text != null) {
            terminal().line("");
            terminal().line(name + ":");
            text.lines().forEach(line -> terminal().line("  " + line));
        }
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
                        + (view.branch() == null ? "" : ", on " + view.branch())
                        + (view.commit() == null
                                ? ""
                                : ", at " + view.commit().substring(0, COMMIT_CHARS))
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
