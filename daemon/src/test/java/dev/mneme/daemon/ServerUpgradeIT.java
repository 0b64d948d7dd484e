package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.backup.SchemaState;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.EmbeddedPostgres;
import dev.mneme.postgres.PostgresInstallation;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// From PostgreSQL 17 to 18, with both servers' real programs, killed at every step on the way.
@Tag("proof")
@Timeout(420)
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

    /// False where the run ended before it had said so many steps.
    private static boolean killedAtStep(MnemeHome home, int step) throws Exception {
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
        try (BufferedReader lines = process.inputReader()) {
            int said = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("step ") && ++said == step) {
                    process.destroyForcibly();
                    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
                    return true;
                }
            }
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("step " + step).isZero();
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
            new ServerUpgrade(home, installed, step -> System.out.println("step " + step)).run();
            System.exit(0);
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
