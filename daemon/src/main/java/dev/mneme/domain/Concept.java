package dev.mneme.domain;

import java.util.Locale;

/// The seven concepts an observation can be about.
public enum Concept {
    HOW_IT_WORKS,
    WHY_IT_EXISTS,
    WHAT_CHANGED,
    PROBLEM_SOLUTION,
    GOTCHA,
    PATTERN,
    TRADE_OFF;

    /// The name in the database and on the wire, as in `how-it-works`.
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
