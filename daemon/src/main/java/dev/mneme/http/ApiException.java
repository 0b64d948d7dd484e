package dev.mneme.http;

import dev.mneme.protocol.ErrorCode;

import org.jspecify.annotations.Nullable;

/// A request that cannot be served, with what the client can do about it.
final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String hint;
    private final @Nullable String path;

    ApiException(ErrorCode code, String detail, String hint) {
        this(code, detail, hint, null);
    }

    ApiException(ErrorCode code, String detail, String hint, @Nullable String path) {
        super(detail);
        this.code = code;
        this.hint = hint;
        this.path = path;
    }

    /// A field that is missing or wrong.
    static ApiException invalid(String path, String problem, String hint) {
        return new ApiException(ErrorCode.VALUE_INVALID, "`" + path + "` " + problem, hint, path);
    }

    ErrorCode code() {
        return code;
    }

    String hint() {
        return hint;
    }

    @Nullable String path() {
        return path;
    }
}
