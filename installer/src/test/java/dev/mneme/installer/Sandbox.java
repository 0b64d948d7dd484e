package dev.mneme.installer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/// A throwaway machine in one folder: a built clone with stand-in programs, and an empty `HOME`.
///
/// Everything is run through the real launcher by a real shell, with an environment that holds
/// nothing but what is named here. Closing stops what was started.
final class Sandbox implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
    private static final long POLL_MS = 20;

    private final Path javaHome;
    private final Path root;
    private final Path clone;
    private final Path home;
    private final Set<Path> homesOfMneme = new LinkedHashSet<>();
    private @Nullable Process standIn;

    Sandbox(Path directory, String name) throws IOException {
        this(directory, name, SharedJava.home());
    }

    private Sandbox(Path directory, String name, Path javaHome) throws IOException {
        this.javaHome = javaHome;
        root = Files.createDirectories(directory.resolve(name)).toRealPath();
        clone = Files.createDirectories(root.resolve("clone"));
        home = Files.createDirectories(root.resolve("home"));
        homesOfMneme.add(home.resolve(".mneme"));
        buildClone();
    }

    /// Where an installation makes images of its own, as it does for everybody.
    static Sandbox withJdk(Path directory, String name) throws IOException {
        return new Sandbox(directory, name, Path.of(System.getProperty("java.home")));
    }

    Path sourceTree() {
        return clone;
    }

    Path home() {
        return home;
    }

    Path mnemeHome() {
        return home.resolve(".mneme");
    }

    Path claude() {
        return home.resolve(".claude");
    }

    Children.Ended mneme(String... arguments) throws IOException, InterruptedException {
        return mneme(Map.of(), arguments);
    }

    Children.Ended mneme(Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return launcher(clone.resolve("mneme"), environment, arguments);
    }

    /// As typed in a folder of one's own.
    Children.Ended mnemeIn(Path folder, String... arguments)
            throws IOException, InterruptedException {
        return launcher(clone.resolve("mneme"), folder, Map.of(), arguments);
    }

    Children.Ended launcher(Path launcher, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        return launcher(launcher, root, environment, arguments);
    }

    private Children.Ended launcher(
            Path launcher, Path folder, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.addAll(List.of("/usr/bin/env", "-i"));
        Map<String, String> all = new TreeMap<>();
        all.put("HOME", home.toString());
        all.put("PATH", "/usr/bin:/bin");
        all.put("LANG", "C.UTF-8");
        all.put("MNEME_JAVA_HOME", javaHome.toString());
        all.putAll(environment);
        if (all.containsKey("MNEME_HOME")) {
            homesOfMneme.add(Path.of(Objects.requireNonNull(all.get("MNEME_HOME"))));
        }
        all.forEach((name, value) -> command.add(name + "=" + value));
        // Nothing may be private only because of who ran it.
        command.addAll(List.of("/bin/sh", "-c", "umask 000; exec /bin/sh \"$0\" \"$@\""));
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        return Children.run(Children.Call.of(command, folder, TIMEOUT));
    }

    /// Starts the stand-in daemon alone, for commands that need nothing else of an installation.
    void startDaemon() throws IOException, InterruptedException {
        Path info = mnemeHome().resolve("run").resolve("daemon.json");
        Files.createDirectories(info.getParent());
        Files.writeString(mnemeHome().resolve("token"), "secret");
        var builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        clone.resolve("daemon/target/mneme-daemon-0.jar").toString());
        builder.environment().put("MNEME_HOME", mnemeHome().toString());
        builder.redirectErrorStream(true).redirectOutput(root.resolve("standin.log").toFile());
        standIn = builder.start();
        long deadlineNanos = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!Files.exists(info)) {
            if (System.nanoTime() > deadlineNanos || !standIn.isAlive()) {
                throw new AssertionError(
                        "the stand-in daemon did not start: "
                                + Files.readString(root.resolve("standin.log")));
            }
            Thread.sleep(POLL_MS);
        }
    }

    /// The sandbox's paths, times, sizes and numbers replaced, so that output can be compared.
    String filtered(String text) {
        return text.replace(home.toString(), "~")
                .replace(clone.toString(), "CLONE")
                .replaceAll("process [0-9]+", "process PID")
                .replaceAll("port [0-9]+", "port PORT")
                .replaceAll("[0-9]+\\.[0-9] s", "TIME")
                .replaceAll(" *[0-9]+ ms", " MS")
                .replaceAll("[0-9]+ libraries", "N libraries")
                .replace(Objects.requireNonNull(System.getProperty("mneme.version")), "VERSION")
                .replaceAll("(?m)^  \\.\\.\\. .*\n", "");
    }

    private void buildClone() throws IOException {
        Path repository = Path.of(Objects.requireNonNull(System.getProperty("mneme.root")));
        for (String file : List.of("mneme", "mneme.cmd", "pom.xml")) {
            Files.copy(repository.resolve(file), clone.resolve(file));
            Files.setLastModifiedTime(clone.resolve(file), FileTime.from(Instant.EPOCH));
        }
        jar("daemon", "dev/mneme/installer/standin", "dev.mneme.installer.standin.Daemon");
        jar("mcp-stdio", "dev/mneme/installer/standin", "dev.mneme.installer.standin.McpServer");
        jar("hooks", "dev/mneme/hook", "dev.mneme.hook.Main");
        // Nothing in the sandbox measures; it only has to be there to be installed.
        jar("bench", "dev/mneme/hook", "dev.mneme.hook.Main");
        Path built = repository.resolve("installer").resolve("target");
        Path target = Files.createDirectories(clone.resolve("installer/target/lib"));
        try (Stream<Path> libraries = Files.list(built.resolve("lib"))) {
            for (Path library : libraries.toList()) {
                Files.copy(library, target.resolve(library.getFileName()));
            }
        }
        Path program =
                built.resolve("mneme-installer-" + System.getProperty("mneme.version") + ".jar");
        Files.copy(program, clone.resolve("installer/target").resolve(program.getFileName()));
    }

    private void jar(String module, String classes, String main) throws IOException {
        Path jar =
                Files.createDirectories(clone.resolve(module).resolve("target"))
                        .resolve("mneme-" + module + "-0.jar");
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main);
        Path compiled =
                Path.of(
                        Objects.requireNonNull(System.getProperty("mneme.root")),
                        "installer/target/test-classes");
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                Stream<Path> files = Files.list(compiled.resolve(classes))) {
            for (Path file : files.sorted().toList()) {
                out.putNextEntry(new JarEntry(classes + "/" + file.getFileName()));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
    }

    /// Every file below a folder with its content, to compare before and after.
    static Map<String, String> snapshot(Path folder) throws IOException {
        var files = new TreeMap<String, String>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.walk(folder)) {
                for (Path file : all.filter(Files::isRegularFile).toList()) {
                    files.put(
                            folder.relativize(file).toString(),
                            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
                }
            }
        }
        return files;
    }

    @Override
    public void close() throws IOException {
        try {
            if (standIn != null) {
                standIn.destroyForcibly().waitFor();
            }
            for (Path mnemeHome : List.copyOf(homesOfMneme)) {
                if (Files.exists(mnemeHome.resolve("app"))) {
                    mneme(Map.of("MNEME_HOME", mnemeHome.toString()), "stop");
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
