package dev.mneme.daemon;

import dev.mneme.backup.SchemaState;
import dev.mneme.config.Settings;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `migrate` and `db` of the daemon's program: runs of their own that end when they are done.
final class DatabaseCommands {

    private static final String READ_ONLY = "default_transaction_read_only=on";

    private final MnemeHome home;
    private final Settings settings;
    private final Progress progress;

    DatabaseCommands(MnemeHome home, Settings settings, Progress progress) {
        this.home = home;
        this.settings = settings;
        this.progress = progress;
    }

    /// Says which scripts would be applied, and changes nothing.
    void planMigration() throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home);
                DatabaseServer.Reached database =
                        DatabaseServer.reach(home, settings, !lock.held(), progress)) {
            Optional<SchemaState> state = Migrator.state(database.connection());
            progress.step(
                    "schema "
                            + state.map(SchemaState::core).orElse("none")
                            + ", this program has "
                            + Migrator.newest().core());
            List<String> pending = Migrator.pending(database.connection());
            pending.forEach(script -> progress.step("would apply " + script));
            if (pending.isEmpty()) {
                progress.step("nothing to apply");
            }
        }
    }

    /// Brings the schema up to date, as each start does; a copy is kept first.
    void migrate() throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home)) {
            if (!lock.held()) {
                progress.step("nothing to apply: the daemon is running, its start did it");
                return;
            }
            try (DatabaseServer server = DatabaseServer.open(home, settings, progress)) {
                progress.step("database ready: " + server.describe());
            }
        }
    }

    /// Hands the terminal to `psql` where there is one, else to our own small prompt.
    ///
    /// @param writing whether statements may change something
    /// @param sql to run alone; empty for a conversation
    int sql(boolean writing, String sql) throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home);
                DatabaseServer.Reached database =
                        DatabaseServer.reach(home, settings, !lock.held(), progress)) {
            ConnectionInfo target = database.connection();
            Optional<Path> psql = sql.isEmpty() ? psql() : Optional.empty();
            return psql.isPresent()
                    ? converse(psql.get(), target, writing)
                    : prompt(target, writing, sql);
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.INTERNAL,
                    "the conversation with the database ended (" + failed.getMessage() + ")",
                    "try again with `-c SQL`");
        }
    }

    private static Optional<Path> psql() {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path program = Path.of(folder, File.separatorChar == '\\' ? "psql.exe" : "psql");
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return Optional.of(program);
            }
        }
        return Optional.empty();
    }

    /// The password travels in the environment of the child alone.
    private static int converse(Path psql, ConnectionInfo target, boolean writing)
            throws IOException, InterruptedException {
        var words =
                new ArrayList<>(
                        List.of(
                                psql.toString(),
                                "-h",
                                target.host(),
                                "-p",
                                Integer.toString(target.port()),
                                "-U",
                                target.user(),
                                "-d",
                                target.database()));
        var builder = new ProcessBuilder(words).inheritIO();
        builder.environment().put("PGPASSWORD", target.password());
        target.parameters()
                .forEach(
                        (name, value) -> {
                            if (name.equals("sslmode")) {
                                builder.environment().put("PGSSLMODE", value);
                            } else if (name.equals("sslrootcert")) {
                                builder.environment().put("PGSSLROOTCERT", value);
                            }
                        });
        if (!writing) {
            builder.environment().put("PGOPTIONS", "-c " + READ_ONLY);
        }
        return builder.start().waitFor() == 0 ? 0 : 1;
    }

    private static int prompt(ConnectionInfo target, boolean writing, String sql)
            throws StartFailure, IOException {
        try (Connection connection =
                ServerConnections.patient(() -> target, "mneme-db").getConnection()) {
            if (!writing) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("SET " + READ_ONLY);
                }
            }
            boolean person =
                    Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
            var prompt = new SqlPrompt(connection, System.in, System.out, person);
            boolean failed = sql.isEmpty() ? prompt.run() > 0 : !prompt.execute(sql);
            return failed ? 1 : 0;
        } catch (SQLException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "cannot reach the database at "
                            + target.jdbcUrl()
                            + " (SQL state "
                            + failed.getSQLState()
                            + ")",
                    "check that it runs, and user and password");
        }
    }
}
