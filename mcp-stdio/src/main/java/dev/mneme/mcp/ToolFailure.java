package dev.mneme.mcp;

import dev.mneme.protocol.client.DaemonUnavailable;

import org.jspecify.annotations.Nullable;

/// A tool could not do what was asked; the message says what happened, the hint what to do.
final class ToolFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable String hint;

    ToolFailure(String message, @Nullable String hint) {
        super(message);
        this.hint = hint;
    }

    ToolFailure(DaemonUnavailable unavailable, String hint) {
        super(unavailable.getMessage(), unavailable);
        this.hint = hint;
    }

    /// As the model reads it.
    String text() {
        return hint == null ? getMessage() + "" : getMessage() + "\nhint: " + hint;
    }
}
