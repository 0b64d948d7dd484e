package dev.mneme.extract;

import dev.mneme.domain.Turn;
import dev.mneme.domain.TurnExtraction;

/// Turns what happened between a prompt and its final answer into observations, or reasons to skip.
///
/// Safe for use by several threads. An extractor that always gives the same turn the same answer is
/// preferred; one that cannot promise it says so. It is called outside of any transaction and may
/// be slow, but has a deadline of its own and gives up when its thread is interrupted. What it is
/// not able to decide, it throws: the turn is tried again later.
@FunctionalInterface
public interface TurnExtractor {

    TurnExtraction extract(Turn turn) throws InterruptedException;
}
