package dev.mneme.postgres;

import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// pgvector from the packages of Debian and its descendants, without root.
///
/// `apt-get` works in folders of its own here: package lists, cache and sources are private, the
/// machine's are not touched. The mirror is the one the machine is configured with, asked from
/// `apt-get` itself; beside its own suite a newer one is named that has this major version.
/// Packages are verified by `apt-get` with the machine's keys. What comes is unpacked with
/// `dpkg -x` and never installed.
final class DebianPackages {

    private static final Duration UPDATE_DEADLINE = Duration.ofMinutes(5);
    private static final Duration DOWNLOAD_DEADLINE = Duration.ofMinutes(5);
    private static final Duration QUERY_DEADLINE = Duration.ofSeconds(30);
    private static final Duration COMPILE_DEADLINE = Duration.ofMinutes(5);

    private static final long SOURCE_BYTES_MAX = 16L * 1024 * 1024;
    private static final int SOURCE_FILES_MAX = 2_000;

    /// The newer suites that carry a major version of PostgreSQL, by distribution; which of them
    /// exist on a mirror depends on that.
    private static final Map<String, Map<String, List<String>>> NEWER_SUITES =
            Map.of(
                    "17",
                    Map.of("debian", List.of("trixie"), "ubuntu", List.of("plucky", "questing")),
                    "18",
                    Map.of("debian", List.of("forky"), "ubuntu", List.of("resolute")));

    /// What upstream's Makefile and the server's own build use, without `-march=native`: the result
    /// may be carried to another machine.
    private static final List<String> COMPILER_FLAGS =
            List.of(
                    "-O3",
                    "-fPIC",
                    "-shared",
                    "-fwrapv",
                    "-fno-strict-aliasing",
                    "-ftree-vectorize",
                    "-fassociative-math",
                    "-fno-signed-zeros",
                    "-fno-trapping-math");

    private final Path folder;
    private final Map<String, String> environment;
    private final Path logs;
    private final String majorVersion;
    private final Progress progress;

    /// Lists are read once for both ways; a reading costs some 20 MB of download.
    private @Nullable Apt prepared;

    DebianPackages(
            Path folder,
            Map<String, String> environment,
            Path logs,
            String majorVersion,
            Progress progress) {
        this.folder = folder;
        this.environment = environment;
        this.logs = logs;
        this.majorVersion = majorVersion;
        this.progress = progress;
    }

    /// The prebuilt package, unpacked.
    Optional<PgvectorFiles> download(Path scratch)
            throws IOException, CommandFailed, InterruptedException {
        Apt apt = prepare();
        String name = "postgresql-" + majorVersion + "-pgvector";
        Path unpacked = unpack(apt.fetchPackage(name), scratch.resolve("package"));
        return PgvectorFiles.in(
                unpacked.resolve("usr/lib/postgresql/" + majorVersion + "/lib"),
                unpacked.resolve("usr/share/postgresql/" + majorVersion + "/extension"));
    }

    /// Built here, so that it fits this machine's C library.
    Optional<PgvectorFiles> build(Path scratch)
            throws IOException, CommandFailed, InterruptedException {
        String compiler =
                Stream.of("gcc", "cc", "clang")
                        .map(name -> ExternalCommand.find(environment, name))
                        .flatMap(Optional::stream)
                        .findFirst()
                        .orElseThrow(() -> new CommandFailed("there is no C compiler (`gcc`) here"))
                        .toString();
        Apt apt = prepare();
        Path headers =
                unpack(
                                apt.fetchPackage("postgresql-server-dev-" + majorVersion),
                                scratch.resolve("headers"))
                        .resolve("usr/include/postgresql/" + majorVersion + "/server");
        Path source = unpackSource(apt.fetchSource("pgvector"), scratch.resolve("source"));
        Path result = scratch.resolve("built");
        PrivateFiles.createDirectories(result);
        progress.step("pgvector: compiling");
        compile(compiler, headers, source, result);
        collectScripts(source, result);
        return PgvectorFiles.in(result, result);
    }

    private void compile(String compiler, Path headers, Path source, Path result)
            throws IOException, CommandFailed, InterruptedException {
        var command = new ArrayList<String>();
        command.add(compiler);
        command.addAll(COMPILER_FLAGS);
        command.add("-I" + headers);
        command.add("-I" + source.resolve("src"));
        command.add("-o");
        command.add(result.resolve("vector.so").toString());
        try (Stream<Path> files = Files.list(source.resolve("src"))) {
            files.filter(file -> file.toString().endsWith(".c"))
                    .sorted()
                    .forEach(file -> command.add(file.toString()));
        }
        command.add("-lm");
        new ExternalCommand(command, logs.resolve("pgvector-compile.log"), COMPILE_DEADLINE)
                .in(source)
                .runOrFail();
    }

    private static void collectScripts(Path source, Path result) throws IOException {
        Path control = result.resolve("vector.control");
        PrivateFiles.copyAtomically(source.resolve("vector.control"), control);
        String version = new PgvectorFiles(control, control, List.of()).version();
        // Upstream's Makefile makes the full script by copying, too.
        PrivateFiles.copyAtomically(
                source.resolve("sql/vector.sql"), result.resolve("vector--" + version + ".sql"));
        try (Stream<Path> files = Files.list(source.resolve("sql"))) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().startsWith("vector--")).toList()) {
                PrivateFiles.copyAtomically(file, result.resolve(file.getFileName().toString()));
            }
        }
    }

    private Path unpack(Path debianPackage, Path target)
            throws IOException, CommandFailed, InterruptedException {
        PrivateFiles.createDirectories(target);
        new ExternalCommand(
                        List.of(tool("dpkg"), "-x", debianPackage.toString(), target.toString()),
                        logs.resolve("dpkg.log"),
                        QUERY_DEADLINE)
                .runOrFail();
        return target;
    }

    /// Unpacks `name-version.orig.tar.gz` and answers its one folder.
    private static Path unpackSource(Path archive, Path target) throws IOException, CommandFailed {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
                var tar = new TarArchiveInputStream(new GZIPInputStream(file))) {
            long bytes = 0;
            int files = 0;
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                bytes += entry.getSize();
                files++;
                if (!path.startsWith(target)
                        || bytes > SOURCE_BYTES_MAX
                        || files > SOURCE_FILES_MAX) {
                    throw new CommandFailed("the source package is not what was expected");
                }
                if (entry.isDirectory()) {
                    PrivateFiles.createDirectories(path);
                } else if (entry.isFile()) {
                    PrivateFiles.createDirectories(PrivateFiles.parentOf(path));
                    Files.copy(tar, path);
                }
            }
        }
        try (Stream<Path> folders = Files.list(target)) {
            return folders.filter(folder -> Files.exists(folder.resolve("vector.control")))
                    .findFirst()
                    .orElseThrow(
                            () -> new CommandFailed("the source package holds no vector.control"));
        }
    }

    private Apt prepare() throws IOException, CommandFailed, InterruptedException {
        Apt apt = prepared;
        if (apt == null) {
            apt = new Apt(folder);
            apt.update();
            prepared = apt;
        }
        return apt;
    }

    private String tool(String name) throws CommandFailed {
        return ExternalCommand.find(environment, name)
                .orElseThrow(
                        () ->
                                new CommandFailed(
                                        "this machine has no `"
                                                + name
                                                + "`; other distributions' packages are used when"
                                                + " they are installed"))
                .toString();
    }

    /// `apt-get` in folders of its own.
    private final class Apt {

        private final Path folder;
        private final Path configuration;

        Apt(Path folder) throws IOException, CommandFailed, InterruptedException {
            this.folder = folder;
            this.configuration = folder.resolve("apt.conf");
            for (String name : List.of("lists/partial", "cache/archives/partial", "download")) {
                PrivateFiles.createDirectories(folder.resolve(name));
            }
            List<String> sources = sources();
            PrivateFiles.writeAtomically(
                    folder.resolve("sources.list"), String.join("\n", sources) + "\n");
            PrivateFiles.writeAtomically(configuration, configurationText());
        }

        void update() throws CommandFailed, InterruptedException {
            progress.step("pgvector: reading the distribution's package lists");
            // A suite that the mirror lacks makes apt-get fail after it has read the others, so
            // the answer is judged by what can be downloaded afterwards.
            var outcome = apt("update", UPDATE_DEADLINE, List.of("update")).run();
            if (!(outcome instanceof ExternalCommand.Outcome.Exited)) {
                throw new CommandFailed("`apt-get update` did not end: " + outcome);
            }
        }

        Path fetchPackage(String name) throws IOException, CommandFailed, InterruptedException {
            progress.step("pgvector: downloading " + name);
            apt("download-" + name, DOWNLOAD_DEADLINE, List.of("download", name)).runOrFail();
            return downloaded(name + "_", ".deb");
        }

        Path fetchSource(String name) throws IOException, CommandFailed, InterruptedException {
            progress.step("pgvector: downloading the source of " + name);
            apt("source-" + name, DOWNLOAD_DEADLINE, List.of("source", "--download-only", name))
                    .runOrFail();
            return downloaded(name + "_", ".orig.tar.gz");
        }

        private Path downloaded(String prefix, String suffix) throws IOException, CommandFailed {
            try (Stream<Path> files = Files.list(folder.resolve("download"))) {
                return files.filter(
                                file -> {
                                    String name = file.getFileName().toString();
                                    return name.startsWith(prefix) && name.endsWith(suffix);
                                })
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new CommandFailed(
                                                "`apt-get` left no " + prefix + "…" + suffix));
            }
        }

        private ExternalCommand apt(String name, Duration deadline, List<String> arguments)
                throws CommandFailed {
            var command =
                    new ArrayList<>(List.of(tool("apt-get"), "-q", "-c", configuration.toString()));
            command.addAll(arguments);
            return new ExternalCommand(command, logs.resolve("apt-" + name + ".log"), deadline)
                    .in(folder.resolve("download"));
        }

        /// The machine's own mirror, its own suite and the newer ones.
        private List<String> sources() throws IOException, CommandFailed, InterruptedException {
            Release release = Release.read();
            String targets =
                    new ExternalCommand(
                                    List.of(
                                            tool("apt-get"),
                                            "indextargets",
                                            "--format",
                                            "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"),
                                    logs.resolve("apt-targets.log"),
                                    QUERY_DEADLINE)
                            .runOrFail();
            String mirror =
                    targets.lines()
                            .map(line -> line.split("\\|", -1))
                            .filter(fields -> fields.length == 4)
                            .filter(fields -> fields[0].equals("Packages"))
                            .filter(fields -> fields[3].equals("main"))
                            .filter(fields -> !fields[2].contains("-"))
                            .map(fields -> fields[1])
                            .findFirst()
                            .orElseThrow(
                                    () -> new CommandFailed("`apt-get` has no mirror configured"));
            var sources = new ArrayList<String>();
            var suites = new ArrayList<String>();
            suites.add(release.codename());
            suites.addAll(
                    NEWER_SUITES
                            .getOrDefault(majorVersion, Map.of())
                            .getOrDefault(release.family(), List.of()));
            for (String suite : suites.stream().distinct().toList()) {
                String components = release.family().equals("ubuntu") ? "main universe" : "main";
                sources.add("deb " + mirror + " " + suite + " " + components);
                sources.add("deb-src " + mirror + " " + suite + " " + components);
            }
            return sources;
        }

        private String configurationText() {
            // The hooks would run programs of the machine on lists that are not its own. The
            // unprivileged download user could not write into our private folders.
            return """
            #clear APT::Update::Pre-Invoke;
            #clear APT::Update::Post-Invoke;
            #clear APT::Update::Post-Invoke-Success;
            Dir::State::lists "%1$s/lists";
            Dir::Cache "%1$s/cache";
            Dir::Etc::sourcelist "%1$s/sources.list";
            Dir::Etc::sourceparts "-";
            Acquire::Languages "none";
            Acquire::Retries "2";
            Acquire::http::Timeout "30";
            APT::Sandbox::User "";
            """
                    .formatted(folder);
        }
    }

    /// What the distribution calls itself.
    private record Release(String family, String codename) {

        static Release read() throws IOException, CommandFailed {
            Path file = Path.of("/etc/os-release");
            var properties = new Properties();
            if (Files.isRegularFile(file)) {
                try (var reader = Files.newBufferedReader(file)) {
                    properties.load(reader);
                }
            }
            String id = unquoted(properties.getProperty("ID", ""));
            String like = unquoted(properties.getProperty("ID_LIKE", ""));
            String family =
                    id.equals("ubuntu") || like.contains("ubuntu")
                            ? "ubuntu"
                            : id.equals("debian") || like.contains("debian") ? "debian" : id;
            String codename =
                    unquoted(
                            properties.getProperty(
                                    "UBUNTU_CODENAME",
                                    properties.getProperty("VERSION_CODENAME", "")));
            if (!codename.matches("[a-z]+")) {
                throw new CommandFailed("`/etc/os-release` names no release of this distribution");
            }
            return new Release(family, codename);
        }

        private static String unquoted(String value) {
            return value.replace("\"", "").replace("'", "");
        }
    }
}
