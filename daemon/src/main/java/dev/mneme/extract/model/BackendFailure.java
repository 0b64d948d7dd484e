package dev.mneme.extract.model;

/// A backend that gave no usable answer. The message holds no content and no key.
public final class BackendFailure extends Exception {

    private final Kind kind;
    private final Backend.Usage usage;

    /// What follows from it.
    public enum Kind {
        /// Nobody was asked: the next in the chain is. No call was made.
        AWAY,

        /// It was asked and will not answer for a while: the next in the chain is asked.
        REFUSED,

        /// It went wrong this time: worth another try later.
        FAILED,

        /// The turn must be told in fewer words.
        TOO_LONG,

        /// It will not answer this, however often it is asked.
        DECLINED
    }

    BackendFailure(Kind kind, String message, Backend.Usage usage) {
        super(message);
        this.kind = kind;
        this.usage = usage;
    }

    BackendFailure(Kind kind, String message) {
        this(kind, message, Backend.Usage.NONE);
    }

    public Kind kind() {
        return kind;
    }

    /// What it took all the same.
    public Backend.Usage usage() {
        return usage;
    }
}
