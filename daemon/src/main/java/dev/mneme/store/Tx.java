package dev.mneme.store;

import org.jdbi.v3.core.Handle;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/// One open transaction, as services pass it from store to store without seeing JDBC.
public final class Tx {

    private final Handle handle;

    Tx(Handle handle) {
        this.handle = handle;
    }

    Handle handle() {
        return handle;
    }

    /// How long each of its statements may wait for what others hold, until it ends.
    public void setLockTimeout(Duration atMost) {
        handle.execute("SET LOCAL lock_timeout = " + atMost.toMillis());
    }

    /// For what runs so often that the way through Jdbi would cost more than the statement.
    PreparedStatement prepare(String sql) throws SQLException {
        return handle.getConnection().prepareStatement(sql);
    }
}
