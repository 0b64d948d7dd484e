package dev.mneme.protocol.models;

/// Why a model cannot be brought here: what was attempted and happened, and what to do about it.
public final class PullFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String hint;

    PullFailure(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    PullFailure(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
