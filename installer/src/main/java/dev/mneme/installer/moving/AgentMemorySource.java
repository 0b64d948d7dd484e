package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/// A PostgreSQL database of agent-memory, read in one read-only transaction, so that it is seen as
/// it was at one moment. Tables and columns that are not there hold nothing.
public final class AgentMemorySource implements Source {

    private static final String MADE_BY = "agent-memory";
    private static final int CONNECT_SECONDS_MAX = 10;
    private static final int PORT = 5432;

    private static final String PROJECTS = "mem_projects";
    private static final String SESSIONS = "mem_sessions";
    private static final String PROMPTS = "mem_user_prompts";
    private static final String OBSERVATIONS = "mem_observations";
    private static final String LESSONS = "mem_lessons";

    private static final List<String> SEVERITIES = List.of("critical", "warning", "info");

    private final Connection connection;
    private final Names names;
    private final Map<String, Long> contents = new LinkedHashMap<>();
    private final Map<String, Project> projects = new HashMap<>();
    private final Map<String, Session> sessions = new HashMap<>();

    /// @param path where the project is on this machine
    private record Project(String name, @Nullable String path) {}

    private record Session(String id, Project project) {}

    private AgentMemorySource(Connection connection, Names names) throws SQLException {
        this.connection = connection;
        this.names = names;
        contents.put("sessions", count(SESSIONS));
        contents.put("prompts", count(PROMPTS));
        contents.put("observations", count(OBSERVATIONS));
        contents.put("lessons", count(LESSONS));
    }

    /// Connects to a database, and begins the transaction in which it is read.
    ///
    /// @param url as in `postgresql://user:password@host:port/database`
    public static AgentMemorySource open(String url, Names names) throws Failure {
        URI address = address(url);
        var properties = new Properties();
        String user = address.getRawUserInfo();
        if (user != null) {
            int colon = user.indexOf(':');
            properties.setProperty("user", decoded(colon < 0 ? user : user.substring(0, colon)));
            if (colon >= 0) {
                properties.setProperty("password", decoded(user.substring(colon + 1)));
            }
        }
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS_MAX));
        properties.setProperty("ApplicationName", "mneme-import");
        String query = address.getRawQuery();
        String jdbc =
                "jdbc:postgresql://"
                        + address.getHost()
                        + ":"
                        + (address.getPort() < 0 ? PORT : address.getPort())
                        + address.getRawPath()
                        + (query == null ? "" : "?" + query);
        try {
            Connection connection = DriverManager.getConnection(jdbc, properties);
            try {
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                var source = new AgentMemorySource(connection, names);
                if (!source.exists(OBSERVATIONS)) {
                    throw new Failure(
                            "cannot import the database: it has no table `mem_observations`",
                            "check that the URL names the database of agent-memory");
                }
                return source;
            } catch (SQLException | Failure failed) {
                connection.close();
                throw failed;
            }
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    private static URI address(String url) throws Failure {
        try {
            URI address = URI.create(url);
            String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
            if (scheme.matches("postgres(ql)?(\\+\\w+)?") && address.getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException malformed) {
            // Named below, without the password that may be in it.
        }
        throw new Failure(
                "the URL is not the address of a PostgreSQL database",
                "write it as `postgresql://user:password@host:5432/database`, special letters"
                        + " as in any URL");
    }

    private static String decoded(String text) {
        return java.net.URLDecoder.decode(
                text.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static Failure unreadable(SQLException failed) {
        return new Failure(
                "cannot read the database of agent-memory (SQL state " + failed.getSQLState() + ")",
                "check address, user, password and that the server runs; what was imported until now"
                        + " stays",
                failed);
    }

    private boolean exists(String table) throws SQLException {
        try (var statement = connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
            statement.setString(1, table);
            try (var row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private long count(String table) throws SQLException {
        if (!exists(table)) {
            return 0;
        }
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM " + table)) {
            return row.next() ? row.getLong(1) : 0;
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
        return contents.values().stream().mapToLong(Long::longValue).sum();
    }

    private interface RowReader {
        void read(Rows row) throws SQLException, Failure, BadRow;
    }

    private static final class BadRow extends Exception {

        private static final long serialVersionUID = 1L;

        BadRow(String reason) {
            super(reason);
        }
    }

    @Override
    public void read(Sink sink) throws Failure, IOException {
        try {
            each(PROJECTS, sink, this::project);
            each(SESSIONS, sink, row -> session(row, sink));
            each(PROMPTS, sink, row -> prompt(row, sink));
            each(OBSERVATIONS, sink, row -> observation(row, sink));
            each(LESSONS, sink, row -> lesson(row, sink));
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    private void each(String table, Sink sink, RowReader reader) throws SQLException, Failure {
        if (!exists(table)) {
            return;
        }
        try (Rows rows =
                Rows.of(connection.prepareStatement("SELECT * FROM " + table + " ORDER BY id"))) {
            while (rows.next()) {
                try {
                    reader.read(rows);
                } catch (BadRow bad) {
                    sink.bad(where(table, rows), String.valueOf(bad.getMessage()));
                }
                if (!table.equals(PROJECTS)) {
                    sink.done(1);
                }
            }
        }
    }

    private static String where(String table, Rows row) throws SQLException {
        return table + " row " + row.text("id");
    }

    private void project(Rows row) throws SQLException {
        String name = row.text("name");
        String path = row.text("full_path");
        boolean here =
                path != null
                        && path.startsWith("/")
                        && names.of(name).equals(name)
                        && Files.isDirectory(Path.of(path));
        Path chosen = names.folderOf(name);
        projects.put(
                String.valueOf(row.text("id")),
                new Project(
                        names.of(name), chosen != null ? chosen.toString() : here ? path : null));
    }

    private Project projectOf(Rows row) throws SQLException {
        return projects.getOrDefault(
                String.valueOf(row.text("project_id")), new Project(names.of(null), null));
    }

    private void session(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        String id = row.text("session_id");
        if (id == null) {
            throw new BadRow("it has no id of a session");
        }
        var session = new Session(id, projectOf(row));
        sessions.put(String.valueOf(row.text("id")), session);
        Instant startedAt = time(row, "started_at", "created_at");
        Instant completedAt = row.time("completed_at");
        String agent = row.text("agent_type");
        ObjectNode record =
                Records.of("session")
                        .put("session", id)
                        .put("project", session.project().name())
                        .put(
                                "agent",
                                agent != null && agent.matches("[a-z0-9][a-z0-9._-]{0,99}")
                                        ? agent
                                        : "claude-code")
                        .put("started_at", startedAt.toString());
        place(record, session.project());
        if (completedAt != null) {
            record.put("status", "failed".equals(row.text("status")) ? "failed" : "completed")
                    .put("completed_at", completedAt.toString())
                    .put("last_event_at", completedAt.toString());
        }
        Records.put(record, "summary", row.text("summary"), 100_000);
        sink.record(where(SESSIONS, row), record);
    }

    private static void place(ObjectNode record, Project project) {
        if (project.path() != null) {
            record.put("path", project.path());
        }
    }

    private Session sessionOf(Rows row) throws SQLException, BadRow {
        Session session = sessions.get(String.valueOf(row.text("session_id")));
        if (session == null) {
            throw new BadRow("it belongs to no session");
        }
        return session;
    }

    private void prompt(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        Session session = sessionOf(row);
        String text = row.text("prompt_text");
        if (text == null) {
            sink.leftOut("prompts without text");
            return;
        }
        Instant createdAt = time(row, "created_at");
        Long number = row.number("prompt_number");
        sink.record(
                where(PROMPTS, row),
                Records.of("prompt")
                        .put("uid", uid(PROMPTS, row, session.id(), createdAt))
                        .put("session", session.id())
                        .put("number", number == null || number < 1 ? 1 : number)
                        .put("text", Records.cut(text, 900_000))
                        .put("created_at", createdAt.toString()));
    }

    private void observation(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        Session session = sessionOf(row);
        Instant createdAt = time(row, "created_at");
        Project project = row.text("project_id") == null ? session.project() : projectOf(row);
        String narrative = row.text("narrative");
        List<String> facts = Records.list(row.text("facts"));
        if (narrative == null && facts.isEmpty()) {
            narrative = row.text("raw_text");
        }
        ObjectNode record =
                Records.of("observation")
                        .put("uid", uid(OBSERVATIONS, row, session.id(), createdAt))
                        .put("session", session.id())
                        .put("project", project.name())
                        .put("made_by", MADE_BY)
                        .put("created_at", createdAt.toString());
        place(record, project);
        Records.title(record, row.text("title"), narrative == null ? "" : narrative);
        Records.subtitle(record, row.text("subtitle"));
        Records.narrative(record, narrative);
        Records.strings(record, "facts", facts);
        Records.strings(record, "files_read", Records.list(row.text("files_read")));
        Records.strings(record, "files_modified", Records.list(row.text("files_modified")));
        Records.type(
                record, row.text("type"), Records.concepts(Records.list(row.text("concepts"))));
        Records.put(record, "tool_name", row.text("tool_name"), 500);
        Long number = row.number("prompt_number");
        if (number != null && number > 0 && number < Integer.MAX_VALUE) {
            record.put("prompt_number", number.intValue());
        }
        sink.record(where(OBSERVATIONS, row), record);
    }

    private void lesson(Rows row, Sink sink) throws SQLException, Failure, BadRow {
        String rule = row.text("rule");
        if (rule == null) {
            throw new BadRow("it has no rule");
        }
        Instant createdAt = time(row, "created_at");
        String severity = row.text("severity");
        Long count = row.number("trigger_count");
        Instant triggeredAt = row.time("last_triggered_at");
        ObjectNode record =
                Records.of("lesson")
                        .put("uid", uid(LESSONS, row, "", createdAt))
                        .put("rule", Records.cut(rule, 2_000))
                        .put(
                                "severity",
                                severity != null && SEVERITIES.contains(severity)
                                        ? severity
                                        : "info")
                        .put("state", "f".equals(row.text("active")) ? "retired" : "active")
                        .put("created_at", createdAt.toString());
        String title = row.text("title");
        record.put("title", Records.cut(title == null ? rule : title, 200));
        if (row.text("project_id") != null) {
            record.put("project", projectOf(row).name());
            place(record, projectOf(row));
        }
        Records.put(record, "trigger_tool", row.text("trigger_tool"), 500);
        Records.put(record, "trigger_pattern", row.text("trigger_pattern"), 500);
        if (count != null && count > 0 && triggeredAt != null) {
            record.put("trigger_count", count).put("last_triggered_at", triggeredAt.toString());
        }
        sink.record(where(LESSONS, row), record);
    }

    private static String uid(String table, Rows row, String session, Instant createdAt)
            throws SQLException {
        return Records.uid(
                MADE_BY,
                table,
                session,
                String.valueOf(row.text("id")),
                Long.toString(createdAt.toEpochMilli()));
    }

    private static Instant time(Rows row, String... columns) throws SQLException, BadRow {
        for (String column : columns) {
            Instant time = row.time(column);
            if (time != null) {
                return time;
            }
        }
        throw new BadRow("`" + columns[0] + "` is no time");
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException failed) {
            throw new IOException("cannot close the connection", failed);
        }
    }
}
