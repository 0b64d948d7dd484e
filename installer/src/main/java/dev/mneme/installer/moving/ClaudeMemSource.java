package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A database of claude-mem, of any era: its columns are looked for, not assumed, and what a table
/// lacks is null. Versions that it records are not relied upon, because forks record them without
/// the columns.
public final class ClaudeMemSource implements Source {

    private static final String SESSIONS = "sdk_sessions";
    private static final String PROMPTS = "user_prompts";
    private static final String OBSERVATIONS = "observations";
    private static final String SUMMARIES = "session_summaries";

    /// Names of the agent's own id of a session, the newest first.
    private static final String[] CONTENT_ID = {"content_session_id", "claude_session_id"};

    /// Names of what rows hang on.
    private static final String[] MEMORY_ID = {"memory_session_id", "sdk_session_id"};

    /// What claude-mem keeps of its own observer.
    private static final String OBSERVER = "observer-sessions";

    private static final String MADE_BY = "claude-mem";

    private final SqliteCopy copy;
    private final Names names;
    private final SessionFolders folders;
    private final Map<String, Long> contents = new LinkedHashMap<>();
    private final Map<String, Known> byMemoryId = new HashMap<>();
    private final Map<String, Known> byDatabaseId = new HashMap<>();
    private final Map<String, Known> byContentId = new HashMap<>();
    private final Map<String, Path> folderOfProject = new HashMap<>();

    /// @param sessionId the agent's own id
    private record Known(String sessionId, String project) {}

    private ClaudeMemSource(SqliteCopy copy, Names names, SessionFolders folders)
            throws SQLException {
        this.copy = copy;
        this.names = names;
        this.folders = folders;
        contents.put("sessions", copy.count(SESSIONS));
        contents.put("prompts", copy.count(PROMPTS));
        contents.put("observations", copy.count(OBSERVATIONS));
        contents.put("summaries", copy.count(SUMMARIES));
        contents.put("pending messages, left out", copy.count("pending_messages"));
    }

    /// Copies a database, and sees what is in it.
    ///
    /// @param folders where sessions ran, as far as that is known
    public static ClaudeMemSource open(
            Path database, MnemeHome home, Names names, SessionFolders folders)
            throws Failure, IOException {
        SqliteCopy copy = SqliteCopy.of(database, home);
        try {
            if (copy.columns(SESSIONS).isEmpty() && copy.columns(OBSERVATIONS).isEmpty()) {
                throw new Failure(
                        "cannot import `" + database + "`: it is no database of claude-mem",
                        "it should have a table `observations`; usually it is"
                                + " `~/.claude-mem/claude-mem.db`");
            }
            return new ClaudeMemSource(copy, names, folders);
        } catch (SQLException failed) {
            copy.close();
            throw unreadable(failed);
        } catch (Failure failed) {
            copy.close();
            throw failed;
        }
    }

    @Override
    public String name() {
        return MADE_BY;
    }

    @Override
    public Map<String, Long> contents() {
        return new LinkedHashMap<>(contents);
    }

    @Override
    public long work() {
        return count("sessions") + count("prompts") + count("observations") + count("summaries");
    }

    private long count(String what) {
        return Objects.requireNonNull(contents.get(what));
    }

    @Override
    public void read(Sink sink) throws Failure, IOException {
        try {
            Set<String> prompted = sessionsWithPrompts();
            findFolders();
            each(SESSIONS, "started_at_epoch", sink, rows -> session(rows, prompted, sink));
            each(PROMPTS, "created_at_epoch", sink, rows -> prompt(rows, sink));
            each(OBSERVATIONS, "created_at_epoch", sink, rows -> observation(rows, sink));
            each(SUMMARIES, "created_at_epoch", sink, rows -> summary(rows, sink));
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    private static Failure unreadable(SQLException failed) {
        return new Failure(
                "cannot read the database of claude-mem: " + failed.getMessage(),
                "it may be damaged; what was imported until now stays, and running it again goes on",
                failed);
    }

    /// Makes a record of the row at which it stands.
    private interface RowReader {
        void read(Rows row) throws SQLException, Failure, BadRow;
    }

    private static final class BadRow extends Exception {

        private static final long serialVersionUID = 1L;

        BadRow(String reason) {
            super(reason);
        }
    }

    private void each(String table, String order, Sink sink, RowReader reader)
            throws SQLException, Failure {
        if (copy.columns(table).isEmpty()) {
            return;
        }
        try (Rows rows = copy.rows(table, order)) {
            while (rows.next()) {
                try {
                    reader.read(rows);
                } catch (BadRow bad) {
                    sink.bad(where(table, rows), String.valueOf(bad.getMessage()));
                }
                sink.done(1);
            }
        }
    }

    private static String where(String table, Rows row) throws SQLException {
        return table + " row " + row.text("id");
    }

    /// Before prompts had a table of their own, a session held its first.
    private Set<String> sessionsWithPrompts() throws SQLException {
        var sessions = new HashSet<String>();
        if (copy.columns(PROMPTS).isEmpty()) {
            return sessions;
        }
        try (Rows rows = copy.rows(PROMPTS, "id")) {
            while (rows.next()) {
                String content = rows.text(CONTENT_ID);
                if (content != null) {
                    sessions.add(content);
                }
                String session = rows.text("session_db_id");
                if (session != null) {
                    sessions.add("#" + session);
                }
            }
        }
        return sessions;
    }

    /// Where the projects are, as the transcripts of their sessions or the user say.
    private void findFolders() throws SQLException, IOException {
        if (copy.columns(SESSIONS).isEmpty()) {
            return;
        }
        try (Rows rows = copy.rows(SESSIONS, "id")) {
            while (rows.next()) {
                String name = project(rows);
                String session = rows.text(CONTENT_ID);
                Path folder = names.folderOf(rows.text("merged_into_project", "project"));
                if (folder == null && session != null && !folderOfProject.containsKey(name)) {
                    folder = folders.of(session, name);
                }
                if (folder != null) {
                    folderOfProject.put(name, folder);
                }
            }
        }
    }

    private void place(ObjectNode record, String project) {
        Path folder = folderOfProject.get(project);
        if (folder != null) {
            record.put("path", folder.toString());
        }
    }

    private void session(Rows row, Set<String> prompted, Sink sink)
            throws SQLException, Failure, BadRow {
        String content = row.text(CONTENT_ID);
        String memory = row.text(MEMORY_ID);
        String sessionId = content != null ? content : memory;
        if (sessionId == null) {
            throw new BadRow("it has no id of a session");
        }
        var known = new Known(sessionId, project(row));
        if (memory != null) {
            byMemoryId.put(memory, known);
        }
        byContentId.putIfAbsent(sessionId, known);
        String databaseId = row.text("id");
        if (databaseId != null) {
            byDatabaseId.put(databaseId, known);
        }
        if (isObserver(known)) {
            sink.leftOut("sessions of claude-mem's own observer");
            return;
        }
        Instant startedAt = time(row, "started_at");
        ObjectNode record = sessionRecord(known, startedAt);
        record.put("agent", agent(row.text("platform_source")));
        Instant completedAt = optionalTime(row, "completed_at");
        String status = row.text("status");
        if (completedAt != null && !"active".equals(status)) {
            record.put("status", "failed".equals(status) ? "failed" : "completed");
            record.put("completed_at", completedAt.toString());
            record.put("last_event_at", completedAt.toString());
        }
        Records.put(record, "summary", row.text("custom_title"), 2_000);
        String where = where(SESSIONS, row);
        sink.record(where, record);
        String first = row.text("user_prompt");
        if (first != null
                && !prompted.contains(sessionId)
                && !prompted.contains("#" + databaseId)) {
            sink.record(
                    where,
                    promptRecord(
                            Records.uid(MADE_BY, SESSIONS, sessionId, "prompt"),
                            known,
                            1,
                            first,
                            startedAt));
        }
    }

    private ObjectNode sessionRecord(Known known, Instant startedAt) {
        ObjectNode record =
                Records.of("session")
                        .put("session", known.sessionId())
                        .put("project", known.project())
                        .put("started_at", startedAt.toString());
        place(record, known.project());
        return record;
    }

    private static String agent(@Nullable String platform) {
        if (platform == null || platform.startsWith("claude")) {
            return "claude-code";
        }
        String name = platform.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
        return name.matches("[a-z0-9].*") ? name : "claude-code";
    }

    private void prompt(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        String content = row.text(CONTENT_ID);
        Known known = byDatabaseId.get(String.valueOf(row.text("session_db_id")));
        if (known == null && content != null) {
            known = byContentId.get(content);
        }
        Instant createdAt = time(row, "created_at");
        if (known == null) {
            if (content == null) {
                throw new BadRow("it belongs to no session");
            }
            known = new Known(content, project(row));
            byContentId.put(content, known);
            sink.record(where(PROMPTS, row), sessionRecord(known, createdAt));
        }
        if (isObserver(known)) {
            sink.leftOut("prompts of claude-mem's own observer");
            return;
        }
        String text = row.text("prompt_text");
        if (text == null) {
            sink.leftOut("prompts without text");
            return;
        }
        Long number = row.number("prompt_number");
        sink.record(
                where(PROMPTS, row),
                promptRecord(
                        uid(PROMPTS, row, known, createdAt),
                        known,
                        number == null || number < 1 ? 1 : number,
                        text,
                        createdAt));
    }

    private static ObjectNode promptRecord(
            String uid, Known known, long number, String text, Instant createdAt) {
        return Records.of("prompt")
                .put("uid", uid)
                .put("session", known.sessionId())
                .put("number", number)
                .put("text", Records.cut(text, 900_000))
                .put("created_at", createdAt.toString());
    }

    private void observation(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        Known known = owner(row);
        if (isObserver(known)) {
            sink.leftOut("observations of claude-mem's own observer");
            return;
        }
        Instant createdAt = time(row, "created_at");
        String narrative = row.text("narrative");
        String text = row.text("text");
        var facts = Records.list(row.text("facts"));
        if (narrative == null && facts.isEmpty()) {
            narrative = text;
        }
        ObjectNode record =
                Records.of("observation")
                        .put("uid", uid(OBSERVATIONS, row, known, createdAt))
                        .put("session", known.sessionId())
                        .put("project", project(row, known))
                        .put("made_by", MADE_BY)
                        .put("created_at", createdAt.toString());
        place(record, project(row, known));
        Records.title(
                record,
                row.text("title"),
                Objects.requireNonNullElse(narrative, ""),
                Objects.requireNonNullElse(text, ""));
        Records.subtitle(record, row.text("subtitle"));
        Records.narrative(record, narrative);
        Records.strings(record, "facts", facts);
        Records.strings(record, "files_read", Records.list(row.text("files_read")));
        Records.strings(record, "files_modified", Records.list(row.text("files_modified")));
        Records.type(
                record, row.text("type"), Records.concepts(Records.list(row.text("concepts"))));
        promptNumber(record, row);
        sink.record(where(OBSERVATIONS, row), record);
    }

    private void summary(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        Known known = owner(row);
        if (isObserver(known)) {
            sink.leftOut("summaries of claude-mem's own observer");
            return;
        }
        Instant createdAt = time(row, "created_at");
        Long id = row.number("id");
        ObjectNode record =
                Records.of("summary")
                        .put("uid", uid(SUMMARIES, row, known, createdAt))
                        .put("session", known.sessionId())
                        .put("turn_number", id == null ? -1 : -Math.abs(id))
                        .put("made_by", MADE_BY)
                        .put("created_at", createdAt.toString());
        Records.summaryField(record, "request", row.text("request"));
        Records.summaryField(
                record,
                "investigated",
                row.text("investigated"),
                files("Read", row.text("files_read")));
        Records.summaryField(record, "learned", row.text("learned"), row.text("notes"));
        Records.summaryField(
                record,
                "completed",
                row.text("completed"),
                files("Edited", row.text("files_edited")));
        Records.summaryField(record, "next_steps", row.text("next_steps"));
        promptNumber(record, row);
        String where = where(SUMMARIES, row);
        if (!byMemoryId.containsKey(String.valueOf(row.text(MEMORY_ID)))) {
            sink.record(where, sessionRecord(known, createdAt));
        }
        sink.record(where, record);
    }

    private static @Nullable String files(String word, @Nullable String list) {
        var files = Records.list(list);
        return files.isEmpty() ? null : word + ": " + String.join(", ", files);
    }

    private static void promptNumber(ObjectNode record, Rows row) throws SQLException {
        Long number = row.number("prompt_number");
        if (number != null && number > 0 && number < Integer.MAX_VALUE) {
            record.put("prompt_number", number.intValue());
        }
    }

    /// The session that a row hangs on; one that has no row of its own is named by what it is
    /// there.
    private Known owner(Rows row) throws SQLException, BadRow {
        String memory = row.text(MEMORY_ID);
        if (memory == null) {
            throw new BadRow("it belongs to no session");
        }
        Known known = byMemoryId.get(memory);
        if (known == null) {
            known = byContentId.get(memory);
        }
        return known == null ? new Known(memory, project(row)) : known;
    }

    private boolean isObserver(Known known) {
        return known.project().equals(OBSERVER);
    }

    private String project(Rows row) throws SQLException {
        return names.of(row.text("merged_into_project", "project"));
    }

    private String project(Rows row, Known known) throws SQLException {
        return row.text("merged_into_project", "project") == null ? known.project() : project(row);
    }

    /// By where it was made, not by which file it lies in: a copy of a database holds the same
    /// rows.
    private static String uid(String table, Rows row, Known known, Instant createdAt)
            throws SQLException {
        return Records.uid(
                MADE_BY,
                table,
                known.sessionId(),
                String.valueOf(row.text("id")),
                Long.toString(createdAt.toEpochMilli()));
    }

    private static Instant time(Rows row, String column) throws SQLException, BadRow {
        Instant time = optionalTime(row, column);
        if (time == null) {
            throw new BadRow("`" + column + "` is no time");
        }
        return time;
    }

    private static @Nullable Instant optionalTime(Rows row, String column) throws SQLException {
        Long epoch = row.number(column + "_epoch");
        try {
            if (epoch != null && epoch > 0) {
                return Records.time(epoch);
            }
            String text = row.text(column);
            return text == null ? null : OffsetDateTime.parse(text.strip()).toInstant();
        } catch (DateTimeException unreadable) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        copy.close();
    }
}
