package dev.mneme.postgres;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Proves that extension files work, in a copy of the installation that is thrown away.
///
/// A file of the right name proves nothing: one from a newer distribution wants a newer C library,
/// one of another major version is refused by the server. So the extension is created and used in
/// a scratch cluster, by the very server that will load it. Costs about a second.
final class PgvectorProbe {

    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /// Distance of (0,0) and (3,4): loaded, typed and computed.
    private static final String QUESTION =
            """
            CREATE EXTENSION vector
            SELECT 'distance ' || ('[0,0]'::vector <-> '[3,4]'::vector)
            """;

    private static final String ANSWER = "distance 5";

    /// As the linker of GNU systems names what it misses.
    private static final Pattern NEWER_LIBRARY = Pattern.compile("GLIBC_([0-9]+(?:\\.[0-9]+)+)");

    private final PostgresInstallation installation;
    private final ServerIdentity identity;

    PgvectorProbe(PostgresInstallation installation, ServerIdentity identity) {
        this.installation = installation;
        this.identity = identity;
    }

    /// Fails with the server's own words when the files do not work.
    void prove(PgvectorFiles files, Path scratch, Path log)
            throws IOException, CommandFailed, InterruptedException {
        Path programs = scratch.resolve("server");
        mirror(installation.folder(), programs);
        files.copyInto(
                PostgresInstallation.libraries(programs),
                PostgresInstallation.extensions(programs));
        Path data = scratch.resolve("data");
        PrivateFiles.createDirectories(data);
        Path question = scratch.resolve("question.sql");
        PrivateFiles.writeAtomically(question, QUESTION);
        identity.own(data);
        String suffix = installation.program("postgres").toString().endsWith(".exe") ? ".exe" : "";
        run(
                log,
                question,
                List.of(
                        programs.resolve("bin").resolve("initdb" + suffix).toString(),
                        "--pgdata=" + data,
                        "--username=" + Cluster.SUPERUSER,
                        "--auth=reject",
                        "--no-locale",
                        "--encoding=UTF8",
                        "--no-sync"));
        String output =
                run(
                        log,
                        question,
                        List.of(
                                programs.resolve("bin").resolve("postgres" + suffix).toString(),
                                "--single",
                                "-F",
                                "-D",
                                data.toString(),
                                "template1"));
        if (!output.contains(ANSWER)) {
            throw new CommandFailed(ExternalCommand.reason(output));
        }
    }

    /// What the dynamic linker and the server say of a library that is not for this machine, in
    /// words for a person; anything else as it is.
    static String plainly(String reason) {
        Matcher library = NEWER_LIBRARY.matcher(reason);
        if (library.find()) {
            return "built for a newer system than this one (it wants version "
                    + library.group(1)
                    + " of the C library)";
        }
        return reason.contains("incompatible library") || reason.contains("version mismatch")
                ? "built for another version of PostgreSQL"
                : reason;
    }

    private String run(Path log, Path input, List<String> arguments)
            throws CommandFailed, InterruptedException {
        var command = new ArrayList<>(identity.prefix());
        command.addAll(arguments);
        return new ExternalCommand(command, log, DEADLINE).reading(input).runOrFail();
    }

    /// The server finds its files relative to its own program, so the tree is repeated with hard
    /// links: the same bytes under another path. Where links are impossible, copies.
    private static void mirror(Path source, Path target) throws IOException {
        Files.walkFileTree(
                source,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        PrivateFiles.createDirectories(target.resolve(source.relativize(folder)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Path copy = target.resolve(source.relativize(file));
                        if (attributes.isSymbolicLink()) {
                            Files.createSymbolicLink(copy, Files.readSymbolicLink(file));
                            return FileVisitResult.CONTINUE;
                        }
                        try {
                            Files.createLink(copy, file);
                        } catch (IOException | UnsupportedOperationException _) {
                            Files.copy(file, copy);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
