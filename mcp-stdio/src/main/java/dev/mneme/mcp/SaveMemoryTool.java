package dev.mneme.mcp;

import dev.mneme.protocol.Limits;
import dev.mneme.protocol.Wire;

import java.nio.charset.StandardCharsets;

/// Keeps what an agent or its user wants kept, in their own words.
final class SaveMemoryTool implements MemoryTool {

    /// As many as the daemon takes.
    private static final int SUPERSEDES_MAX = 20;

    private final DaemonCalls daemon;
    private final Project project;

    SaveMemoryTool(DaemonCalls daemon, Project project) {
        this.daemon = daemon;
        this.project = project;
    }

    @Override
    public String name() {
        return "save_memory";
    }

    @Override
    public String title() {
        return "Save a memory";
    }

    @Override
    public String description() {
        return """
        Saves a note that later sessions find with `search`. Tool calls are recorded without it; \
        use it for what they do not show: a decision and its reason, what the user prefers or \
        forbids, a constraint from outside, a dead end and why it is one, the state of unfinished \
        work. Also when the user asks to remember something.

        Write the text so that it is understood without this conversation: names, paths, versions, \
        the reason. One subject a note. When it replaces an older one, name that in `supersedes`. Secrets are removed before it is stored. Returns the id.""";
    }

    @Override
    public Effect effect() {
        return Effect.ADDS;
    }

    @Override
    public Parameters parameters() {
        return Parameters.of(
                new Parameter.Text(
                        "text",
                        "What to remember, at most " + Limits.NARRATIVE_BYTES_MAX + " bytes.",
                        true,
                        Limits.NARRATIVE_BYTES_MAX),
                new Parameter.Text(
                        "title",
                        "One line that says it all. Default: the beginning of the text.",
                        false,
                        Limits.TITLE_CHARS_MAX),
                Project.parameter(
                        "Path, name or id of the project it belongs to. Default: the current"
                                + " one."),
                new Parameter.Choice("type", "What kind of note it is.", Types.ALL),
                new Parameter.WholeList(
                        "supersedes",
                        "Ids of memories that are no longer true with this one; they are not"
                                + " recalled any more.",
                        false,
                        1,
                        Rows.ID_MAX,
                        SUPERSEDES_MAX));
    }

    @Override
    public String run(Arguments arguments) throws ToolFailure, InterruptedException {
        String text = arguments.requiredText("text");
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > Limits.NARRATIVE_BYTES_MAX) {
            throw new ToolFailure(
                    "argument `text` has "
                            + bytes
                            + " bytes, at most "
                            + Limits.NARRATIVE_BYTES_MAX
                            + " are taken",
                    "save the essence, or several notes");
        }
        var request =
                new Wire.MemoryRequest(
                        text,
                        arguments.text("title"),
                        project.orDefault(arguments),
                        arguments.text("type"),
                        arguments.wholes("supersedes"));
        Wire.MemoryResponse response =
                daemon.post(name(), "/api/memories", request, Wire.MemoryResponse.class);
        if (!response.saved()) {
            throw DaemonCalls.notUnderstood(
                    name(), "the daemon did not say that it saved the memory");
        }
        return "Saved as #"
                + response.id()
                + " in project "
                + Rows.line(response.projectName())
                + ": "
                + Rows.line(response.title());
    }
}
