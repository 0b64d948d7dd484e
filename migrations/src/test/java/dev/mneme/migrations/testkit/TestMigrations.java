package dev.mneme.migrations.testkit;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/// Brings a database to the newest schema: the core, and where the server has the extension
/// `vector`, the part that needs it. Each part has a history of its own, so that a server that gets
/// pgvector later gets that part later.
public final class TestMigrations {

    public static final String CORE_LOCATION = "classpath:dev/mneme/migrations/core";
    public static final String CORE_HISTORY = "mem_schema_history";
    public static final String VECTOR_LOCATION = "classpath:dev/mneme/migrations/vector";
    public static final String VECTOR_HISTORY = "mem_vector_schema_history";

    private static final String HAS_VECTOR =
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'";

    private TestMigrations() {}

    public static void migrate(String url, String user, String password) {
        migrate(url, user, password, CORE_LOCATION, CORE_HISTORY);
        if (hasVector(url, user, password)) {
            migrate(url, user, password, VECTOR_LOCATION, VECTOR_HISTORY);
        }
    }

    /// Only the core, and only up to a version, as an earlier release left it.
    public static void migrateCore(String url, String user, String password, String version) {
        configuration(url, user, password, CORE_LOCATION, CORE_HISTORY)
                .target(version)
                .load()
                .migrate();
    }

    /// Whether the server behind `url` can create the extension `vector`.
    public static boolean hasVector(String url, String user, String password) {
        try (Connection connection = DriverManager.getConnection(url, user, password);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(HAS_VECTOR)) {
            return rows.next() && rows.getInt(1) > 0;
        } catch (SQLException failed) {
            throw new TestDatabaseUnavailable("cannot ask `" + url + "` for pgvector", failed);
        }
    }

    private static void migrate(
            String url, String user, String password, String location, String history) {
        configuration(url, user, password, location, history).load().migrate();
    }

    private static FluentConfiguration configuration(
            String url, String user, String password, String location, String history) {
        return Flyway.configure()
                .dataSource(url, user, password)
                .locations(location)
                .table(history)
                // The second part finds the tables of the first and must not mind them.
                .baselineOnMigrate(history.equals(VECTOR_HISTORY))
                .baselineVersion("0");
    }
}
