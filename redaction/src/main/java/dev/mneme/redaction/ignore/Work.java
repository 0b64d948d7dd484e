package dev.mneme.redaction.ignore;

/// How much may be spent on one event before what is left of it counts as ignored.
///
/// A hook has less than a second to spool; ordinary events spend a thousandth of this.
final class Work {

    /// Steps of matching: about half a second on a slow machine.
    static final long STEPS_MAX = 50_000_000;

    /// Files and folders looked at.
    static final int LOOKS_MAX = 20_000;

    private long steps = STEPS_MAX;
    private int looks = LOOKS_MAX;

    void spend(long cost) {
        steps -= cost;
    }

    void look() {
        looks--;
    }

    boolean isSpent() {
        return steps < 0 || looks < 0;
    }
}
