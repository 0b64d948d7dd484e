package dev.mneme.postgres;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/// The server's programs, unpacked: `<root>/<version>/` with `bin`, `lib` and `share`.
///
/// A folder of that name is always complete, because it gets its name by one rename after the last
/// file was written. Immutable; safe for use by several threads.
public final class PostgresInstallation {

    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(2);
    private static final String LOCK = "unpack.lock";
    private static final String UNFINISHED_PREFIX = ".unpack-";

    /// The archive holds 1,054 entries and 140 MB; ten times that is somebody else's archive.
    private static final int ENTRIES_MAX = 10_000;

    private static final int OWNER_EXECUTE = 0100;

    private final Path folder;
    private final String version;

    private PostgresInstallation(Path folder, String version) {
        this.folder = folder;
        this.version = version;
    }

    /// Unpacks this platform's programs below `root` unless they are there already.
    public static PostgresInstallation unpack(Path root, Progress progress)
            throws PostgresException, InterruptedException {
        Path absoluteRoot = root.toAbsolutePath().normalize();
        String version = bundledVersion();
        Path folder = absoluteRoot.resolve(version);
        if (Files.isDirectory(folder)) {
            return new PostgresInstallation(folder, version);
        }
        try (var _ = FolderLock.acquire(absoluteRoot.resolve(LOCK), LOCK_TIMEOUT)) {
            if (!Files.isDirectory(folder)) {
                progress.step("unpacking PostgreSQL " + version);
                removeUnfinished(absoluteRoot);
                Path unfinished = PrivateFiles.createTempDirectory(absoluteRoot, UNFINISHED_PREFIX);
                unpackArchive(unfinished);
                Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot unpack PostgreSQL "
                            + version
                            + " into `"
                            + absoluteRoot
                            + "` ("
                            + failed.getMessage()
                            + ")",
                    "check that the folder can be written and that 150 MB are free",
                    failed);
        }
        return new PostgresInstallation(folder, version);
    }

    /// Programs of a major version that were unpacked below `root` earlier; the newest of them.
    public static Optional<PostgresInstallation> installed(Path root, String majorVersion)
            throws PostgresException {
        Path absoluteRoot = root.toAbsolutePath().normalize();
        Optional<PostgresInstallation> found = Optional.empty();
        try (var entries = Files.newDirectoryStream(absoluteRoot, majorVersion + ".*")) {
            for (Path entry : entries) {
                String version = String.valueOf(entry.getFileName());
                boolean newer =
                        found.isEmpty()
                                || Version.parse(version)
                                                .compareTo(Version.parse(found.get().version()))
                                        > 0;
                if (Files.isDirectory(entry.resolve("bin")) && newer) {
                    found = Optional.of(new PostgresInstallation(entry, version));
                }
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot look for PostgreSQL " + majorVersion + " in `" + absoluteRoot + "`",
                    "check that the folder can be read",
                    failed);
        }
        return found;
    }

    /// Removes the programs of every other version: for who has data of this one, and no server of
    /// another running.
    public void removeOthers() throws PostgresException, InterruptedException {
        Path root = PrivateFiles.parentOf(folder);
        try (var _ = FolderLock.acquire(root.resolve(LOCK), LOCK_TIMEOUT);
                var entries = Files.newDirectoryStream(root, "[0-9]*.[0-9]*")) {
            for (Path entry : entries) {
                if (!entry.equals(folder) && Files.isDirectory(entry.resolve("bin"))) {
                    // A folder with a version's name is whole: half of one must not have it.
                    Path leaving = PrivateFiles.createTempDirectory(root, UNFINISHED_PREFIX);
                    Files.move(entry, leaving.resolve("programs"));
                    PrivateFiles.deleteTree(leaving);
                }
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot remove the programs of another PostgreSQL from `"
                            + root
                            + "` ("
                            + failed.getMessage()
                            + ")",
                    "remove them by hand: all but `" + folder + "`",
                    failed);
        }
    }

    public Path folder() {
        return folder;
    }

    /// Such as `17.6.0`: PostgreSQL's own version and the packaging's.
    public String version() {
        return version;
    }

    /// Such as `17`: extensions fit any server of the same major version.
    public String majorVersion() {
        return version.substring(0, version.indexOf('.'));
    }

    Path program(String name) {
        Path windows = folder.resolve("bin").resolve(name + ".exe");
        return Files.exists(windows) ? windows : folder.resolve("bin").resolve(name);
    }

    /// Where extensions' libraries lie.
    Path libraries() {
        return libraries(folder);
    }

    /// Where extensions' control and SQL files lie.
    Path extensions() {
        return extensions(folder);
    }

    static Path libraries(Path installation) {
        Path nested = installation.resolve("lib").resolve("postgresql");
        return Files.isDirectory(nested) ? nested : installation.resolve("lib");
    }

    static Path extensions(Path installation) {
        Path nested = installation.resolve("share").resolve("postgresql").resolve("extension");
        return Files.isDirectory(nested)
                ? nested
                : installation.resolve("share").resolve("extension");
    }

    private static String bundledVersion() throws PostgresException {
        var properties = new Properties();
        try (InputStream in =
                PostgresInstallation.class.getResourceAsStream("binaries.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot read which PostgreSQL is bundled (" + failed.getMessage() + ")",
                    "install Mneme again",
                    failed);
        }
        String version = properties.getProperty("version", "");
        if (!version.matches("\\d+(\\.\\d+)+")) {
            throw new PostgresException(
                    "the bundled PostgreSQL has no readable version ('" + version + "')",
                    "build Mneme again with `mvn verify`");
        }
        return version;
    }

    private static void removeUnfinished(Path root) throws IOException {
        // We hold the lock: whoever made these was killed half-way.
        try (var entries = Files.newDirectoryStream(root, UNFINISHED_PREFIX + "*")) {
            for (Path entry : entries) {
                PrivateFiles.deleteTree(entry);
            }
        }
    }

    private static void unpackArchive(Path target) throws IOException, PostgresException {
        try (InputStream resource = openArchive();
                var tar =
                        new TarArchiveInputStream(
                                new XZInputStream(new BufferedInputStream(resource)))) {
            int entries = 0;
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                if (++entries > ENTRIES_MAX) {
                    throw new IOException("the archive holds more than " + ENTRIES_MAX + " files");
                }
                unpackEntry(tar, entry, target);
            }
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
            throws IOException {
        Path path = inside(target, target.resolve(entry.getName()));
        if (entry.isDirectory()) {
            PrivateFiles.createDirectories(path);
            return;
        }
        PrivateFiles.createDirectories(PrivateFiles.parentOf(path));
        if (entry.isSymbolicLink()) {
            Path link = Path.of(entry.getLinkName());
            inside(target, PrivateFiles.parentOf(path).resolve(link));
            Files.createSymbolicLink(path, link);
        } else if (entry.isFile()) {
            Files.copy(tar, path);
            if (PrivateFiles.posix(path)) {
                Files.setPosixFilePermissions(path, permissions(entry.getMode()));
            }
        } else {
            throw new IOException("the archive holds an entry of an unknown kind");
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var permissions = EnumSet.copyOf(PrivateFiles.FILE);
        if ((mode & OWNER_EXECUTE) != 0) {
            permissions.add(PosixFilePermission.OWNER_EXECUTE);
        }
        return permissions;
    }

    private static Path inside(Path target, Path path) throws IOException {
        Path normal = path.normalize();
        if (!normal.startsWith(target)) {
            throw new IOException("the archive names a file outside of its folder");
        }
        return normal;
    }

    private static InputStream openArchive() throws PostgresException {
        List<String> names = archiveNames();
        for (String name : names) {
            InputStream in = PostgresInstallation.class.getResourceAsStream("/" + name);
            if (in != null) {
                return in;
            }
        }
        throw new PostgresException(
                "no PostgreSQL is bundled for "
                        + System.getProperty("os.name")
                        + " on "
                        + System.getProperty("os.arch")
                        + " (looked for "
                        + String.join(", ", names)
                        + ")",
                "build Mneme on this machine, or name a server of your own in `DATABASE_URL`");
    }

    private static List<String> archiveNames() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String system = os.startsWith("mac") ? "darwin" : os.startsWith("windows") ? "windows" : os;
        String arch =
                switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
                    case "amd64", "x86_64" -> "x86_64";
                    case "aarch64", "arm64" -> "arm_64";
                    case String other -> other;
                };
        return List.of(
                "postgres-" + system + "-" + arch + ".txz",
                "postgres-" + system + "-" + arch + "-alpine_linux.txz");
    }
}
