package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The launcher, run by the real shell: which Java it takes, what it builds, what it says.
final class LauncherIT {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    @TempDir Path directory;

    @Test
    void saysWhatToInstallWhenNoJdkIsNewEnough() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "no jdk")) {
            // Everything that could hold a JDK is hidden behind an empty file system.
            String hide =
                    "mount -t tmpfs none /usr/lib/jvm && test -z \"$(ls /usr/lib/jvm)\" && ! java"
                            + " -version 2>/dev/null && exec env -i HOME="
                            + sandbox.home()
                            + " PATH=/usr/bin:/bin /bin/sh \"$0\" status";
            Children.Ended ended =
                    Children.run(
                            Children.Call.of(
                                    List.of(
                                            "unshare",
                                            "-m",
                                            "/bin/sh",
                                            "-c",
                                            hide.replace(
                                                    sandbox.home().toString(),
                                                    "'" + sandbox.home() + "'"),
                                            sandbox.sourceTree().resolve("mneme").toString()),
                                    directory,
                                    TIMEOUT));

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.err())
                    .isEqualTo(
                            """
                            error: cannot find a JDK 25 or newer
                            hint: install one, such as the package `temurin-25-jdk` or `openjdk-25-jdk`, or set `MNEME_JAVA_HOME` to where one is
                            """);
        }
    }

    @Test
    void takesTheFirstJdkThatIsNewEnoughByItsReleaseFile() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "release")) {
            Path old = jdk("old", "JAVA_VERSION=\"17.0.15\"", "echo started the old one; exit 9");
            Path young = jdk("yöung", "JAVA_VERSION=\"26-ea\"", "echo \"young: $*\"");

            Children.Ended ended =
                    sandbox.mneme(
                            Map.of(
                                    "MNEME_JAVA_HOME", old.toString(),
                                    "JAVA_HOME", young.toString()),
                            "status",
                            "an argument");

            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.out()).startsWith("young: ").endsWith("status an argument\n");
        }
    }

    @Test
    void namesMavenWhenItIsMissingAndSomethingMustBeBuilt() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "no maven")) {
            deleteJars(sandbox.sourceTree().resolve("hooks/target"));
            Path tools = Files.createDirectories(directory.resolve("tools"));
            for (String tool :
                    List.of("env", "sh", "dirname", "readlink", "find", "head", "sed", "tail")) {
                Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin/" + tool));
            }

            Children.Ended ended = sandbox.mneme(Map.of("PATH", tools.toString()), "status");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.err())
                    .isEqualTo(
                            """
                            error: cannot build Mneme: there is no `mvn` on the PATH
                            hint: install Maven 3.8 or newer, such as the package `maven`, then run the command again
                            """);
        }
    }

    @Test
    void buildsWhatIsMissingOrOlderThanItsSourcesAndShowsProgress() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "build it")) {
            Path jar = sandbox.sourceTree().resolve("hooks/target/mneme-hooks-0.jar");
            Path kept = Files.move(jar, directory.resolve("kept.jar"));
            Path tools = Files.createDirectories(directory.resolve("fake maven"));
            executable(
                    tools.resolve("mvn"),
                    "echo \"[INFO] Building Mneme hooks 0.1.0        [5/9]\"\n"
                            + "echo \"$PWD $* $JAVA25_HOME\" >> '"
                            + directory
                            + "/calls'\ncp '"
                            + kept
                            + "' hooks/target/mneme-hooks-0.jar\nsleep 1");
            Map<String, String> environment =
                    Map.of("PATH", tools + ":/usr/bin:/bin", "MNEME_HOME", directory + "/h");

            Children.Ended first = sandbox.mneme(environment, "version");
            assertThat(first.exitCode()).as(first.err()).isZero();
            assertThat(first.out()).startsWith("mneme ");
            assertThat(first.err()).contains("building Mneme").contains("5/9 Mneme hooks 0.1.0");
            assertThat(sandbox.mneme(environment, "version").err()).isEmpty();

            Path source =
                    Files.createDirectories(sandbox.sourceTree().resolve("hooks/src/main"))
                            .resolve("A.java");
            Files.writeString(source, "");
            Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
            assertThat(sandbox.mneme(environment, "version").exitCode()).isZero();

            assertThat(Files.readAllLines(directory.resolve("calls")))
                    .hasSize(2)
                    .allMatch(
                            line ->
                                    line.equals(
                                            sandbox.sourceTree()
                                                    + " -B -DskipTests package "
                                                    + System.getProperty("java.home")));
        }
    }

    @Test
    void saysWhereTheOutputOfAFailedBuildIs() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "fails")) {
            deleteJars(sandbox.sourceTree().resolve("hooks/target"));
            Path tools = Files.createDirectories(directory.resolve("bin"));
            executable(tools.resolve("mvn"), "echo '[ERROR] no such thing'\nexit 1");

            Children.Ended ended =
                    sandbox.mneme(Map.of("PATH", tools + ":/usr/bin:/bin"), "status");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.err())
                    .contains("[ERROR] no such thing")
                    .contains("error: cannot build Mneme: Maven failed")
                    .contains("launcher-build.log");
        }
    }

    @Test
    void isFoundThroughALinkFromAnyDirectory() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "linked")) {
            Path link = directory.resolve("mneme link");
            Files.createSymbolicLink(link, sandbox.sourceTree().resolve("mneme"));

            Children.Ended ended = sandbox.launcher(link, Map.of(), "version");

            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(sandbox.filtered(ended.out())).isEqualTo("mneme VERSION\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "install",
                "status",
                "start",
                "stop",
                "restart",
                "doctor",
                "logs",
                "queue",
                "queue list",
                "queue show",
                "queue retry",
                "queue purge",
                "lesson",
                "lesson add",
                "uninstall",
                "version",
                "project"
            })
    void everyCommandHasHelpWithAnExample(String command) throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, command)) {
            Children.Ended ended = sandbox.mneme((command + " --help").split(" "));

            assertThat(ended.exitCode()).isZero();
            assertThat(ended.out())
                    .startsWith("Usage: mneme " + command)
                    .contains("Example:\n")
                    .contains("mneme " + command);
        }
    }

    @Test
    void wrongUsageIsExitCodeTwo() throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "usage")) {
            Children.Ended ended = sandbox.mneme("status", "--jsn");

            assertThat(ended.exitCode()).isEqualTo(2);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.err())
                    .isEqualTo(
                            """
                            error: Unknown option: '--jsn'
                            hint: see `mneme status --help`
                            """);
        }
    }

    private Path jdk(String name, String release, String java) throws Exception {
        Path home = directory.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\n" + release + "\n");
        executable(home.resolve("bin/java"), java);
        executable(home.resolve("bin/javac"), "exit 0");
        return home;
    }

    private static void executable(Path file, String script) throws Exception {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void deleteJars(Path folder) throws Exception {
        var jars = new ArrayList<Path>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(".jar")).forEach(jars::add);
        }
        for (Path jar : jars) {
            Files.delete(jar);
        }
    }
}
