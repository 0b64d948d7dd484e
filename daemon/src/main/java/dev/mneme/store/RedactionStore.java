package dev.mneme.store;

import dev.mneme.domain.StoredText;
import dev.mneme.domain.TextTable;
import dev.mneme.domain.Tombstone;

import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Reads every stored text page by page, and writes it back redacted, with everything that was
/// derived from it.
public final class RedactionStore {

    /// The four statements of a table. `page` begins behind a cursor; `row` holds the row of one.
    private record Statements(String page, String row, String update) {}

    private static final Map<TextTable, Statements> STATEMENTS = new EnumMap<>(TextTable.class);

    static {
        STATEMENTS.put(
                TextTable.PROJECTS,
                byId(
                        "SELECT id AS cursor, id, name, full_path FROM mem_projects",
                        "UPDATE mem_projects SET name = :name, full_path = :full_path"
                                + " WHERE id = CAST(:cursor AS bigint)"));
        STATEMENTS.put(
                TextTable.SESSIONS,
                byId(
                        """
                        SELECT
                            id AS cursor, id, session_id, agent_type, end_reason, summary, cwd,
                            start_source
                        FROM mem_sessions
                        """,
                        """
                        UPDATE mem_sessions
                        SET session_id = :session_id,
                            agent_type = :agent_type,
                            end_reason = :end_reason,
                            summary = :summary,
                            cwd = :cwd,
                            start_source = :start_source
                        WHERE id = CAST(:cursor AS bigint)
                        """));
        STATEMENTS.put(
                TextTable.EVENTS,
                byId(
                        """
                        SELECT
                            id AS cursor, id, dedupe_key, tool_name, tool_use_id, agent_id,
                            agent_type, cause, branch, cwd, payload
                        FROM mem_events
                        """,
                        // The hash stays: it is how a twin of the event is recognised.
                        """
                        UPDATE mem_events
                        SET dedupe_key = :dedupe_key,
                            tool_name = :tool_name,
                            tool_use_id = :tool_use_id,
                            agent_id = :agent_id,
                            agent_type = :agent_type,
                            cause = :cause,
                            branch = :branch,
                            cwd = :cwd,
                            payload = :payload
                        WHERE id = CAST(:cursor AS bigint)
                        """));
        STATEMENTS.put(
                TextTable.PROMPTS,
                byId(
                        "SELECT id AS cursor, id, prompt_text FROM mem_user_prompts",
                        "UPDATE mem_user_prompts SET prompt_text = :prompt_text"
                                + " WHERE id = CAST(:cursor AS bigint)"));
        STATEMENTS.put(
                TextTable.JOBS,
                byId(
                        "SELECT id AS cursor, id, skip_reason, last_error FROM mem_jobs",
                        "UPDATE mem_jobs SET skip_reason = :skip_reason, last_error = :last_error"
                                + " WHERE id = CAST(:cursor AS bigint)"));
        STATEMENTS.put(
                TextTable.OBSERVATIONS,
                byId(
                        """
                        SELECT
                            id AS cursor, id, title, subtitle, narrative, facts, concepts,
                            files_read, files_modified, tool_name, search_terms
                        FROM mem_observations
                        """,
                        """
                        UPDATE mem_observations
                        SET title = :title,
                            subtitle = :subtitle,
                            narrative = :narrative,
                            facts = CAST(:facts AS jsonb),
                            concepts = CAST(:concepts AS jsonb),
                            files_read = CAST(:files_read AS jsonb),
                            files_modified = CAST(:files_modified AS jsonb),
                            tool_name = :tool_name,
                            search_terms = :search_terms
                        WHERE id = CAST(:cursor AS bigint)
                        """));
        STATEMENTS.put(
                TextTable.SUMMARIES,
                byId(
                        """
                        SELECT
                            id AS cursor, id, request, investigated, learned, completed,
                            next_steps, search_terms
                        FROM mem_session_summaries
                        """,
                        """
                        UPDATE mem_session_summaries
                        SET request = :request,
                            investigated = :investigated,
                            learned = :learned,
                            completed = :completed,
                            next_steps = :next_steps,
                            search_terms = :search_terms
                        WHERE id = CAST(:cursor AS bigint)
                        """));
        STATEMENTS.put(
                TextTable.TOLD,
                byId(
                        "SELECT id AS cursor, id, evidence FROM mem_told",
                        "UPDATE mem_told SET evidence = :evidence"
                                + " WHERE id = CAST(:cursor AS bigint)"));
        STATEMENTS.put(
                TextTable.LESSONS,
                byId(
                        """
                        SELECT
                            id AS cursor, id, title, rule, trigger_tool, trigger_pattern,
                            search_terms
                        FROM mem_lessons
                        """,
                        """
                        UPDATE mem_lessons
                        SET title = :title,
                            rule = :rule,
                            trigger_tool = :trigger_tool,
                            trigger_pattern = :trigger_pattern,
                            search_terms = :search_terms
                        WHERE id = CAST(:cursor AS bigint)
                        """));
        STATEMENTS.put(
                TextTable.FORGOTTEN,
                byId(
                        "SELECT id AS cursor, id, content, table_name FROM mem_forgotten_rows",
                        "UPDATE mem_forgotten_rows SET content = CAST(:content AS jsonb)"
                                + " WHERE id = CAST(:cursor AS bigint)"));
        // What follows has no number of its own: a hash stands for the row, because a cursor is
        // seen outside and the value may be the secret. Both tables are small.
        STATEMENTS.put(
                TextTable.PROJECT_KEYS,
                byHash(
                        """
                        SELECT
                            sha256(convert_to(project_id || ' ' || kind || ' ' || value, 'UTF8'))
                                AS hash,
                            project_id || ' ' || kind AS id,
                            value
                        FROM mem_project_keys
                        """,
                        """
                        UPDATE mem_project_keys
                        SET value = :value
                        WHERE encode(sha256(convert_to(
                            project_id || ' ' || kind || ' ' || value, 'UTF8')), 'hex') = :cursor
                        """));
        STATEMENTS.put(
                TextTable.IDEMPOTENCY_KEYS,
                byHash(
                        """
                        SELECT
                            sha256(convert_to(key, 'UTF8')) AS hash,
                            'stored at ' || created_at AS id,
                            key
                        FROM mem_idempotency_keys
                        """,
                        """
                        UPDATE mem_idempotency_keys
                        SET key = :key
                        WHERE encode(sha256(convert_to(key, 'UTF8')), 'hex') = :cursor
                        """));
    }

    private static Statements byId(String select, String update) {
        return new Statements(
                select
                        + " WHERE id > CAST(coalesce(nullif(:cursor, ''), '0') AS bigint)"
                        + " ORDER BY id LIMIT :limit",
                select + " WHERE id = CAST(:cursor AS bigint) FOR UPDATE",
                update);
    }

    private static Statements byHash(String select, String update) {
        return new Statements(
                "SELECT encode(hash, 'hex') AS cursor, hashed.* FROM ("
                        + select
                        + ") AS hashed WHERE encode(hash, 'hex') > :cursor"
                        + " ORDER BY encode(hash, 'hex') LIMIT :limit",
                "SELECT encode(hash, 'hex') AS cursor, hashed.* FROM ("
                        + select
                        + ") AS hashed WHERE encode(hash, 'hex') = :cursor",
                update);
    }

    /// Rows behind a cursor, at most `limit`; the empty cursor begins.
    public List<StoredText> page(Tx tx, TextTable table, String cursor, int limit) {
        return tx.handle()
                .createQuery(statements(table).page())
                .bind("cursor", cursor)
                .bind("limit", limit)
                .map((row, context) -> text(table, row))
                .list();
    }

    /// One row, which nobody else changes until the transaction ends.
    public Optional<StoredText> hold(Tx tx, TextTable table, String cursor) {
        return tx.handle()
                .createQuery(statements(table).row())
                .bind("cursor", cursor)
                .map((row, context) -> text(table, row))
                .findOne();
    }

    /// Writes the columns of a row.
    ///
    /// A copy that comes late under the old key of an event or a request is still recognised: the
    /// old key's hash stays.
    public void write(
            Tx tx, TextTable table, StoredText before, Map<String, @Nullable String> columns) {
        if (table == TextTable.EVENTS || table == TextTable.IDEMPOTENCY_KEYS) {
            String name = table == TextTable.EVENTS ? "dedupe_key" : "key";
            String old = before.columns().get(name);
            if (!Objects.equals(old, columns.get(name)) && old != null) {
                rememberKey(tx, table, before.cursor(), old);
            }
        }
        Update update = tx.handle().createUpdate(statements(table).update());
        update.getConfig(SqlStatements.class).setUnusedBindingAllowed(true);
        columns.forEach(update::bind);
        update.bind("cursor", before.cursor()).execute();
        if (table == TextTable.OBSERVATIONS) {
            EmbeddingStore.remake(tx, Long.parseLong(before.cursor()));
        }
        if (table == TextTable.SUMMARIES) {
            EmbeddingStore.dropOfSummary(tx, Long.parseLong(before.cursor()));
        }
    }

    private static void rememberKey(Tx tx, TextTable table, String cursor, String old) {
        if (table == TextTable.EVENTS) {
            tx.handle()
                    .createUpdate(
                            """
                            INSERT INTO mem_tombstones (mark)
                            SELECT mem_mark('event', sessions.session_id, CAST(:old AS text))
                            FROM mem_events AS events
                            JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                            WHERE events.id = CAST(:cursor AS bigint)
                            """)
                    .bind("cursor", cursor)
                    .bind("old", old)
                    .execute();
            return;
        }
        tx.handle()
                .createUpdate(
                        """
                        INSERT INTO mem_tombstones (mark, observation_ids)
                        SELECT :mark, observation_ids
                        FROM mem_idempotency_keys
                        WHERE key = :old
                        """)
                .bind("mark", Tombstone.idempotencyKey(old))
                .bind("old", old)
                .execute();
    }

    private static Statements statements(TextTable table) {
        return Objects.requireNonNull(STATEMENTS.get(table), table.tableName());
    }

    private static StoredText text(TextTable table, ResultSet row) throws SQLException {
        var columns = new LinkedHashMap<String, @Nullable String>();
        for (TextTable.Column column : table.columns()) {
            columns.put(column.name(), row.getString(column.name()));
        }
        if (table == TextTable.FORGOTTEN) {
            columns.put("table_name", row.getString("table_name"));
        }
        return new StoredText(row.getString("cursor"), row.getString("id"), columns);
    }
}
