package dev.mneme.domain;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What became of a turn: zero to a few observations, each with the events it was made from, and
/// for every event that went into none the reason why.
///
/// A failure is none of this: an extractor that could not decide throws.
///
/// @param maker who made it; an extractor that asks others names the one that answered
/// @param skipped the id of an event to a stable lower-case word such as `read-only`
/// @param summary what the turn came to; null where the maker gives none
public record TurnExtraction(
        Maker maker,
        List<Remembered> remembered,
        Map<Long, String> skipped,
        @Nullable SummaryDraft summary) {

    public TurnExtraction {
        remembered = List.copyOf(remembered);
        skipped = Map.copyOf(skipped);
    }

    /// The name and version stored with everything that was made.
    public record Maker(String name, int version) {}

    /// One observation, and the ids of the events it was made from, at least one.
    public record Remembered(ObservationDraft draft, List<Long> eventIds) {

        public Remembered {
            eventIds = List.copyOf(eventIds);
            if (eventIds.isEmpty()) {
                throw new IllegalArgumentException("an observation is made from events");
            }
        }
    }

    /// Throws unless every event of `turn` went into an observation or was skipped, never both, and
    /// no other event is named: a job that nobody answers for would never end.
    public TurnExtraction checkedAgainst(Turn turn) {
        var known = turn.events().stream().map(CapturedEvent::id).collect(Collectors.toSet());
        var used =
                remembered.stream()
                        .flatMap(one -> one.eventIds().stream())
                        .collect(Collectors.toSet());
        if (!known.containsAll(used) || !known.containsAll(skipped.keySet())) {
            throw new IllegalStateException(
                    maker.name() + " answered for an event that is not of the turn");
        }
        for (long id : known) {
            if (used.contains(id) == skipped.containsKey(id)) {
                throw new IllegalStateException(
                        maker.name() + " did not answer once for each event of the turn");
            }
        }
        return this;
    }
}
