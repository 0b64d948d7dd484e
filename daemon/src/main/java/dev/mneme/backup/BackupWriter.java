package dev.mneme.backup;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.PrivateFiles;

import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes everything that is stored into one file: a ZIP with an entry for each table and the
/// manifest last.
///
/// All tables are read in one REPEATABLE READ snapshot, so they fit together whatever is stored
/// meanwhile. The file gets its name when it is whole and on the disk; nobody but its owner reads
/// it.
public final class BackupWriter {

    private static final String DRAFT = ".draft-";

    private final Connection connection;
    private final String madeBy;

    /// @param connection to the database; its current schema holds our tables
    /// @param madeBy which program, for the manifest
    public BackupWriter(Connection connection, String madeBy) {
        this.connection = connection;
        this.madeBy = madeBy;
    }

    public Manifest write(Path file) throws BackupFailure {
        if (Files.exists(file)) {
            throw new BackupFailure(
                    "cannot write the backup: there is already a file `" + file + "`",
                    "name another file, or move that one away");
        }
        try {
            return writeDraft(file.toAbsolutePath());
        } catch (IOException failed) {
            throw new BackupFailure(
                    "cannot write the backup `" + file + "` (" + failed.getMessage() + ")",
                    "check that its folder can be written and its disk has room",
                    failed);
        } catch (SQLException failed) {
            throw new BackupFailure(
                    "cannot read the database for a backup (SQL state "
                            + failed.getSQLState()
                            + ")",
                    "check that it runs, then try again; see `mneme logs`",
                    failed);
        }
    }

    private Manifest writeDraft(Path file) throws IOException, SQLException, BackupFailure {
        Path folder = Objects.requireNonNull(file.getParent());
        removeLeftDrafts(folder);
        Path draft =
                file.resolveSibling(file.getFileName() + DRAFT + ProcessHandle.current().pid());
        Files.deleteIfExists(draft);
        PrivateFiles.create(draft);
        try {
            Manifest manifest;
            try (OutputStream stream =
                            new BufferedOutputStream(
                                    Files.newOutputStream(draft, StandardOpenOption.WRITE));
                    var zip = new ZipOutputStream(stream, StandardCharsets.UTF_8)) {
                manifest = inOneSnapshot(zip);
            }
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
            return manifest;
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /// A process that was killed leaves its draft; the number in its name says whose it was.
    private static void removeLeftDrafts(Path folder) throws IOException {
        try (DirectoryStream<Path> drafts = Files.newDirectoryStream(folder, "*" + DRAFT + "*")) {
            for (Path draft : drafts) {
                String name = draft.getFileName().toString();
                String pid = name.substring(name.lastIndexOf(DRAFT) + DRAFT.length());
                if (pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    Files.deleteIfExists(draft);
                }
            }
        }
    }

    private Manifest inOneSnapshot(ZipOutputStream zip)
            throws IOException, SQLException, BackupFailure {
        connection.setAutoCommit(false);
        try {
            Session.execute(
                    connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            Session.spellOneWay(connection);
            Manifest manifest = tables(zip);
            zip.putNextEntry(new ZipEntry(Manifest.ENTRY));
            zip.write((Json.write(manifest) + "\n").getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
            return manifest;
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private Manifest tables(ZipOutputStream zip) throws IOException, SQLException, BackupFailure {
        List<Catalog.Table> tables = Catalog.read(connection);
        SchemaState schema =
                SchemaState.of(connection)
                        .orElseThrow(
                                () ->
                                        new BackupFailure(
                                                "there is nothing to back up: the database has no"
                                                        + " tables of Mneme",
                                                "start Mneme once with `mneme start`"));
        CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
        var written = new ArrayList<Manifest.Table>();
        var sequences = new TreeMap<String, Long>();
        for (Catalog.Table table : tables) {
            zip.putNextEntry(new ZipEntry("tables/" + table.name() + ".copy"));
            var counted = new CountedStream(zip);
            long rows = copy.copyOut(table.copyOut(), counted);
            zip.closeEntry();
            written.add(
                    new Manifest.Table(
                            table.name(), table.columns(), rows, counted.bytes(), counted.hash()));
            sequences.putAll(lastValues(table));
        }
        return new Manifest(
                Manifest.FORMAT,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                madeBy,
                Session.strings(connection, "SHOW server_version").getFirst(),
                schema.core(),
                schema.vector(),
                written,
                sequences);
    }

    /// A number that was given out is never given to another row, also where its row is gone.
    private Map<String, Long> lastValues(Catalog.Table table) throws SQLException {
        var values = new TreeMap<String, Long>();
        for (String column : table.identities()) {
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            """
                            SELECT pg_sequence_last_value(
                                pg_get_serial_sequence(quote_ident(?), ?)::regclass)
                            """)) {
                statement.setString(1, table.name());
                statement.setString(2, column);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    long value = row.getLong(1);
                    if (!row.wasNull()) {
                        values.put(table.name() + "." + column, value);
                    }
                }
            }
        }
        return values;
    }
}
