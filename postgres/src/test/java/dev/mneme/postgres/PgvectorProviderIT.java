package dev.mneme.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

@Timeout(value = 180)
final class PgvectorProviderIT {

    private static final long PROVIDE_SECONDS_MAX = 120;

    @TempDir Path folder;
    private PostgresInstallation bare;
    private Path work;
    private Path failingPrograms;

    @BeforeAll
    static void prepareMachine() throws PostgresException, InterruptedException {
        Machine.installation();
    }

    @BeforeEach
    void unpackWithoutPgvector() throws Exception {
        // Stands in the way of the distribution's packages: nothing but files of this machine.
        failingPrograms = Files.createDirectories(folder.resolve("bin"));
        for (String name : List.of("apt-get", "dpkg")) {
            Path program = failingPrograms.resolve(name);
            Files.writeString(program, "#!/bin/sh\necho \"E: no network\"\nexit 100\n");
            Files.setPosixFilePermissions(program, PrivateFiles.FOLDER);
        }
        bare = PostgresInstallation.unpack(folder.resolve("programs"), Progress.SILENT);
        work = folder.resolve("work");
    }

    @Test
    void takesTheNamedFolderAndRemembersIt() throws Exception {
        var steps = new ArrayList<String>();
        var provider =
                new PgvectorProvider(bare, work, named(Machine.pgvectorFolder()), steps::add);
        assertThat(provider.installed()).isEmpty();

        PgvectorResult result = provider.provide();

        assertThat(result)
                .isInstanceOfSatisfying(
                        PgvectorResult.Provided.class,
                        provided -> {
                            assertThat(provided.version()).matches("\\d+\\.\\d+\\.\\d+");
                            assertThat(provided.how())
                                    .contains(Machine.pgvectorFolder().toString());
                        });
        assertThat(steps).hasSize(2);
        assertThat(provider.provide()).isEqualTo(result);
        assertThat(provider.installed()).contains((PgvectorResult.Provided) result);
        assertThat(steps).hasSize(2);
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void passesOverAFolderWhoseLibraryDoesNotLoad() throws Exception {
        Path broken = folder.resolve("broken");
        var good =
                PgvectorFiles.in(Machine.pgvectorFolder(), Machine.pgvectorFolder()).orElseThrow();
        good.copyInto(broken, broken);
        Files.writeString(broken.resolve("vector.so"), "not a library");

        PgvectorResult result =
                new PgvectorProvider(bare, work, named(broken), Progress.SILENT).provide();

        // On a machine that has the library installed the next way succeeds instead.
        switch (result) {
            case PgvectorResult.Unavailable unavailable -> {
                assertThat(unavailable.attempts().getFirst().way()).contains(broken.toString());
                assertThat(unavailable.attempts().getFirst().outcome())
                        .contains("could not load library");
            }
            case PgvectorResult.Provided provided ->
                    assertThat(provided.how()).doesNotContain(broken.toString());
        }
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void reportsEveryAttemptAndTheServerStartsWithoutIt() throws Exception {
        Path empty = Files.createDirectories(folder.resolve("empty"));

        PgvectorResult result =
                new PgvectorProvider(bare, work, named(empty), Progress.SILENT).provide();

        assertThat(result).isInstanceOf(PgvectorResult.Unavailable.class);
        var unavailable = (PgvectorResult.Unavailable) result;
        assertThat(unavailable.attempts())
                .extracting(PgvectorResult.Attempt::outcome)
                .startsWith("not there")
                .last()
                .asString()
                .contains("E: no network");
        assertThat(unavailable.attempts()).hasSizeGreaterThanOrEqualTo(4);
        assertThat(unavailable.hint()).contains(PgvectorProvider.FOLDER_KEY);
        Path root = folder.resolve("root");
        try (var server =
                        EmbeddedPostgres.start(
                                EmbeddedPostgres.Settings.of(root, root.resolve("log"), bare));
                var connection =
                        DriverManager.getConnection(
                                server.connection().jdbcUrl(),
                                server.connection().user(),
                                server.connection().password());
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT count(*) FROM pg_available_extensions"
                                        + " WHERE name = 'vector'")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isZero();
        }
    }

    @Test
    void providesOnceForTwoAtATime() throws Exception {
        var steps = java.util.Collections.synchronizedList(new ArrayList<String>());
        Callable<PgvectorResult> providing =
                () ->
                        new PgvectorProvider(
                                        bare, work, named(Machine.pgvectorFolder()), steps::add)
                                .provide();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PgvectorResult>> results =
                    List.of(threads.submit(providing), threads.submit(providing));
            assertThat(results.getFirst().get(PROVIDE_SECONDS_MAX, TimeUnit.SECONDS))
                    .isEqualTo(results.getLast().get(PROVIDE_SECONDS_MAX, TimeUnit.SECONDS));
        }
        assertThat(steps).filteredOn(step -> step.contains("trying")).hasSize(1);
    }

    @Test
    void exportsAFolderThatCanBeNamed() throws Exception {
        var provider =
                new PgvectorProvider(bare, work, named(Machine.pgvectorFolder()), Progress.SILENT);
        provider.provide();
        Path target = folder.resolve("deep").resolve("export");
        provider.exportTo(target);
        provider.exportTo(target);
        assertThat(PgvectorFiles.in(target, target)).isPresent();
        try (Stream<Path> beside = Files.list(folder.resolve("deep"))) {
            assertThat(beside).containsExactly(target);
        }
    }

    private Map<String, String> named(Path pgvector) {
        return Map.of(
                "PATH",
                failingPrograms.toString(),
                PgvectorProvider.FOLDER_KEY,
                pgvector.toString());
    }

    private List<Path> leftovers() throws Exception {
        try (Stream<Path> files = Files.list(work)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".pgvector-")).toList();
        }
    }
}
