package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.backup.SchemaState;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;
import dev.mneme.protocol.Wire;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// From PostgreSQL 17 to 18, with both servers' real programs, killed at every step on the way.
@Tag("proof")
@Timeout(1_200)
final class ServerUpgradeIT {

    private static final String NEW_MAJOR = "18";

    private static final String SAMPLE =
            """
            INSERT INTO mem_projects (name) VALUES ('shop'), ('tab\tand\\backslash');
            INSERT INTO mem_sessions (session_id, project_id)
            SELECT 'session-' || id, id FROM mem_projects;
            INSERT INTO mem_observations (session_id, project_id, type, title, narrative, made_by)
            SELECT id, project_id, 'decision', 'Cap the backoff ' || n, '「記憶」', 'test'
            FROM mem_sessions, generate_series(1, 200) AS n;
            """;

    private static final String CONTENT =
            """
            SELECT title || narrative || created_at FROM mem_observations ORDER BY id
            """;

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    @TempDir Path folder;

    @Test
    void everythingIsThereWheneverItIsKilled() throws Exception {
        if (isAbsent()) {
            return;
        }
        MnemeHome home = home();
        List<String> before = filled(home, SAMPLE, CONTENT);
        assertThat(before).hasSize(400);
        String password = Files.readString(home.postgres().resolve("password"));

        int killed = 0;
        while (killedAtStep(home, killed + 1)) {
            killed++;
            assertThat(storedSomewhere(home)).as("after kill " + killed).isTrue();
        }
        assertThat(killed).as("steps at which it was killed").isGreaterThan(5);

        PostgresInstallation installed =
                PostgresInstallation.installed(home.postgres(), NEW_MAJOR).orElseThrow();
        try (EmbeddedPostgres server = start(home, installed)) {
            assertThat(strings(server.connection(), "SHOW server_version").getFirst())
                    .startsWith("18");
            assertThat(strings(server.connection(), CONTENT)).isEqualTo(before);
            assertThat(strings(server.connection(), "SELECT count(*)::text FROM mem_sessions"))
                    .containsExactly("2");
        }
        assertThat(Files.readString(home.postgres().resolve("password"))).isEqualTo(password);
        assertThat(home.postgres().resolve("upgrade-18")).doesNotExist();
        assertThat(home.postgres().resolve("data-before-18/PG_VERSION"))
                .as("kept until the new one was opened")
                .hasContent("17");
        var upgrade = new ServerUpgrade(home, installed, Progress.SILENT);
        upgrade.run();
        upgrade.dropOld();
        assertThat(home.postgres().resolve("data-before-18")).doesNotExist();
        try (Stream<Path> backups = Files.list(home.backups())) {
            assertThat(backups.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("before-postgres-18-"));
        }
        System.out.printf("proof: from 17 to 18, killed at %d steps, all rows there%n", killed);
    }

    /// Only what says that something is forgotten is left of a home whose last project was
    /// forgotten.
    @Test
    void whatIsForgottenStaysSoAndACopyOfAnEarlierStateIsMadeAnew() throws Exception {
        if (isAbsent()) {
            return;
        }
        MnemeHome home = home();
        String marks = "SELECT mark FROM mem_tombstones ORDER BY mark";
        String mark = "INSERT INTO mem_tombstones (mark) VALUES (mem_mark('event', 's', '%s'))";
        assertThat(filled(home, mark.formatted("first"), marks)).hasSize(1);
        PostgresInstallation installed =
                PostgresInstallation.installed(home.postgres(), NEW_MAJOR).orElseThrow();

        new ServerUpgrade(home, installed, Progress.SILENT).run();

        Path data = home.postgres().resolve("data");
        assertThat(data.resolve("PG_VERSION")).hasContent(NEW_MAJOR);
        try (EmbeddedPostgres server = start(home, installed)) {
            assertThat(strings(server.connection(), marks)).hasSize(1);
        }

        // As after a swap that failed, and an older program that went on with the old cluster.
        Path beside = Files.createDirectories(home.postgres().resolve("upgrade-18"));
        Files.move(data, beside.resolve("data"));
        Files.writeString(beside.resolve("complete"), "of another state\n");
        Files.move(home.postgres().resolve("data-before-18"), data);
        PostgresInstallation old =
                PostgresInstallation.installed(home.postgres(), "17").orElseThrow();
        try (EmbeddedPostgres server = start(home, old);
                Connection connection = connect(server.connection());
                Statement statement = connection.createStatement()) {
            statement.execute(mark.formatted("second"));
        }

        new ServerUpgrade(home, installed, Progress.SILENT).run();

        assertThat(data.resolve("PG_VERSION")).hasContent(NEW_MAJOR);
        try (EmbeddedPostgres server = start(home, installed)) {
            assertThat(strings(server.connection(), marks)).hasSize(2);
        }
    }

    private static boolean isAbsent() throws IOException {
        if (archive().isPresent()) {
            return false;
        }
        assertThat(System.getenv("MNEME_REQUIRE_PROOFS"))
                .as("no programs of PostgreSQL 18 in target/postgres-18")
                .isNotEqualTo("1");
        System.out.println("not run: PostgreSQL 17 to 18 (no target/postgres-18)");
        return true;
    }

    /// With the programs of both.
    private MnemeHome home() throws Exception {
        var home = new MnemeHome(folder.resolve("home"));
        Files.createDirectories(home.postgres());
        Files.createDirectories(home.log());
        PostgresInstallation old = PostgresInstallation.unpack(home.postgres(), Progress.SILENT);
        assertThat(old.majorVersion()).isEqualTo("17");
        unpack(archive().orElseThrow(), home.postgres().resolve(NEW_MAJOR + ".0.0"));
        return home;
    }

    /// @return what `content` asks for
    private static List<String> filled(MnemeHome home, String sample, String content)
            throws Exception {
        PostgresInstallation old =
                PostgresInstallation.installed(home.postgres(), "17").orElseThrow();
        try (EmbeddedPostgres server = start(home, old)) {
            SchemaState newest = Migrator.newest();
            Migrator.bring(server.connection(), newest.core(), null);
            try (Connection connection = connect(server.connection());
                    Statement statement = connection.createStatement()) {
                statement.execute(sample);
            }
            return strings(server.connection(), content);
        }
    }

    /// The program itself, of either version, as an upgrade runs it: `prepare-database`, then the
    /// daemon. What had a vector is found by its meaning as before, and nothing old is left.
    @Test
    void theProgramOfTheNextVersionFindsByMeaningAndTidiesUp() throws Exception {
        if (isAbsent()) {
            return;
        }
        var home = new MnemeHome(Files.createDirectories(folder.resolve("home")));
        String old = System.getProperty("java.class.path");
        String next = String.join(File.pathSeparator, nextPrograms(), old);
        run(home, old, "prepare-database", pgvector("17"));
        String vectors;
        try (DaemonProcess daemon = DaemonProcess.embedded(home, old)) {
            save(daemon, "The gateway refuses connections when the backoff is too short");
            save(daemon, "Invoices are printed on yellow paper");
            awaitVectors(daemon);
            vectors = meaning(daemon);
            assertThat(vectors).contains("refuses connections");
        }
        // As attempts of another version that was taken back leave them.
        Files.createDirectories(home.postgres().resolve("upgrade-19/data"));

        run(home, next, "prepare-database", pgvector(NEW_MAJOR));
        try (DaemonProcess daemon = DaemonProcess.embedded(home, next)) {
            Wire.Health health = daemon.client().health(REQUEST_TIMEOUT).orElseThrow();
            assertThat(health.db().version()).startsWith(NEW_MAJOR);
            if (health.vector().extension().equals("available")) {
                assertThat(health.vector().index()).isEqualTo("hnsw");
                assertThat(health.vector().rows()).as("none is made anew").isEqualTo(2);
                assertThat(health.embeddings().pending()).isZero();
                assertThat(meaning(daemon)).isEqualTo(vectors);
                save(daemon, "The proxy closes the socket at once");
                awaitVectors(daemon);
                exportPgvector(home, next);
            } else {
                // No distribution of this machine may have it yet; the rest holds all the same.
                System.out.println("not run: vectors in PostgreSQL 18 (no pgvector for it here)");
            }
        }
        try (Stream<Path> left = Files.list(home.postgres())) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .as("the former programs, the former cluster and what was half-made are gone")
                    .noneMatch(name -> name.startsWith("17.") || name.startsWith("upgrade-"))
                    .noneMatch(name -> name.startsWith("data-before-"))
                    .contains("data", "18.0.0");
        }
    }

    /// One that cannot go on, again and again, leaves the old cluster, one copy and nothing else.
    @Test
    void attemptsThatFailLeaveOneCopyAndNoHalfMadeCluster() throws Exception {
        if (isAbsent()) {
            return;
        }
        MnemeHome home = home();
        List<String> before = filled(home, SAMPLE, CONTENT);
        Path foreign =
                Files.createDirectories(home.backups())
                        .resolve("before-schema-1-20260101T000000000Z.zip");
        Files.writeString(foreign, "kept");
        PostgresInstallation installed =
                PostgresInstallation.installed(home.postgres(), NEW_MAJOR).orElseThrow();
        Progress failing =
                step -> {
                    if (step.contains("rows in")) {
                        throw new UncheckedIOException(new IOException("as if the disk were full"));
                    }
                };
        for (int attempt = 0; attempt < 5; attempt++) {
            var upgrade = new ServerUpgrade(home, installed, failing);
            assertThatThrownBy(upgrade::run).hasMessageContaining("disk were full");
            assertThat(home.postgres().resolve("upgrade-18")).doesNotExist();
        }
        try (Stream<Path> copies = Files.list(home.backups())) {
            assertThat(copies.map(file -> file.getFileName().toString()))
                    .hasSize(2)
                    .contains(foreign.getFileName().toString())
                    .anyMatch(name -> name.startsWith("before-postgres-18-"));
        }
        new ServerUpgrade(home, installed, Progress.SILENT).run();
        try (EmbeddedPostgres server = start(home, installed)) {
            assertThat(strings(server.connection(), CONTENT)).isEqualTo(before);
        }
    }

    /// What only looks in must not make an empty cluster where one is being moved; and a program
    /// that was put back finds the cluster that a newer one had put aside.
    @Test
    void aSwapThatWasKilledBetweenItsRenamesIsEndedByWhoeverComesNext() throws Exception {
        if (isAbsent()) {
            return;
        }
        MnemeHome home = home();
        List<String> before = filled(home, SAMPLE, CONTENT);
        assertThat(killedAt(home, said -> said.endsWith("putting the new cluster in place")))
                .isTrue();
        Path data = home.postgres().resolve("data");
        assertThat(data).as("killed between the renames").doesNotExist();
        assertThat(home.postgres().resolve("data-before-18/PG_VERSION")).hasContent("17");
        Path half = Files.createTempDirectory(folder, "half-");
        copy(home.postgres(), half);

        PostgresInstallation next =
                PostgresInstallation.installed(home.postgres(), NEW_MAJOR).orElseThrow();
        new ServerUpgrade(home, next, Progress.SILENT).settle();
        assertThat(data.resolve("PG_VERSION")).hasContent(NEW_MAJOR);
        try (EmbeddedPostgres server = start(home, next)) {
            assertThat(strings(server.connection(), CONTENT)).isEqualTo(before);
        }

        var other = new MnemeHome(folder.resolve("other"));
        Files.createDirectories(other.log());
        copy(half, other.postgres());
        PostgresInstallation former =
                PostgresInstallation.installed(other.postgres(), "17").orElseThrow();
        new ServerUpgrade(other, former, Progress.SILENT).run();
        assertThat(other.postgres().resolve("data/PG_VERSION")).hasContent("17");
        assertThat(other.postgres().resolve("upgrade-18")).doesNotExist();
        try (EmbeddedPostgres server = start(other, former)) {
            assertThat(strings(server.connection(), CONTENT)).isEqualTo(before);
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        Process process =
                new ProcessBuilder("cp", "-a", from + "/.", Files.createDirectories(to).toString())
                        .inheritIO()
                        .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /// The archive of the next version, and the line that names it, in front of everything else.
    private String nextPrograms() throws IOException {
        Path named = folder.resolve("next/dev/mneme/postgres");
        Files.createDirectories(named);
        Files.writeString(named.resolve("binaries.properties"), "version=18.0.0\n");
        return folder.resolve("next") + File.pathSeparator + archive().orElseThrow();
    }

    /// Built once on this machine, and kept as that of the present version is.
    private static Path cachedPgvector(String major) {
        return Path.of(System.getProperty("user.home"), ".cache", "mneme-build")
                .resolve("pgvector-" + major + "-" + System.getProperty("os.arch"));
    }

    private static Map<String, String> pgvector(String major) {
        Path cached = cachedPgvector(major);
        return Files.isDirectory(cached)
                ? Map.of("MNEME_PGVECTOR_DIR", cached.toString())
                : Map.of();
    }

    private static void exportPgvector(MnemeHome home, String classPath) throws Exception {
        if (!Files.isDirectory(cachedPgvector(NEW_MAJOR))) {
            run(home, classPath, "export-pgvector " + cachedPgvector(NEW_MAJOR), Map.of());
        }
    }

    private static void run(
            MnemeHome home, String classPath, String words, Map<String, String> keys)
            throws Exception {
        Path log = home.root().resolve("run.log");
        ProcessBuilder program =
                DaemonProcess.embeddedProgram(home, classPath, words.split(" "))
                        .redirectOutput(log.toFile());
        program.environment().putAll(keys);
        Process process = program.start();
        // Where pgvector is compiled for it, that takes its time.
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private static void save(DaemonProcess daemon, String text) throws Exception {
        assertThat(
                        daemon.client()
                                .post(
                                        "/api/memories",
                                        Map.of("text", text, "project", "shop"),
                                        REQUEST_TIMEOUT)
                                .ok())
                .isTrue();
    }

    private static void awaitVectors(DaemonProcess daemon) throws Exception {
        long deadline = System.nanoTime() + REQUEST_TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            if (daemon.client()
                    .health(REQUEST_TIMEOUT)
                    .filter(health -> health.embeddings().pending() == 0)
                    .isPresent()) {
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("memories without a vector are left");
    }

    /// What a query finds that shares no word with it.
    private static String meaning(DaemonProcess daemon) throws Exception {
        String answer =
                daemon.client()
                        .post(
                                "/api/observations/search",
                                Map.of(
                                        "query", "ECONNREFUSED",
                                        "project", "shop",
                                        "mode", "vector",
                                        "limit", 1),
                                REQUEST_TIMEOUT)
                        .body();
        return Json.tree(answer).at("/observations/0/narrative").asString();
    }

    /// False where the run ended before it had said so many steps.
    private static boolean killedAtStep(MnemeHome home, int step) throws Exception {
        var said = new AtomicInteger();
        return killedAt(home, _ -> said.incrementAndGet() == step);
    }

    /// It waits at each step to be told to go on, so that it is killed there and nowhere else.
    private static boolean killedAt(MnemeHome home, Predicate<String> last) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Upgrading.class.getName(),
                                home.root().toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try (BufferedReader lines = process.inputReader();
                OutputStream goOn = process.getOutputStream()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("step ")) {
                    continue;
                }
                if (last.test(line)) {
                    process.destroyForcibly();
                    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
                    return true;
                }
                goOn.write('\n');
                goOn.flush();
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            return false;
        } finally {
            process.destroyForcibly();
        }
    }

    /// What is killed: its steps on stdout.
    public static final class Upgrading {

        private Upgrading() {}

        public static void main(String[] arguments) throws Exception {
            var home = new MnemeHome(Path.of(arguments[0]));
            PostgresInstallation installed =
                    PostgresInstallation.installed(home.postgres(), NEW_MAJOR).orElseThrow();
            new ServerUpgrade(home, installed, Upgrading::say).run();
            System.exit(0);
        }

        private static void say(String step) {
            System.out.println("step " + step);
            try {
                System.in.read();
            } catch (IOException alone) {
                throw new UncheckedIOException(alone);
            }
        }
    }

    private static boolean storedSomewhere(MnemeHome home) {
        return Stream.of("data", "data-before-18")
                .anyMatch(
                        name -> Files.exists(home.postgres().resolve(name).resolve("PG_VERSION")));
    }

    private static EmbeddedPostgres start(MnemeHome home, PostgresInstallation programs)
            throws Exception {
        return EmbeddedPostgres.start(
                EmbeddedPostgres.Settings.of(home.postgres(), home.log(), programs));
    }

    private static List<String> strings(ConnectionInfo target, String sql) throws Exception {
        try (Connection connection = connect(target);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            var strings = new ArrayList<String>();
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
            return strings;
        }
    }

    private static Connection connect(ConnectionInfo target) throws Exception {
        return DriverManager.getConnection(target.jdbcUrl(), target.properties());
    }

    /// Fetched by the profile `proof`.
    private static Optional<Path> archive() throws IOException {
        Path target = Path.of("target", "postgres-18");
        boolean fits =
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64");
        if (!fits || !Files.isDirectory(target)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.toString().endsWith(".jar")).findFirst();
        }
    }

    private static void unpack(Path archive, Path target) throws Exception {
        Files.createDirectories(target);
        Process process =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "unzip -p \"$1\" '*.txz' | tar -xJ -C \"$2\"",
                                "sh",
                                archive.toString(),
                                target.toString())
                        .inheritIO()
                        .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
