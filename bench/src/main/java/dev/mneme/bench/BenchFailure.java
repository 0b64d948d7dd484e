package dev.mneme.bench;

/// Why nothing could be measured, and what to do about it.
final class BenchFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String hint;

    BenchFailure(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    String hint() {
        return hint;
    }
}
