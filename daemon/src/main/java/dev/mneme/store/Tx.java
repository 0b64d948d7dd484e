package dev.mneme.store;

import org.jdbi.v3.core.Handle;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/// One open transaction, as services pass it from store to store without seeing JDBC.
public final class Tx {

    private final Handle handle;

    Tx(Handle handle) {
        this.handle = handle;
    }

    Handle handle() {
        return handle;
    }

    /// For what runs so often that the way through Jdbi would cost more than the statement.
    PreparedStatement prepare(String sql) throws SQLException {
        return handle.getConnection().prepareStatement(sql);
    }
}
