package dev.mneme.recall;

/// Whether anything that is stored answers a query at all.
///
/// A logistic function of several signals, none of which tells it alone: how much of the query's
/// words, weighed by their rarity, is met anywhere and in one observation, how much of it in a
/// short one, how much side by side, how far the first stands out, and how near the nearest is by
/// meaning. What counts most is what a short observation meets; what a long one meets counts
/// against it then: long talk meets every word by chance.
///
/// The weights were fitted on one part of the conversations of two public sets, half of which were
/// not stored, and the threshold is measured on the other part: `mneme bench retrieval --floor`,
/// docs/PERFORMANCE.md.
final class Floor {

    private static final double BIAS = -11.06;
    private static final double KNOWN = 2.29;
    private static final double BEST = -1.43;
    private static final double DENSE = 13.83;
    private static final double PAIR_BEST = 1.75;
    private static final double MARGIN = 0.4;
    private static final double WORDS = 1.53;
    private static final double NEAREST = 3.43;
    private static final double TOP_NEAR = 1.08;

    private static final double THRESHOLD = 0.4;

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
                        + DENSE * words.dense()
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
