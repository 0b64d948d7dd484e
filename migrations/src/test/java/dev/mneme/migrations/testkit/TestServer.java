package dev.mneme.migrations.testkit;

import org.jspecify.annotations.Nullable;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;

/// The server of this process's test databases: chosen, started and prepared on first use.
final class TestServer {

    private static final String URL_KEY = "TEST_DATABASE_URL";

    private static @Nullable TestServer shared;

    private final Address address;
    private @Nullable String template;

    private TestServer(Address address) {
        this.address = address;
    }

    /// Where to connect for creating databases; `jdbcBase` ends with the slash before the name.
    record Address(String jdbcBase, String database, String user, String password) {

        @Override
        public String toString() {
            return jdbcBase + database;
        }
    }

    static synchronized TestServer get() {
        TestServer server = shared;
        if (server == null) {
            Map<String, String> environment = System.getenv();
            String url = environment.getOrDefault(URL_KEY, "");
            server =
                    new TestServer(
                            url.isBlank()
                                    ? EmbeddedTestServer.start(environment)
                                    : DatabaseUrl.parse(url));
            shared = server;
        }
        return server;
    }

    String jdbcUrl(String database) {
        return address.jdbcBase() + database;
    }

    String user() {
        return address.user();
    }

    String password() {
        return address.password();
    }

    synchronized String migratedTemplate() {
        String name = template;
        if (name == null) {
            name = "mneme_template_" + ProcessHandle.current().pid();
            dropDatabase(name);
            createDatabase(name, "TEMPLATE template0");
            String forHook = name;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> dropQuietly(forHook)));
            TestMigrations.migrate(jdbcUrl(name), user(), password());
            template = name;
        }
        return name;
    }

    void createDatabase(String name, String options) {
        dropDatabase(name);
        execute("CREATE DATABASE " + name + " " + options);
        execute("ALTER DATABASE " + name + " SET timezone = '" + TestDatabase.TIME_ZONE + "'");
    }

    void dropDatabase(String name) {
        execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    /// On a server of somebody else's the template would stay; on ours it may be gone already.
    private void dropQuietly(String name) {
        try {
            dropDatabase(name);
        } catch (TestDatabaseUnavailable _) {
            // The embedded server ends at the same time, and its data with it.
        }
    }

    private void execute(String sql) {
        try (Connection connection =
                        DriverManager.getConnection(
                                jdbcUrl(address.database()), address.user(), address.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failed) {
            throw new TestDatabaseUnavailable(
                    "the test database server " + address + " refused `" + sql + "`", failed);
        }
    }
}
