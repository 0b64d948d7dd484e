package dev.mneme.daemon;

import dev.mneme.backup.SchemaState;
import dev.mneme.migrations.SchemaVersions;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.module.ModuleDescriptor;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

    /// Called before a schema that holds data is changed.
    interface Before {

        Before NOTHING = _ -> {};

        void change(SchemaState from) throws StartFailure;
    }

    /// @param before keeps what is there before the schema of a database with data changes
    static Migrated migrate(
            ConnectionInfo target, String pgvectorHint, Before before, Progress progress)
            throws StartFailure {
        Migrated found = inspect(target, pgvectorHint);
        boolean wantsVectors = found.pgvector() instanceof Pgvector.Present;
        if (isCurrent(target, NEWEST_CORE, SchemaVersions.CORE)
                && (!wantsVectors || isCurrent(target, NEWEST_VECTOR, SchemaVersions.VECTOR))) {
            return checkedVersion(found);
        }
        Optional<SchemaState> state = state(target);
        if (state.isPresent()) {
            refuseNewer(state.get());
            before.change(state.get());
        }
        progress.step("database: bringing the schema up to date");
        bring(target, SchemaVersions.CORE);
        return found.pgvector() instanceof Pgvector.Present
                ? withVectors(target, found, pgvectorHint)
                : found;
    }

    /// What this program reads at most.
    static SchemaState newest() {
        return new SchemaState(SchemaVersions.CORE, SchemaVersions.VECTOR);
    }

    static Optional<SchemaState> state(ConnectionInfo target) throws StartFailure {
        try (Connection connection = connect(target)) {
            return SchemaState.of(connection);
        } catch (SQLException failed) {
            throw unreachable(target, failed);
        }
    }

    /// The scripts that a start would apply, in order; nothing is changed.
    static List<String> pending(ConnectionInfo target) throws StartFailure {
        var pending = new ArrayList<String>();
        try {
            add(pending, flyway(target, "core", "mem_schema_history", SchemaVersions.CORE));
            if (inspect(target, "").pgvector() instanceof Pgvector.Present) {
                add(
                        pending,
                        flyway(
                                target,
                                "vector",
                                "mem_vector_schema_history",
                                SchemaVersions.VECTOR));
            }
            return List.copyOf(pending);
        } catch (FlywayException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "cannot read the history of the schema of "
                            + target.jdbcUrl()
                            + " ("
                            + firstLine(failed)
                            + ")",
                    "see the log");
        }
    }

    private static void add(List<String> pending, Flyway flyway) {
        for (MigrationInfo each : flyway.info().pending()) {
            pending.add(each.getScript());
        }
    }

    /// A program that is older than its data would write rows that the newer one misreads.
    private static void refuseNewer(SchemaState state) throws StartFailure {
        if (state.isNewerThan(newest())) {
            throw new StartFailure(
                    ErrorCode.SCHEMA_NEWER,
                    "the database was written by a newer Mneme: its schema is "
                            + state.core()
                            + ", this program knows up to "
                            + SchemaVersions.CORE,
                    "install the newer version again, or go back with `mneme restore` and the copy"
                            + " that was made before the upgrade: `mneme backup --list` names it");
        }
    }

    /// Brings the core of a schema to a version, without the part for vectors.
    private static void bring(ConnectionInfo target, String version) throws StartFailure {
        try {
            flyway(target, "core", "mem_schema_history", version).migrate();
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
    }

    /// Brings an empty or older schema to a version, as a restore wants it.
    ///
    /// @param vector null leaves that part out; it is also left out where the server has no
    /// pgvector
    static void bring(ConnectionInfo target, String core, @Nullable String vector)
            throws StartFailure {
        Migrated found = inspect(target, "");
        bring(target, core);
        if (vector == null || found.pgvector() instanceof Pgvector.Absent) {
            return;
        }
        try {
            flyway(target, "vector", "mem_vector_schema_history", vector).migrate();
        } catch (FlywayException failed) {
            LOG.warn("restored without vectors: error={}", firstLine(failed));
        }
    }

    /// A server that lists pgvector may still refuse it: too old, not loadable, no right to create
    /// an extension. Then vectors are off, and everything else works.
    private static Migrated withVectors(ConnectionInfo target, Migrated found, String hint)
            throws StartFailure {
        try {
            flyway(target, "vector", "mem_vector_schema_history", SchemaVersions.VECTOR).migrate();
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

    private static Flyway flyway(
            ConnectionInfo target, String part, String history, String version) {
        return Flyway.configure()
                .dataSource(connections(target))
                .locations("classpath:dev/mneme/migrations/" + part)
                .table(history)
                .target(version)
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
