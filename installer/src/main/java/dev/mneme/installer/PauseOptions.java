package dev.mneme.installer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;

/// What `pause` and `resume` are about.
final class PauseOptions {

    @CommandLine.Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "An id, a name, an alias or a path (default: the current folder).")
    private @Nullable String project;

    @CommandLine.Option(
            names = "--session",
            paramLabel = "ID",
            description = "A session by Claude Code's id of it.")
    private @Nullable String session;

    @CommandLine.Option(names = "--all", description = "Everything.")
    private boolean all;

    PauseCalls.Target target() {
        return new PauseCalls.Target(all, project, session);
    }
}
