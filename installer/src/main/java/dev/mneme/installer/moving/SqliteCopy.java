package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/// A SQLite database of somebody else, read from a copy of our own.
///
/// Whoever opens a database in WAL mode, even to read, may create, change or remove the files
/// beside it. So the database and its log are copied to `$MNEME_HOME/run` and opened there; the
/// source is only ever read as a file. A copy that the source changed under is made anew.
final class SqliteCopy implements AutoCloseable {

    private static final int COPY_ATTEMPTS_MAX = 5;
    private static final long COPY_PAUSE_MS = 200;

    /// A copy that is older was left behind by an import that was killed.
    private static final long LEFT_AFTER_MS = 24L * 60 * 60 * 1_000;

    /// What belongs to a database beside its own file. The index of the log is made anew.
    private static final List<String> COMPANIONS = List.of("-wal", "-journal");

    private final Path folder;
    private final Connection connection;

    private SqliteCopy(Path folder, Connection connection) {
        this.folder = folder;
        this.connection = connection;
    }

    static SqliteCopy of(Path source, MnemeHome home) throws Failure, IOException {
        if (!Files.isRegularFile(source)) {
            throw new Failure(
                    "cannot read `" + source + "`: there is no such file",
                    "name the database, as in `mneme import claude-mem ~/.claude-mem/claude-mem.db`");
        }
        removeLeftovers(home.run());
        Path folder = home.run().resolve("import-" + UUID.randomUUID());
        PrivateFiles.createDirectories(folder);
        Path natives = home.natives().resolve("sqlite");
        PrivateFiles.createDirectories(natives);
        System.setProperty("org.sqlite.tmpdir", natives.toString());
        try {
            Path copy = folder.resolve("copy.db");
            copyUnchanged(source, copy);
            Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
            try {
                readable(connection, source);
            } catch (SQLException | Failure broken) {
                connection.close();
                throw broken;
            }
            return new SqliteCopy(folder, connection);
        } catch (SQLException unreadable) {
            delete(folder);
            throw notADatabase(source, unreadable);
        } catch (IOException | Failure failed) {
            delete(folder);
            throw failed;
        }
    }

    private static void readable(Connection connection, Path source) throws SQLException, Failure {
        try (var statement = connection.createStatement();
                ResultSet tables = statement.executeQuery("SELECT count(*) FROM sqlite_master")) {
            if (tables.next() && tables.getLong(1) == 0) {
                throw new Failure(
                        "cannot import `" + source + "`: there are no tables in it",
                        "check that it is the right file");
            }
        }
    }

    private static Failure notADatabase(Path source, SQLException unreadable) {
        return new Failure(
                "cannot read `" + source + "` as a SQLite database: " + unreadable.getMessage(),
                "check that it is the right file, and that it is whole",
                unreadable);
    }

    private record Look(long size, @Nullable FileTime changed) {

        static Look at(Path file) throws IOException {
            return Files.exists(file)
                    ? new Look(Files.size(file), Files.getLastModifiedTime(file))
                    : new Look(-1, null);
        }
    }

    private static List<Look> look(Path source) throws IOException {
        var looks = new ArrayList<Look>();
        looks.add(Look.at(source));
        for (String companion : COMPANIONS) {
            looks.add(Look.at(beside(source, companion)));
        }
        return looks;
    }

    private static Path beside(Path file, String companion) {
        return file.resolveSibling(file.getFileName() + companion);
    }

    private static void copyUnchanged(Path source, Path copy) throws IOException, Failure {
        for (int attempt = 1; ; attempt++) {
            List<Look> before = look(source);
            Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
            for (String companion : COMPANIONS) {
                Path from = beside(source, companion);
                Files.deleteIfExists(beside(copy, companion));
                if (Files.exists(from)) {
                    Files.copy(from, beside(copy, companion));
                }
            }
            if (look(source).equals(before)) {
                return;
            }
            if (attempt == COPY_ATTEMPTS_MAX) {
                throw new Failure(
                        "cannot copy `" + source + "`: it changes while it is read",
                        "end the program that writes to it, and run this again");
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(COPY_PAUSE_MS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /// The columns of a table; none where there is no such table.
    Set<String> columns(String table) throws SQLException {
        var columns = new LinkedHashSet<String>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT name FROM pragma_table_info(?)")) {
            statement.setString(1, table);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1).toLowerCase(Locale.ROOT));
                }
            }
        }
        return columns;
    }

    long count(String table) throws SQLException {
        if (columns(table).isEmpty()) {
            return 0;
        }
        try (var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + quoted(table))) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    /// Every row of a table in the order of a column, read as it comes.
    Rows rows(String table, String order) throws SQLException {
        return Rows.of(
                connection.prepareStatement(
                        "SELECT * FROM " + quoted(table) + sorted(table, order)));
    }

    /// Those whose column holds this value.
    Rows rowsOf(String table, String column, String value, String order) throws SQLException {
        PreparedStatement statement =
                connection.prepareStatement(
                        "SELECT * FROM "
                                + quoted(table)
                                + " WHERE "
                                + quoted(column)
                                + " = ?"
                                + sorted(table, order));
        statement.setString(1, value);
        return Rows.of(statement);
    }

    private String sorted(String table, String order) throws SQLException {
        return columns(table).contains(order)
                ? " ORDER BY " + quoted(order) + ", rowid"
                : " ORDER BY rowid";
    }

    static String quoted(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException failed) {
            throw new IOException("cannot close the copy of the database", failed);
        } finally {
            delete(folder);
        }
    }

    /// Copies of imports that were killed.
    private static void removeLeftovers(Path run) throws IOException {
        if (!Files.isDirectory(run)) {
            return;
        }
        try (Stream<Path> entries = Files.list(run)) {
            for (Path entry : entries.toList()) {
                boolean left =
                        entry.getFileName().toString().startsWith("import-")
                                && Files.getLastModifiedTime(entry).toMillis()
                                        < System.currentTimeMillis() - LEFT_AFTER_MS;
                if (left) {
                    delete(entry);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }
}
