package dev.mneme.postgres;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// As whom the server's programs run. PostgreSQL refuses to run as root, so root needs a detour.
///
/// - `Caller`: we are an ordinary user; nothing to do.
/// - `UserNamespace`: root inside a new user namespace is nobody to PostgreSQL and still root to
///   the file system, so that every file belongs to root as if nothing had happened.
/// - `OtherUser`: where namespaces are forbidden (containers often forbid them). The data folder
///   then belongs to that user, and the one capability that overrides file permissions is kept,
///   because that user could not even walk into a private folder of root's otherwise. Root can
///   remove everything either way.
sealed interface ServerIdentity {

    /// Goes in front of a command line of ours.
    List<String> prefix();

    /// Hands `path`, and all below it, to whom the server runs as.
    default void own(Path path) throws IOException {
        // Trigger: an earlier start ran as someone else, for instance because namespaces have been
        // allowed since. Outcome: PostgreSQL finds its data folder owned by itself.
        int wanted = uid();
        if (wanted < 0 || !Files.exists(path)) {
            return;
        }
        Files.walkFileTree(
                path,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        give(folder, wanted);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        give(file, wanted);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(
                            Path file, @Nullable IOException failed) {
                        // A file that vanished meanwhile needs no owner.
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// The user that the files must belong to, or -1 for whoever creates them.
    int uid();

    record Caller() implements ServerIdentity {
        @Override
        public List<String> prefix() {
            return List.of();
        }

        @Override
        public int uid() {
            return -1;
        }
    }

    record UserNamespace(Path unshare) implements ServerIdentity {
        @Override
        public List<String> prefix() {
            return List.of(unshare.toString(), "--user");
        }

        @Override
        public int uid() {
            return 0;
        }
    }

    record OtherUser(Path setpriv, int uid, int gid) implements ServerIdentity {
        @Override
        public List<String> prefix() {
            return List.of(
                    setpriv.toString(),
                    "--reuid=" + uid,
                    "--regid=" + gid,
                    "--clear-groups",
                    // Without this, access(2) ignores the capability, and the server asks it
                    // whether its own program can be read.
                    "--securebits=+no_setuid_fixup",
                    "--inh-caps=-all,+dac_override",
                    "--ambient-caps=-all,+dac_override");
        }
    }

    Duration PROBE_DEADLINE = Duration.ofSeconds(10);
    List<String> OTHER_USERS = List.of("postgres", "nobody", "daemon");
    int ROOT = 0;

    /// The first way that works here, each really tried.
    static ServerIdentity choose(
            Path root, PostgresInstallation installation, Map<String, String> environment)
            throws PostgresException, InterruptedException {
        if (!PrivateFiles.posix(root) || effectiveUser(root) != ROOT) {
            return new Caller();
        }
        Path log = root.resolve("log").resolve("identity.log");
        Optional<Path> unshare = ExternalCommand.find(environment, "unshare");
        if (unshare.isPresent() && works(new UserNamespace(unshare.get()), installation, log)) {
            return new UserNamespace(unshare.get());
        }
        Optional<Path> setpriv = ExternalCommand.find(environment, "setpriv");
        if (setpriv.isPresent()) {
            for (String name : OTHER_USERS) {
                Optional<OtherUser> user = otherUser(setpriv.get(), name);
                if (user.isPresent() && works(user.get(), installation, log)) {
                    return user.get();
                }
            }
        }
        throw new PostgresException(
                "PostgreSQL refuses to run as root, and neither a user namespace (`unshare --user`)"
                        + " nor another user (`setpriv`) can be used here",
                "run Mneme as an ordinary user, or name a server of your own in `DATABASE_URL`");
    }

    private static boolean works(
            ServerIdentity identity, PostgresInstallation installation, Path log)
            throws InterruptedException {
        // The server looks at its user id first and at the missing folder afterwards; `--version`
        // would answer root as well.
        var command = new ArrayList<>(identity.prefix());
        command.addAll(
                List.of(
                        installation.program("postgres").toString(),
                        "-D",
                        log.resolveSibling("no-such-folder").toString()));
        var outcome = new ExternalCommand(command, log, PROBE_DEADLINE).run();
        return outcome instanceof ExternalCommand.Outcome.Exited exited
                && exited.output().contains("no-such-folder")
                && exited.output().contains("postgres");
    }

    private static Optional<OtherUser> otherUser(Path setpriv, String name) {
        try {
            return Files.readAllLines(Path.of("/etc/passwd")).stream()
                    .map(line -> line.split(":", -1))
                    .filter(fields -> fields.length >= 4 && fields[0].equals(name))
                    .map(
                            fields ->
                                    new OtherUser(
                                            setpriv,
                                            Integer.parseInt(fields[2]),
                                            Integer.parseInt(fields[3])))
                    .filter(user -> user.uid() > ROOT)
                    .findFirst();
        } catch (IOException | NumberFormatException _) {
            // No readable list of users, no other user to become.
            return Optional.empty();
        }
    }

    private static int effectiveUser(Path root) throws PostgresException {
        try {
            PrivateFiles.createDirectories(root);
            Path probe = Files.createTempFile(root, ".owner-", "");
            try {
                return (int) Files.getAttribute(probe, "unix:uid");
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException failed) {
            throw new PostgresException(
                    "cannot write into `" + root + "` (" + failed.getMessage() + ")",
                    "check that the folder can be written and the disk is not full",
                    failed);
        }
    }

    private static void give(Path path, int wanted) throws IOException {
        if ((int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS) != wanted) {
            Files.setAttribute(path, "unix:uid", wanted, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
