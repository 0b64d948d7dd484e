package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What is to be forgotten: observations by id, or everything that meets every condition given.
///
/// @param session the session's id as the agent knows it
/// @param since only what happened from then on
/// @param query observations that hold each of its words, events and prompts that hold it as it is
/// @param path absolute; a folder covers what is under it
/// @param upTo nothing newer than what was known when this was made up
public record ForgetChoice(
        List<Long> observationIds,
        @Nullable String session,
        @Nullable Instant since,
        @Nullable String query,
        @Nullable String path,
        @Nullable Project project,
        UpTo upTo) {

    /// The newest event and observation of a preview, so that what goes is what was shown; and the
    /// time up to which late copies are kept out.
    public record UpTo(long eventId, long observationId, Instant at) {}

    public ForgetChoice {
        observationIds = List.copyOf(observationIds);
    }

    /// True where whatever happened in a span of time goes, and not only what was found.
    public boolean coversTime() {
        return observationIds.isEmpty() && query == null && path == null;
    }

    /// True where the session itself goes, if nothing newer is in it.
    public boolean coversSessions() {
        return coversTime();
    }

    /// True where the project itself goes, with its name and all it is recognised by.
    public boolean coversProject() {
        return coversTime() && project != null && session == null && since == null;
    }

    /// True where what an observation was made from goes with it, because the observation itself
    /// was chosen. Elsewhere events are chosen, and what else lies in their turns stays.
    public boolean takesSources() {
        return !observationIds.isEmpty() || query != null;
    }

    /// The ways that were used, without what they were given.
    public String chosenBy() {
        if (!observationIds.isEmpty()) {
            return "ids";
        }
        var used = new ArrayList<String>();
        if (session != null) {
            used.add("session");
        }
        if (since != null) {
            used.add("last");
        }
        if (query != null) {
            used.add("query");
        }
        if (path != null) {
            used.add("path");
        }
        if (project != null) {
            used.add("project");
        }
        return String.join(" ", used);
    }
}
