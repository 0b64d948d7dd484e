package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import java.util.List;

/// Keeps a rule that an agent is told again right before the calls that it is about.
final class CreateLessonTool implements MemoryTool {

    private static final List<String> SEVERITIES = List.of("critical", "warning", "info");

    private final DaemonCalls daemon;
    private final Project project;

    CreateLessonTool(DaemonCalls daemon, Project project) {
        this.daemon = daemon;
        this.project = project;
    }

    @Override
    public String name() {
        return "create_lesson";
    }

    @Override
    public String title() {
        return "Keep a lesson";
    }

    @Override
    public String description() {
        return """
        Keeps a rule for later: what must be done, or never be done, and why. It is told again right \
        before a tool call that it is about, and at the start of sessions. Use it when the user \
        states a rule ("never push to main", "always run the linter first"), or when something went \
        wrong that would go wrong again. What is merely worth knowing belongs into save_memory.

        Say when it is told: trigger_tool names tools, as in Bash or Edit|Write or mcp__github__*; \
        trigger_pattern is looked for in the call's command, path or content, without regard to \
        case, in RE2 syntax (no look-around, no back references), as in push.*--force or \
        migrations/.*\\.sql. A narrow trigger is heeded, a wide one is noise. Without a trigger it \
        is told at a session's start alone.

        The same lesson twice is kept once. Returns its id and when it will be told.""";
    }

    @Override
    public Effect effect() {
        return Effect.ADDS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of(
                new Parameter.Text(
                        "rule",
                        "The rule and its reason, understood without this conversation, at most "
                                + Limits.LESSON_RULE_CHARS_MAX
                                + " characters.",
                        true,
                        Limits.LESSON_RULE_CHARS_MAX),
                new Parameter.Text(
                        "title",
                        "The rule in one line. Default: the beginning of the rule.",
                        false,
                        Limits.LESSON_TITLE_CHARS_MAX),
                new Parameter.Choice(
                        "severity",
                        "How bad it is not to heed it. Of several lessons the gravest is told."
                                + " Default: warning.",
                        SEVERITIES),
                new Parameter.Text(
                        "trigger_tool",
                        "Tools with | between them; * at the end of a name for any rest.",
                        false,
                        Limits.LESSON_TOOLS_CHARS_MAX),
                new Parameter.Text(
                        "trigger_pattern",
                        "A regular expression that the call's input must contain.",
                        false,
                        Limits.LESSON_PATTERN_CHARS_MAX),
                Project.parameter(
                        "Path, name or id of the project it holds in. Default: the current one."),
                new Parameter.Flag("everywhere", "It holds in every project."));
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        boolean everywhere = arguments.flag("everywhere");
        if (everywhere && arguments.text("project") != null) {
            throw new ToolFailure(
                    "arguments `everywhere` and `project` exclude each other",
                    "call the tool again with one of them");
        }
        var request =
                new Wire.LessonRequest(
                        arguments.text("title"),
                        arguments.requiredText("rule"),
                        arguments.text("severity"),
                        everywhere ? null : project.orDefault(arguments),
                        arguments.text("trigger_tool"),
                        arguments.text("trigger_pattern"),
                        null);
        Wire.LessonView kept = daemon.post(name(), "/api/lessons", request, Wire.LessonView.class);
        if (kept.id() <= 0) {
            throw DaemonCalls.notUnderstood(
                    name(), "the daemon did not say that it kept the lesson");
        }
        String trigger = LessonRows.trigger(kept);
        return "Kept as "
                + LessonRows.head(kept)
                + "\n"
                + (trigger.isEmpty()
                        ? "Told at the start of sessions."
                        : "Told before " + trigger + ", once in a session.");
    }
}
