package dev.mneme.queue;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.domain.ClaimedTurn;
import dev.mneme.domain.NewObservation;
import dev.mneme.domain.TurnWork;
import dev.mneme.store.Database;
import dev.mneme.store.ObservationStore;
import dev.mneme.store.TurnStore;

import java.util.function.Function;

/// Handlers for tests, which see each turn as it is read from the database.
public final class ReadTurns {

    private ReadTurns() {}

    /// What a test does with a turn.
    @FunctionalInterface
    public interface Work {
        TurnResult on(ClaimedTurn turn, TurnWork read) throws Exception;
    }

    public static TurnHandler each(Database database, Work work) {
        return turn -> work.on(turn, database.inTransaction(tx -> new TurnStore().read(tx, turn)));
    }

    /// One observation for each claimed event of the turn.
    public static TurnResult observed(
            ClaimedTurn turn,
            TurnWork read,
            ObservationStore observations,
            Function<CapturedEvent, NewObservation> observation) {
        return TurnResult.remembered(
                turn,
                tx -> {
                    for (CapturedEvent event : read.turn().events()) {
                        if (!read.again().contains(event.id())) {
                            observations.insert(
                                    tx,
                                    read.sessionId(),
                                    read.projectId(),
                                    observation.apply(event));
                        }
                    }
                });
    }
}
