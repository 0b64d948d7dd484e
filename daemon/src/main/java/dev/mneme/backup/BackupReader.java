package dev.mneme.backup;

import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Reads a backup and puts its rows into an empty schema.
///
/// Nothing in the file becomes part of a statement before it has been found in the database's own
/// catalog.
public final class BackupReader implements AutoCloseable {

    private static final long MANIFEST_BYTES_MAX = 1 << 20;

    private final Path file;
    private final ZipFile zip;
    private final Manifest manifest;

    private BackupReader(Path file, ZipFile zip, Manifest manifest) {
        this.file = file;
        this.zip = zip;
        this.manifest = manifest;
    }

    public static BackupReader open(Path file) throws BackupFailure {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile(), StandardCharsets.UTF_8);
        } catch (ZipException damaged) {
            throw damaged(file, "it is cut off, or no backup", damaged);
        } catch (IOException unreadable) {
            throw new BackupFailure(
                    "cannot read the backup `" + file + "` (" + unreadable.getMessage() + ")",
                    "name a file that `mneme backup` wrote and that you may read",
                    unreadable);
        }
        try {
            return new BackupReader(file, zip, manifest(file, zip));
        } catch (BackupFailure | RuntimeException failed) {
            close(zip);
            throw failed;
        }
    }

    private static Manifest manifest(Path file, ZipFile zip) throws BackupFailure {
        ZipEntry entry = zip.getEntry(Manifest.ENTRY);
        if (entry == null || entry.getSize() > MANIFEST_BYTES_MAX) {
            throw damaged(file, "it has no manifest", null);
        }
        Manifest manifest;
        try (InputStream in = zip.getInputStream(entry)) {
            manifest =
                    Json.read(
                            new String(in.readAllBytes(), StandardCharsets.UTF_8), Manifest.class);
        } catch (IOException | RuntimeException unreadable) {
            throw damaged(file, "its manifest cannot be read", unreadable);
        }
        if (manifest.format() > Manifest.FORMAT) {
            throw new BackupFailure(
                    "the backup `"
                            + file
                            + "` has format "
                            + manifest.format()
                            + ", this program reads up to "
                            + Manifest.FORMAT,
                    "restore it with the version of Mneme that wrote it ("
                            + manifest.madeBy()
                            + ")");
        }
        return manifest;
    }

    public Manifest manifest() {
        return manifest;
    }

    /// Reads every entry to its end and compares it with the manifest, without any database.
    public void verifyFile() throws BackupFailure {
        for (Manifest.Table table : manifest.tables()) {
            var counted = new CountedStream(OutputStream.nullOutputStream());
            try (InputStream in = rows(table)) {
                in.transferTo(counted);
            } catch (IOException unreadable) {
                throw damaged(file, "`" + table.name() + "` cannot be read", unreadable);
            }
            if (counted.bytes() != table.bytes() || !counted.hash().equals(table.sha256())) {
                throw damaged(file, "`" + table.name() + "` is not what was written", null);
            }
        }
    }

    /// Copies the rows into the connection's current schema, which has the backup's version and is
    /// empty, and reads them back to compare them with the manifest.
    ///
    /// @return tables that were left out, because they need pgvector and the server has none
    List<String> load(Connection connection) throws BackupFailure, SQLException, IOException {
        Map<String, Manifest.Table> wanted = new HashMap<>();
        manifest.tables().forEach(table -> wanted.put(table.name(), table));
        boolean lacksVectors =
                manifest.vector() != null
                        && SchemaState.of(connection)
                                .map(state -> state.vector() == null)
                                .orElse(true);
        List<Catalog.Table> tables = Catalog.read(connection);
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        Session.spellOneWay(connection);
        connection.setAutoCommit(false);
        try {
            for (Catalog.Table table : tables) {
                Manifest.Table rows = wanted.remove(table.name());
                if (rows != null) {
                    load(copy, table, rows);
                    compare(copy, table, rows);
                    continueNumbers(connection, table);
                }
            }
            connection.commit();
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
        if (!wanted.isEmpty() && !lacksVectors) {
            throw damaged(file, "it names tables that its schema does not have", null);
        }
        return wanted.keySet().stream().sorted().toList();
    }

    private void load(CopyManager copy, Catalog.Table table, Manifest.Table rows)
            throws BackupFailure, SQLException, IOException {
        if (!new HashSet<>(table.columns()).equals(new HashSet<>(rows.columns()))) {
            throw damaged(file, "`" + table.name() + "` has other columns than its schema", null);
        }
        try (InputStream in = rows(rows)) {
            copy.copyIn(table.copyIn(rows.columns()), in);
        }
    }

    private void compare(CopyManager copy, Catalog.Table table, Manifest.Table rows)
            throws BackupFailure, SQLException, IOException {
        var counted = new CountedStream(OutputStream.nullOutputStream());
        long count = copy.copyOut(table.copyOut(), counted);
        if (count != rows.rows() || !counted.hash().equals(rows.sha256())) {
            throw new BackupFailure(
                    "`"
                            + table.name()
                            + "` came out of the database other than it went in: "
                            + count
                            + " rows of "
                            + rows.rows(),
                    "nothing was changed; keep the file and report this with `mneme version`");
        }
    }

    private void continueNumbers(Connection connection, Catalog.Table table) throws SQLException {
        for (String column : table.identities()) {
            Long last = manifest.sequences().get(table.name() + "." + column);
            if (last == null) {
                continue;
            }
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "SELECT setval(pg_get_serial_sequence(quote_ident(?), ?)::regclass, ?)")) {
                statement.setString(1, table.name());
                statement.setString(2, column);
                statement.setLong(3, last);
                statement.executeQuery().close();
            }
        }
    }

    private InputStream rows(Manifest.Table table) throws IOException, BackupFailure {
        ZipEntry entry = zip.getEntry(table.entry());
        if (entry == null) {
            throw damaged(file, "`" + table.name() + "` is missing", null);
        }
        return new BufferedInputStream(zip.getInputStream(entry));
    }

    private static BackupFailure damaged(Path file, String what, @Nullable Exception cause) {
        String message = "cannot use the backup `" + file + "`: " + what;
        String hint = "nothing was changed; restore another backup: `mneme backup --list`";
        return cause == null
                ? new BackupFailure(message, hint)
                : new BackupFailure(message, hint, cause);
    }

    @Override
    public void close() {
        close(zip);
    }

    private static void close(ZipFile zip) {
        try {
            zip.close();
        } catch (IOException ignored) {
            // It was only read.
        }
    }
}
