package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.Extraction;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.ObservationDraft;
import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;
import dev.mneme.domain.TurnExtraction.Remembered;
import dev.mneme.extract.CommandRule.Run;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A turn while the rules look at it: each event with what it says by itself, and what the rules
/// have made of it so far.
final class TurnStory {

    private final Turn turn;
    private final List<Moment> moments;
    private final List<Remembered> remembered = new ArrayList<>();
    private final Map<Long, String> skipped = new HashMap<>();

    TurnStory(Turn turn, List<Moment> moments) {
        this.turn = turn;
        this.moments = List.copyOf(moments);
    }

    /// One event of the turn.
    ///
    /// @param place its place in the turn
    /// @param run the command that it was; null for anything else
    /// @param alone what it says by itself
    record Moment(int place, CapturedEvent event, @Nullable Run run, Extraction alone) {

        long id() {
            return event.id();
        }

        Optional<ObservationDraft> draft() {
            return alone instanceof Extraction.Remembered(var drafts)
                    ? Optional.of(drafts.getFirst())
                    : Optional.empty();
        }

        List<String> files() {
            return draft().map(ObservationDraft::filesModified).orElse(List.of());
        }

        /// Whether files are not what they were before it.
        boolean changesFiles() {
            return !files().isEmpty();
        }

        boolean isAnswer() {
            return event.kind() == HookEvent.STOP;
        }
    }

    Turn turn() {
        return turn;
    }

    /// What no rule has taken yet, in order.
    List<Moment> left() {
        return moments.stream().filter(this::isLeft).toList();
    }

    boolean isLeft(Moment moment) {
        return !skipped.containsKey(moment.id())
                && remembered.stream().noneMatch(one -> one.eventIds().contains(moment.id()));
    }

    /// The final answer, where it says something and no rule has taken it.
    Optional<Moment> answer() {
        return left().stream()
                .filter(moment -> moment.isAnswer() && moment.draft().isPresent())
                .reduce((_, later) -> later);
    }

    void remember(Finding finding, List<Moment> from) {
        if (finding.remembered() instanceof Extraction.Remembered(var drafts)) {
            List<Long> ids = from.stream().map(Moment::id).sorted().distinct().toList();
            drafts.forEach(draft -> remembered.add(new Remembered(draft, ids)));
        }
    }

    void remember(ObservationDraft draft, List<Long> from) {
        remembered.add(new Remembered(draft, from.stream().sorted().distinct().toList()));
    }

    /// Gives an event that is in no memory a reason, unless it has one.
    void skipUnlessTold(long id, String reason) {
        if (remembered.stream().noneMatch(one -> one.eventIds().contains(id))) {
            skipped.putIfAbsent(id, reason);
        }
    }

    void skip(Moment moment, String reason) {
        skipped.put(moment.id(), reason);
    }

    /// Ends the story: what is left says what it says by itself.
    TurnExtraction told(TurnExtraction.Maker maker) {
        for (Moment moment : left()) {
            switch (moment.alone()) {
                case Extraction.Remembered(var drafts) ->
                        drafts.forEach(
                                draft ->
                                        remembered.add(
                                                new Remembered(draft, List.of(moment.id()))));
                case Extraction.Skipped(var reason) -> skip(moment, reason);
            }
        }
        return new TurnExtraction(maker, remembered, skipped, null);
    }

    Stream<Moment> commands() {
        return left().stream().filter(moment -> moment.run() != null);
    }
}
