package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/// What a search may look at. What is null or empty filters nothing.
///
/// @param projectId none means every project
/// @param concepts one of these must be named by the observation
/// @param files one of these must have been read or modified: a path, or the end of one
/// @param branch on which at least one of the events behind it happened
/// @param since from then on
/// @param until up to then, and not including it
/// @param session as the host names it
/// @param precise whether only what stands out is wanted, be it nothing
public record SearchFilter(
        @Nullable Long projectId,
        List<ObservationType> types,
        List<String> concepts,
        List<String> files,
        @Nullable String branch,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String session,
        boolean precise,
        int limit) {

    public SearchFilter {
        types = List.copyOf(types);
        concepts = List.copyOf(concepts);
        files = List.copyOf(files);
    }

    public SearchFilter(@Nullable Long projectId, List<ObservationType> types, int limit) {
        this(projectId, types, List.of(), List.of(), null, null, null, null, false, limit);
    }

    public SearchFilter withLimit(int other) {
        return new SearchFilter(
                projectId, types, concepts, files, branch, since, until, session, precise, other);
    }

    /// Whether anything beside the project narrows it down.
    public boolean isNarrow() {
        return !types.isEmpty()
                || !concepts.isEmpty()
                || !files.isEmpty()
                || branch != null
                || since != null
                || until != null
                || session != null;
    }
}
