package dev.mneme.ingest;

import dev.mneme.protocol.ErrorCode;

import org.jspecify.annotations.Nullable;

/// An event that can never be stored as it is. The message says why, and never quotes content.
public final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String path;

    Refused(ErrorCode code, String message, @Nullable String path) {
        super(message);
        this.code = code;
        this.path = path;
    }

    public ErrorCode code() {
        return code;
    }

    /// Which field, where one is to blame.
    public @Nullable String path() {
        return path;
    }
}
