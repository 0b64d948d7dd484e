package dev.mneme.recall;

import dev.mneme.domain.SessionSummary;

/// A summary that a search found.
///
/// @param score the share of the query's words that it holds, weighed by rarity, and what it adds
/// by
///     meaning
public record SummaryHit(SessionSummary summary, double score) {}
