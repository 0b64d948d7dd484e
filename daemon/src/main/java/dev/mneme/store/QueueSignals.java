package dev.mneme.store;

import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/// How daemons on one database tell each other of new jobs: PostgreSQL's LISTEN and NOTIFY.
///
/// A signal is a hint and may be lost; whoever waits for one also polls.
public final class QueueSignals {

    private static final String CHANNEL = "mneme_jobs";

    private final String url;
    private final Properties access;
    private final String sender;

    /// @param sender unique among daemons; one's own signals are not heard
    public QueueSignals(String url, String user, String password, String sender) {
        this.url = url;
        this.sender = sender;
        access = new Properties();
        access.setProperty("user", user);
        access.setProperty("password", password);
        access.setProperty("ApplicationName", "mneme-listen");
        access.setProperty("logServerErrorDetail", "false");
        access.setProperty("connectTimeout", "5");
        access.setProperty("tcpKeepAlive", "true");
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
            Connection connection = DriverManager.getConnection(url, access);
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
