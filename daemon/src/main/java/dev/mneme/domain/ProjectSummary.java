package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// A project as it is listed: how it is called and recognised, and how much hangs on it.
public record ProjectSummary(
        Project project,
        List<String> aliases,
        List<String> paths,
        List<String> remotes,
        long sessions,
        long observations,
        @Nullable Instant lastEventAt) {

    public ProjectSummary {
        aliases = List.copyOf(aliases);
        paths = List.copyOf(paths);
        remotes = List.copyOf(remotes);
    }
}
