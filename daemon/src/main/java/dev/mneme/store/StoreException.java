package dev.mneme.store;

import java.sql.SQLException;
import java.util.Locale;

/// A statement or a connection failed. The message holds the SQL state and never a value.
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String DISK_FULL = "53100";

    private final String sqlState;

    private StoreException(String sqlState, String message) {
        super(message);
        this.sqlState = sqlState;
    }

    /// Deliberately without the cause: the driver's messages repeat row values.
    static StoreException of(Throwable failure) {
        String state = "";
        for (Throwable link = failure; link != null; link = link.getCause()) {
            if (link instanceof SQLException sql && sql.getSQLState() != null) {
                state = sql.getSQLState();
            }
        }
        String kind =
                state.isEmpty()
                        ? failure.getClass().getSimpleName()
                        : "SQL state " + state.toUpperCase(Locale.ROOT);
        return new StoreException(state, "the database refused a statement (" + kind + ")");
    }

    public String sqlState() {
        return sqlState;
    }

    public boolean uniqueViolation() {
        return sqlState.equals(UNIQUE_VIOLATION);
    }

    public boolean diskFull() {
        return sqlState.equals(DISK_FULL);
    }

    /// True when the database could not be asked at all, as opposed to having said no.
    public boolean unreachable() {
        return sqlState.isEmpty() || sqlState.startsWith("08") || sqlState.startsWith("57P");
    }
}
