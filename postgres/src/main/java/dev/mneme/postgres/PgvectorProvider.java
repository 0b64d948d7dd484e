package dev.mneme.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Gives an installation the extension `vector`, which its binaries come without.
///
/// Ways, in this order; the first whose files pass [PgvectorProbe] is taken:
///
/// 1. the folder named by [#FOLDER_KEY];
/// 2. a library of the same major version on this machine (Debian, PGDG, Homebrew, RPM);
/// 3. the distribution's package, downloaded and unpacked without root;
/// 4. on Debian's family a build from the distribution's source package.
///
/// What another program prints goes to files below `<work>/log`. Nothing outside of the work folder
/// and the installation is written.
public final class PgvectorProvider {

    /// Names a folder with `vector.so`, `vector.control` and `vector--*.sql`.
    public static final String FOLDER_KEY = "MNEME_PGVECTOR_DIR";

    private static final Duration LOCK_TIMEOUT = Duration.ofMinutes(15);
    private static final String SCRATCH_PREFIX = ".pgvector-";
    private static final String RECORD_NAME = ".mneme-pgvector";

    private final PostgresInstallation installation;
    private final Path work;
    private final Map<String, String> environment;
    private final Progress progress;

    /// @param work a folder for locks, logs and what is thrown away afterwards
    /// @param environment where [#FOLDER_KEY] and `PATH` are looked up
    public PgvectorProvider(
            PostgresInstallation installation,
            Path work,
            Map<String, String> environment,
            Progress progress) {
        this.installation = installation;
        this.work = work.toAbsolutePath().normalize();
        this.environment = Map.copyOf(environment);
        this.progress = progress;
    }

    /// What an earlier [#provide] left, without trying anything.
    public Optional<PgvectorResult.Provided> installed() throws PostgresException {
        Path record = installation.folder().resolve(RECORD_NAME);
        try {
            Optional<PgvectorFiles> files = installedFiles();
            if (files.isEmpty() || !Files.isRegularFile(record)) {
                return Optional.empty();
            }
            return Optional.of(
                    new PgvectorResult.Provided(
                            files.get().version(), Files.readString(record).strip()));
        } catch (IOException failed) {
            throw unreadable(failed);
        }
    }

    /// Provides the extension, trying every way until one works. Repeating it is cheap.
    public PgvectorResult provide() throws PostgresException, InterruptedException {
        Optional<PgvectorResult.Provided> before = installed();
        if (before.isPresent()) {
            return before.get();
        }
        try (var _ = FolderLock.acquire(work.resolve("pgvector.lock"), LOCK_TIMEOUT)) {
            Optional<PgvectorResult.Provided> meanwhile = installed();
            return meanwhile.isPresent() ? meanwhile.get() : tryEveryWay();
        } catch (IOException failed) {
            throw unreadable(failed);
        }
    }

    /// Copies the provided files into `folder`, for [#FOLDER_KEY] of another installation.
    ///
    /// The folder appears complete or not at all; one that is there already stays.
    public void exportTo(Path folder) throws PostgresException {
        Path target = folder.toAbsolutePath().normalize();
        try {
            Optional<PgvectorFiles> files = installedFiles();
            if (files.isEmpty()) {
                throw new PostgresException(
                        "there is no pgvector in `" + installation.folder() + "` to copy",
                        "provide it first");
            }
            if (Files.isDirectory(target)) {
                return;
            }
            Path parent = PrivateFiles.parentOf(target);
            Path temporary = PrivateFiles.createTempDirectory(parent, SCRATCH_PREFIX);
            try {
                Path complete = temporary.resolve("complete");
                files.get().copyInto(complete, complete);
                Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException failed) {
                // Trigger: another process was faster. Its folder is as good as ours.
                if (!Files.isDirectory(target)) {
                    throw failed;
                }
            } finally {
                PrivateFiles.deleteTree(temporary);
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot copy pgvector to `" + target + "` (" + failed.getMessage() + ")",
                    "check that the folder can be written and the disk is not full",
                    failed);
        }
    }

    /// One way to come by the files; `scratch` is thrown away afterwards.
    private interface Way {
        Optional<PgvectorFiles> files(Path scratch)
                throws IOException, CommandFailed, InterruptedException;
    }

    private record NamedWay(String name, Way way) {}

    private PgvectorResult tryEveryWay()
            throws IOException, PostgresException, InterruptedException {
        removeUnfinished();
        var identity = ServerIdentity.choose(work, installation, environment);
        Path shared = PrivateFiles.createTempDirectory(work, SCRATCH_PREFIX);
        try {
            return tryEveryWay(identity, ways(shared));
        } finally {
            PrivateFiles.deleteTree(shared);
        }
    }

    private PgvectorResult tryEveryWay(ServerIdentity identity, List<NamedWay> ways)
            throws IOException, InterruptedException {
        var attempts = new ArrayList<PgvectorResult.Attempt>();
        int number = 0;
        for (NamedWay candidate : ways) {
            number++;
            progress.step("pgvector: trying " + candidate.name());
            Path scratch = PrivateFiles.createTempDirectory(work, SCRATCH_PREFIX);
            try {
                Optional<PgvectorFiles> files = candidate.way().files(scratch);
                if (files.isEmpty()) {
                    attempts.add(new PgvectorResult.Attempt(candidate.name(), "not there"));
                } else {
                    new PgvectorProbe(installation, identity)
                            .prove(
                                    files.get(),
                                    scratch,
                                    work.resolve("log")
                                            .resolve("pgvector-probe-" + number + ".log"));
                    return install(files.get(), candidate.name());
                }
            } catch (CommandFailed | IOException failed) {
                attempts.add(
                        new PgvectorResult.Attempt(
                                candidate.name(),
                                PgvectorProbe.plainly(String.valueOf(failed.getMessage()))));
            } finally {
                PrivateFiles.deleteTree(scratch);
            }
            boolean more = number < ways.size();
            progress.step(
                    "pgvector: "
                            + attempts.getLast().outcome()
                            + (more ? "; the next way is tried" : ""));
        }
        return new PgvectorResult.Unavailable(attempts);
    }

    private List<NamedWay> ways(Path shared) {
        var ways = new ArrayList<NamedWay>();
        String named = environment.getOrDefault(FOLDER_KEY, "");
        if (!named.isBlank()) {
            Path folder = Path.of(named);
            ways.add(
                    new NamedWay(
                            "the folder `" + folder + "` named in `" + FOLDER_KEY + "`",
                            _ -> PgvectorFiles.in(folder, folder)));
        }
        for (Place place : places()) {
            ways.add(
                    new NamedWay(
                            "the library in `" + place.libraries() + "`",
                            _ -> PgvectorFiles.in(place.libraries(), place.extensions())));
        }
        var debian =
                new DebianPackages(
                        shared.resolve("apt"),
                        environment,
                        work.resolve("log"),
                        installation.majorVersion(),
                        progress);
        ways.add(new NamedWay("the distribution's package", debian::download));
        ways.add(new NamedWay("a build from the distribution's source", debian::build));
        return ways;
    }

    private record Place(Path libraries, Path extensions) {}

    /// Where packages of the same major version put the extension. Places that do not exist are
    /// left out, except the first, so that the report says that this machine was looked at.
    private List<Place> places() {
        String major = installation.majorVersion();
        var all = new ArrayList<Place>();
        all.add(
                new Place(
                        Path.of("/usr/lib/postgresql/" + major + "/lib"),
                        Path.of("/usr/share/postgresql/" + major + "/extension")));
        all.add(
                new Place(
                        Path.of("/usr/pgsql-" + major + "/lib"),
                        Path.of("/usr/pgsql-" + major + "/share/extension")));
        for (String prefix : List.of("/opt/homebrew", "/usr/local")) {
            Path opt = Path.of(prefix, "opt");
            all.add(
                    new Place(
                            opt.resolve("pgvector/lib/postgresql@" + major),
                            opt.resolve("pgvector/share/postgresql@" + major + "/extension")));
            all.add(
                    new Place(
                            Path.of(prefix, "lib/postgresql@" + major),
                            Path.of(prefix, "share/postgresql@" + major + "/extension")));
        }
        var present = new ArrayList<Place>();
        present.add(all.getFirst());
        all.stream().skip(1).filter(p -> Files.isDirectory(p.libraries())).forEach(present::add);
        return present;
    }

    private PgvectorResult.Provided install(PgvectorFiles files, String how) throws IOException {
        files.copyInto(installation.libraries(), installation.extensions());
        // Last of all: with this record the files count as proven.
        PrivateFiles.writeAtomically(installation.folder().resolve(RECORD_NAME), how + "\n");
        String version = files.version();
        progress.step("pgvector: " + version + " from " + how);
        return new PgvectorResult.Provided(version, how);
    }

    private Optional<PgvectorFiles> installedFiles() throws IOException {
        return PgvectorFiles.in(installation.libraries(), installation.extensions());
    }

    private void removeUnfinished() throws IOException {
        // We hold the lock: whoever made these was killed half-way.
        try (Stream<Path> entries = Files.list(work)) {
            for (Path entry :
                    entries.filter(e -> e.getFileName().toString().startsWith(SCRATCH_PREFIX))
                            .toList()) {
                PrivateFiles.deleteTree(entry);
            }
        }
    }

    private PostgresException unreadable(IOException failed) {
        return new PostgresException(
                "cannot provide pgvector for `"
                        + installation.folder()
                        + "` ("
                        + failed.getMessage()
                        + ")",
                "check that the folder can be written and the disk is not full",
                failed);
    }
}
