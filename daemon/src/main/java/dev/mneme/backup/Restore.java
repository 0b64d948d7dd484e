package dev.mneme.backup;

import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts a backup in the place of what is stored, or proves on a database of its own that this would
/// work.
///
/// The rows go into a schema beside the one in use; there they are compared with the manifest and
/// brought up to date. Then one transaction drops the old tables and moves the new ones to their
/// place. Whatever happens at whatever instant, the database holds the old state or the new one;
/// what a killed restore leaves is a schema that nothing reads, and the next one drops it.
public final class Restore {

    /// The schema beside the one in use.
    static final String SCRATCH = "mneme_restore";

    private static final String NOT_ALLOWED = "42501";
    private static final String BUILT_UPON = "2BP01";

    /// Nobody else works on these tables: the daemon is down.
    private static final String LOCK_TIMEOUT = "SET lock_timeout = '10s'";

    private final Server server;
    private final SchemaState newest;
    private final Progress progress;

    /// What a restore needs of whoever knows the server.
    public interface Server {

        /// A connection whose statements may take as long as they need.
        Connection connect(ConnectionInfo target) throws SQLException;

        /// Brings an empty or older schema to a version.
        ///
        /// @param vector null leaves the part out that needs pgvector
        void migrate(ConnectionInfo target, String core, @Nullable String vector)
                throws BackupFailure;
    }

    /// @param newest what this program reads at most
    public Restore(Server server, SchemaState newest, Progress progress) {
        this.server = server;
        this.newest = newest;
        this.progress = progress;
    }

    /// Restores into a database that is made for it and dropped again.
    public void check(BackupReader backup, ConnectionInfo target) throws BackupFailure {
        refuseNewer(backup.manifest());
        backup.verifyFile();
        String name = target.database() + "_mneme_check";
        try (Connection connection = server.connect(target)) {
            lock(connection);
            String dropped = "DROP DATABASE IF EXISTS " + Catalog.quoted(name) + " WITH (FORCE)";
            try {
                Session.execute(connection, dropped);
                Session.execute(
                        connection,
                        "CREATE DATABASE " + Catalog.quoted(name) + " TEMPLATE template0");
            } catch (SQLException refused) {
                throw refused(
                        refused,
                        "make a database to check the backup in",
                        "allow it with `ALTER ROLE "
                                + target.user()
                                + " CREATEDB`, or back up with `--no-check`");
            }
            try {
                progress.step("restoring it into a scratch database");
                fill(backup, inDatabase(target, name));
            } finally {
                Session.execute(connection, dropped);
            }
        } catch (SQLException | IOException failed) {
            throw failed("check the backup", failed);
        }
    }

    /// Puts the backup in the place of what is stored.
    public void replace(BackupReader backup, ConnectionInfo target) throws BackupFailure {
        refuseNewer(backup.manifest());
        progress.step("reading the backup");
        backup.verifyFile();
        try (Connection connection = server.connect(target)) {
            lock(connection);
            String schema = Session.strings(connection, "SELECT current_schema()").getFirst();
            try {
                dropLeft(connection);
                Session.execute(connection, "CREATE SCHEMA " + SCRATCH);
            } catch (SQLException refused) {
                throw refused(
                        refused,
                        "make the schema `" + SCRATCH + "` to restore into",
                        "allow it with `GRANT CREATE ON DATABASE "
                                + target.database()
                                + " TO "
                                + target.user()
                                + "`");
            }
            provideVectors(connection, backup.manifest());
            ConnectionInfo beside = besides(connection, target, schema);
            progress.step("copying " + backup.manifest().rows() + " rows");
            fill(backup, beside);
            progress.step("bringing the schema up to date");
            server.migrate(beside, newest.core(), newest.vector());
            finish(beside);
            progress.step("putting it in place");
            new SchemaSwap(connection, SCRATCH, schema).run();
        } catch (SQLException | IOException failed) {
            throw failed("restore the backup", failed);
        }
    }

    /// Drops what a killed restore left behind.
    private static void dropLeft(Connection connection) throws SQLException {
        Session.execute(connection, "DROP SCHEMA IF EXISTS " + SCRATCH + " CASCADE");
    }

    private void fill(BackupReader backup, ConnectionInfo empty)
            throws BackupFailure, SQLException, IOException {
        server.migrate(empty, backup.manifest().core(), backup.manifest().vector());
        try (Connection connection = server.connect(empty)) {
            List<String> left = backup.load(connection);
            if (!left.isEmpty()) {
                progress.step(
                        "left out, because this server has no pgvector: "
                                + String.join(", ", left)
                                + "; vectors are made anew when it has");
            }
        }
    }

    /// The vectors' index in one go is a fraction of the work that it would be row by row; the
    /// planner learns what there is.
    private void finish(ConnectionInfo beside) throws SQLException {
        try (Connection connection = server.connect(beside)) {
            if (SchemaState.of(connection).map(SchemaState::vector).isPresent()) {
                Session.execute(
                        connection,
                        """
                        SELECT mem_ensure_vector_index(id)
                        FROM mem_embedding_models
                        WHERE is_current
                        """);
            }
            for (Catalog.Table table : Catalog.read(connection)) {
                Session.execute(connection, "ANALYZE " + Catalog.quoted(table.name()));
            }
        }
    }

    private void refuseNewer(Manifest manifest) throws BackupFailure {
        if (new SchemaState(manifest.core(), manifest.vector()).isNewerThan(newest)) {
            throw new BackupFailure(
                    "the backup was made by a newer Mneme ("
                            + manifest.madeBy()
                            + ", schema "
                            + manifest.core()
                            + "; this one knows up to "
                            + newest.core()
                            + ")",
                    "install that version, then restore; nothing was changed");
        }
    }

    /// Two restores at once would share a scratch schema. The lock ends with the connection.
    private static void lock(Connection connection) throws SQLException, BackupFailure {
        Session.execute(connection, LOCK_TIMEOUT);
        boolean free =
                Session.strings(
                                connection,
                                "SELECT pg_try_advisory_lock(hashtextextended('mneme restore', 0))")
                        .equals(List.of("t"));
        if (!free) {
            throw new BackupFailure(
                    "another backup or restore is at work on this database",
                    "wait until it has ended, then run the command again");
        }
    }

    /// In the target's own schema, where it stays; without it the vectors are left out.
    private static void provideVectors(Connection connection, Manifest manifest) {
        if (manifest.vector() == null) {
            return;
        }
        try {
            Session.execute(connection, "CREATE EXTENSION IF NOT EXISTS vector");
        } catch (SQLException notThere) {
            // Loading says which tables it leaves out.
        }
    }

    private static ConnectionInfo inDatabase(ConnectionInfo target, String name) {
        return new ConnectionInfo(
                target.host(),
                target.port(),
                name,
                target.user(),
                target.password(),
                target.parameters());
    }

    /// The scratch schema in front of the one in use, where an extension's types may be.
    private static ConnectionInfo besides(
            Connection connection, ConnectionInfo target, String schema) throws SQLException {
        List<String> path =
                Session.strings(
                        connection,
                        """
                        SELECT string_agg(DISTINCT quote_ident(name), ',')
                        FROM (
                            SELECT ? AS name
                            UNION ALL
                            SELECT nspname
                            FROM pg_extension
                            JOIN pg_namespace ON pg_namespace.oid = extnamespace
                            WHERE extname = 'vector'
                        ) AS names
                        """,
                        schema);
        Map<String, String> parameters = new HashMap<>(target.parameters());
        parameters.put("currentSchema", SCRATCH + "," + path.getFirst());
        return new ConnectionInfo(
                target.host(),
                target.port(),
                target.database(),
                target.user(),
                target.password(),
                parameters);
    }

    private static BackupFailure refused(SQLException refused, String what, String hint)
            throws SQLException {
        if (!NOT_ALLOWED.equals(refused.getSQLState())) {
            throw refused;
        }
        return new BackupFailure("the database does not allow to " + what, hint, refused);
    }

    private static BackupFailure failed(String what, Exception failed) {
        if (failed instanceof SQLException sql && BUILT_UPON.equals(sql.getSQLState())) {
            return new BackupFailure(
                    "cannot " + what + ": something of yours is built on the tables of Mneme",
                    "drop your views on tables named `mem_…`, then run the command again;"
                            + " nothing was changed",
                    failed);
        }
        String reason =
                failed instanceof SQLException sql
                        ? "SQL state " + sql.getSQLState()
                        : String.valueOf(failed.getMessage());
        return new BackupFailure(
                "cannot " + what + " (" + reason + "); nothing was changed",
                "check that the database runs and its disk has room; see `mneme logs`",
                failed);
    }
}
