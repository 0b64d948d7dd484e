package dev.mneme.protocol.client;

import dev.mneme.protocol.ErrorCode;

/// The daemon could not be reached, started or understood; the message says which, the hint what to
/// do.
public final class DaemonUnavailable extends Exception {

    private static final long serialVersionUID = 1L;

    private final String hint;

    public DaemonUnavailable(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    public DaemonUnavailable(String message, String hint, Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    public ErrorCode code() {
        return ErrorCode.DAEMON_UNREACHABLE;
    }

    public String hint() {
        return hint;
    }
}
