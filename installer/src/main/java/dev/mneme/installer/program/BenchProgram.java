package dev.mneme.installer.program;

import dev.mneme.installer.Failure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The program that measures. It has a folder of its own in an installation, so that what it
/// compares us with is on no other program's class path.
public final class BenchProgram {

    /// In `app`: `bench.jar` and those of its libraries that no other program has.
    static final String FOLDER = "bench";

    static final String JAR = "bench.jar";

    private static final String ARTIFACT = "mneme-bench-";
    private static final String MAIN = "dev.mneme.bench.Main";

    private BenchProgram() {}

    /// What starts it, from a clone where there is one, else as it was installed.
    public static List<String> command(
            Optional<Path> clone, Path app, Path javaHome, List<String> arguments)
            throws Failure, IOException {
        List<Path> classPath = clone.isPresent() ? inClone(clone.get()) : installed(app);
        var command = new ArrayList<String>();
        command.add(Programs.javaOf(javaHome).toString());
        command.addAll(
                List.of(
                        "-Xlog:disable",
                        "-Xlog:all=warning:stderr",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED"));
        command.add("-Dmneme.clone=" + clone.map(Path::toString).orElse(""));
        command.add("-Dmneme.app=" + (clone.isPresent() ? "" : app.toRealPath().toString()));
        command.add(
                "-Dmneme.cli="
                        + (clone.isPresent()
                                ? jar(clone.get().resolve("installer"), "mneme-installer-")
                                : app.resolve("mneme.jar")));
        command.add("-cp");
        command.add(
                String.join(File.pathSeparator, classPath.stream().map(Path::toString).toList()));
        command.add(MAIN);
        command.addAll(arguments);
        return List.copyOf(command);
    }

    private static List<Path> inClone(Path clone) throws Failure, IOException {
        Path module = clone.resolve(FOLDER);
        return List.of(jar(module, ARTIFACT), module.resolve("target").resolve("lib").resolve("*"));
    }

    private static List<Path> installed(Path app) throws Failure {
        Path folder = app.resolve(FOLDER);
        if (!Files.exists(folder.resolve(JAR))) {
            throw new Failure(
                    "cannot find `" + folder.resolve(JAR) + "`",
                    "install again from a clone with `./mneme install`");
        }
        return List.of(
                folder.resolve("*"), app.resolve("daemon.jar"), app.resolve("lib").resolve("*"));
    }

    /// The jar of a module of the clone, built.
    static Path jar(Path module, String artifact) throws Failure, IOException {
        Path target = module.resolve("target");
        if (Files.isDirectory(target)) {
            try (Stream<Path> jars = Files.list(target)) {
                Optional<Path> jar =
                        jars.filter(file -> isProgramJar(file.getFileName().toString(), artifact))
                                .findFirst();
                if (jar.isPresent()) {
                    return jar.get();
                }
            }
        }
        throw new Failure(
                "cannot find the program `" + artifact + "*.jar` in `" + target + "`",
                "build it with `mvn package` in the clone, or run `./mneme install` there");
    }

    private static boolean isProgramJar(String name, String artifact) {
        return name.startsWith(artifact)
                && name.endsWith(".jar")
                && !name.endsWith("-tests.jar")
                && !name.endsWith("-sources.jar")
                && !name.endsWith("-javadoc.jar");
    }

    /// Whether a library of the clone's build belongs into the folder: not what others bring, and
    /// not the daemon, which is there as a program.
    static boolean isOwnLibrary(String name, List<String> others) {
        return !others.contains(name) && !name.startsWith("mneme-daemon-");
    }
}
