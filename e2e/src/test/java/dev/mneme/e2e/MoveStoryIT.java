package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Moving in and out as people type it: the real command line and the real daemon on its own
/// database, with databases and transcripts that other people really had.
@Tag("proof")
final class MoveStoryIT {

    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int MANY = 4_000;

    private static Person person;
    private static Process daemon;

    @BeforeAll
    static void start() throws Exception {
        person = Person.withEmptyHome("mover");
        daemon = startDaemon();
    }

    @AfterAll
    static void stop() throws Exception {
        stopDaemon();
        person.leave();
    }

    @Test
    void databasesOfClaudeMemAreTakenInWholeAndOnce() throws Exception {
        Optional<Path> shared = shared("claude-mem-masked");
        if (shared.isEmpty()) {
            return;
        }
        Path folder = Files.createDirectory(person.folder().resolve("claude-mem"));
        Path older = folder.resolve("older.db");
        Path newer = folder.resolve("newer.db");
        Files.copy(shared.get().resolve("claude-mem-schema20-masked.db"), older);
        Files.copy(shared.get().resolve("claude-mem-schema23-masked.db"), newer);
        Map<String, String> before = Person.snapshot(folder);

        JsonNode rehearsed = imported("claude-mem", older.toString(), "--dry-run");
        assertThat(rehearsed.at("/contents").toString())
                .isEqualTo(
                        "{\"sessions\":5,\"prompts\":48,\"observations\":335,\"summaries\":64,"
                                + "\"pending messages, left out\":1}");
        assertThat(rehearsed.at("/projects/project-ba82").asInt()).isEqualTo(331);
        assertThat(rehearsed.at("/records/observation/stored").asInt()).isEqualTo(335);
        assertThat(count("mem_projects WHERE name LIKE 'project-%'")).isZero();

        JsonNode taken = imported("claude-mem", older.toString());
        assertThat(taken.at("/skipped_count").asInt()).isZero();
        assertThat(stored(taken, "session", "prompt", "observation", "summary"))
                .containsExactly(5, 48, 335, 64);
        assertThat(person.texts(OBSERVATIONS_BY_TYPE))
                .containsExactly(
                        "bugfix 29",
                        "change 67",
                        "decision 14",
                        "discovery 170",
                        "feature 47",
                        "refactor 8");
        JsonNode second = imported("claude-mem", newer.toString());
        assertThat(second.at("/skipped_count").asInt()).isZero();
        assertThat(stored(second, "session", "prompt", "observation", "summary"))
                .containsExactly(5, 33, 51, 12);
        assertThat(count("mem_session_summaries WHERE turn_id < 0")).isEqualTo(76);
        assertThat(
                        count(
                                "mem_observations WHERE made_by = 'claude-mem' AND"
                                        + " jsonb_array_length(facts) > 0"))
                .isGreaterThan(300);

        for (Path database : List.of(older, newer)) {
            assertThat(
                            stored(
                                    imported("claude-mem", database.toString()),
                                    "session",
                                    "prompt",
                                    "observation",
                                    "summary"))
                    .containsOnly(0);
        }
        assertThat(Person.snapshot(folder)).isEqualTo(before);
        everythingIsFoundAndShown(older);
    }

    private static final String OBSERVATIONS_BY_TYPE =
            """
            SELECT observations.type || ' ' || count(*)
            FROM mem_observations AS observations
            JOIN mem_projects AS projects ON projects.id = observations.project_id
            WHERE projects.name IN ('project-ba82', 'project-4c10')
            GROUP BY observations.type
            ORDER BY observations.type
            """;

    /// What came in is found by its words, at its time, and shown with its session.
    private static void everythingIsFoundAndShown(Path database) throws Exception {
        try (Connection source = sqlite(database);
                var statement = source.createStatement();
                var row =
                        statement.executeQuery(
                                """
                                SELECT observations.title, observations.created_at_epoch,
                                    sdk_sessions.content_session_id
                                FROM observations
                                JOIN sdk_sessions USING (memory_session_id)
                                WHERE observations.id = 1
                                """)) {
            assertThat(row.next()).isTrue();
            Ended search =
                    mneme("search", "--json", "--project", "project-ba82", row.getString("title"));
            assertThat(search.ok()).as(search.toString()).isTrue();
            assertThat(Json.tree(search.out()).at("/observations")).isNotEmpty();
            String session = row.getString("content_session_id");
            JsonNode shown = person.daemon().get("/api/sessions/" + session).json();
            assertThat(shown.at("/turns").size()).isPositive();
            assertThat(shown.at("/turn_summaries").size()).isPositive();
            assertThat(shown.at("/session_summary/request").asString()).isNotBlank();
            assertThat(
                            person.texts(
                                    "SELECT count(*) FROM mem_observations WHERE created_at ="
                                            + " to_timestamp("
                                            + row.getLong("created_at_epoch")
                                            + " / 1000.0)"))
                    .isNotEqualTo(List.of("0"));
        }
    }

    @Test
    void theOldestEraIsReadWithWhatItHasWhileItsOwnerWrites() throws Exception {
        Path folder = Files.createDirectory(person.folder().resolve("old-era"));
        Path database = folder.resolve("claude-mem.db");
        try (Connection owner = sqlite(database);
                var statement = owner.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA wal_autocheckpoint = 0");
            statement.execute(
                    """
                    CREATE TABLE sdk_sessions (
                        id INTEGER PRIMARY KEY, claude_session_id TEXT, sdk_session_id TEXT,
                        project TEXT, user_prompt TEXT, started_at TEXT, started_at_epoch INTEGER,
                        status TEXT)
                    """);
            statement.execute(
                    """
                    CREATE TABLE observations (
                        id INTEGER PRIMARY KEY, sdk_session_id TEXT, project TEXT,
                        text TEXT NOT NULL, type TEXT, created_at TEXT, created_at_epoch)
                    """);
            statement.execute(
                    """
                    INSERT INTO sdk_sessions VALUES
                        (1, 'claude-1', 'sdk-1', 'attic', 'Sweep <private>with Ada</private> it',
                            '2025-01-02T03:04:05.000Z', 1735787045000, 'active')
                    """);
            statement.execute(
                    """
                    INSERT INTO observations VALUES
                        (1, 'sdk-1', 'attic',
                            'The attic leaks. <private>Ada knows.</private> Rain comes in.',
                            'decision', '2025-01-02T03:05:05.000Z', 1735787105000),
                        (2, 'sdk-1', 'attic', 'Unreadable', 'change', 'yesterday', 'soon'),
                        (3, 'sdk-9', 'attic/tree', 'The hatch is stuck.', 'security_alert',
                            '2025-01-02T03:06:05.000Z', 1735787165),
                        (4, 'sdk-1', 'attic', 'The roof is new.', 'weather',
                            '2025-01-02T03:07:05.000Z', 1735787225000)
                    """);
            assertThat(folder.resolve("claude-mem.db-wal")).isNotEmptyFile();
            Map<String, String> before = Person.snapshot(folder);

            Ended told =
                    mneme("import", "claude-mem", database.toString(), "--project", "attic=loft");
            assertThat(told.ok()).as(told.toString()).isTrue();
            assertThat(told.err()).contains("observations row 2", "1 could not be read");

            assertThat(Person.snapshot(folder)).isEqualTo(before);
        }
        assertThat(
                        person.texts(
                                """
                                SELECT observations.title || '|' || observations.type || '|'
                                    || observations.concepts || '|' || sessions.session_id
                                FROM mem_observations AS observations
                                JOIN mem_sessions AS sessions
                                    ON sessions.id = observations.session_id
                                JOIN mem_projects AS projects
                                    ON projects.id = observations.project_id
                                WHERE projects.name = 'loft'
                                ORDER BY observations.created_at
                                """))
                .containsExactly(
                        "The attic leaks|decision|[]|claude-1",
                        "The hatch is stuck.|gotcha|[]|sdk-9",
                        "The roof is new.|discovery|[\"weather\"]|claude-1");
        assertThat(
                        person.texts(
                                "SELECT prompt_text FROM mem_user_prompts WHERE prompt_text LIKE"
                                        + " 'Sweep%'"))
                .hasSize(1)
                .noneMatch(text -> text.contains("Ada"));
    }

    @Test
    void aProjectIsTheFolderThatTheTranscriptsOfItsSessionsName() throws Exception {
        Path orchard = Files.createDirectory(person.folder().resolve("orchard"));
        Path claude = Files.createDirectories(person.folder().resolve("claude-of-orchard"));
        Files.writeString(
                Files.createDirectories(claude.resolve("projects/-orchard"))
                        .resolve("tree-1.jsonl"),
                "{\"type\":\"user\",\"cwd\":\"" + orchard.resolve("north") + "\"}\n");
        Path database = person.folder().resolve("orchard.db");
        try (Connection connection = sqlite(database);
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    CREATE TABLE sdk_sessions (
                        id INTEGER PRIMARY KEY, content_session_id TEXT, memory_session_id TEXT,
                        project TEXT, started_at_epoch INTEGER)
                    """);
            statement.execute(
                    """
                    CREATE TABLE observations (
                        id INTEGER PRIMARY KEY, memory_session_id TEXT, project TEXT, title TEXT,
                        type TEXT, created_at_epoch INTEGER)
                    """);
            statement.execute(
                    "INSERT INTO sdk_sessions VALUES (1, 'tree-1', 'm-1', 'orchard', 1735787045000)");
            statement.execute(
                    "INSERT INTO observations VALUES (1, 'm-1', 'orchard', 'Apples in September',"
                            + " 'discovery', 1735787045000)");
        }

        Ended taken =
                person.run(
                        command("import", "claude-mem", database.toString()),
                        Map.of("CLAUDE_CONFIG_DIR", claude.toString()),
                        person.home(),
                        "",
                        TIMEOUT);

        assertThat(taken.ok()).as(taken.toString()).isTrue();
        Ended search = person.run(command("search", "apples"), Map.of(), orchard, "", TIMEOUT);
        assertThat(search.out()).as(search.toString()).contains("Apples in September");
    }

    @Test
    void anImportThatIsKilledIsHealedByRunningItAgain() throws Exception {
        Path database = many("killed");
        var process =
                person.start(
                        command("import", "claude-mem", database.toString()),
                        Map.of(),
                        person.home());
        Await.until("some are stored", TIMEOUT, () -> count(OF_MANY.formatted("killed")) > 0);
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        // A machine that let this test wait may have let it end; the rest holds either way.
        assertThat(process.exitValue()).isIn(137, 0);

        Ended again = mneme("import", "claude-mem", database.toString());
        assertThat(again.ok()).as(again.toString()).isTrue();
        assertThat(count(OF_MANY.formatted("killed"))).isEqualTo(MANY);
        assertThat(
                        person.texts(
                                "SELECT count(DISTINCT title) FROM mem_observations WHERE title LIKE"
                                        + " 'killed %'"))
                .containsExactly(Integer.toString(MANY));
    }

    @Test
    void aDaemonThatIsKilledLosesNothingEither() throws Exception {
        Path database = many("daemon");
        var process =
                person.start(
                        command("import", "claude-mem", database.toString()),
                        Map.of(),
                        person.home());
        Await.until("some are stored", TIMEOUT, () -> count(OF_MANY.formatted("daemon")) > 0);
        person.daemon().process().destroyForcibly();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(1);
        assertThat(new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("run the same command again");
        assertThat(daemon.waitFor(1, TimeUnit.MINUTES)).isTrue();
        daemon = startDaemon();

        Ended again = mneme("import", "claude-mem", database.toString());
        assertThat(again.ok()).as(again.toString()).isTrue();
        assertThat(count(OF_MANY.formatted("daemon"))).isEqualTo(MANY);
    }

    private static final String OF_MANY = "mem_observations WHERE title LIKE '%s %%'";

    private static Path many(String name) throws Exception {
        Path database = person.folder().resolve(name + ".db");
        try (Connection connection = sqlite(database)) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute(
                        """
                        CREATE TABLE observations (
                            id INTEGER PRIMARY KEY, memory_session_id TEXT, project TEXT,
                            title TEXT, type TEXT, created_at TEXT, created_at_epoch INTEGER)
                        """);
            }
            try (PreparedStatement insert =
                    connection.prepareStatement(
                            "INSERT INTO observations VALUES (?, ?, ?, ?, 'change', NULL, ?)")) {
                for (int i = 1; i <= MANY; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, name + "-session-" + i % 7);
                    insert.setString(3, name);
                    insert.setString(4, name + " " + i);
                    insert.setLong(5, 1_735_787_105_000L + i);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.commit();
        }
        return database;
    }

    @Test
    void whatIsExportedIsTheSameTwiceAndIsKnown() throws Exception {
        assertThat(
                        person.daemon()
                                .post(
                                        "/api/memories",
                                        "{\"text\":\"The till closes at six.\",\"project\":\"till\"}")
                                .status())
                .isEqualTo(200);
        Path first = person.folder().resolve("first.jsonl");
        Path second = person.folder().resolve("second.jsonl");
        Ended told = mneme("export", "--project", "till", first.toString());
        assertThat(told.ok()).as(told.toString()).isTrue();
        assertThat(Files.getPosixFilePermissions(first)).hasSize(2);

        JsonNode known = imported("bundle", first.toString());
        assertThat(known.at("/skipped_count").asInt()).isZero();
        assertThat(known.at("/records/observation/known").asInt()).isEqualTo(1);
        assertThat(known.at("/records/observation/stored").asInt()).isZero();

        assertThat(mneme("export", "--project", "till", second.toString()).ok()).isTrue();
        assertThat(Files.readString(second)).isEqualTo(Files.readString(first));
        assertThat(mneme("export", "--project", "till").out()).isEqualTo(Files.readString(first));
    }

    @Test
    void realTranscriptsBecomeSessionsThatAreFound() throws Exception {
        Optional<Path> shared = shared("claude-transcripts");
        if (shared.isEmpty()) {
            return;
        }
        Path folder = Files.createDirectory(person.folder().resolve("transcripts"));
        try (Stream<Path> files = Files.list(shared.get())) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).toList()) {
                Path copy = Files.copy(file, folder.resolve(file.getFileName()));
                Files.setLastModifiedTime(
                        copy, FileTime.from(Instant.parse("2026-03-01T00:00:00Z")));
            }
        }
        Map<String, String> before = Person.snapshot(folder);

        JsonNode taken = imported("transcripts", folder.toString());

        assertThat(taken.at("/contents/transcripts").asInt()).isEqualTo(17);
        // 589 calls with their answers, 64 prompts, 60 answers, one compaction.
        assertThat(taken.at("/records/moment/stored").asInt()).isEqualTo(714);
        assertThat(taken.at("/skipped_count").asInt()).isEqualTo(1);
        assertThat(taken.at("/skipped").toString()).contains("entire-130d7b7e", "is not JSON");
        assertThat(imported("transcripts", folder.toString()).at("/records/moment/stored").asInt())
                .isZero();
        assertThat(Person.snapshot(folder)).isEqualTo(before);
        assertThat(count("mem_sessions WHERE agent_type = 'claude-code' AND start_source IS NULL"))
                .isGreaterThanOrEqualTo(16);
        person.daemon().awaitSettled();
        assertThat(
                        count(
                                """
                                mem_observation_events AS origins
                                JOIN mem_events AS events ON events.id = origins.event_id
                                WHERE events.dedupe_key LIKE 'post-tool-use:toolu%'
                                """))
                .isGreaterThan(50);
    }

    @Test
    void agentMemoryIsReadFromItsDatabaseAndNothingIsWrittenThere() throws Exception {
        try (Connection owner = person.database();
                var statement = owner.createStatement()) {
            statement.execute("CREATE SCHEMA elsewhere");
            statement.execute("SET search_path = elsewhere");
            statement.execute(
                    """
                    CREATE TABLE mem_projects (
                        id serial PRIMARY KEY, name text, full_path text, created_at timestamptz);
                    CREATE TABLE mem_sessions (
                        id serial PRIMARY KEY, session_id text, project_id int, agent_type text,
                        status text, started_at timestamptz, completed_at timestamptz,
                        summary text, prompt_count int);
                    CREATE TABLE mem_observations (
                        id serial PRIMARY KEY, session_id int, project_id int, title text,
                        type text, narrative text, facts jsonb, concepts jsonb, raw_text text,
                        created_at timestamp);
                    CREATE TABLE mem_lessons (
                        id serial PRIMARY KEY, project_id int, title text, rule text,
                        severity text, trigger_tool text, active bool, trigger_count int,
                        created_at timestamptz);
                    INSERT INTO mem_projects VALUES (7, 'barn', '/tmp/none/barn', now());
                    INSERT INTO mem_sessions VALUES (
                        3, 'barn-session', 7, 'claude-code', 'completed', '2025-05-05 05:05:05Z',
                        '2025-05-05 06:05:05Z', 'The barn was swept', 1);
                    INSERT INTO mem_observations VALUES
                        (1, 3, 7, 'The barn door creaks', 'gotcha', NULL, '["Oil it"]',
                            '["How-It-Works: hinges"]', 'raw', '2025-05-05 05:15:05'),
                        (2, 99, 7, 'Nobody said this', 'change', NULL, '[]', '[]', 'raw', now());
                    INSERT INTO mem_lessons VALUES
                        (1, 7, 'Shut the door', 'Shut the barn door at night.', 'critical', 'Bash',
                            true, 0, '2025-05-05 05:15:05Z'),
                        (2, NULL, 'Old', 'Feed the cat twice.', 'info', NULL, false, 0,
                            '2025-05-05 05:15:05Z');
                    """);
            String url =
                    owner.getMetaData().getURL().substring("jdbc:".length()).split("\\?", 2)[0];
            String password =
                    Files.readString(person.mneme().postgres().resolve("password")).strip();
            String address =
                    url.replace("://", "://mneme:" + password + "@")
                            + "?options=-c%20search_path=elsewhere";

            JsonNode taken = imported("agent-memory", address);

            assertThat(stored(taken, "session", "observation", "lesson")).containsExactly(1, 1, 2);
            assertThat(taken.at("/skipped/0/where").asString()).isEqualTo("mem_observations row 2");
            assertThat(
                            stored(
                                    imported("agent-memory", address),
                                    "session",
                                    "observation",
                                    "lesson"))
                    .containsOnly(0);
        }
        assertThat(
                        person.texts(
                                """
                                SELECT title || '|' || type || '|' || facts || '|' || concepts
                                    || '|' || mem_utc(observations.created_at) || '|'
                                    || projects.name
                                FROM mem_observations AS observations
                                JOIN mem_projects AS projects
                                    ON projects.id = observations.project_id
                                WHERE made_by = 'agent-memory'
                                """))
                .containsExactly(
                        "The barn door creaks|gotcha|[\"Oil it\"]|[\"how-it-works\"]"
                                + "|2025-05-05T05:15:05.000000Z|barn");
        assertThat(person.texts("SELECT rule || ' ' || state FROM mem_lessons ORDER BY rule"))
                .containsExactly(
                        "Feed the cat twice. retired", "Shut the barn door at night. active");
    }

    @Test
    void notesInMarkdownBecomeMemoriesOfTheirProject() throws Exception {
        Path project = Files.createDirectory(person.folder().resolve("greenhouse"));
        Files.writeString(
                project.resolve("CLAUDE.md"),
                """
                # Greenhouse

                ## Commands
                Water with `make water`. <private>The key is under the pot.</private>

                ## Rules
                - Never water at noon.
                ```
                ## not a heading
                ```
                """);

        assertThat(stored(imported("markdown", project.toString()), "observation"))
                .containsExactly(2);
        assertThat(stored(imported("markdown", project.toString()), "observation"))
                .containsExactly(0);
        assertThat(
                        person.texts(
                                """
                                SELECT observations.title || '|' || narrative
                                FROM mem_observations AS observations
                                JOIN mem_projects AS projects
                                    ON projects.id = observations.project_id
                                WHERE projects.name = 'greenhouse'
                                ORDER BY observations.id
                                """))
                .hasSize(2)
                .first()
                .asString()
                .startsWith("Greenhouse > Commands|Water with `make water`.")
                .doesNotContain("under the pot");
    }

    @Test
    void transcriptsThatAreAboutToBeDeletedAreNamedUntilTheyAreIn() throws Exception {
        Path claude = Files.createDirectories(person.folder().resolve("claude"));
        Path transcripts = Files.createDirectories(claude.resolve("projects/-tmp-none-pond"));
        Files.writeString(claude.resolve("settings.json"), "{\"cleanupPeriodDays\": 20}");
        Path old = transcripts.resolve("11111111-2222-3333-4444-555555555555.jsonl");
        Files.writeString(
                old,
                """
                {"type":"user","uuid":"u1","sessionId":"11111111-2222-3333-4444-555555555555",\
                "cwd":"/tmp/none/pond","timestamp":"2026-10-01T08:00:00Z",\
                "message":{"role":"user","content":"Why is the pond green?"}}
                {"type":"assistant","uuid":"u2","sessionId":"11111111-2222-3333-4444-555555555555",\
                "cwd":"/tmp/none/pond","timestamp":"2026-10-01T08:00:09Z",\
                "message":{"id":"m1","role":"assistant","content":[{"type":"text",\
                "text":"Because the filter stopped."}]}}
                """);
        Files.setLastModifiedTime(
                old, FileTime.from(Instant.now().minus(Duration.ofDays(17).plusHours(1))));
        Map<String, String> here = Map.of("CLAUDE_CONFIG_DIR", claude.toString());

        assertThat(status(here))
                .contains("1 transcript that is not in memory", "in 2 days", "import transcripts");
        Ended taken =
                person.run(command("import", "transcripts"), here, person.home(), "", TIMEOUT);
        assertThat(taken.ok()).as(taken.toString()).isTrue();
        assertThat(taken.out()).contains("moment: 2 stored");
        assertThat(status(here)).doesNotContain("transcript");
    }

    private static String status(Map<String, String> environment) throws Exception {
        return person.run(command("status"), environment, person.home(), "", TIMEOUT).out();
    }

    private static JsonNode imported(String... words) throws Exception {
        var command = new ArrayList<>(List.of("import"));
        command.addAll(List.of(words));
        command.add("--json");
        Ended ended = mneme(command.toArray(String[]::new));
        assertThat(ended.ok()).as(ended.toString()).isTrue();
        return Json.tree(ended.out());
    }

    private static List<Integer> stored(JsonNode report, String... kinds) {
        return Stream.of(kinds)
                .map(kind -> report.at("/records/" + kind + "/stored").asInt())
                .toList();
    }

    private static long count(String from) throws Exception {
        return person.count("SELECT count(*) FROM " + from);
    }

    private static Connection sqlite(Path database) throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + database);
    }

    /// The command line as it was built, without an installation around it.
    private static Ended mneme(String... words) throws Exception {
        return person.run(command(words), TIMEOUT);
    }

    private static List<String> command(String... words) {
        var command = new ArrayList<String>(java());
        command.add(built("installer").toString());
        command.addAll(List.of(words));
        return List.copyOf(command);
    }

    private static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar");
    }

    private static Path built(String module) {
        return Person.sourceTree()
                .resolve(module)
                .resolve("target")
                .resolve("mneme-" + module + "-" + System.getProperty("mneme.version") + ".jar");
    }

    private static Process startDaemon() throws Exception {
        var command = new ArrayList<>(java());
        command.add(built("daemon").toString());
        Path log = person.folder().resolve("daemon.log");
        command.addAll(0, List.of("/bin/sh", "-c", "exec \"$@\" >\"$0\" 2>&1", log.toString()));
        Process process = person.start(command, Map.of(), person.home());
        Await.until(
                "the daemon answers",
                TIMEOUT,
                () -> Files.exists(person.mneme().daemonInfo()) && healthy(process, log));
        return process;
    }

    private static boolean healthy(Process process, Path log) throws Exception {
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
        try {
            return person.daemon().info().pid() == process.pid()
                    && person.daemon().get("/api/health").status() == 200;
        } catch (java.io.IOException notYet) {
            return false;
        }
    }

    private static void stopDaemon() throws Exception {
        daemon.destroy();
        assertThat(daemon.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }

    /// A folder of `../shared/data`; without it one line says what was not run.
    private static Optional<Path> shared(String name) {
        Path folder = Person.sourceTree().resolve("../shared/data").resolve(name).normalize();
        if (Files.isDirectory(folder)) {
            return Optional.of(folder);
        }
        if (System.getenv().getOrDefault("MNEME_REQUIRE_SHARED", "").equals("1")) {
            throw new AssertionError("MNEME_REQUIRE_SHARED=1, but there is no " + folder);
        }
        System.out.println(
                "not run: the import of ../shared/data/" + name + ", which is not there");
        return Optional.empty();
    }
}
