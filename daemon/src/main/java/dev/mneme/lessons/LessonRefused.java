package dev.mneme.lessons;

import dev.mneme.protocol.ErrorCode;

import org.jspecify.annotations.Nullable;

/// A lesson that cannot be kept as it is, with what to do about it.
public final class LessonRefused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String hint;
    private final @Nullable String path;

    LessonRefused(ErrorCode code, String message, String hint, @Nullable String path) {
        super(message);
        this.code = code;
        this.hint = hint;
        this.path = path;
    }

    public ErrorCode code() {
        return code;
    }

    public String hint() {
        return hint;
    }

    public @Nullable String path() {
        return path;
    }
}
