package dev.mneme.queue;

/// The turn is not what it was when it was read: some of it was forgotten meanwhile. What was made
/// of it is thrown away, and what is left of it is handed out again.
public final class TurnChanged extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public TurnChanged() {
        super("the turn changed while it was worked on");
    }
}
