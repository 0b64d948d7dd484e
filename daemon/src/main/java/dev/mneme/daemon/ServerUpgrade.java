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
import dev.mneme.protocol.FileTree;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.PrivateFiles;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Brings what an older major version of the embedded PostgreSQL stored to the one that comes with
/// this program: a backup, a new cluster beside the old one, a restore that compares every row with
/// the backup, and a swap of the two folders.
///
/// The old cluster is only read, and stays until the new one has been opened. Whatever kills this
/// at whatever instant: the next run finds the old cluster in its place and begins anew, or finds
/// the mark that the new one is complete and goes on with the swap. An attempt that fails takes its
/// half-made cluster away again; of the copies that attempts make, the last one stays.
final class ServerUpgrade {

    private static final Logger LOG = LoggerFactory.getLogger(ServerUpgrade.class);

    private static final String DATA = "data";

    /// Beginnings of the names of a new cluster that is being made, and of an old one that was put
    /// aside; what follows is the new major version.
    private static final String BESIDE = "upgrade-";

    private static final String ASIDE = "data-before-";

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(60);

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
            clearOtherVersions();
            Optional<String> stored = EmbeddedPostgres.storedMajorVersion(home.postgres());
            if (stored.isPresent() && isOlder(stored.get())) {
                bringOver(stored.get());
                swap();
            }
        } catch (IOException failed) {
            throw cannot(failed);
        }
    }

    /// Sees to it that the cluster is in its place where a swap was killed half-way: for whoever
    /// works on it as it is.
    void settle() throws StartFailure, PostgresException, InterruptedException {
        try {
            swap();
        } catch (IOException failed) {
            throw cannot(failed);
        }
    }

    private StartFailure cannot(IOException failed) {
        return new StartFailure(
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

    /// To be called when the new cluster has been opened by a server that was started for it: what
    /// the former version left is of no more use.
    void dropOld() throws InterruptedException {
        try {
            for (Path old : folders(ASIDE)) {
                FileTree.delete(old);
            }
            installation.removeOthers();
        } catch (IOException failed) {
            LOG.warn("cannot remove the old cluster: folder={}", home.postgres());
        } catch (PostgresException failed) {
            LOG.warn("{}: {}", failed.getMessage(), failed.hint());
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
        return home.postgres().resolve(BESIDE + installation.majorVersion());
    }

    /// Where the old one goes when the new one takes its place.
    private Path old() {
        return home.postgres().resolve(ASIDE + installation.majorVersion());
    }

    private void bringOver(String stored)
            throws StartFailure, PostgresException, IOException, InterruptedException {
        PostgresInstallation programs =
                PostgresInstallation.installed(home.postgres(), stored)
                        .orElseThrow(() -> programsAreGone(stored));
        progress.step("database: from PostgreSQL " + stored + " to " + installation.majorVersion());
        discard(beside(), installation);
        boolean complete = false;
        try {
            make(programs);
            complete = true;
        } finally {
            if (!complete) {
                makeRoom();
            }
        }
    }

    /// After a failure, whose reason may be that there is no room.
    private void makeRoom() throws InterruptedException {
        try {
            discard(beside(), installation);
        } catch (PostgresException | IOException failed) {
            LOG.warn("cannot remove the unfinished cluster: folder={}", beside());
        }
    }

    private void make(PostgresInstallation programs)
            throws StartFailure, PostgresException, IOException, InterruptedException {
        Path beside = beside();
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

    /// A new cluster that nobody will use, with the server that a killed attempt may have left.
    private void discard(Path made, PostgresInstallation programs)
            throws PostgresException, IOException, InterruptedException {
        EmbeddedPostgres.stopRunning(settings(made, programs));
        FileTree.delete(made);
    }

    /// What attempts of a program with another PostgreSQL left, such as one that was taken back.
    private void clearOtherVersions() throws PostgresException, IOException, InterruptedException {
        for (Path made : folders(BESIDE)) {
            if (!made.equals(beside())) {
                String major = made.getFileName().toString().substring(BESIDE.length());
                discard(
                        made,
                        PostgresInstallation.installed(home.postgres(), major)
                                .orElse(installation));
            }
        }
    }

    /// The folders below `postgres` whose names begin so; of the newest version first.
    private List<Path> folders(String beginning) throws IOException {
        var found = new ArrayList<Path>();
        if (Files.isDirectory(home.postgres())) {
            try (DirectoryStream<Path> entries =
                    Files.newDirectoryStream(home.postgres(), beginning + "[0-9]*")) {
                entries.forEach(found::add);
            }
        }
        found.sort(
                Comparator.comparingInt((Path folder) -> folder.getFileName().toString().length())
                        .thenComparing(Path::getFileName)
                        .reversed());
        return found;
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

    /// Two renames; killed between them, the next run does the second. Meanwhile nobody starts a
    /// server, who would find no cluster and make an empty one.
    private void swap() throws StartFailure, PostgresException, IOException, InterruptedException {
        if (!Files.isDirectory(home.postgres())) {
            return;
        }
        try (var _ = EmbeddedPostgres.lockStarts(home.postgres(), LOCK_TIMEOUT)) {
            if (Files.exists(beside().resolve(COMPLETE))) {
                swapLocked();
            }
            takeBack();
        }
    }

    private void swapLocked() throws StartFailure, PostgresException, IOException {
        Path made = beside().resolve(DATA);
        Path data = home.postgres().resolve(DATA);
        if (Files.exists(made)) {
            if (Files.exists(data)) {
                String madeFrom = Files.readString(beside().resolve(COMPLETE));
                if (!madeFrom.equals(stateOf(data))) {
                    refuseUnlessOlder(data);
                    // An older program used the old cluster in the meantime.
                    FileTree.delete(beside());
                    return;
                }
                for (Path before : folders(ASIDE)) {
                    FileTree.delete(before);
                }
                Files.move(data, old(), StandardCopyOption.ATOMIC_MOVE);
            }
            progress.step("database: putting the new cluster in place");
            Files.move(made, data, StandardCopyOption.ATOMIC_MOVE);
        }
        FileTree.delete(beside());
    }

    /// Two clusters that may both hold what nothing else does are for a person to look at.
    private void refuseUnlessOlder(Path data) throws StartFailure, PostgresException {
        String stored = EmbeddedPostgres.storedMajorVersion(home.postgres()).orElse("");
        if (!isOlder(stored)) {
            throw new StartFailure(
                    ErrorCode.CONFLICT,
                    "there are two clusters of PostgreSQL "
                            + installation.majorVersion()
                            + ", in `"
                            + data
                            + "` and in `"
                            + beside()
                            + "`",
                    "move the one that you do not want away; the other is used then");
        }
    }

    /// A program with a newer PostgreSQL was killed between its renames, and this one took its
    /// place: the cluster that it had put aside is the one to use.
    private void takeBack() throws IOException {
        Path data = home.postgres().resolve(DATA);
        if (Files.exists(data)) {
            return;
        }
        for (Path aside : folders(ASIDE)) {
            if (Files.exists(aside.resolve("PG_VERSION"))) {
                Files.move(aside, data, StandardCopyOption.ATOMIC_MOVE);
                return;
            }
        }
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
}
