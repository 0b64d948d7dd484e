package dev.mneme.installer;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Somebody makes a package, somebody else without a JDK installs from it.
@Tag("proof")
@Timeout(240)
final class PackageIT {

    private static final Duration UNPACK_TIMEOUT = Duration.ofMinutes(1);

    @Test
    void whoUnpacksAPackageNeedsNothingElse(@TempDir Path directory) throws Exception {
        try (var sandbox = Sandbox.withJdk(directory, "maker and user")) {
            Path output = directory.resolve("dist");

            Children.Ended packed = sandbox.mneme("package", "--output", output.toString());

            assertThat(packed.exitCode()).as(packed.err() + packed.out()).isZero();
            String name = name(output, ".tar.gz");
            assertThat(names(output))
                    .containsExactly(name + ".sha256", name + ".tar.gz", name + ".zip");
            run(output, "sha256sum", "--check", "--quiet", name + ".sha256");

            // Letters that a JVM in the `C` locale cannot spell, and blanks.
            Path place = Files.createDirectories(directory.resolve("Zur Ablage – größer"));
            run(place, "tar", "-xzf", output.resolve(name + ".tar.gz").toString());
            Path unpacked = place.resolve(name);
            assertThat(unpacked.resolve("app/notices/NOTICE.md")).content().contains("PostgreSQL");
            assertThat(unpacked.resolve("app/runtime/legal/java.base")).isDirectory();
            assertThat(unpacked.resolve("app/pgvector/vector.control")).exists();
            makeReadOnly(unpacked);

            Children.Ended installed =
                    sandbox.launcher(
                            unpacked.resolve("mneme"),
                            Map.of("MNEME_JAVA_HOME", "", "LC_ALL", "C"),
                            "install",
                            "--yes");

            assertThat(installed.exitCode()).as(installed.err() + installed.out()).isZero();
            Path app = sandbox.mnemeHome().resolve("app").toRealPath();
            for (String made :
                    List.of(
                            "runtime/bin/java",
                            "hook-runtime/bin/java",
                            "runtime/lib/server/classes.jsa",
                            "hooks.aot",
                            "pgvector/vector.control",
                            "notices/NOTICE.md")) {
                assertThat(app.resolve(made)).exists();
            }
            assertThat(sandbox.claude().resolve("settings.json"))
                    .content()
                    .contains(sandbox.mnemeHome().resolve("app").toString())
                    .doesNotContain(unpacked.toString())
                    .doesNotContain(System.getProperty("java.home"));

            Children.Ended again =
                    sandbox.launcher(
                            unpacked.resolve("mneme"),
                            Map.of("MNEME_JAVA_HOME", ""),
                            "install",
                            "--yes");
            assertThat(again.out()).contains("same    programs");

            assertThat(unzipped(output.resolve(name + ".zip"))).isEqualTo(Sandbox.snapshot(place));
        }
    }

    /// As `Sandbox.snapshot` of the folder it would be unpacked in; the launcher must be
    /// executable.
    private static Map<String, String> unzipped(Path archive) throws IOException {
        var files = new TreeMap<String, String>();
        try (ZipFile zip = ZipFile.builder().setPath(archive).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                try (InputStream in = zip.getInputStream(entry)) {
                    files.put(
                            entry.getName(),
                            new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
                }
                if (entry.getName().endsWith("/mneme") || entry.getName().endsWith("/bin/java")) {
                    assertThat(entry.getUnixMode() & 0777).as(entry.getName()).isEqualTo(0755);
                }
            }
        }
        return files;
    }

    private static String name(Path folder, String ending) throws IOException {
        return names(folder).stream()
                .filter(file -> file.endsWith(ending))
                .map(file -> file.substring(0, file.length() - ending.length()))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void makeReadOnly(Path folder) throws Exception {
        run(folder, "chmod", "-R", "a-w", ".");
    }

    private static void run(Path folder, String... command)
            throws IOException, InterruptedException {
        Children.Ended ended =
                Children.run(Children.Call.of(List.of(command), folder, UNPACK_TIMEOUT));
        assertThat(ended.exitCode()).as(ended.err() + ended.out()).isZero();
    }
}
