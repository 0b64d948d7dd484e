package dev.mneme.installer.program;

import dev.mneme.installer.Children;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A Java of our own, made from the one that was found, so that a JDK that is updated, moved or
/// removed breaks no hook.
final class RuntimeImage {

    /// What `jdeps --print-module-deps` names for all libraries of the programs, and what they use
    /// through reflection: `java.beans` (in `java.desktop`) and `jdk.jfr` by Jdbi,
    /// `java.security.jgss` and `java.naming` by the PostgreSQL driver, `jdk.unsupported` and
    /// `jdk.zipfs` by libraries that look for them.
    static final List<String> MODULES =
            List.of(
                    "java.base",
                    "java.desktop",
                    "java.instrument",
                    "java.logging",
                    "java.management",
                    "java.naming",
                    "java.net.http",
                    "java.security.jgss",
                    "java.sql",
                    "java.xml",
                    "jdk.crypto.ec",
                    "jdk.jfr",
                    "jdk.management",
                    "jdk.unsupported",
                    "jdk.zipfs");

    /// All that a hook may use. Without the module `jdk.net` a first socket takes 4 ms less; that
    /// is why it is missing above, too.
    static final List<String> HOOK_MODULES = List.of("java.base");

    /// Half of an image, and the same in every image that is made from one JDK.
    private static final Path SHARED = Path.of("lib", "server", "libjvm.so");

    private static final Duration JLINK_TIMEOUT = Duration.ofMinutes(3);

    private RuntimeImage() {}

    /// Makes the image in `target`. Where that cannot be done, the reason; the caller then uses the
    /// Java that was found.
    static Optional<String> make(Path javaHome, List<String> modules, Path target)
            throws IOException, InterruptedException {
        Path jlink = javaHome.resolve("bin").resolve(Programs.isWindows() ? "jlink.exe" : "jlink");
        if (!Files.isExecutable(jlink)) {
            return Optional.of("`" + javaHome + "` has no `jlink`");
        }
        Children.Ended ended =
                Children.run(
                        Children.Call.of(
                                List.of(
                                        jlink.toString(),
                                        "--add-modules",
                                        String.join(",", modules),
                                        "--strip-java-debug-attributes",
                                        "--no-header-files",
                                        "--no-man-pages",
                                        "--generate-cds-archive",
                                        "--output",
                                        target.toString()),
                                javaHome,
                                JLINK_TIMEOUT));
        if (!ended.ok()) {
            FileTree.delete(target);
            return Optional.of(
                    ended.timedOut()
                            ? "`jlink` did not end within " + JLINK_TIMEOUT.toMinutes() + " min"
                            : "`jlink` failed: " + ended.lastLine());
        }
        return Optional.empty();
    }

    /// Lets two images of one JDK share what is the same in both, where the file system can.
    static void share(Path image, Path other) throws IOException {
        Path own = image.resolve(SHARED);
        Path theirs = other.resolve(SHARED);
        if (!Files.exists(own) || !Files.exists(theirs) || Files.mismatch(own, theirs) >= 0) {
            return;
        }
        Path link = image.resolve("libjvm.so.link");
        try {
            Files.createLink(link, theirs);
            Files.move(link, own, StandardCopyOption.REPLACE_EXISTING);
        } catch (UnsupportedOperationException | IOException noLinks) {
            Files.deleteIfExists(link);
        }
    }

    /// Takes over the image of the installed program; our own image has no `jlink`.
    static void copy(Path image, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(image)) {
            for (Path file : files.toList()) {
                Path copy = target.resolve(image.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    PrivateFiles.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
