package dev.mneme.installer;

import dev.mneme.installer.program.HomeFiles;
import dev.mneme.protocol.Wire;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What `doctor --fix` mends before it looks: only what an installation would do as well, and
/// nothing that anybody may have meant.
final class Repairs {

    /// Programs and the database's own files are many, and made private by who makes them.
    private static final Set<String> LEFT_ALONE = Set.of("versions", "app", "postgres", "models");

    private final Command command;

    Repairs(Command command) {
        this.command = command;
    }

    /// Each repair as a line for people; empty where nothing was broken.
    List<String> run() throws Exception {
        DaemonRun.requireInstalled(command);
        var done = new ArrayList<String>();
        if (HomeFiles.prepare(command.home())) {
            done.add("made a new access token and the missing folders");
        }
        int opened = closeToOthers();
        if (opened > 0) {
            done.add("made " + opened + " files and folders private again");
        }
        if (!Files.isExecutable(command.home().bin().resolve("mneme"))) {
            HomeFiles.writeLaunchers(command.home());
            done.add("wrote `" + command.home().bin().resolve("mneme") + "` again");
        }
        registration(done);
        daemon(done);
        return done;
    }

    /// Others may read what should be private: somebody copied the home, or changed its modes.
    private int closeToOthers() throws IOException {
        Path root = command.home().root();
        if (!root.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return 0;
        }
        var open = new ArrayList<Path>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        if (folder.getParent() != null
                                && folder.getParent().equals(root)
                                && LEFT_ALONE.contains(folder.getFileName().toString())) {
                            return FileVisitResult.SKIP_SUBTREE;
                        }
                        return note(folder);
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        return attributes.isRegularFile() ? note(file) : FileVisitResult.CONTINUE;
                    }

                    // A spooled event may be gone before we come to it.
                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException gone) {
                        return FileVisitResult.CONTINUE;
                    }

                    private FileVisitResult note(Path path) throws IOException {
                        if (Files.exists(path) && isOpen(path)) {
                            open.add(path);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        for (Path path : open) {
            if (Files.exists(path)) {
                Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
                mode.removeIf(permission -> !permission.name().startsWith("OWNER_"));
                Files.setPosixFilePermissions(path, mode);
            }
        }
        return open.size();
    }

    private static boolean isOpen(Path path) throws IOException {
        return Files.getPosixFilePermissions(path).stream()
                .anyMatch(permission -> !permission.name().startsWith("OWNER_"));
    }

    /// Where a part is registered, the rest is put beside it. Where nothing is, somebody may have
    /// meant that: a plugin registers instead.
    private void registration(List<String> done) throws Exception {
        boolean hooks = command.registration().registeredHook("SessionStart").isPresent();
        boolean server = command.registration().registeredServer().isPresent();
        boolean skill = command.registration().isSkillInstalled();
        if ((hooks || server || skill) && !(hooks && server && skill)) {
            new ClaudeCode(command).register();
            done.add("registered with Claude Code what was missing there");
        }
    }

    /// One that holds its lock and does not answer is ended; one that is down is started.
    private void daemon(List<String> done) throws Exception {
        Optional<Wire.Health> health = command.daemon().health();
        if (health.isPresent()) {
            return;
        }
        boolean hung = command.daemon().isLocked();
        if (hung) {
            command.terminal()
                    .line(
                            StopCommand.describe(
                                    command.terminal()
                                            .watching(
                                                    "stopping the daemon",
                                                    command.daemon()::stop)));
        }
        Wire.Health up =
                command.terminal().watching("starting the daemon", command.daemon()::start);
        done.add(
                (hung ? "ended a daemon that did not answer; " : "")
                        + "started the daemon: process "
                        + up.pid());
    }
}
