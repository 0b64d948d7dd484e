package dev.mneme.migrations.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/// One throwaway database, dropped on [#close] with whatever is still connected to it.
///
/// Its time zone is far from UTC and off by 45 minutes, so that code which forgets a zone gets
/// wrong answers in tests and not in somebody's winter. The driver sends the JVM's own zone when it
/// connects, which wins over the database's: [#connect] sets it back, and so must a pool
/// (`connectionInitSql` = [#SESSION_SQL]).
public final class TestDatabase implements AutoCloseable {

    public static final String TIME_ZONE = "Asia/Kathmandu";

    /// To be run on every new connection.
    public static final String SESSION_SQL = "SET TIME ZONE '" + TIME_ZONE + "'";

    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final TestServer server;
    private final String name;

    private TestDatabase(TestServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /// A database with the newest schema: a copy of one that is migrated once per process.
    public static TestDatabase create() {
        TestServer server = TestServer.get();
        return create(server, "TEMPLATE " + server.migratedTemplate());
    }

    /// A database with nothing in it, for tests of the migrations themselves.
    public static TestDatabase createEmpty() {
        return create(TestServer.get(), "TEMPLATE template0");
    }

    private static TestDatabase create(TestServer server, String template) {
        String name =
                "mneme_test_" + ProcessHandle.current().pid() + "_" + COUNTER.incrementAndGet();
        server.createDatabase(name, template);
        return new TestDatabase(server, name);
    }

    public String name() {
        return name;
    }

    public String jdbcUrl() {
        return server.jdbcUrl(name);
    }

    public String user() {
        return server.user();
    }

    public String password() {
        return server.password();
    }

    /// Whether this server has the extension `vector`, and so the part of the schema that needs it.
    public boolean hasVector() {
        return TestMigrations.hasVector(jdbcUrl(), user(), password());
    }

    public Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(jdbcUrl(), user(), password());
        try (var statement = connection.createStatement()) {
            statement.execute(SESSION_SQL);
        }
        return connection;
    }

    @Override
    public void close() {
        server.dropDatabase(name);
    }

    @Override
    public String toString() {
        return "TestDatabase[" + jdbcUrl() + "]";
    }
}
