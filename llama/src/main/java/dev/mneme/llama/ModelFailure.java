package dev.mneme.llama;

/// A question that got no answer. The message names no content and says what to do where somebody
/// can do something.
public final class ModelFailure extends Exception {

    private final Kind kind;

    /// Why there is no answer.
    public enum Kind {
        /// There is no such file, or it cannot be read.
        FILE_MISSING,

        /// It needs more memory than it may have.
        FILE_TOO_LARGE,

        /// It is no model, or a broken one, or one this library does not know.
        FILE_REFUSED,

        /// Its library has to be unpacked, and the disk is full.
        NO_ROOM,

        /// Its process ended in the middle.
        CRASHED,

        /// It was stopped at its deadline.
        TIMED_OUT,

        /// The question and the longest answer do not fit into the context together.
        TOO_LONG,

        /// The library refused the question.
        QUESTION_REFUSED,

        /// It failed lately and is left alone for a while.
        RESTING
    }

    public ModelFailure(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
