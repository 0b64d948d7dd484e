package dev.mneme.mcp;

import java.nio.file.Path;
import java.util.Map;

/// Which project a call is about when it names none.
///
/// Claude Code sets `CLAUDE_PROJECT_DIR` for the whole session; other clients start their servers
/// in the project's folder. The daemon resolves a path as well as a name or an id.
record Project(String byDefault) {

    /// Longer than any path that a file system takes.
    private static final int PROJECT_CHARS_MAX = 4_096;

    static Project fromEnvironment(Map<String, String> environment) {
        String folder = environment.getOrDefault("CLAUDE_PROJECT_DIR", "");
        return new Project(
                Path.of(folder.isBlank() ? "." : folder).toAbsolutePath().normalize().toString());
    }

    static Parameter parameter(String description) {
        return new Parameter.Text("project", description, false, PROJECT_CHARS_MAX);
    }

    String orDefault(Arguments arguments) {
        String named = arguments.text("project");
        return named == null ? byDefault : named;
    }
}
