package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

/// Finds the rules that were kept for a project and for all.
final class SearchLessonsTool implements MemoryTool {

    private static final int LIMIT_DEFAULT = 10;
    private static final int LIMIT_MAX = 50;

    private final DaemonCalls daemon;
    private final Project project;

    SearchLessonsTool(DaemonCalls daemon, Project project) {
        this.daemon = daemon;
        this.project = project;
    }

    @Override
    public String name() {
        return "search_lessons";
    }

    @Override
    public String title() {
        return "Search lessons";
    }

    @Override
    public String description() {
        return """
        Searches the lessons that are kept: rules with their reasons, of the current project and of \
        those that hold in every project, by words. Use it before work of a kind that has gone wrong \
        before (deployments, migrations, releases), when you plan something the user may have rules \
        for, and before create_lesson, to see whether the lesson is there already.

        Returns each lesson with its id, severity, rule in full, when it is told and how often it \
        was.""";
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
                        "What the lesson is about: key words, a tool, a file name. The first "
                                + Limits.QUERY_CHARS_MAX
                                + " characters count.",
                        true,
                        null),
                Project.parameter("Path, name or id of the project. Default: the current one."),
                new Parameter.Whole(
                        "limit", "Lessons at most.", 1, LIMIT_MAX, (long) LIMIT_DEFAULT));
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        var request =
                new Wire.LessonSearchRequest(
                        Wording.cut(arguments.requiredText("query"), Limits.QUERY_CHARS_MAX),
                        project.orDefault(arguments),
                        null,
                        null,
                        arguments.whole("limit", LIMIT_DEFAULT));
        Wire.LessonsResponse response =
                daemon.post(name(), "/api/lessons/search", request, Wire.LessonsResponse.class);
        return LessonRows.hits(Rows.present(name(), response.lessons()));
    }
}
