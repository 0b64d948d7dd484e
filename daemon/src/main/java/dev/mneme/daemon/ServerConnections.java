package dev.mneme.daemon;

import dev.mneme.postgres.ConnectionInfo;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.logging.Logger;

import javax.sql.DataSource;

/// Opens connections to where the server is at that moment: an embedded one that died may have to
/// come back on another port.
final class ServerConnections implements DataSource {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /// For the whole way to a usable connection: whoever took the port of a server that died may
    /// accept us and never say a word.
    private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(5);

    private final Supplier<ConnectionInfo> target;
    private final String application;
    private final Duration silenceMax;

    private ServerConnections(
            Supplier<ConnectionInfo> target, String application, Duration silenceMax) {
        this.target = target;
        this.application = application;
        this.silenceMax = silenceMax;
    }

    /// Connections that give a server up that says nothing for `silenceMax`.
    static ServerConnections impatient(
            Supplier<ConnectionInfo> target, String application, Duration silenceMax) {
        return new ServerConnections(target, application, silenceMax);
    }

    /// Connections whose statements may take as long as they need, such as building an index. A
    /// server that is gone is noticed by the system's keep-alive.
    static ServerConnections patient(Supplier<ConnectionInfo> target, String application) {
        return new ServerConnections(target, application, Duration.ZERO);
    }

    @Override
    public Connection getConnection() throws SQLException {
        ConnectionInfo now = target.get();
        Properties properties = now.properties();
        properties.setProperty("ApplicationName", application);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("socketTimeout", Long.toString(silenceMax.toSeconds()));
        properties.putIfAbsent("connectTimeout", Long.toString(CONNECT_TIMEOUT.toSeconds()));
        properties.putIfAbsent("loginTimeout", Long.toString(LOGIN_TIMEOUT.toSeconds()));
        return DriverManager.getConnection(now.jdbcUrl(), properties);
    }

    /// Always as the configured user.
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // The driver's own log would hold content.
    }

    /// The time for one connection is fixed; a pool's own limit comes on top.
    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
        return (int) LOGIN_TIMEOUT.toSeconds();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("logging goes through slf4j");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
