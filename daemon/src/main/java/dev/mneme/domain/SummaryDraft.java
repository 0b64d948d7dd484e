package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

/// What a turn or a session came to, in the five fields of the reference systems. A field that
/// nothing is known for is null; at least one is not.
///
/// @param request what the user wanted
/// @param investigated what was looked into
/// @param learned what is known now that was not before
/// @param completed what was done
/// @param nextSteps what is left to do
public record SummaryDraft(
        @Nullable String request,
        @Nullable String investigated,
        @Nullable String learned,
        @Nullable String completed,
        @Nullable String nextSteps) {

    public boolean isEmpty() {
        return request == null
                && investigated == null
                && learned == null
                && completed == null
                && nextSteps == null;
    }
}
