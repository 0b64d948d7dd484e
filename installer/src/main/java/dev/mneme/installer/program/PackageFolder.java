package dev.mneme.installer.program;

import dev.mneme.installer.Children;
import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.installer.Surroundings;
import dev.mneme.installer.Terminal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// What a package holds, as a folder: the launcher, the programs with a Java of their own, a
/// pgvector for their PostgreSQL, and the licences of all of it.
///
/// Caches are left out: they hold the place and the times of the files they were made from, and
/// installation makes them again in a few seconds.
public final class PackageFolder {

    /// pgvector may have to be compiled.
    private static final Duration PGVECTOR_TIMEOUT = Duration.ofMinutes(15);

    /// What the JVM makes from the classes of a runtime, and installation makes again.
    private static final String SHARED_CLASSES = ".jsa";

    private final Surroundings surroundings;
    private final Programs programs;

    public PackageFolder(Surroundings surroundings, Programs programs) {
        this.surroundings = surroundings;
        this.programs = programs;
    }

    /// The name of a package and of the one folder in it.
    public static String name(String version) {
        return "mneme-"
                + version
                + "-"
                + system()
                + "-"
                + System.getProperty("os.arch").toLowerCase(Locale.ROOT).replace("amd64", "x86_64");
    }

    private static String system() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "macos" : name.startsWith("windows") ? "windows" : name;
    }

    /// Makes the package in `folder`, which must not be there.
    ///
    /// @param scratch a folder for what is thrown away
    /// @return what a person should know
    public List<String> make(Path folder, Path scratch, Terminal terminal) throws Exception {
        ProgramSource source = ProgramSource.of(surroundings, programs);
        SortedMap<String, Path> files = source.files();
        Path app = folder.resolve("app");
        PrivateFiles.createDirectories(app);
        var notes = new ArrayList<String>();
        terminal.watching("copying the programs", () -> ProgramFiles.copy(files, app));
        terminal.watching("making the runtimes", () -> source.makeRuntimes(app, notes));
        if (Files.exists(app.resolve(Programs.JAVA_PATH))) {
            throw new Failure(
                    "cannot make a package: " + String.join("; ", notes),
                    "use a JDK with `jlink`, such as the package `temurin-25-jdk`");
        }
        dropSharedClasses(app);
        if (!Files.isDirectory(app.resolve(ProgramSource.PGVECTOR))) {
            terminal.watching("adding pgvector", () -> addPgvector(app, scratch));
        }
        addNotices(app);
        addLaunchers(folder);
        return List.copyOf(notes);
    }

    private static void dropSharedClasses(Path app) throws IOException {
        try (Stream<Path> all = Files.walk(app)) {
            for (Path file :
                    all.filter(name -> name.toString().endsWith(SHARED_CLASSES)).toList()) {
                Files.delete(file);
            }
        }
    }

    /// The daemon knows how to come by it. It works in a home that is thrown away.
    private boolean addPgvector(Path app, Path scratch) throws Exception {
        Path target = app.resolve(ProgramSource.PGVECTOR);
        Path home = scratch.resolve("home");
        PrivateFiles.createDirectories(home);
        Children.Ended ended =
                Children.run(
                        Children.Call.of(
                                        List.of(
                                                Programs.javaIn(app).toString(),
                                                "-Xlog:disable",
                                                "-Xlog:all=warning:stderr",
                                                "--enable-native-access=ALL-UNNAMED",
                                                "-jar",
                                                app.resolve("daemon.jar").toString(),
                                                "export-pgvector",
                                                target.toString()),
                                        home,
                                        PGVECTOR_TIMEOUT)
                                .with(Map.of("MNEME_HOME", home.toString())));
        if (!ended.ok()) {
            throw new Failure(
                    "cannot add pgvector to the package: "
                            + (ended.timedOut()
                                    ? "not done within " + PGVECTOR_TIMEOUT.toMinutes() + " min"
                                    : ended.lastLine()),
                    "name a folder with a built one in `MNEME_PGVECTOR_DIR`");
        }
        return true;
    }

    /// Licences and notices as the libraries carry them, beside our own list of what is inside. The
    /// JDK's are in the runtimes.
    private static void addNotices(Path app) throws IOException {
        Path notices = app.resolve(ProgramSource.NOTICES);
        PrivateFiles.createDirectories(notices);
        Files.write(notices.resolve("NOTICE.md"), resource("notices/NOTICE.md"));
        Files.write(notices.resolve("LICENSE.txt"), resource("notices/LICENSE"));
        for (String folder : List.of("lib", BenchProgram.FOLDER)) {
            try (Stream<Path> jars = Files.list(app.resolve(folder))) {
                for (Path jar : jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
                    copyNotices(jar, notices);
                }
            }
        }
    }

    private static void copyNotices(Path jar, Path notices) throws IOException {
        String library = jar.getFileName().toString().replaceFirst("\\.jar$", "");
        try (var zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().filter(PackageFolder::isNotice).toList()) {
                String file = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
                Path target = notices.resolve(library).resolve(file);
                PrivateFiles.createDirectories(Objects.requireNonNull(target.getParent()));
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static boolean isNotice(ZipEntry entry) {
        String name = entry.getName().toUpperCase(Locale.ROOT);
        String file = name.substring(name.lastIndexOf('/') + 1);
        boolean inPlace = name.equals(file) || name.startsWith("META-INF/");
        return !entry.isDirectory()
                && inPlace
                && !file.endsWith(".CLASS")
                && (file.startsWith("LICENSE")
                        || file.startsWith("NOTICE")
                        || file.startsWith("COPYING")
                        || file.startsWith("COPYRIGHT"));
    }

    private static void addLaunchers(Path folder) throws IOException {
        PrivateFiles.writeExecutable(folder.resolve("mneme"), resource("launcher/mneme"));
        if (Programs.isWindows()) {
            PrivateFiles.write(folder.resolve("mneme.cmd"), resource("launcher/mneme.cmd"));
        }
        PrivateFiles.write(
                folder.resolve("README.txt"),
                """
                Mneme, a memory for coding agents.

                    ./mneme install --yes

                sets everything up in ~/.mneme, without root, and proves that it works; nothing else
                is needed, and this folder may be deleted afterwards. `~/.mneme/bin/mneme --help`
                names what can be done then. Licences: app/notices, and app/runtime/legal for Java.
                """
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        PackageFolder.class.getResourceAsStream("/dev/mneme/installer/" + name),
                        name)) {
            return in.readAllBytes();
        }
    }
}
