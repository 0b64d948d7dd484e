package dev.mneme.recall;

/// Whether anything that is stored answers a query at all.
///
/// A logistic function of several signals, none of which tells it alone: how much of the query's
/// words, weighed by their rarity, is met anywhere, in one session and in one observation, how much
/// of it side by side, how far the first stands out, and how near the nearest is by meaning. What a
/// session meets counts against it where no observation meets as much: long talk meets every word
/// by chance.
///
/// The weights were fitted on one part of the conversations of two public sets, half of which were
/// not stored, and the threshold is measured on the other part: `mneme bench retrieval --floor`,
/// docs/PERFORMANCE.md.
final class Floor {

    private static final double BIAS = -9.0;
    private static final double KNOWN = 4.69;
    private static final double BEST = 1.45;
    private static final double SESSION_BEST = -1.45;
    private static final double PAIR_BEST = 3.09;
    private static final double MARGIN = 1.53;
    private static final double WORDS = -0.26;
    private static final double NEAREST = 4.9;
    private static final double TOP_NEAR = 2.8;

    private static final double THRESHOLD = 0.41;

    /// What cosines usually are, for where there are none to look at.
    static final double NEAREST_USUAL = 0.65;

    static final double TOP_NEAR_USUAL = 0.53;

    private Floor() {}

    /// How likely it is that the query is answered, from 0 to 1.
    ///
    /// @param nearest the largest cosine
    /// @param topNear the mean cosine of the first by words
    static double coverage(WordScores.Coverage words, double nearest, double topNear) {
        double sum =
                BIAS
                        + KNOWN * words.known()
                        + BEST * words.best()
                        + SESSION_BEST * words.sessionBest()
                        + PAIR_BEST * words.pairBest()
                        + MARGIN * words.margin()
                        + WORDS * Math.log(Math.max(1, words.words()))
                        + NEAREST * nearest
                        + TOP_NEAR * topNear;
        return 1 / (1 + Math.exp(-sum));
    }

    static boolean isCovered(double coverage) {
        return coverage >= THRESHOLD;
    }
}
