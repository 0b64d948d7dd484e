package dev.mneme.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(value = 120)
final class PostgresInstallationIT {

    private static final Duration WAIT = Duration.ofSeconds(60);

    @TempDir Path folder;

    @Test
    void unpacksOnceAndPrivately() throws Exception {
        var steps = new ArrayList<String>();
        var first = PostgresInstallation.unpack(folder, steps::add);
        FileTime before = Files.getLastModifiedTime(first.program("postgres"));
        var second = PostgresInstallation.unpack(folder, steps::add);

        assertThat(first.folder()).isEqualTo(folder.resolve(first.version()));
        assertThat(first.majorVersion()).isEqualTo("17");
        assertThat(steps).containsExactly("unpacking PostgreSQL " + first.version());
        assertThat(Files.getLastModifiedTime(second.program("postgres"))).isEqualTo(before);
        assertThat(Files.isExecutable(first.program("initdb"))).isTrue();
        try (Stream<Path> files = Files.walk(first.folder())) {
            assertThat(files.filter(Files::isDirectory))
                    .allSatisfy(
                            directory ->
                                    assertThat(Files.getPosixFilePermissions(directory))
                                            .isEqualTo(PrivateFiles.FOLDER));
        }
    }

    /// Goal: a kill at any moment leaves a complete folder or none. The unpacking program is killed
    /// while its unfinished folder grows; the next one completes and removes what lay about.
    @Test
    void leavesNothingHalfWhenItIsKilled() throws Exception {
        Process unpacking =
                new ProcessBuilder(
                                List.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        "dev.mneme.postgres.PostgresInstallationIT$Unpacking",
                                        folder.toString()))
                        .inheritIO()
                        .start();
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (filesInUnfinished() < 3) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            assertThat(unpacking.isAlive()).as("killed in the middle").isTrue();
            Thread.onSpinWait();
        }
        unpacking.destroyForcibly();
        assertThat(unpacking.waitFor(WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(unfinished()).hasSize(1);
        assertThat(versions()).isEmpty();

        var installation = PostgresInstallation.unpack(folder, Progress.SILENT);

        assertThat(unfinished()).isEmpty();
        assertThat(versions()).containsExactly(installation.folder());
        assertThat(Files.isExecutable(installation.program("postgres"))).isTrue();
    }

    static final class Unpacking {
        private Unpacking() {}

        static void main(String[] arguments) throws PostgresException, InterruptedException {
            PostgresInstallation.unpack(Path.of(arguments[0]), Progress.SILENT);
        }
    }

    private long filesInUnfinished() throws Exception {
        for (Path unfinished : unfinished()) {
            try (Stream<Path> files = Files.list(unfinished)) {
                return files.count();
            }
        }
        return 0;
    }

    private List<Path> unfinished() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".unpack-")).toList();
        }
    }

    private List<Path> versions() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().matches("\\d+(\\.\\d+)+")).toList();
        }
    }
}
