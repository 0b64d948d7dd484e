package dev.mneme.daemon;

import dev.mneme.migrations.SchemaVersions;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.module.ModuleDescriptor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// Brings a database to the current schema: the core always, the vector part where pgvector is.
///
/// Two histories, so that pgvector may come later than the data. Flyway takes a lock; eight
/// migrators at once are one.
final class Migrator {

    private static final int SERVER_VERSION_MIN = 150_000;
    private static final Logger LOG = LoggerFactory.getLogger(Migrator.class);

    private static final String PGVECTOR_MIN = "0.8.0";

    private static final String NEWEST_CORE =
            """
            SELECT version
            FROM mem_schema_history
            WHERE success
            ORDER BY installed_rank DESC
            LIMIT 1
            """;

    private static final String NEWEST_VECTOR =
            """
            SELECT version
            FROM mem_vector_schema_history
            WHERE success
            ORDER BY installed_rank DESC
            LIMIT 1
            """;

    private Migrator() {}

    /// Whether the server has the extension `vector`.
    sealed interface Pgvector {

        record Present(String version) implements Pgvector {}

        record Absent(String hint) implements Pgvector {}
    }

    record Migrated(String serverVersion, Pgvector pgvector) {}

    static Migrated migrate(ConnectionInfo target, String pgvectorHint, Progress progress)
            throws StartFailure {
        Migrated found = inspect(target, pgvectorHint);
        boolean wantsVectors = found.pgvector() instanceof Pgvector.Present;
        if (isCurrent(target, NEWEST_CORE, SchemaVersions.CORE)
                && (!wantsVectors || isCurrent(target, NEWEST_VECTOR, SchemaVersions.VECTOR))) {
            return checkedVersion(found);
        }
        progress.step("database: bringing the schema up to date");
        try {
            flyway(target, "core", "mem_schema_history").migrate();
        } catch (FlywayException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "cannot bring the schema of "
                            + target.jdbcUrl()
                            + " up to date ("
                            + firstLine(failed)
                            + ")",
                    "the user needs the right to create tables there; see the log");
        }
        return found.pgvector() instanceof Pgvector.Present
                ? withVectors(target, found, pgvectorHint)
                : found;
    }

    /// A server that lists pgvector may still refuse it: too old, not loadable, no right to create
    /// an extension. Then vectors are off, and everything else works.
    private static Migrated withVectors(ConnectionInfo target, Migrated found, String hint)
            throws StartFailure {
        try {
            flyway(target, "vector", "mem_vector_schema_history").migrate();
        } catch (FlywayException failed) {
            LOG.warn("vector search is off: error={}", firstLine(failed));
            return new Migrated(
                    found.serverVersion(),
                    new Pgvector.Absent(
                            "`CREATE EXTENSION vector` failed; it needs a superuser once. "
                                    + hint));
        }
        return checkedVersion(inspect(target, hint));
    }

    private static Migrated checkedVersion(Migrated current) {
        if (current.pgvector() instanceof Pgvector.Present(var version) && tooOld(version)) {
            return new Migrated(
                    current.serverVersion(),
                    new Pgvector.Absent(
                            "pgvector "
                                    + version
                                    + " is too old; install 0.8.0 or newer and run"
                                    + " `ALTER EXTENSION vector UPDATE`"));
        }
        return current;
    }

    /// Whether the newest script of one part has been applied. Asked first because a start that has
    /// nothing to migrate need not load what migrates: a session waits for it.
    private static boolean isCurrent(ConnectionInfo target, String newest, String version) {
        try (Connection connection = connect(target);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(newest)) {
            return row.next() && version.equals(row.getString(1));
        } catch (SQLException noHistoryYet) {
            return false;
        }
    }

    /// Search relies on iterative scans, which came with 0.8.0.
    private static boolean tooOld(String version) {
        return ModuleDescriptor.Version.parse(version)
                        .compareTo(ModuleDescriptor.Version.parse(PGVECTOR_MIN))
                < 0;
    }

    /// Throws where the server has no text search configuration of that name.
    static void checkLanguage(ConnectionInfo target, String language) throws StartFailure {
        try (Connection connection = connect(target);
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                SELECT
                                    string_agg(cfgname, ', ' ORDER BY cfgname),
                                    bool_or(cfgname = ?)
                                FROM pg_ts_config
                                """)) {
            statement.setString(1, language);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (!row.getBoolean(2)) {
                    throw new StartFailure(
                            ErrorCode.VALUE_INVALID,
                            "`MNEME_LANGUAGE` is `"
                                    + language
                                    + "`, which PostgreSQL does not know",
                            "choose one of " + row.getString(1));
                }
            }
        } catch (SQLException failed) {
            throw unreachable(target, failed);
        }
    }

    private static Flyway flyway(ConnectionInfo target, String part, String history) {
        return Flyway.configure()
                .dataSource(connections(target))
                .locations("classpath:dev/mneme/migrations/" + part)
                .table(history)
                // The second history finds the first one's tables and must not mind them.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .connectRetries(3)
                .loggers("slf4j")
                .load();
    }

    private static Migrated inspect(ConnectionInfo target, String pgvectorHint)
            throws StartFailure {
        try (Connection connection = connect(target);
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT
                                    current_setting('server_version_num')::integer AS number,
                                    current_setting('server_version') AS version,
                                    coalesce(
                                        (SELECT extversion FROM pg_extension
                                            WHERE extname = 'vector'),
                                        (SELECT default_version FROM pg_available_extensions
                                            WHERE name = 'vector')) AS pgvector
                                """)) {
            row.next();
            if (row.getInt("number") < SERVER_VERSION_MIN) {
                throw new StartFailure(
                        ErrorCode.DATABASE_UNREACHABLE,
                        target.jdbcUrl() + " is PostgreSQL " + row.getString("version"),
                        "Mneme needs PostgreSQL 15 or newer");
            }
            String pgvector = row.getString("pgvector");
            return new Migrated(
                    row.getString("version"),
                    pgvector == null
                            ? new Pgvector.Absent(pgvectorHint)
                            : new Pgvector.Present(pgvector));
        } catch (SQLException failed) {
            throw unreachable(target, failed);
        }
    }

    /// A migration takes as long as it takes.
    private static ServerConnections connections(ConnectionInfo target) {
        return ServerConnections.patient(() -> target, "mneme-migrate");
    }

    private static Connection connect(ConnectionInfo target) throws SQLException {
        return connections(target).getConnection();
    }

    private static StartFailure unreachable(ConnectionInfo target, SQLException failed) {
        return new StartFailure(
                ErrorCode.DATABASE_UNREACHABLE,
                "cannot reach the database at "
                        + target.jdbcUrl()
                        + " (SQL state "
                        + failed.getSQLState()
                        + ")",
                "check that it runs, and user and password");
    }

    private static String firstLine(Exception failed) {
        return String.valueOf(failed.getMessage()).lines().findFirst().orElse("no message");
    }
}
