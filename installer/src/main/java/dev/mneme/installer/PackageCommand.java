package dev.mneme.installer;

import dev.mneme.installer.program.PackageArchives;
import dev.mneme.installer.program.PackageFolder;
import dev.mneme.protocol.Bytes;
import dev.mneme.protocol.FileTree;

import picocli.CommandLine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// `mneme package`: what others need to install Mneme, as one file.
@CommandLine.Command(
        name = "package",
        mixinStandardHelpOptions = true,
        description = {
            "Make a package for others with this system: programs, a Java of their own, PostgreSQL and"
                    + " pgvector, as tar.gz and zip with checksums.",
            "Who unpacks it runs `./mneme install --yes` in it, without a JDK and without Maven."
        },
        footer = {"", "Example:", "  ./mneme package --output dist"})
final class PackageCommand extends Command {

    @CommandLine.Option(
            names = "--output",
            paramLabel = "FOLDER",
            defaultValue = ".",
            description = "Where the files are written (default: here).")
    private Path output = Path.of(".");

    PackageCommand(Surroundings surroundings, Terminal terminal) {
        super(surroundings, terminal);
    }

    @Override
    public Integer call() throws Exception {
        Path target = output.toAbsolutePath().normalize();
        Files.createDirectories(target);
        Path scratch = Files.createTempDirectory(target, ".mneme-package-");
        try {
            Path folder = scratch.resolve(PackageFolder.name(version()));
            List<String> notes =
                    new PackageFolder(surroundings(), programs()).make(folder, scratch, terminal());
            for (String note : notes) {
                terminal().result(Terminal.Mark.NOTE, "package", note);
            }
            List<Path> written =
                    terminal().watching("packing", () -> PackageArchives.write(folder, target));
            for (Path file : written) {
                terminal().line("`" + file + "`, " + Bytes.text(Files.size(file)));
            }
        } finally {
            FileTree.delete(scratch);
        }
        return DONE;
    }
}
