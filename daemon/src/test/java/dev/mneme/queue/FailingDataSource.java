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

    /// When the connection breaks.
    public enum Fault {
        /// The server never gets the statement.
        NOT_RUN,
        /// The server does what it says, a commit too, and nobody is told.
        ANSWER_LOST
    }

    private final DataSource real;
    private final int failingStatement;
    private final Fault fault;
    private final AtomicInteger count = new AtomicInteger();

    public FailingDataSource(DataSource real, int failingStatement) {
        this(real, failingStatement, Fault.NOT_RUN);
    }

    public FailingDataSource(DataSource real, int failingStatement, Fault fault) {
        this.real = real;
        this.failingStatement = failingStatement;
        this.fault = fault;
    }

    public boolean fired() {
        return count.get() >= failingStatement;
    }

    private Object step(Object target, java.lang.reflect.Method method, Object[] arguments)
            throws Throwable {
        boolean failing = count.incrementAndGet() == failingStatement;
        if (failing && fault == Fault.NOT_RUN) {
            throw new SQLException("injected", "08006");
        }
        Object result = invoke(target, method, arguments);
        if (failing) {
            throw new SQLException("injected", "08006");
        }
        return result;
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
                                return step(connection, method, arguments);
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
                            return method.getName().startsWith("execute")
                                    ? step(statement, method, arguments)
                                    : invoke(statement, method, arguments);
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
