package dev.mneme.protocol;

/// Stable names of what can go wrong, the same in HTTP bodies, logs, the command line and the docs.
public enum ErrorCode {
    BACKUP_FAILED(500),
    BODY_TOO_LARGE(413),
    CODE_SPENT(401),
    CONFLICT(409),
    DAEMON_UNREACHABLE(503),
    DATABASE_UNREACHABLE(503),
    DISK_FULL(503),
    FOREIGN_HOST(403),
    FOREIGN_ORIGIN(403),
    FORGOTTEN(410),
    INTERNAL(500),
    METHOD_NOT_ALLOWED(405),
    MALFORMED_JSON(400),
    MODEL_UNUSABLE(409),
    NOT_FOR_CONSOLE(403),
    NOT_FOUND(404),
    PORT_TAKEN(503),
    PROJECT_AMBIGUOUS(409),
    SCHEMA_NEWER(409),
    SETTINGS_BROKEN(400),
    TOKEN_MISSING(401),
    TOKEN_WRONG(401),
    VALUE_INVALID(400);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }
}
