package dev.mneme.installer.moving;

import dev.mneme.installer.Failure;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.MnemeHome;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Sessions of OpenCode, from the database that it keeps them in.
public final class OpenCodeSource implements Source {

    private static final String SESSIONS = "session";
    private static final String MESSAGES = "message";
    private static final String PARTS = "part";

    /// Tools that have another name here, and their inputs.
    private static final Map<String, String> TOOLS =
            Map.of(
                    "bash", "Bash",
                    "edit", "Edit",
                    "write", "Write",
                    "read", "Read",
                    "grep", "Grep",
                    "glob", "Glob",
                    "webfetch", "WebFetch");

    private static final Map<String, String> INPUTS =
            Map.of(
                    "filePath", "file_path",
                    "oldString", "old_string",
                    "newString", "new_string",
                    "replaceAll", "replace_all");

    private final SqliteCopy copy;
    private final Map<String, Long> contents = new LinkedHashMap<>();

    private OpenCodeSource(SqliteCopy copy) throws SQLException {
        this.copy = copy;
        contents.put("sessions", copy.count(SESSIONS));
        contents.put("messages", copy.count(MESSAGES));
        contents.put("parts of messages", copy.count(PARTS));
    }

    public static OpenCodeSource open(Path database, MnemeHome home) throws Failure, IOException {
        SqliteCopy copy = SqliteCopy.of(database, home);
        try {
            for (String table : new String[] {SESSIONS, MESSAGES, PARTS}) {
                if (copy.columns(table).isEmpty()) {
                    throw new Failure(
                            "cannot import `" + database + "`: it is no database of OpenCode",
                            "it should have a table `"
                                    + table
                                    + "`; usually it is `~/.local/share/opencode/opencode.db`");
                }
            }
            return new OpenCodeSource(copy);
        } catch (SQLException failed) {
            copy.close();
            throw unreadable(failed);
        } catch (Failure failed) {
            copy.close();
            throw failed;
        }
    }

    private static Failure unreadable(SQLException failed) {
        return new Failure(
                "cannot read the database of OpenCode: " + failed.getMessage(),
                "it may be damaged; what was imported until now stays, and running it again goes on",
                failed);
    }

    @Override
    public String name() {
        return "opencode";
    }

    @Override
    public Map<String, Long> contents() {
        return new LinkedHashMap<>(contents);
    }

    @Override
    public long work() {
        return contents.getOrDefault("parts of messages", 0L);
    }

    /// A message that its parts belong to.
    private record Message(String role, Instant time) {}

    @Override
    public void read(Sink sink) throws Failure, IOException {
        try {
            Map<String, String> folders = new LinkedHashMap<>();
            try (Rows sessions = copy.rows(SESSIONS, "time_created")) {
                while (sessions.next()) {
                    String id = sessions.text("id");
                    if (id != null) {
                        String folder = sessions.text("directory");
                        folders.put(id, folder == null ? "" : folder);
                    }
                }
            }
            for (Map.Entry<String, String> session : folders.entrySet()) {
                session(session.getKey(), session.getValue(), sink);
            }
        } catch (SQLException failed) {
            throw unreadable(failed);
        }
    }

    private void session(String id, String folder, Sink sink) throws SQLException, Failure {
        var messages = new HashMap<String, Message>();
        try (Rows rows = copy.rowsOf(MESSAGES, "session_id", id, "time_created")) {
            while (rows.next()) {
                message(rows, messages, sink);
            }
        }
        var moments = new Moments("opencode", "opencode", sink);
        try (Rows rows = copy.rowsOf(PARTS, "session_id", id, "id")) {
            while (rows.next()) {
                String partId = String.valueOf(rows.text("id"));
                Message message = messages.get(String.valueOf(rows.text("message_id")));
                JsonNode part = tree(rows.text("data"));
                if (message == null || part == null) {
                    sink.bad("part " + partId, "it belongs to no message, or is not JSON");
                } else {
                    part(
                            new Moments.At(
                                    "part " + partId,
                                    partId,
                                    id,
                                    folder.isEmpty() ? null : folder,
                                    time(part, message),
                                    null),
                            message,
                            String.valueOf(rows.text("message_id")),
                            part,
                            moments);
                }
                sink.done(1);
            }
        }
        moments.end();
    }

    private static void message(Rows rows, Map<String, Message> messages, Sink sink)
            throws SQLException {
        String id = String.valueOf(rows.text("id"));
        JsonNode data = tree(rows.text("data"));
        Long created = rows.number("time_created");
        if (data == null || created == null) {
            sink.bad("message " + id, "it is not JSON, or says not when it was written");
            return;
        }
        messages.put(id, new Message(data.path("role").asString(""), Records.time(created)));
    }

    private static Instant time(JsonNode part, Message message) {
        JsonNode end = part.at("/state/time/end");
        JsonNode start = part.at("/time/start");
        long at = end.asLong(start.asLong(0));
        return at > 0 ? Records.time(at) : message.time();
    }

    private static void part(
            Moments.At at, Message message, String messageId, JsonNode part, Moments moments)
            throws Failure {
        switch (part.path("type").asString("")) {
            case "text" -> {
                String text = part.path("text").asString("");
                boolean written = part.path("synthetic").asBoolean(false);
                if (text.isBlank() || written) {
                    return;
                }
                if (message.role().equals("user")) {
                    moments.prompt(at, text);
                } else {
                    moments.said(at, messageId, text);
                }
            }
            case "tool" -> call(at, part, moments);
            default -> {
                // Reasoning, steps and snapshots: nothing that a hook is told.
            }
        }
    }

    private static void call(Moments.At at, JsonNode part, Moments moments) throws Failure {
        String callId = part.path("callID").asString(at.id());
        String tool = part.path("tool").asString("unknown");
        JsonNode state = part.path("state");
        moments.called(at, callId, TOOLS.getOrDefault(tool, tool), input(state.path("input")));
        switch (state.path("status").asString("")) {
            case "completed" ->
                    moments.succeeded(
                            at,
                            callId,
                            tool.equals("bash")
                                    ? Json.mapper()
                                            .createObjectNode()
                                            .put("stdout", state.path("output").asString(""))
                                            .put("stderr", "")
                                            .put("interrupted", false)
                                    : state.path("output"));
            case "error" -> moments.failed(at, callId, state.path("error").asString("failed"));
            default -> moments.refused(callId);
        }
    }

    private static JsonNode input(JsonNode input) {
        if (!input.isObject()) {
            return Json.mapper().createObjectNode();
        }
        ObjectNode named = Json.mapper().createObjectNode();
        input.properties()
                .forEach(
                        field ->
                                named.set(
                                        INPUTS.getOrDefault(field.getKey(), field.getKey()),
                                        field.getValue()));
        return named;
    }

    private static @Nullable JsonNode tree(@Nullable String text) {
        try {
            return text == null ? null : Json.tree(text);
        } catch (JacksonException malformed) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        copy.close();
    }
}
