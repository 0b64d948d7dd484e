package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mneme.backup.BackupFailure;
import dev.mneme.backup.BackupReader;
import dev.mneme.backup.BackupWriter;
import dev.mneme.backup.Manifest;
import dev.mneme.backup.Restore;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.migrations.testkit.TestMigrations;
import dev.mneme.postgres.ConnectionInfo;
import dev.mneme.postgres.Progress;
import dev.mneme.protocol.MnemeHome;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// What is stored goes into one file and comes back whole, or not at all.
@Timeout(180)
final class BackupIT {

    private static final String SAMPLE =
            """
            INSERT INTO mem_projects (name) VALUES ('shop'), ('tab\tand\\backslash');
            INSERT INTO mem_sessions (session_id, project_id)
            SELECT 'session-' || id, id FROM mem_projects;
            INSERT INTO mem_events (
                session_id, kind, dedupe_key, tool_name, occurred_at, payload_hash, payload)
            SELECT id, 'post-tool-use', 'key' || n, 'Bash',
                timestamptz '2026-11-20 10:00Z' + n * interval '1 ms', sha256('x'),
                '{"line":"first\\nsecond 「記憶」"}'
            FROM mem_sessions, generate_series(1, 50) AS n;
            INSERT INTO mem_jobs (event_id, session_id) SELECT id, session_id FROM mem_events;
            INSERT INTO mem_observations (session_id, project_id, type, title, narrative, made_by)
            SELECT id, project_id, 'decision', 'Cap the backoff ' || n, E'tab\\there', 'test'
            FROM mem_sessions, generate_series(1, 30) AS n;
            DELETE FROM mem_observations WHERE title = 'Cap the backoff 30';
            INSERT INTO mem_session_summaries (
                session_id, request, made_by, made_by_version, created_at)
            SELECT id, 'Cap it', 'test', 1, timestamptz '2026-11-20 10:00Z' FROM mem_sessions;
            UPDATE mem_session_summaries SET embedded_revision = revision;
            """;

    private static final String VECTORS =
            """
            INSERT INTO mem_embedding_models (name, dimensions, provider, is_current)
            VALUES ('tiny', 3, 'test', true);
            INSERT INTO mem_embeddings (observation_id, model_id, dimensions, embedding)
            SELECT observations.id, models.id, 3, '[0.1,0.2,0.3]'
            FROM mem_observations AS observations, mem_embedding_models AS models
            WHERE models.name = 'tiny';
            """;

    /// Everything is copied; the swap is next.
    private static final int LAST_STEP = 4;

    @TempDir Path folder;

    @Test
    void whatIsStoredComesBackFromOneFile() throws Exception {
        Path file = folder.resolve("all.zip");
        try (var source = TestDatabase.create();
                var target = TestDatabase.create()) {
            fill(source);
            Manifest manifest = backUp(source, file);
            assertThat(manifest.rows()).isGreaterThan(200);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            execute(target, "INSERT INTO mem_projects (name) VALUES ('what was there before')");

            var steps = new ArrayList<String>();
            restore(file, target, steps::add);

            assertThat(content(target)).isEqualTo(content(source));
            assertThat(schemas(target)).doesNotContain("mneme_restore");
            assertThat(
                            strings(
                                    target,
                                    "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%hnsw%'"))
                    .as("search by vectors is quick at once")
                    .hasSameSizeAs(
                            strings(
                                    source,
                                    "SELECT id::text FROM mem_embedding_models WHERE is_current"));
            execute(
                    target,
                    """
                    INSERT INTO mem_observations (
                        session_id, project_id, type, title, narrative, made_by)
                    SELECT id, project_id, 'decision', 'the next one', '', 'test'
                    FROM mem_sessions
                    LIMIT 1
                    """);
            assertThat(
                            strings(
                                    target,
                                    "SELECT id::text FROM mem_observations WHERE title = 'the next"
                                            + " one'"))
                    .as("the number of a deleted memory is not given out again")
                    .isEqualTo(
                            strings(
                                    source,
                                    """
                                    SELECT (pg_sequence_last_value(
                                        pg_get_serial_sequence('mem_observations', 'id')::regclass)
                                        + 1)::text
                                    """));
        }
    }

    /// As `faults at every place` of other tests: the restore ends with an error at its first step,
    /// then at its second, and so on; each time the database holds what it held before.
    @Test
    @Tag("proof")
    void aRestoreThatFailsAnywhereChangesNothing() throws Exception {
        Path file = folder.resolve("fails.zip");
        try (var source = TestDatabase.create();
                var target = TestDatabase.create()) {
            fill(source);
            backUp(source, file);
            execute(target, "INSERT INTO mem_projects (name) VALUES ('what was there before')");
            Map<String, String> before = content(target);
            boolean done = false;
            for (int place = 1; !done; place++) {
                done = !failsAt(place, file, target);
                if (!done) {
                    assertThat(content(target)).as("failed at step " + place).isEqualTo(before);
                }
                assertThat(place).as("it ends").isLessThan(20);
            }
            assertThat(content(target)).isEqualTo(content(source));
        }
    }

    @Test
    void aRestoreThatFailsRightBeforeItsEndChangesNothing() throws Exception {
        Path file = folder.resolve("late.zip");
        try (var source = TestDatabase.create();
                var target = TestDatabase.create()) {
            fill(source);
            backUp(source, file);
            execute(target, "INSERT INTO mem_projects (name) VALUES ('what was there before')");
            Map<String, String> before = content(target);

            assertThat(failsAt(LAST_STEP, file, target)).isTrue();

            assertThat(content(target)).isEqualTo(before);
        }
    }

    private static boolean failsAt(int place, Path file, TestDatabase target) throws Exception {
        var count = new AtomicInteger();
        try {
            restore(
                    file,
                    target,
                    _ -> {
                        if (count.incrementAndGet() == place) {
                            throw new IllegalStateException("pulled the plug");
                        }
                    });
            return false;
        } catch (IllegalStateException plug) {
            return true;
        }
    }

    @Test
    void aFileThatIsNotWhatWasWrittenIsRefused() throws Exception {
        Path good = folder.resolve("good.zip");
        try (var source = TestDatabase.create();
                var target = TestDatabase.create()) {
            fill(source);
            backUp(source, good);
            Map<String, String> before = content(target);

            Path cut = folder.resolve("cut.zip");
            byte[] whole = Files.readAllBytes(good);
            Files.write(cut, Arrays.copyOf(whole, whole.length * 2 / 3));
            assertThatThrownBy(() -> restore(cut, target, Progress.SILENT))
                    .isInstanceOf(BackupFailure.class)
                    .hasMessageContaining("cut off");

            Path changed =
                    rewritten(good, "changed.zip", "tables/mem_projects.copy", "shop", "sh0p");
            assertThatThrownBy(() -> restore(changed, target, Progress.SILENT))
                    .isInstanceOf(BackupFailure.class)
                    .hasMessageContaining("`mem_projects` is not what was written");

            Path newer =
                    rewritten(
                            good,
                            "newer.zip",
                            "manifest.json",
                            "\"core\":\"" + Migrator.newest().core() + "\"",
                            "\"core\":\"9999\"");
            assertThatThrownBy(() -> restore(newer, target, Progress.SILENT))
                    .isInstanceOf(BackupFailure.class)
                    .hasMessageContaining("newer Mneme");

            Path foreign =
                    rewritten(
                            good,
                            "foreign.zip",
                            "manifest.json",
                            "\"name\":\"mem_idempotency_keys\"",
                            "\"name\":\"pg_authid\"");
            assertThatThrownBy(() -> restore(foreign, target, Progress.SILENT))
                    .isInstanceOf(BackupFailure.class)
                    .hasMessageContaining("`pg_authid` is missing");
            assertThat(content(target)).isEqualTo(before);
        }
    }

    /// An upgrade keeps a copy first; that copy leads back, and forward again.
    @Test
    void aSchemaChangeKeepsACopyThatCanBeRestored() throws Exception {
        var home = new MnemeHome(folder.resolve("home"));
        try (var old = TestDatabase.createEmpty();
                var target = TestDatabase.create()) {
            TestMigrations.migrateCore(old.jdbcUrl(), old.user(), old.password(), "0003");
            execute(
                    old,
                    """
                    INSERT INTO mem_projects (name) VALUES ('shop');
                    INSERT INTO mem_sessions (session_id, project_id)
                    SELECT 's', id FROM mem_projects;
                    """);

            migrate(old, home);

            List<Path> copies = files(home.backups());
            assertThat(copies).hasSize(1);
            assertThat(copies.getFirst().getFileName().toString())
                    .startsWith("before-schema-" + Migrator.newest().core());
            try (BackupReader reader = BackupReader.open(copies.getFirst())) {
                assertThat(reader.manifest().core()).isEqualTo("0003");
            }
            restore(copies.getFirst(), target, Progress.SILENT);
            assertThat(strings(target, "SELECT name FROM mem_projects")).containsExactly("shop");
            assertThat(strings(target, "SELECT version FROM mem_schema_history ORDER BY 1"))
                    .contains(Migrator.newest().core());

            migrate(old, home);
            assertThat(files(home.backups())).as("nothing changed, nothing kept").hasSize(1);

            var safety = new SafetyCopies(home, address(old), Progress.SILENT);
            for (int copy = 0; copy < SafetyCopies.KEPT_MAX + 1; copy++) {
                safety.make("restore");
            }
            assertThat(files(home.backups())).hasSize(SafetyCopies.KEPT_MAX);
        }
    }

    @Test
    void anOlderProgramRefusesANewerSchemaAndNamesTheWayBack() throws Exception {
        var home = new MnemeHome(folder.resolve("home"));
        try (var newer = TestDatabase.create()) {
            execute(
                    newer,
                    """
                    INSERT INTO mem_schema_history (
                        installed_rank, version, description, type, script, checksum,
                        installed_by, execution_time, success)
                    VALUES (9999, '9999', 'to come', 'SQL', 'V9999__to_come.sql', 1, 'test', 1, true)
                    """);

            assertThatThrownBy(() -> migrate(newer, home))
                    .isInstanceOfSatisfying(
                            StartFailure.class,
                            refused -> {
                                assertThat(refused).hasMessageContaining("newer Mneme");
                                assertThat(refused.hint()).contains("mneme restore");
                            });
            assertThat(files(home.backups())).isEmpty();
        }
    }

    /// The programs as the command line starts them: a checked backup, and a restore.
    @Test
    void theProgramsCarryEverythingFromOneDatabaseToAnother() throws Exception {
        Path file = folder.resolve("program.zip");
        Path home = Files.createDirectories(folder.resolve("home"));
        try (var source = TestDatabase.create();
                var target = TestDatabase.create()) {
            fill(source);

            Ended backup = run(home, source, "backup", file.toString());
            assertThat(backup.exitCode()).as(backup.out()).isZero();
            assertThat(backup.out()).contains("checked: every row came back as it went in");
            assertThat(databases(source)).doesNotContain(source.name() + "_mneme_check");
            Ended again = run(home, source, "backup", file.toString());
            assertThat(again.exitCode()).isEqualTo(1);
            assertThat(again.out()).contains("there is already a file").contains("hint: ");

            Ended restored = run(home, target, "restore", file.toString());
            assertThat(restored.exitCode()).as(restored.out()).isZero();
            assertThat(content(target)).isEqualTo(content(source));
        }
    }

    private static void fill(TestDatabase database) throws SQLException {
        execute(database, SAMPLE);
        if (database.hasVector()) {
            execute(database, VECTORS);
        }
    }

    private static Manifest backUp(TestDatabase database, Path file) throws Exception {
        try (Connection connection = database.connect()) {
            return new BackupWriter(connection, "test").write(file);
        }
    }

    static void restore(Path file, TestDatabase target, Progress progress) throws Exception {
        try (BackupReader reader = BackupReader.open(file)) {
            new Restore(new BackupCommands.ThisServer(), Migrator.newest(), progress)
                    .replace(reader, address(target));
        }
    }

    private static void migrate(TestDatabase database, MnemeHome home) throws StartFailure {
        ConnectionInfo target = address(database);
        Migrator.migrate(
                target, "", new SafetyCopies(home, target, Progress.SILENT), Progress.SILENT);
    }

    static ConnectionInfo address(TestDatabase database) {
        URI address = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        return new ConnectionInfo(
                address.getHost(),
                address.getPort(),
                address.getPath().substring(1),
                database.user(),
                database.password());
    }

    /// Every row of every table of ours as text, but for what belongs to one server alone.
    static Map<String, String> content(TestDatabase database) throws SQLException {
        var content = new TreeMap<String, String>();
        for (String table :
                strings(
                        database,
                        """
                        SELECT relname
                        FROM pg_class
                        WHERE relnamespace = 'public'::regnamespace
                            AND relkind = 'r'
                            AND relname LIKE 'mem\\_%'
                            AND relname NOT LIKE '%\\_history'
                            AND relname <> 'mem_search_removals'
                        """)) {
            content.put(
                    table,
                    String.join(
                            "\n",
                            strings(
                                    database,
                                    "SELECT (to_jsonb(rows) - 'changed_in' - 'embedded_revision')"
                                            + "::text FROM "
                                            + table
                                            + " AS rows ORDER BY 1")));
        }
        return content;
    }

    private static List<String> schemas(TestDatabase database) throws SQLException {
        return strings(database, "SELECT nspname FROM pg_namespace");
    }

    private static List<String> databases(TestDatabase database) throws SQLException {
        return strings(database, "SELECT datname FROM pg_database");
    }

    private static List<String> strings(TestDatabase database, String sql) throws SQLException {
        var found = new ArrayList<String>();
        try (Connection connection = database.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            while (row.next()) {
                found.add(row.getString(1));
            }
        }
        return found;
    }

    static void execute(TestDatabase database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /// The same file with one entry changed.
    private Path rewritten(Path file, String name, String entry, String from, String to)
            throws IOException {
        Path changed = folder.resolve(name);
        try (var zip = new ZipFile(file.toFile());
                var out = new ZipOutputStream(Files.newOutputStream(changed))) {
            for (ZipEntry each : zip.stream().map(ZipEntry.class::cast).toList()) {
                byte[] content = zip.getInputStream(each).readAllBytes();
                if (each.getName().equals(entry)) {
                    String text = new String(content, StandardCharsets.UTF_8);
                    assertThat(text).contains(from);
                    content = text.replace(from, to).getBytes(StandardCharsets.UTF_8);
                }
                out.putNextEntry(new ZipEntry(each.getName()));
                out.write(content);
                out.closeEntry();
            }
        }
        return changed;
    }

    record Ended(int exitCode, String out) {}

    private Ended run(Path home, TestDatabase database, String... words) throws Exception {
        Path log = Files.createTempFile(folder, "run", ".log");
        Process process = start(home, database, log, words);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return new Ended(process.waitFor(), Files.readString(log));
    }

    static Process start(Path home, TestDatabase database, Path log, String... words)
            throws IOException {
        Path jar =
                Path.of(Objects.requireNonNull(System.getProperty("mneme.root")))
                        .resolve("daemon/target")
                        .resolve("mneme-daemon-" + System.getProperty("mneme.version") + ".jar");
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-jar"));
        command.add(jar.toString());
        command.addAll(List.of(words));
        var builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        var environment = builder.environment();
        environment.keySet().removeIf(key -> key.startsWith("POSTGRES_"));
        environment.put("MNEME_HOME", home.toString());
        environment.put(
                "DATABASE_URL",
                database.jdbcUrl()
                        .substring("jdbc:".length())
                        .replace("://", "://" + database.user() + ":" + database.password() + "@"));
        return builder.start();
    }
}
