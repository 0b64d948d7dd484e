package dev.mneme.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// Finds the programs that ours are compared with.
final class Tools {

    /// Where distributions put PostgreSQL's own tools, each version in a folder of its own.
    private static final List<Path> POSTGRESQL_FOLDERS =
            List.of(
                    Path.of("/usr/lib/postgresql"),
                    Path.of("/opt/homebrew/opt"),
                    Path.of("/usr/local/opt"));

    private static final Map<String, String> HINTS =
            Map.of(
                    "node",
                    "install Node.js 18 or newer, such as the package `nodejs`",
                    "pgbench",
                    "install it, such as with the packages `postgresql` or"
                            + " `postgresql-contrib`, or put it on the PATH");

    private Tools() {}

    static Path onPath(String name) throws BenchFailure {
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path file = Path.of(folder, name);
            if (!folder.isEmpty() && Files.isExecutable(file)) {
                return file;
            }
        }
        throw new BenchFailure(
                "cannot find `" + name + "` to compare with",
                Objects.requireNonNullElse(HINTS.get(name), "install it"));
    }

    /// The newest `pgbench`. The one on the path of Debian is a wrapper that starts Perl first.
    static Path pgbench() throws BenchFailure {
        for (Path folder : POSTGRESQL_FOLDERS) {
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (Stream<Path> versions = Files.list(folder)) {
                var found =
                        versions.map(version -> version.resolve("bin").resolve("pgbench"))
                                .filter(Files::isExecutable)
                                .max(Comparator.naturalOrder());
                if (found.isPresent()) {
                    return found.get();
                }
            } catch (IOException unreadable) {
                // Another folder may have one.
            }
        }
        return onPath("pgbench");
    }
}
