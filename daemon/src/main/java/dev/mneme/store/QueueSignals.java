package dev.mneme.store;

import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import javax.sql.DataSource;

/// How daemons on one database tell each other of new jobs: PostgreSQL's LISTEN and NOTIFY.
///
/// A signal is a hint and may be lost; whoever waits for one also polls.
public final class QueueSignals {

    private static final String CHANNEL = "mneme_jobs";

    private final DataSource connections;
    private final String sender;

    /// @param connections where to listen: not a pool, and without a limit to how long the server
    ///     may say nothing
    /// @param sender unique among daemons; one's own signals are not heard
    public QueueSignals(DataSource connections, String sender) {
        this.connections = connections;
        this.sender = sender;
    }

    /// Says that there are new jobs. A transaction of its own: NOTIFY takes a lock at commit that
    /// all others that notify wait for, and its commit need not reach the disk.
    public void announce(Tx tx) {
        tx.handle()
                .createQuery(
                        """
                        SELECT
                            set_config('synchronous_commit', 'off', true),
                            pg_notify(:channel, :sender)
                        """)
                .bind("channel", CHANNEL)
                .bind("sender", sender)
                .mapToMap()
                .list();
    }

    /// Listens on a connection of its own until it is closed.
    public Listening listen() {
        try {
            Connection connection = connections.getConnection();
            try (var statement = connection.createStatement()) {
                statement.execute("LISTEN " + CHANNEL);
            } catch (SQLException failed) {
                connection.close();
                throw failed;
            }
            return new Listening(connection, sender);
        } catch (SQLException failed) {
            throw StoreException.of(failed);
        }
    }

    /// An open ear. [#heard] is for one thread; [#close] may come from another and ends its wait.
    public static final class Listening implements AutoCloseable {

        private final Connection connection;
        private final String sender;

        private Listening(Connection connection, String sender) {
            this.connection = connection;
            this.sender = sender;
        }

        /// Waits up to `atMost`; true when another daemon has announced something.
        public boolean heard(Duration atMost) {
            try {
                PGNotification[] notifications =
                        connection
                                .unwrap(PGConnection.class)
                                .getNotifications((int) atMost.toMillis());
                if (notifications == null) {
                    return false;
                }
                for (PGNotification one : notifications) {
                    if (!one.getParameter().equals(sender)) {
                        return true;
                    }
                }
                return false;
            } catch (SQLException broken) {
                throw StoreException.of(broken);
            }
        }

        @Override
        public void close() {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException alreadyGone) {
                // Nothing is left to close.
            }
        }
    }
}
