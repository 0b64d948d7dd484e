package dev.mneme.store;

import org.jdbi.v3.core.Handle;

/// One open transaction, as services pass it from store to store without seeing JDBC.
public final class Tx {

    private final Handle handle;

    Tx(Handle handle) {
        this.handle = handle;
    }

    Handle handle() {
        return handle;
    }
}
