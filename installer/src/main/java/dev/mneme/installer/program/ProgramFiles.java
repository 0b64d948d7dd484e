package dev.mneme.installer.program;

import dev.mneme.installer.PrivateFiles;
import dev.mneme.installer.Surroundings;
import dev.mneme.installer.Terminal;
import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Puts the programs into place: built completely beside the living ones, then switched to.
///
/// `app` is a link to `versions/<hash of everything in it>`, so that the switch is one rename and
/// no hook ever finds a missing program. An interrupted installation leaves the old version
/// working; the same inputs give the same hash, so that installing twice changes nothing. The
/// version before stays until the next installation: MCP servers of open sessions still run from
/// it. Where links cannot be made (Windows without the right to), `app` is a folder and the switch
/// two renames.
public final class ProgramFiles {

    private final Surroundings surroundings;
    private final Programs programs;

    public ProgramFiles(Surroundings surroundings, Programs programs) {
        this.surroundings = surroundings;
        this.programs = programs;
    }

    /// A version that is ready to be switched to, or is already the one in use.
    public record Staged(Path directory, boolean inUse, List<String> notes, int libraries) {}

    /// Builds the version beside the living one. Nothing that runs is touched.
    public Staged stage(Terminal terminal) throws Exception {
        ProgramSource source = ProgramSource.of(surroundings, programs);
        SortedMap<String, Path> files = source.files();
        int libraries =
                (int) files.keySet().stream().filter(name -> name.startsWith("lib/")).count();
        if (source instanceof ProgramSource.Complete(var app) && app.equals(programs.app())) {
            // The installed programs are the source and the target.
            return new Staged(app.toRealPath(), true, List.of(), libraries);
        }
        Path target = versions().resolve(hash(source, files));
        if (Files.isDirectory(target)) {
            return new Staged(target, isInUse(target), List.of(), libraries);
        }
        Path staging = versions().resolve(".staging-" + ProcessHandle.current().pid());
        FileTree.delete(staging);
        PrivateFiles.createDirectories(staging);
        try {
            var notes = new ArrayList<String>();
            terminal.watching("copying the programs", () -> copy(files, staging));
            ProgramSource.Runtimes runtimes =
                    terminal.watching(
                            "making the runtimes", () -> source.makeRuntimes(staging, notes));
            terminal.watching("making the caches", () -> caches(staging, runtimes, notes));
            Path javaAfterwards =
                    Files.exists(staging.resolve(Programs.JAVA_PATH))
                            ? runtimes.java()
                            : Programs.javaIn(programs.app());
            PrivateFiles.write(
                    staging.resolve("daemon.command"),
                    (String.join("\n", programs.daemon(javaAfterwards)) + "\n")
                            .getBytes(StandardCharsets.UTF_8));
            PrivateFiles.restrictTree(staging);
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
            return new Staged(target, false, List.copyOf(notes), libraries);
        } finally {
            FileTree.delete(staging);
        }
    }

    /// Makes the staged version the living one.
    public void switchTo(Staged staged) throws IOException {
        Path app = programs.app();
        Path link = surroundings.home().root().resolve(".app-" + ProcessHandle.current().pid());
        Optional<Path> before =
                Files.isSymbolicLink(app) ? Optional.of(app.toRealPath()) : Optional.empty();
        if (!Files.isSymbolicLink(app) && Files.exists(app, LinkOption.NOFOLLOW_LINKS)) {
            FileTree.delete(app);
        }
        Files.deleteIfExists(link);
        try {
            Files.createSymbolicLink(
                    link, surroundings.home().root().relativize(staged.directory()));
            Files.move(
                    link, app, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (UnsupportedOperationException | AtomicMoveNotSupportedException noLinks) {
            RuntimeImage.copy(staged.directory(), app);
        }
        dropOthers(staged.directory(), before);
    }

    private void dropOthers(Path current, Optional<Path> before) throws IOException {
        Path currentReal = current.toRealPath();
        try (Stream<Path> versions = Files.list(versions())) {
            for (Path version : versions.toList()) {
                boolean keep =
                        version.toRealPath().equals(currentReal)
                                || before.filter(version::equals).isPresent();
                if (!keep) {
                    FileTree.delete(version);
                }
            }
        }
    }

    private Path versions() throws IOException {
        Path versions = surroundings.home().root().toRealPath().resolve("versions");
        PrivateFiles.createDirectories(versions);
        return versions;
    }

    private boolean isInUse(Path target) throws IOException {
        return Files.exists(programs.app())
                && programs.app().toRealPath().equals(target.toRealPath());
    }

    static boolean copy(SortedMap<String, Path> files, Path staging) throws IOException {
        for (var file : files.entrySet()) {
            Path copy = staging.resolve(file.getKey());
            PrivateFiles.createDirectories(Objects.requireNonNull(copy.getParent()));
            Files.copy(file.getValue(), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
        return true;
    }

    /// Both caches at once: each is little more than one busy thread.
    private static boolean caches(Path staging, ProgramSource.Runtimes runtimes, List<String> notes)
            throws Exception {
        try (var together = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Optional<String>> server =
                    together.submit(() -> ServerCache.make(runtimes.java(), staging));
            HookCache.make(runtimes.hookJava(), staging)
                    .ifPresent(why -> notes.add("hooks start slower, no AOT cache: " + why));
            server.get().ifPresent(why -> notes.add("MCP starts slower, no AOT cache: " + why));
        }
        return true;
    }

    /// Everything that decides what the version is: the jars, the Java, our commands.
    private String hash(ProgramSource source, SortedMap<String, Path> files) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (var file : files.entrySet()) {
                digest.update((file.getKey() + "\n").getBytes(StandardCharsets.UTF_8));
                try (InputStream in = Files.newInputStream(file.getValue())) {
                    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                        digest.update(buffer, 0, count);
                    }
                }
            }
            String rest =
                    source.runtimeOrigin()
                            + "\n"
                            + RuntimeImage.MODULES
                            + RuntimeImage.HOOK_MODULES
                            + "\n"
                            + programs.daemon(Programs.javaIn(programs.app()))
                            + "\n"
                            + Programs.hookTraining(Path.of("java"), Path.of("app"), "event");
            digest.update(rest.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new UncheckedIOException(new IOException("every JDK has SHA-256", impossible));
        }
    }
}
