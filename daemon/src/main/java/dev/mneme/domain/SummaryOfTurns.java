package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/// A session's summary out of those of its turns: what was wanted first, everything that was looked
/// into, learned and done, and what the last turn left to do.
public final class SummaryOfTurns {

    /// Of one field; the newest lines are kept.
    public static final int FIELD_CHARS_MAX = 2_000;

    private SummaryOfTurns() {}

    /// Nothing where the turns say nothing.
    ///
    /// @param turns the oldest first
    public static SummaryDraft of(List<SummaryDraft> turns) {
        return new SummaryDraft(
                lines(turns, SummaryDraft::request),
                lines(turns, SummaryDraft::investigated),
                lines(turns, SummaryDraft::learned),
                lines(turns, SummaryDraft::completed),
                turns.isEmpty() ? null : turns.getLast().nextSteps());
    }

    private static @Nullable String lines(
            List<SummaryDraft> turns, Function<SummaryDraft, @Nullable String> field) {
        Set<String> lines = new LinkedHashSet<>();
        turns.stream()
                .map(field)
                .filter(Objects::nonNull)
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .forEach(lines::add);
        var kept = new StringBuilder();
        for (String line : lines.stream().toList().reversed()) {
            if (kept.length() + line.length() + 1 > FIELD_CHARS_MAX) {
                break;
            }
            kept.insert(0, kept.isEmpty() ? line : line + "\n");
        }
        return kept.isEmpty() ? null : kept.toString();
    }
}
