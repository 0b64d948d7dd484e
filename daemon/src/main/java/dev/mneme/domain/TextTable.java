package dev.mneme.domain;

import java.util.List;
import java.util.Optional;

/// Every table that holds text, with what redaction must know about each column: how it is written
/// and how long it may be. A test compares this with the database's own catalogue.
public enum TextTable {
    PROJECTS("mem_projects", List.of(Column.text("name", 400), Column.text("full_path"))),
    PROJECT_KEYS("mem_project_keys", List.of(Column.text("value", 2_000))),
    SESSIONS(
            "mem_sessions",
            List.of(
                    Column.text("session_id", 500),
                    Column.text("agent_type"),
                    Column.text("end_reason"),
                    Column.text("summary"),
                    Column.text("cwd"),
                    Column.text("start_source"))),
    EVENTS(
            "mem_events",
            List.of(
                    Column.text("dedupe_key"),
                    Column.text("tool_name"),
                    Column.text("tool_use_id"),
                    Column.text("agent_id"),
                    Column.text("agent_type"),
                    Column.text("cause", 500),
                    Column.text("branch", 500),
                    Column.text("cwd"),
                    Column.json("payload"))),
    PROMPTS("mem_user_prompts", List.of(Column.text("prompt_text"))),
    JOBS("mem_jobs", List.of(Column.text("skip_reason"), Column.text("last_error", 2_000))),
    OBSERVATIONS(
            "mem_observations",
            List.of(
                    Column.text("title", 500),
                    Column.text("subtitle", 1_000),
                    Column.text("narrative", 8_000),
                    Column.json("facts"),
                    Column.json("concepts"),
                    Column.json("files_read"),
                    Column.json("files_modified"),
                    Column.text("tool_name"),
                    Column.text("search_terms"))),
    SUMMARIES(
            "mem_session_summaries",
            List.of(
                    Column.text("request", 8_000),
                    Column.text("investigated", 8_000),
                    Column.text("learned", 8_000),
                    Column.text("completed", 8_000),
                    Column.text("next_steps", 8_000),
                    Column.text("search_terms"))),
    TOLD("mem_told", List.of(Column.text("evidence", 500))),
    LESSONS(
            "mem_lessons",
            List.of(
                    Column.text("title", 200),
                    Column.text("rule", 2_000),
                    Column.text("trigger_tool", 500),
                    Column.text("trigger_pattern", 500),
                    Column.text("search_terms"))),
    IDEMPOTENCY_KEYS("mem_idempotency_keys", List.of(Column.text("key", 500))),
    FORGOTTEN("mem_forgotten_rows", List.of(Column.json("content")));

    /// One column of text.
    ///
    /// @param json whether the text is a JSON document
    /// @param charsMax what the column takes, as far as a mark may make a text longer
    public record Column(String name, boolean json, int charsMax) {

        private static Column text(String name) {
            return text(name, Integer.MAX_VALUE);
        }

        private static Column text(String name, int charsMax) {
            return new Column(name, false, charsMax);
        }

        private static Column json(String name) {
            return new Column(name, true, Integer.MAX_VALUE);
        }
    }

    private final String tableName;

    @SuppressWarnings("ImmutableEnumChecker") // A list of records, unmodifiable from the start.
    private final List<Column> columns;

    TextTable(String tableName, List<Column> columns) {
        this.tableName = tableName;
        this.columns = columns;
    }

    public String tableName() {
        return tableName;
    }

    public List<Column> columns() {
        return columns;
    }

    /// The order in which the tables are gone through is that of their declaration.
    private static final List<TextTable> ORDER = List.of(values());

    public static TextTable first() {
        return ORDER.getFirst();
    }

    public Optional<TextTable> next() {
        int after = ORDER.indexOf(this) + 1;
        return after < ORDER.size() ? Optional.of(ORDER.get(after)) : Optional.empty();
    }

    public static Optional<TextTable> ofTableName(String name) {
        for (TextTable table : values()) {
            if (table.tableName.equals(name)) {
                return Optional.of(table);
            }
        }
        return Optional.empty();
    }
}
