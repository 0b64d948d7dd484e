package dev.mneme.queue;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;

import javax.sql.DataSource;

/// A real data source whose n-th statement, commits counted, fails as if the connection broke.
public final class FailingDataSource implements DataSource {

    private final DataSource real;
    private final int failingStatement;
    private final AtomicInteger count = new AtomicInteger();

    public FailingDataSource(DataSource real, int failingStatement) {
        this.real = real;
        this.failingStatement = failingStatement;
    }

    public boolean fired() {
        return count.get() >= failingStatement;
    }

    private void step() throws SQLException {
        if (count.incrementAndGet() == failingStatement) {
            throw new SQLException("injected", "08006");
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = real.getConnection();
        return (Connection)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("commit")) {
                                step();
                            }
                            Object result = invoke(connection, method, arguments);
                            return result instanceof PreparedStatement statement
                                    ? wrapped(statement)
                                    : result;
                        });
    }

    private PreparedStatement wrapped(PreparedStatement statement) {
        return (PreparedStatement)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {PreparedStatement.class},
                        (_, method, arguments) -> {
                            if (method.getName().startsWith("execute")) {
                                step();
                            }
                            return invoke(statement, method, arguments);
                        });
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
