package dev.mneme.postgres;

import org.jspecify.annotations.Nullable;

/// Our PostgreSQL could not do what was asked, and somebody can do something about it.
public final class PostgresException extends Exception {

    private final String hint;

    PostgresException(String message, String hint) {
        this(message, hint, null);
    }

    PostgresException(String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /// What to do about it, in one sentence.
    public String hint() {
        return hint;
    }
}
