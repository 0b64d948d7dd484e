package dev.mneme.store;

import org.jdbi.v3.core.ConnectionException;

import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/// A statement or a connection failed. The message holds the SQL state and never a value.
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final String CONNECTION_FAILED = "08000";
    private static final String FOREIGN_KEY_VIOLATION = "23503";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String UNIQUE_VIOLATION = "23505";
    private static final String DISK_FULL = "53100";
    private static final String CANCELLED = "57014";

    /// Collisions, exhausted resources (disk, memory, connections), a read-only standby, locks,
    /// cancelled statements, input and output.
    private static final List<String> TRANSIENT =
            List.of("40", "53", "25006", "55P03", "57014", "58");

    private final String sqlState;

    private StoreException(String sqlState, String message) {
        super(message);
        this.sqlState = sqlState;
    }

    /// Deliberately without the cause: the driver's messages repeat row values.
    static StoreException of(Throwable failure) {
        String state = failure instanceof ConnectionException ? CONNECTION_FAILED : "";
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

    /// Another transaction committed between two statements what they both had to see alike.
    static StoreException overtaken() {
        return new StoreException(
                SERIALIZATION_FAILURE, "another transaction came between two statements");
    }

    /// Whether a statement ran into its limit of time.
    public boolean isTimeout() {
        return sqlState.equals(CANCELLED);
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

    /// True when the user of the database has not the right to do it.
    boolean notAllowed() {
        return sqlState.equals(INSUFFICIENT_PRIVILEGE);
    }

    /// True when the database could not be asked at all, as opposed to having said no.
    public boolean unreachable() {
        return sqlState.startsWith("08") || sqlState.startsWith("57P");
    }

    /// True when the same work may well succeed later: nothing is wrong with the work.
    public boolean transientFailure() {
        if (unreachable()) {
            return true;
        }
        for (String prefix : TRANSIENT) {
            if (sqlState.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /// True when two transactions stood in each other's way, and one may simply try again. A row
    /// that another one refers to, and that was there a moment ago, was forgotten meanwhile.
    boolean collision() {
        return sqlState.equals("40P01")
                || sqlState.equals(SERIALIZATION_FAILURE)
                || sqlState.equals(FOREIGN_KEY_VIOLATION);
    }
}
