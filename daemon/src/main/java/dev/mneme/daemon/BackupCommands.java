package dev.mneme.daemon;

import dev.mneme.backup.BackupFailure;
import dev.mneme.backup.BackupReader;
import dev.mneme.backup.BackupWriter;
import dev.mneme.backup.Manifest;
import dev.mneme.backup.Restore;
import dev.mneme.config.Settings;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// `backup` and `restore` of the daemon's program: runs of their own that end when they are done.
///
/// A backup may run beside a daemon, whose server it then uses and leaves running. A restore takes
/// the daemon's place.
final class BackupCommands {

    private final MnemeHome home;
    private final Settings settings;
    private final Progress progress;

    BackupCommands(MnemeHome home, Settings settings, Progress progress) {
        this.home = home;
        this.settings = settings;
        this.progress = progress;
    }

    /// @param check whether the file is restored into a scratch database before it counts
    void backup(Path file, boolean check) throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home);
                DatabaseServer.Reached database =
                        DatabaseServer.reach(home, settings, !lock.held(), progress)) {
            Manifest manifest = write(database.connection(), file);
            progress.step(
                    manifest.tables().size()
                            + " tables with "
                            + manifest.rows()
                            + " rows, "
                            + Files.size(file)
                            + " bytes");
            if (check) {
                checked(database.connection(), file);
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.BACKUP_FAILED,
                    "the backup `" + file + "` cannot be read again (" + failed.getMessage() + ")",
                    "write it to another disk");
        }
    }

    private Manifest write(ConnectionInfo target, Path file) throws StartFailure {
        try (Connection connection = connections(target).getConnection()) {
            return new BackupWriter(connection, Version.current()).write(file);
        } catch (BackupFailure failed) {
            throw failure(failed);
        } catch (SQLException failed) {
            throw unreachable(target, failed);
        }
    }

    /// A file that does not restore is worse than none.
    private void checked(ConnectionInfo target, Path file) throws StartFailure, IOException {
        try (BackupReader reader = BackupReader.open(file)) {
            restore().check(reader, target);
            progress.step("checked: every row came back as it went in");
        } catch (BackupFailure failed) {
            Files.deleteIfExists(file);
            throw failure(failed);
        }
    }

    void restore(Path file) throws StartFailure, InterruptedException {
        try (DaemonLock lock = DaemonLock.acquire(home)) {
            if (!lock.held()) {
                throw new StartFailure(
                        ErrorCode.CONFLICT,
                        "cannot restore while the daemon runs",
                        "stop it with `mneme stop`, then run the command again");
            }
            try (BackupReader reader = BackupReader.open(file);
                    DatabaseServer.Reached database =
                            DatabaseServer.reach(home, settings, false, progress)) {
                Optional<Path> copy =
                        new SafetyCopies(home, database.connection(), progress).make("restore");
                restore().replace(reader, database.connection());
                progress.step("restored: " + reader.manifest().rows() + " rows");
                copy.ifPresent(
                        before -> progress.step("what was there before is in `" + before + "`"));
            } catch (BackupFailure failed) {
                throw failure(failed);
            }
        }
    }

    private Restore restore() {
        return new Restore(new ThisServer(), Migrator.newest(), progress);
    }

    private static StartFailure failure(BackupFailure failed) {
        return new StartFailure(
                ErrorCode.BACKUP_FAILED, String.valueOf(failed.getMessage()), failed.hint());
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

    private static ServerConnections connections(ConnectionInfo target) {
        return ServerConnections.patient(() -> target, "mneme-backup");
    }

    /// How a restore connects and migrates: as the daemon does.
    static final class ThisServer implements Restore.Server {

        @Override
        public Connection connect(ConnectionInfo target) throws SQLException {
            return connections(target).getConnection();
        }

        @Override
        public void migrate(ConnectionInfo target, String core, @Nullable String vector)
                throws BackupFailure {
            try {
                Migrator.bring(target, core, vector);
            } catch (StartFailure failed) {
                throw new BackupFailure(String.valueOf(failed.getMessage()), failed.hint(), failed);
            }
        }
    }
}
