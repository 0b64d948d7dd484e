package dev.mneme.extract;

import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;

/// Turns what happened between a prompt and its final answer into observations, or reasons to skip.
///
/// Safe for use by several threads. An extractor that always gives the same turn the same answer is
/// preferred; one that cannot promise it says so. It is called outside of any transaction and may
/// be slow, but has a deadline of its own and gives up when its thread is interrupted. What it is
/// not able to decide, it throws: the turn is tried again later, as often as the queue tries.
@FunctionalInterface
public interface TurnExtractor {

    TurnExtraction extract(Turn turn) throws InterruptedException;

    /// The same at the turn's last try: what is thrown now is lost. Whoever has something to fall
    /// back on does it here.
    default TurnExtraction extractAtLast(Turn turn) throws InterruptedException {
        return extract(turn);
    }
}
