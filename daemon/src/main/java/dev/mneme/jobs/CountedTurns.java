package dev.mneme.jobs;

import dev.mneme.domain.ClaimedTurn;
import dev.mneme.meter.Meters;
import dev.mneme.queue.TurnHandler;
import dev.mneme.queue.TurnResult;

/// A handler whose turns are counted.
public final class CountedTurns implements TurnHandler {

    private final TurnHandler handler;
    private final Meters meters;

    public CountedTurns(TurnHandler handler, Meters meters) {
        this.handler = handler;
        this.meters = meters;
    }

    @Override
    public TurnResult handle(ClaimedTurn turn) throws Exception {
        boolean handled = false;
        try {
            TurnResult result = handler.handle(turn);
            handled = true;
            return result;
        } finally {
            meters.turn(handled ? Meters.Turn.HANDLED : Meters.Turn.FAILED);
        }
    }
}
