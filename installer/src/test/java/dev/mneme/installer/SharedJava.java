package dev.mneme.installer;

import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// A Java without `jlink`, so that an installation uses it as it is in place of making images of
/// its own: that takes most of an installation's time, and few tests are about it. Made once for
/// all.
final class SharedJava {

    private static final Duration JLINK_TIMEOUT = Duration.ofMinutes(3);

    /// The launcher asks a clone's Java for a compiler, and never runs it where nothing is stale.
    private static final String NO_COMPILER = "#!/bin/sh\necho 'no compiler' >&2\nexit 1\n";

    private SharedJava() {}

    static synchronized Path home() throws IOException {
        Path target =
                Path.of(
                        Objects.requireNonNull(System.getProperty("mneme.root")),
                        "installer",
                        "target",
                        "test-java-" + Runtime.version().toString().replaceAll("[^0-9.]", "-"));
        if (!Files.isDirectory(target)) {
            make(target);
        }
        return target.toRealPath();
    }

    private static void make(Path target) throws IOException {
        Path draft = target.resolveSibling(target.getFileName() + "-" + System.nanoTime());
        Path jdk = Path.of(System.getProperty("java.home"));
        try {
            Children.Ended made =
                    Children.run(
                            Children.Call.of(
                                    List.of(
                                            jdk.resolve("bin/jlink").toString(),
                                            "--add-modules",
                                            "java.se,jdk.crypto.ec,jdk.management,jdk.unsupported,jdk.zipfs",
                                            "--strip-debug",
                                            "--no-header-files",
                                            "--no-man-pages",
                                            "--generate-cds-archive",
                                            "--output",
                                            draft.toString()),
                                    jdk,
                                    JLINK_TIMEOUT));
            if (!made.ok()) {
                throw new AssertionError("`jlink` failed: " + made.err() + made.out());
            }
            Path compiler = draft.resolve("bin/javac");
            Files.writeString(compiler, NO_COMPILER);
            Files.setPosixFilePermissions(compiler, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException another) {
            // Another process was faster; its Java is as good.
            FileTree.delete(draft);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
    }
}
