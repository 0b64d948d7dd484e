package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

/// Finds observations; the cheapest of the reading tools, so the first to call.
final class SearchTool implements MemoryTool {

    private static final int LIMIT_DEFAULT = 20;

    private static final int NAMES_MAX = 20;
    private static final int NAME_CHARS_MAX = 1_000;
    private static final int TIME_CHARS_MAX = 40;
    private static final int CURSOR_CHARS_MAX = 400;

    /// In front of rows that are near the query and no answer to it.
    private static final String UNCOVERED =
            "covered: false. Nothing stored seems to answer this; the nearest of what there is: ";

    private final DaemonCalls daemon;
    private final Project project;

    SearchTool(DaemonCalls daemon, Project project) {
        this.daemon = daemon;
        this.project = project;
    }

    @Override
    public String name() {
        return "search";
    }

    @Override
    public String title() {
        return "Search memory";
    }

    @Override
    public String description() {
        return """
        Searches what was recorded in earlier coding sessions: decisions and their reasons, bug \
        fixes, failed commands, discoveries, gotchas, notes saved by hand. By words and by meaning, \
        in the current project unless told otherwise.

        Use it before answering why something is as it is, before changing code whose history you \
        do not know, when an error looks familiar, and when the user refers to earlier work.

        Returns one row a hit, best first, 50 to 100 tokens each: \
        #id date type  title  [files], then as #S… the summaries of turns and sessions that speak \
        of it. Next: `timeline` with an id for what happened around it, `get_observations` with \
        the ids worth reading in full. No hits: try other words, or cross_project.""";
    }

    @Override
    public Effect effect() {
        return Effect.READS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of(
                new Parameter.Text(
                        "query",
                        "What to look for: a question, key words, a file name, an identifier, an"
                                + " error message. The first "
                                + Limits.QUERY_CHARS_MAX
                                + " characters count.",
                        true,
                        null),
                Project.parameter(
                        "Path, name or id of the project to search. Default: the current one."),
                new Parameter.Flag("cross_project", "Search all projects."),
                new Parameter.Choices(
                        "type",
                        "Only observations of these types, or summaries of turns and sessions.",
                        Types.FOUND),
                new Parameter.Texts(
                        "files",
                        "Only what read or changed one of these: a path or its end, such as"
                                + " `http/retry.py`.",
                        NAME_CHARS_MAX,
                        NAMES_MAX),
                new Parameter.Texts(
                        "concepts", "Only what names one of these.", NAME_CHARS_MAX, NAMES_MAX),
                text("branch", "Only what happened on this git branch.", NAME_CHARS_MAX),
                text(
                        "since",
                        "Only from then on: 7d, 12h, 2026-01-31 or an instant in ISO 8601.",
                        TIME_CHARS_MAX),
                text("until", "Only before then, in the same forms.", TIME_CHARS_MAX),
                text("session", "Only from the session of this id.", NAME_CHARS_MAX),
                new Parameter.Whole(
                        "limit", "Hits at most.", 1, Limits.SEARCH_LIMIT_MAX, (long) LIMIT_DEFAULT),
                text(
                        "after",
                        "The next page: what the page before names at its end, with the same"
                                + " query and filters.",
                        CURSOR_CHARS_MAX));
    }

    private static Parameter text(String name, String description, int charsMax) {
        return new Parameter.Text(name, description, false, charsMax);
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        boolean crossProject = arguments.flag("cross_project");
        var request =
                new Wire.SearchRequest(
                        Wording.cut(arguments.requiredText("query"), Limits.QUERY_CHARS_MAX),
                        crossProject ? arguments.text("project") : project.orDefault(arguments),
                        crossProject,
                        arguments.choices("type"),
                        arguments.texts("concepts"),
                        arguments.texts("files"),
                        arguments.text("branch"),
                        arguments.text("since"),
                        arguments.text("until"),
                        arguments.text("session"),
                        arguments.whole("limit", LIMIT_DEFAULT),
                        arguments.text("after"),
                        null,
                        null,
                        null);
        Wire.SearchResponse response =
                daemon.post(
                        "search", "/api/observations/search", request, Wire.SearchResponse.class);
        String rows =
                Rows.hits(
                        Rows.present("search", response.observations()),
                        response.summaries(),
                        crossProject);
        boolean uncovered =
                Boolean.FALSE.equals(response.covered()) && !response.observations().isEmpty();
        String next = response.next();
        String more = next == null ? "" : "\nMore: after=\"" + Rows.line(next) + "\"";
        return (uncovered ? UNCOVERED : "") + rows + more;
    }
}
