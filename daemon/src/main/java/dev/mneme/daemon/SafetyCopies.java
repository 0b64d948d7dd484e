package dev.mneme.daemon;

import dev.mneme.backup.BackupFailure;
import dev.mneme.backup.BackupWriter;
import dev.mneme.backup.SchemaState;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Backups that nobody asked for: before the schema changes, and before a restore. They need no
/// setting, are few, and their names say what they were made before.
final class SafetyCopies implements Migrator.Before {

    /// The newest ones; those that a person made are never counted nor removed.
    static final int KEPT_MAX = 3;

    private static final String PREFIX = "before-";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final MnemeHome home;
    private final ConnectionInfo target;
    private final Progress progress;

    SafetyCopies(MnemeHome home, ConnectionInfo target, Progress progress) {
        this.home = home;
        this.target = target;
        this.progress = progress;
    }

    @Override
    public void change(SchemaState from) throws StartFailure {
        make("schema-" + Migrator.newest().core());
    }

    /// Empty where nothing is stored yet.
    Optional<Path> make(String before) throws StartFailure {
        Optional<Path> made = make(before, SafetyCopies::holdsData);
        try {
            removeOld();
        } catch (IOException failed) {
            throw notMade(failed);
        }
        return made;
    }

    /// Of whatever there is, be it no more than what was forgotten: nothing else goes on. Empty
    /// where there is no schema. An attempt that is repeated pushes no other copy out: it takes the
    /// place of what the former one made.
    Optional<Path> makeOfAll(String before) throws StartFailure {
        Optional<Path> made = make(before, SafetyCopies::hasSchema);
        if (made.isPresent()) {
            removeFormer(before, made.get());
        }
        return made;
    }

    private void removeFormer(String before, Path made) throws StartFailure {
        try {
            for (Path copy : copies()) {
                if (!copy.equals(made)
                        && copy.getFileName().toString().startsWith(PREFIX + before + "-")) {
                    Files.deleteIfExists(copy);
                }
            }
            removeOld();
        } catch (IOException failed) {
            throw notMade(failed);
        }
    }

    private Optional<Path> make(String before, Reason reason) throws StartFailure {
        try (Connection connection =
                ServerConnections.patient(() -> target, "mneme-backup").getConnection()) {
            if (!reason.isThere(connection)) {
                return Optional.empty();
            }
            PrivateFiles.createFolder(home.backups());
            Path file =
                    home.backups()
                            .resolve(PREFIX + before + "-" + TIME.format(Instant.now()) + ".zip");
            progress.step("database: keeping a copy in `" + file + "`");
            new BackupWriter(connection, Version.current()).write(file);
            return Optional.of(file);
        } catch (BackupFailure failed) {
            throw new StartFailure(
                    ErrorCode.BACKUP_FAILED,
                    "no copy could be made before the database changes: " + failed.getMessage(),
                    failed.hint());
        } catch (SQLException | IOException failed) {
            throw notMade(failed);
        }
    }

    private StartFailure notMade(Exception failed) {
        return new StartFailure(
                ErrorCode.BACKUP_FAILED,
                "no copy could be made before the database changes ("
                        + failed.getClass().getSimpleName()
                        + ")",
                "make room in `" + home.backups() + "`, then try again");
    }

    /// Why a copy is made.
    private interface Reason {
        boolean isThere(Connection connection) throws SQLException;
    }

    private static boolean hasSchema(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet table = statement.executeQuery("SELECT to_regclass('mem_projects')")) {
            table.next();
            return table.getString(1) != null;
        }
    }

    private static boolean holdsData(Connection connection) throws SQLException {
        if (!hasSchema(connection)) {
            return false;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT EXISTS (TABLE mem_projects)")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private void removeOld() throws IOException {
        for (Path old : copies().stream().skip(KEPT_MAX).toList()) {
            Files.deleteIfExists(old);
        }
    }

    /// Those that nobody asked for, the newest first.
    private List<Path> copies() throws IOException {
        if (!Files.isDirectory(home.backups())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(home.backups())) {
            return files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .filter(file -> file.getFileName().toString().endsWith(".zip"))
                    .sorted(Comparator.comparing(SafetyCopies::time).reversed())
                    .toList();
        }
    }

    /// The part of the name behind the last `-`, which sorts as the time does.
    private static String time(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('-') + 1);
    }
}
