package dev.mneme.daemon;

import dev.mneme.backup.BackupFailure;
import dev.mneme.backup.BackupReader;
import dev.mneme.backup.Restore;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresException;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.ErrorCode;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Optional;

/// Brings what an older major version of the embedded PostgreSQL stored to the one that comes with
/// this program: a backup, a new cluster beside the old one, a restore that compares every row with
/// the backup, and a swap of the two folders.
///
/// The old cluster is only read, and stays until the new one has been opened. Whatever kills this
/// at whatever instant: the next run finds the old cluster in its place and begins anew, or finds
/// the mark that the new one is complete and goes on with the swap.
final class ServerUpgrade {

    private static final Logger LOG = LoggerFactory.getLogger(ServerUpgrade.class);

    private static final String DATA = "data";

    /// Beside a new cluster that holds everything and was stopped in order: which state of the old
    /// one it was made from.
    private static final String COMPLETE = "complete";

    /// Of a cluster, and other after each start of its server.
    private static final Path CONTROL = Path.of("global", "pg_control");

    private final MnemeHome home;
    private final PostgresInstallation installation;
    private final Progress progress;

    ServerUpgrade(MnemeHome home, PostgresInstallation installation, Progress progress) {
        this.home = home;
        this.installation = installation;
        this.progress = progress;
    }

    /// Does nothing where the data is of this version, or of a newer one, which nothing here can
    /// read.
    void run() throws StartFailure, PostgresException, InterruptedException {
        try {
            swap();
            Optional<String> stored = EmbeddedPostgres.storedMajorVersion(home.postgres());
            if (stored.isPresent() && isOlder(stored.get())) {
                bringOver(stored.get());
                swap();
            }
        } catch (IOException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "cannot bring the database to PostgreSQL "
                            + installation.majorVersion()
                            + " ("
                            + failed.getMessage()
                            + ")",
                    "nothing was lost; check that `"
                            + home.postgres()
                            + "` can be written and its disk has room for the database twice");
        }
    }

    /// To be called when the new cluster has been opened.
    void dropOld() {
        try {
            deleteTree(old());
        } catch (IOException failed) {
            LOG.warn("cannot remove the old cluster: folder={}", old());
        }
    }

    private boolean isOlder(String stored) {
        try {
            return Integer.parseInt(stored) < Integer.parseInt(installation.majorVersion());
        } catch (NumberFormatException unreadable) {
            return false;
        }
    }

    /// Where the new cluster is made.
    private Path beside() {
        return home.postgres().resolve("upgrade-" + installation.majorVersion());
    }

    /// Where the old one goes when the new one takes its place.
    private Path old() {
        return home.postgres().resolve("data-before-" + installation.majorVersion());
    }

    private void bringOver(String stored)
            throws StartFailure, PostgresException, IOException, InterruptedException {
        PostgresInstallation programs =
                PostgresInstallation.installed(home.postgres(), stored)
                        .orElseThrow(() -> programsAreGone(stored));
        progress.step("database: from PostgreSQL " + stored + " to " + installation.majorVersion());
        Path beside = beside();
        EmbeddedPostgres.stopRunning(settings(beside, installation));
        deleteTree(beside);
        PrivateFiles.createFolder(beside);
        Optional<Path> copy;
        String password;
        try (EmbeddedPostgres server =
                EmbeddedPostgres.start(settings(home.postgres(), programs))) {
            password = server.connection().password();
            copy =
                    new SafetyCopies(home, server.connection(), progress)
                            .makeOfAll("postgres-" + installation.majorVersion());
        }
        try (EmbeddedPostgres server = EmbeddedPostgres.start(settings(beside, installation))) {
            if (copy.isPresent()) {
                restore(copy.get(), server.connection());
            }
            setPassword(server.connection(), password);
        }
        PrivateFiles.writeAtomically(
                beside.resolve(COMPLETE), stateOf(home.postgres().resolve(DATA)));
    }

    private StartFailure programsAreGone(String stored) {
        return new StartFailure(
                ErrorCode.DATABASE_UNREACHABLE,
                "the data in `"
                        + home.postgres().resolve(DATA)
                        + "` was written by PostgreSQL "
                        + stored
                        + ", whose programs are gone",
                "install the version of Mneme that wrote it, run `mneme backup`, then install this one"
                        + " into an empty home and run `mneme restore`");
    }

    private EmbeddedPostgres.Settings settings(Path root, PostgresInstallation programs) {
        return EmbeddedPostgres.Settings.of(root, home.log(), programs).withProgress(progress);
    }

    /// Compares every row with the backup before anything counts.
    private void restore(Path copy, ConnectionInfo target) throws StartFailure, IOException {
        try (BackupReader reader = BackupReader.open(copy)) {
            new Restore(new BackupCommands.ThisServer(), Migrator.newest(), progress)
                    .replace(reader, target);
            progress.step(
                    "database: "
                            + reader.manifest().rows()
                            + " rows in "
                            + reader.manifest().tables().size()
                            + " tables compared");
        } catch (BackupFailure failed) {
            throw new StartFailure(
                    ErrorCode.BACKUP_FAILED, String.valueOf(failed.getMessage()), failed.hint());
        }
    }

    /// Both clusters have one password, so that no instant of the swap has the wrong one.
    private static void setPassword(ConnectionInfo target, String password) throws StartFailure {
        try (Connection connection =
                        ServerConnections.patient(() -> target, "mneme-upgrade").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER USER CURRENT_USER PASSWORD '" + password.replace("'", "''") + "'");
        } catch (SQLException failed) {
            throw new StartFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "cannot set the password of the new cluster (SQL state "
                            + failed.getSQLState()
                            + ")",
                    "nothing was lost; start again");
        }
    }

    /// Two renames; killed between them, the next run does the second.
    private void swap() throws IOException {
        Path made = beside().resolve(DATA);
        if (!Files.exists(beside().resolve(COMPLETE))) {
            return;
        }
        Path data = home.postgres().resolve(DATA);
        if (Files.exists(made)) {
            if (Files.exists(data)) {
                String madeFrom = Files.readString(beside().resolve(COMPLETE));
                if (!madeFrom.equals(stateOf(data))) {
                    // An older program used the old cluster in the meantime.
                    deleteTree(beside());
                    return;
                }
                deleteTree(old());
                Files.move(data, old(), StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(made, data, StandardCopyOption.ATOMIC_MOVE);
        }
        deleteTree(beside());
    }

    private static String stateOf(Path cluster) throws IOException {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(Files.readAllBytes(cluster.resolve(CONTROL)));
            return HexFormat.of().formatHex(hash) + "\n";
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path visited, @org.jspecify.annotations.Nullable IOException failed)
                            throws IOException {
                        Files.delete(visited);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
