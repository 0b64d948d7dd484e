package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

/// Shows what happened around one observation.
final class TimelineTool implements MemoryTool {

    private static final int DEPTH_DEFAULT = 3;
    private static final int DEPTH_MAX = 20;

    private final DaemonCalls daemon;
    private final Project project;

    TimelineTool(DaemonCalls daemon, Project project) {
        this.daemon = daemon;
        this.project = project;
    }

    @Override
    public String name() {
        return "timeline";
    }

    @Override
    public String title() {
        return "Timeline around an observation";
    }

    @Override
    public String description() {
        return """
        Shows what was recorded directly before and after one observation in the same session: what \
        led to a fix, what a decision changed, what was tried first.

        Give `anchor`, an id from `search`, or `query`, and the best hit becomes the anchor. \
        Returns one row an observation in the order of time, 50 to 100 tokens each, the anchor \
        marked with >. Next: `get_observations` with the ids worth reading in full.""";
    }

    @Override
    public Effect effect() {
        return Effect.READS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of(
                new Parameter.Whole(
                        "anchor",
                        "Id of the observation in the middle. Needed without `query`.",
                        1,
                        Rows.ID_MAX,
                        null),
                new Parameter.Text(
                        "query",
                        "What to look for; its best hit is the anchor. Needed without `anchor`,"
                                + " ignored with it.",
                        false,
                        null),
                new Parameter.Whole(
                        "depth_before",
                        "Observations before the anchor at most.",
                        0,
                        DEPTH_MAX,
                        (long) DEPTH_DEFAULT),
                new Parameter.Whole(
                        "depth_after",
                        "Observations after the anchor at most.",
                        0,
                        DEPTH_MAX,
                        (long) DEPTH_DEFAULT),
                Project.parameter(
                        "Path, name or id of the project in which `query` is looked for. Default:"
                                + " the current one."));
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        Long anchor = arguments.whole("anchor");
        String query = arguments.text("query");
        if (anchor == null && query == null) {
            throw new ToolFailure(
                    "argument `anchor` or `query` is missing",
                    "give `anchor`, an id from `search`, or `query`, words to find one by");
        }
        // An id says by itself which project it belongs to; a hit of a search over all projects
        // must not be refused for lying in another one.
        var request =
                anchor != null
                        ? new Wire.TimelineRequest(
                                anchor, null, before(arguments), after(arguments), null)
                        : new Wire.TimelineRequest(
                                null,
                                query == null ? null : Wording.cut(query, Limits.QUERY_CHARS_MAX),
                                before(arguments),
                                after(arguments),
                                project.orDefault(arguments));
        Wire.TimelineResponse response =
                daemon.post(
                        "timeline",
                        "/api/observations/timeline",
                        request,
                        Wire.TimelineResponse.class);
        return Rows.timeline(Rows.present("timeline", response.entries()));
    }

    private static int before(Arguments arguments) {
        return arguments.whole("depth_before", DEPTH_DEFAULT);
    }

    private static int after(Arguments arguments) {
        return arguments.whole("depth_after", DEPTH_DEFAULT);
    }
}
