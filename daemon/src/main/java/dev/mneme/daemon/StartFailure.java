package dev.mneme.daemon;

import dev.mneme.protocol.ErrorCode;

/// The daemon cannot start, for a reason that somebody can mend.
final class StartFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String hint;

    StartFailure(ErrorCode code, String message, String hint) {
        super(message);
        this.code = code;
        this.hint = hint;
    }

    ErrorCode code() {
        return code;
    }

    String hint() {
        return hint;
    }
}
