package dev.mneme.installer;

/// Something a person can mend: what was attempted and happened, and what to do about it.
public final class Failure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String hint;

    public Failure(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    public Failure(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
