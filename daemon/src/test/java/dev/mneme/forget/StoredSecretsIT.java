package dev.mneme.forget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.domain.TextTable;
import dev.mneme.protocol.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Secrets that an older version left in the database and in the spool are found, named without
/// being shown, and taken out.
@Timeout(180)
final class StoredSecretsIT {

    /// Columns of text in which no content can be: names of our own, checked by constraints, and
    /// hashes.
    private static final Set<String> CONTENT_FREE =
            Set.of(
                    "mem_project_keys.kind",
                    "mem_sessions.status",
                    "mem_events.kind",
                    "mem_events.prompt_kind",
                    "mem_events.commit_id",
                    "mem_jobs.kind",
                    "mem_jobs.state",
                    "mem_jobs.outcome",
                    "mem_jobs.attempted_by",
                    "mem_observations.type",
                    "mem_observations.made_by",
                    "mem_observations.file_hashes",
                    "mem_observations.superseded_because",
                    "mem_session_summaries.made_by",
                    "mem_told.source",
                    "mem_told.reason",
                    "mem_embedding_models.name",
                    "mem_embedding_models.provider",
                    "mem_lessons.severity",
                    "mem_lessons.state",
                    "mem_lessons.source",
                    "mem_lessons.signature",
                    "mem_model_costs.backend",
                    "mem_model_costs.model",
                    "mem_forgotten.chosen_by",
                    "mem_forgotten.state",
                    "mem_forgotten_rows.table_name",
                    "mem_tombstones.mark");

    private TestDaemon daemon;
    private int planted;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void everyColumnOfTextIsScannedOrNamedAsFreeOfContent() {
        var scanned = new TreeSet<>(CONTENT_FREE);
        for (TextTable table : TextTable.values()) {
            table.columns().forEach(column -> scanned.add(table.tableName() + "." + column.name()));
        }
        var columns =
                new TreeSet<>(
                        List.of(
                                daemon.sql(
                                                """
                                                SELECT string_agg(
                                                    columns.table_name || '.' || column_name, ' ')
                                                FROM information_schema.columns
                                                JOIN information_schema.tables
                                                    USING (table_schema, table_name)
                                                WHERE table_schema = 'public'
                                                    AND table_type = 'BASE TABLE'
                                                    AND table_name NOT LIKE '%schema_history'
                                                    AND data_type IN (
                                                        'text', 'jsonb', 'json', 'xml',
                                                        'character varying', 'character', 'ARRAY')
                                                    AND udt_name <> '_int8'
                                                """)
                                        .split(" ")));
        assertThat(columns).isEqualTo(scanned);
    }

    @Test
    void whatIsPlantedInEveryColumnIsFoundTakenOutAndFoundNoMore() throws Exception {
        List<String> secrets = plant();
        String hash = daemon.sql("SELECT payload_hash FROM mem_events");

        List<JsonNode> found = scan(false);
        var places = new TreeSet<String>();
        for (JsonNode finding : found) {
            places.add(finding.at("/table").asString() + "." + finding.at("/field").asString());
            assertThat(finding.at("/kind").asString()).isEqualTo("stripe-key");
            assertThat(finding.at("/fingerprint").asString()).hasSize(6);
            assertThat(finding.at("/id").asString()).isNotBlank();
        }
        var wanted = new TreeSet<String>(Set.of("spool.payload"));
        for (TextTable table : TextTable.values()) {
            table.columns().forEach(column -> wanted.add(table.tableName() + "." + column.name()));
        }
        assertThat(places).isEqualTo(wanted);
        assertThat(found.toString()).doesNotContain(secrets);
        assertThat(rowsHolding(secrets)).as("a scan changes nothing").isNotEmpty();

        assertThat(scan(true)).hasSameSizeAs(found);
        assertThat(rowsHolding(secrets)).isEmpty();
        assertThat(scan(false)).isEmpty();
        assertThat(daemon.sql("SELECT payload_hash FROM mem_events")).isEqualTo(hash);
        assertThat(daemon.sql("SELECT payload::jsonb ->> 'a' FROM mem_events"))
                .startsWith("key [redacted:stripe-key:");
        daemon.settle();
        assertThat(daemon.sql("SELECT count(*) FROM mem_unembedded")).isEqualTo("0");
        assertThat(
                        daemon.post(
                                        "/api/observations/search",
                                        "{\"query\":\"redacted stripe\",\"mode\":\"fts\"}")
                                .json()
                                .at("/observations")
                                .size())
                .as("the index follows")
                .isEqualTo(1);
        for (Path file : spoolFiles()) {
            assertThat(Files.readString(file)).doesNotContain("sk_live_");
        }
        assertThat(daemon.post("/api/forget/restore", "{\"id\":1}").status()).isEqualTo(200);
        assertThat(rowsHolding(secrets)).as("nor does a restore bring any back").isEmpty();
    }

    @Test
    void aHundredThousandRowsGoBySliceBySlice() {
        execute(
                """
                INSERT INTO mem_projects (name) VALUES ('many');
                INSERT INTO mem_sessions (session_id, project_id)
                    SELECT 'many', id FROM mem_projects;
                INSERT INTO mem_user_prompts (session_id, prompt_number, prompt_text)
                    SELECT sessions.id, n, CASE WHEN n % 25000 = 0
                        THEN 'use sk_live_51HqTz9Kd02mNvBXcQw' || n ELSE 'prompt ' || n END
                    FROM mem_sessions AS sessions, generate_series(1, 100000) AS n
                """);
        int slices = 0;
        int rows = 0;
        int found = 0;
        String next = "mem_user_prompts:";
        while (next.startsWith("mem_user_prompts:")) {
            JsonNode slice = slice(true, next);
            assertThat(slice.at("/rows").asInt()).isLessThanOrEqualTo(StoredSecrets.SLICE_ROWS_MAX);
            rows += slice.at("/rows").asInt();
            found += slice.at("/findings").size();
            next = slice.at("/next").asString();
            slices++;
        }
        assertThat(rows).isEqualTo(100_000);
        assertThat(slices).isGreaterThanOrEqualTo(50);
        assertThat(found).isEqualTo(4);
        assertThat(
                        daemon.sql(
                                "SELECT count(*) FROM mem_user_prompts WHERE prompt_text LIKE '%sk_%'"))
                .isEqualTo("0");
    }

    @Test
    void aPlaceThatIsNoneIsRefused() {
        for (String next : new String[] {"x", "mem_jobs", "pg_class:", "mem_jobs:1 OR true"}) {
            assertThat(daemon.post("/api/redact", Json.write(Map.of("next", next))).status())
                    .as(next)
                    .isEqualTo(400);
        }
    }

    /// A row in every table, as plain SQL leaves it, each column with a secret of its own.
    private List<String> plant() throws Exception {
        var secrets = new ArrayList<String>();
        var values = new LinkedHashMap<String, String>();
        for (TextTable table : TextTable.values()) {
            for (TextTable.Column column : table.columns()) {
                String secret = secret();
                secrets.add(secret);
                values.put(table.tableName() + "." + column.name(), secret);
            }
        }
        execute(
                filled(
                        """
                        INSERT INTO mem_projects (name, full_path)
                        VALUES ('p <mem_projects.name>', '/p/<mem_projects.full_path>');
                        INSERT INTO mem_project_keys (project_id, kind, value)
                            SELECT id, 'alias', 'k <mem_project_keys.value>' FROM mem_projects;
                        INSERT INTO mem_sessions (
                            session_id, project_id, agent_type, status, completed_at, end_reason,
                            summary, cwd, start_source)
                        SELECT
                            's <mem_sessions.session_id>', id, 'a <mem_sessions.agent_type>',
                            'completed', now(), 'e <mem_sessions.end_reason>',
                            'x <mem_sessions.summary>', '/c/<mem_sessions.cwd>',
                            'b <mem_sessions.start_source>'
                        FROM mem_projects;
                        INSERT INTO mem_events (
                            session_id, kind, dedupe_key, tool_name, tool_use_id, agent_id,
                            agent_type, cause, branch, cwd, occurred_at, payload_hash, payload)
                        SELECT
                            id, 'stop', 'id:<mem_events.dedupe_key>', 't <mem_events.tool_name>',
                            'u <mem_events.tool_use_id>', 'g <mem_events.agent_id>',
                            'y <mem_events.agent_type>', 'c <mem_events.cause>',
                            'b <mem_events.branch>',
                            '/c/<mem_events.cwd>', now(), sha256('x'),
                            '{"a":"key <mem_events.payload> end","n":[1.50]}'
                        FROM mem_sessions;
                        INSERT INTO mem_user_prompts (session_id, prompt_number, prompt_text)
                            SELECT id, 1, 'p <mem_user_prompts.prompt_text>' FROM mem_sessions;
                        INSERT INTO mem_jobs (
                            event_id, session_id, state, outcome, skip_reason, finalized_at,
                            last_error)
                        SELECT
                            id, session_id, 'completed', 'skipped', 'r <mem_jobs.skip_reason>',
                            now(), 'e <mem_jobs.last_error>'
                        FROM mem_events;
                        INSERT INTO mem_observations (
                            session_id, project_id, title, subtitle, narrative, facts, concepts,
                            files_read, files_modified, tool_name, made_by, search_terms)
                        SELECT
                            id, project_id, 't <mem_observations.title>',
                            's <mem_observations.subtitle>', 'n <mem_observations.narrative>',
                            '["f <mem_observations.facts>"]', '["c <mem_observations.concepts>"]',
                            '["/r/<mem_observations.files_read>"]',
                            '["/m/<mem_observations.files_modified>"]',
                            'o <mem_observations.tool_name>', 'test',
                            'w <mem_observations.search_terms>'
                        FROM mem_sessions;
                        INSERT INTO mem_session_summaries (
                            session_id, request, investigated, learned, completed, next_steps,
                            made_by, made_by_version, created_at, search_terms)
                        SELECT
                            id, 'r <mem_session_summaries.request>',
                            'i <mem_session_summaries.investigated>',
                            'l <mem_session_summaries.learned>',
                            'c <mem_session_summaries.completed>',
                            'n <mem_session_summaries.next_steps>', 'test', 1, now(),
                            'w <mem_session_summaries.search_terms>'
                        FROM mem_sessions;
                        INSERT INTO mem_told (
                            session_id, observation_id, source, reason, evidence, told_at)
                        SELECT
                            session_id, id, 'startup', 'branch', 'b <mem_told.evidence>', now()
                        FROM mem_observations;
                        INSERT INTO mem_lessons (
                            project_id, title, rule, severity, trigger_tool, trigger_pattern,
                            state, source, created_at, changed_at, search_terms)
                        SELECT
                            id, 't <mem_lessons.title>', 'r <mem_lessons.rule>', 'info',
                            'o <mem_lessons.trigger_tool>', 'p <mem_lessons.trigger_pattern>',
                            'active', 'manual', now(), now(), 'w <mem_lessons.search_terms>'
                        FROM mem_projects;
                        INSERT INTO mem_idempotency_keys (key, observation_ids)
                            VALUES ('k <mem_idempotency_keys.key>', '{1}');
                        INSERT INTO mem_forgotten (
                            chosen_by, state, forgotten_at, restorable_until)
                        VALUES ('ids', 'restorable', now(), now() + interval '7 days');
                        INSERT INTO mem_forgotten_rows (forgotten_id, table_name, content)
                        SELECT forgotten.id, 'mem_observations', (to_jsonb(source) - 'tsv')
                            || jsonb_build_object(
                                'id', source.id + 100,
                                'narrative', 'z <mem_forgotten_rows.content>',
                                'search_terms', 'quiet', 'tool_name', NULL, 'subtitle', NULL,
                                'title', 'quiet', 'facts', '[]'::jsonb, 'concepts', '[]'::jsonb,
                                'files_read', '[]'::jsonb, 'files_modified', '[]'::jsonb)
                        FROM mem_observations AS source, mem_forgotten AS forgotten;
                        """,
                        values));
        String spooled = secret();
        secrets.add(spooled);
        Files.createDirectories(daemon.home().refused());
        Files.writeString(
                daemon.home().refused().resolve("0000000000001-x.event"),
                "mneme-spool 1 stop 2026-01-01T00:00:00Z x\n{\"broken\": " + spooled);
        return secrets;
    }

    private String secret() {
        planted++;
        return "sk_live_51HqTz9Kd02mNvBXcQw%03d".formatted(planted);
    }

    private static String filled(String sql, Map<String, String> values) {
        String text = sql;
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("<" + value.getKey() + ">", value.getValue());
        }
        assertThat(text).as("a column without its plant").doesNotContain("<mem_");
        return text;
    }

    private List<JsonNode> scan(boolean apply) {
        var findings = new ArrayList<JsonNode>();
        @Nullable String next = null;
        do {
            JsonNode slice = slice(apply, next);
            slice.at("/findings").forEach(findings::add);
            next = slice.at("/next").isNull() ? null : slice.at("/next").asString();
        } while (next != null);
        return findings;
    }

    private JsonNode slice(boolean apply, @Nullable String next) {
        var request = new LinkedHashMap<String, Object>();
        request.put("apply", apply);
        if (next != null) {
            request.put("next", next);
        }
        TestDaemon.Answer answer = daemon.post("/api/redact", Json.write(request));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private List<String> rowsHolding(List<String> secrets) {
        var found = new ArrayList<String>();
        for (TextTable table : TextTable.values()) {
            String rows =
                    daemon.sql("SELECT string_agg(t::text, ' ') FROM " + table.tableName() + " t");
            secrets.stream()
                    .filter(
                            secret ->
                                    rows.toLowerCase(Locale.ROOT)
                                            .contains(secret.toLowerCase(Locale.ROOT)))
                    .forEach(secret -> found.add(table.tableName() + " " + secret));
        }
        return found;
    }

    private List<Path> spoolFiles() throws Exception {
        try (var files = Files.walk(daemon.home().spool())) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private void execute(String sql) {
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
