package dev.mneme.backup;

/// A backup or a restore that could not be done, and what to do about it.
public final class BackupFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String hint;

    public BackupFailure(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    public BackupFailure(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    public String hint() {
        return hint;
    }
}
