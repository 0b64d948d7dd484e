package dev.mneme.forget;

import dev.mneme.protocol.ErrorCode;

/// Something that cannot be forgotten or restored as it was asked, and what to do about it. Holds
/// no content.
public final class ForgetRefused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String hint;

    ForgetRefused(ErrorCode code, String message, String hint) {
        super(message);
        this.code = code;
        this.hint = hint;
    }

    public ErrorCode code() {
        return code;
    }

    public String hint() {
        return hint;
    }
}
