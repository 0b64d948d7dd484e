package dev.mneme.installer.program;

import dev.mneme.installer.Children;
import dev.mneme.installer.Failure;
import dev.mneme.installer.PrivateFiles;
import dev.mneme.installer.Surroundings;
import dev.mneme.protocol.FileTree;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Where the programs of a version come from: the build of a clone, or programs that are complete
/// already, unpacked from a package or installed.
sealed interface ProgramSource {

    /// The folder of each program in a clone, and the name its jar gets.
    record Program(String folder, String artifact, String installedAs) {}

    List<Program> PROGRAMS =
            List.of(
                    new Program("daemon", "mneme-daemon-", "daemon.jar"),
                    new Program("mcp-stdio", "mneme-mcp-stdio-", "mcp-stdio.jar"),
                    new Program("installer", "mneme-installer-", "mneme.jar"),
                    new Program("hooks", "mneme-hooks-", "hooks.jar"));

    /// The folder with a pgvector that fits the PostgreSQL in `lib`; a package brings it.
    String PGVECTOR = "pgvector";

    /// The folder with the licences of everything in a package.
    String NOTICES = "notices";

    static ProgramSource of(Surroundings surroundings, Programs programs) {
        if (surroundings.sourceTree().isPresent()) {
            return new Clone(surroundings.sourceTree().get(), surroundings.javaHome());
        }
        return new Complete(
                surroundings
                        .unpackedPackage()
                        .map(folder -> folder.resolve("app"))
                        .orElse(programs.app()));
    }

    /// What the programs and the hooks run on.
    record Runtimes(Path java, Path hookJava) {}

    /// Every file of the version, but for runtimes and caches, by its name in it.
    SortedMap<String, Path> files() throws Failure, IOException;

    /// Puts the runtimes into the version that is being made.
    ///
    /// @param notes gets what a person should know
    Runtimes makeRuntimes(Path staging, List<String> notes) throws Exception;

    /// What the runtimes are made from; part of what a version is.
    String runtimeOrigin();

    /// A clone that was built.
    record Clone(Path root, Path javaHome) implements ProgramSource {

        @Override
        public SortedMap<String, Path> files() throws Failure, IOException {
            var files = new TreeMap<String, Path>();
            for (Program program : PROGRAMS) {
                Path module = root.resolve(program.folder());
                files.put(program.installedAs(), BenchProgram.jar(module, program.artifact()));
                for (Path jar : libraries(module)) {
                    files.put("lib/" + jar.getFileName(), jar);
                }
            }
            addBench(files);
            return files;
        }

        /// The program that measures, with those of its libraries that nobody else has.
        private void addBench(SortedMap<String, Path> files) throws Failure, IOException {
            Path module = root.resolve(BenchProgram.FOLDER);
            List<String> others =
                    files.keySet().stream()
                            .filter(name -> name.startsWith("lib/"))
                            .map(name -> name.substring("lib/".length()))
                            .toList();
            String folder = BenchProgram.FOLDER + "/";
            files.put(folder + BenchProgram.JAR, BenchProgram.jar(module, "mneme-bench-"));
            for (Path jar : libraries(module)) {
                if (BenchProgram.isOwnLibrary(jar.getFileName().toString(), others)) {
                    files.put(folder + jar.getFileName(), jar);
                }
            }
        }

        private static List<Path> libraries(Path module) throws IOException {
            Path libraries = module.resolve("target").resolve("lib");
            if (!Files.isDirectory(libraries)) {
                return List.of();
            }
            try (Stream<Path> jars = Files.list(libraries)) {
                return jars.filter(jar -> jar.toString().endsWith(".jar")).toList();
            }
        }

        /// Both images at once: each is little more than one busy thread.
        @Override
        public Runtimes makeRuntimes(Path staging, List<String> notes) throws Exception {
            Path image = staging.resolve(Programs.RUNTIME);
            Path hookImage = staging.resolve(Programs.HOOK_RUNTIME);
            Optional<String> problem;
            Optional<String> hookProblem;
            try (var together = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Optional<String>> hooks =
                        together.submit(
                                () ->
                                        RuntimeImage.make(
                                                javaHome, RuntimeImage.HOOK_MODULES, hookImage));
                problem = RuntimeImage.make(javaHome, RuntimeImage.MODULES, image);
                hookProblem = hooks.get();
            }
            if (problem.isPresent()) {
                Path java = Programs.javaOf(javaHome);
                notes.add("uses `" + java + "`, no image of our own: " + problem.get());
                PrivateFiles.write(
                        staging.resolve(Programs.JAVA_PATH),
                        (java + "\n").getBytes(StandardCharsets.UTF_8));
                FileTree.delete(hookImage);
                return new Runtimes(java, java);
            }
            Path java = Programs.javaIn(staging);
            if (hookProblem.isPresent()) {
                return new Runtimes(java, java);
            }
            RuntimeImage.share(hookImage, image);
            return new Runtimes(java, Programs.javaOf(hookImage));
        }

        @Override
        public String runtimeOrigin() {
            return Runtime.version() + "\n" + javaHome;
        }
    }

    /// The `app` of a package or of an installation.
    record Complete(Path app) implements ProgramSource {

        private static final Duration SHARE_TIMEOUT = Duration.ofMinutes(1);

        @Override
        public SortedMap<String, Path> files() throws Failure, IOException {
            var files = new TreeMap<String, Path>();
            for (Program program : PROGRAMS) {
                Path jar = app.resolve(program.installedAs());
                if (!Files.exists(jar)) {
                    throw new Failure(
                            "cannot find `" + jar + "`",
                            "unpack the package again, or install from a clone with"
                                    + " `./mneme install`");
                }
                files.put(program.installedAs(), jar);
            }
            for (String folder : List.of("lib", BenchProgram.FOLDER, PGVECTOR, NOTICES)) {
                if (Files.isDirectory(app.resolve(folder))) {
                    try (Stream<Path> all = Files.walk(app.resolve(folder))) {
                        all.filter(Files::isRegularFile)
                                .forEach(
                                        file ->
                                                files.put(
                                                        app.relativize(file)
                                                                .toString()
                                                                .replace('\\', '/'),
                                                        file));
                    }
                }
            }
            return files;
        }

        @Override
        public Runtimes makeRuntimes(Path staging, List<String> notes) throws Exception {
            for (String name : List.of(Programs.RUNTIME, Programs.HOOK_RUNTIME)) {
                Path image = app.resolve(name);
                if (!Files.exists(Programs.javaOf(image))) {
                    throw new Failure(
                            "cannot find `" + Programs.javaOf(image) + "`",
                            "unpack the package again; it was made for "
                                    + System.getProperty("os.name")
                                    + " only if its name says so");
                }
                RuntimeImage.copy(image, staging.resolve(name));
            }
            Path image = staging.resolve(Programs.RUNTIME);
            Path hookImage = staging.resolve(Programs.HOOK_RUNTIME);
            RuntimeImage.share(hookImage, image);
            try (var together = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Boolean> hooks = together.submit(() -> shareClasses(hookImage));
                boolean shared = shareClasses(image);
                if (!hooks.get() || !shared) {
                    notes.add("programs start slower: the runtime's own classes are not shared");
                }
            }
            return new Runtimes(Programs.javaOf(image), Programs.javaOf(hookImage));
        }

        /// A package leaves out what depends on the times of files, and is made again in seconds.
        private static boolean shareClasses(Path image) throws IOException, InterruptedException {
            return Children.run(
                            Children.Call.of(
                                    List.of(
                                            Programs.javaOf(image).toString(),
                                            "-Xshare:dump",
                                            "-Xlog:disable"),
                                    Objects.requireNonNull(image.getParent()),
                                    SHARE_TIMEOUT))
                    .ok();
        }

        @Override
        public String runtimeOrigin() {
            return "package\n" + release();
        }

        private String release() {
            try {
                return Files.readString(app.resolve(Programs.RUNTIME).resolve("release"));
            } catch (IOException unknown) {
                return "";
            }
        }
    }
}
