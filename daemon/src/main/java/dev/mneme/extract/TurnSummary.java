package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.ObservationType;
import dev.mneme.domain.SummaryDraft;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction.Remembered;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a turn came to, from its prompt, its answer, the summary of a compaction in it, and what is
/// remembered of it.
final class TurnSummary {

    private static final int LOOKED_AT_MAX = 8;
    private static final int POINTS_MAX = 6;

    private static final Set<ObservationType> DONE =
            EnumSet.of(
                    ObservationType.BUGFIX,
                    ObservationType.FEATURE,
                    ObservationType.REFACTOR,
                    ObservationType.CHANGE);

    private TurnSummary() {}

    /// Null where the turn says nothing: no request, nothing found out, nothing done.
    static @Nullable SummaryDraft of(Turn turn, List<Remembered> remembered) {
        var lookedAt = new LinkedHashSet<String>();
        String steps = NextSteps.in(turn.answer() == null ? "" : turn.answer());
        for (CapturedEvent event : turn.events()) {
            Payload payload = Payload.of(event).orElse(null);
            if (payload == null) {
                continue;
            }
            lookedAt(payload).ifPresent(lookedAt::add);
            if (event.kind() == HookEvent.POST_COMPACT && steps.isEmpty()) {
                steps = NextSteps.in(payload.text("compact_summary"));
            }
        }
        var learned = new LinkedHashSet<String>();
        var completed = new LinkedHashSet<String>();
        for (Remembered one : remembered) {
            ObservationDraft draft = one.draft();
            (DONE.contains(draft.type()) ? completed : learned).add(draft.title());
        }
        var summary =
                new SummaryDraft(
                        request(turn),
                        joined(lookedAt, LOOKED_AT_MAX, ", "),
                        joined(learned, POINTS_MAX, "\n"),
                        joined(completed, POINTS_MAX, "\n"),
                        steps.isEmpty() ? null : steps);
        return remembered.isEmpty() && steps.isEmpty() && turn.answer() == null ? null : summary;
    }

    private static @Nullable String request(Turn turn) {
        String prompt = turn.prompt();
        String line = prompt == null ? "" : Bounds.oneLine(prompt);
        return line.isEmpty() ? null : Bounds.cut(line, Bounds.REQUEST_CHARS_MAX);
    }

    private static Optional<String> lookedAt(Payload payload) {
        String what =
                switch (payload.tool()) {
                    case "Read", "NotebookRead" -> payload.relative(payload.input("file_path"));
                    case "Grep", "Glob", "WebSearch" ->
                            payload.input("pattern") + payload.input("query");
                    case "WebFetch" -> payload.input("url");
                    default -> "";
                };
        return what.isBlank()
                ? Optional.empty()
                : Optional.of(Bounds.cut(Bounds.oneLine(what), Bounds.TITLE_CHARS_MAX));
    }

    private static @Nullable String joined(Collection<String> parts, int max, String between) {
        List<String> some = parts.stream().limit(max).toList();
        if (some.isEmpty()) {
            return null;
        }
        int more = parts.size() - some.size();
        return String.join(between, some) + (more > 0 ? between + "… " + more + " more" : "");
    }
}
