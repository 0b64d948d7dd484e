package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// A random secret is driven through every way in, in every shape that redaction promises to know;
/// afterwards it lies nowhere. Ordinary words beside it are kept, in the database alone.
@Tag("proof")
final class MarkerStoryIT {

    private static final int MARKER_LETTERS = 16;
    private static final String MARKER_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// Every event in an order in which only the first may start a daemon.
    private static final List<String> EVENTS =
            List.of(
                    "SessionStart",
                    "UserPromptSubmit",
                    "PostToolUse",
                    "PostToolUseFailure",
                    "Stop",
                    "SubagentStop",
                    "PostCompact",
                    "SessionEnd");

    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

    private final String marker = random();

    /// Lower case, so that neither is found in the other.
    private final String ordinary = "plain" + random().toLowerCase(Locale.ROOT);

    @Test
    void whatIsPrivateIsFoundNowhereAndWhatIsNotOnlyInTheDatabase() throws Exception {
        System.out.println("marker " + marker + ", ordinary content " + ordinary);
        Person person = Person.withEmptyHome("home");
        try {
            Ended installed = person.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.toString()).isZero();

            throughEveryHook(person, "up", EVENTS);
            throughTheApi(person);
            throughTheMcpServer(person);
            assertThat(person.mneme("stop").ok()).isTrue();
            throughEveryHook(person, "down", EVENTS.subList(1, EVENTS.size()));
            theSpoolHoldsEventsWithoutTheMarker(person);
            assertThat(person.mneme("start").ok()).isTrue();
            Await.until(
                    "the spool is drained",
                    DRAIN_TIMEOUT,
                    () -> spooled(person.mneme().spool()).isEmpty());
            person.daemon().awaitSettled();

            assertThat(spooled(person.mneme().refused())).isNotEmpty();
            theDatabaseHoldsTheOrdinaryContentAlone(person);
            assertThat(person.mneme("stop").ok()).isTrue();
            noFileHoldsTheMarker(person);
            onlyTheDatabaseFilesHoldTheOrdinaryContent(person);
        } finally {
            person.leave();
        }
    }

    private void throughEveryHook(Person person, String session, List<String> events)
            throws Exception {
        for (String event : events) {
            String whole = payload(session, event, everything());
            for (String input :
                    List.of(
                            whole,
                            whole.substring(0, whole.length() - 3),
                            "not JSON " + everything())) {
                Ended hook = person.hook(event, input);
                assertThat(hook.exitCode()).as(hook.toString()).isZero();
                assertThat(hook.out() + hook.err()).doesNotContain(marker);
            }
        }
    }

    private String payload(String session, String event, String poisoned) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("hook_event_name", event);
        payload.put("cwd", "/tmp/shop");
        payload.put("source", "startup");
        payload.put("prompt", poisoned);
        payload.put("tool_name", "Bash");
        payload.put("tool_use_id", "toolu_" + random());
        payload.put("tool_input", Map.of("command", poisoned, "description", poisoned));
        payload.put(
                "tool_response", Map.of("stdout", poisoned, "stderr", List.of(poisoned, poisoned)));
        payload.put("error", "Exit code 1\n" + poisoned);
        payload.put("last_assistant_message", poisoned);
        payload.put("compact_summary", poisoned);
        payload.put("reason", poisoned);
        return Json.write(payload).replace("<", "\\u003c");
    }

    private void throughTheApi(Person person) throws Exception {
        Daemon daemon = person.daemon();
        String all = everything();
        var observation =
                Map.of(
                        "session_id",
                        "api",
                        "project",
                        "shop",
                        "title",
                        all,
                        "subtitle",
                        all,
                        "narrative",
                        all,
                        "facts",
                        List.of(all),
                        "concepts",
                        List.of(all),
                        "files_read",
                        List.of(all),
                        "files_modified",
                        List.of(all));
        var queued =
                Map.of(
                        "session_id",
                        "api",
                        "tool_name",
                        "Bash",
                        "tool_input",
                        Map.of("command", all),
                        "tool_response_preview",
                        all,
                        "last_user_message",
                        all,
                        "cwd",
                        "/tmp/shop");
        quiet(200, daemon.post("/api/queue", Json.write(queued)));
        quiet(200, daemon.post("/api/observations", Json.write(shortTitle(observation))));
        quiet(
                200,
                daemon.post(
                        "/api/observations/batch",
                        Json.write(Map.of("observations", List.of(shortTitle(observation))))));
        quiet(
                200,
                daemon.post("/api/memories", Json.write(Map.of("text", all, "project", "shop"))));
        quiet(
                200,
                daemon.send(
                        "PATCH",
                        "/api/sessions/api",
                        Json.write(Map.of("summary", all)).getBytes(StandardCharsets.UTF_8)));
        quiet(200, daemon.post("/api/observations/search", Json.write(Map.of("query", all))));
        quiet(200, daemon.post("/api/observations/timeline", Json.write(Map.of("query", all))));
        quiet(200, daemon.post("/api/forget", Json.write(Map.of("query", all, "dry_run", true))));
        quiet(200, daemon.post("/api/forget", Json.write(Map.of("session", "api"))));
        quiet(200, daemon.post("/api/forget/restore", Json.write(Map.of("id", 1))));
        quiet(200, daemon.post("/api/redact", "{}"));

        quiet(400, daemon.post("/api/forget", Json.write(Map.of("path", all))));
        quiet(400, daemon.post("/api/forget", Json.write(Map.of("last", all))));
        quiet(404, daemon.post("/api/forget", Json.write(Map.of("session", "no " + ordinary))));
        quiet(400, daemon.post("/api/redact", Json.write(Map.of("next", all))));
        quiet(400, daemon.post("/api/queue", Json.write(queued) + all));
        quiet(400, daemon.post("/api/memories", "{\"text\": \"" + marker));
        quiet(400, daemon.post("/api/memories", Json.write(Map.of("text", Map.of("a", all)))));
        quiet(400, daemon.post("/api/observations", Json.write(Map.of("facts", all))));
        quiet(
                400,
                daemon.send(
                        "PATCH",
                        "/api/sessions/api",
                        Json.write(Map.of("status", all)).getBytes(StandardCharsets.UTF_8)));
        String large = (all + "\n").repeat(Limits.BODY_BYTES_MAX / all.length() + 1);
        quiet(413, daemon.post("/api/memories", Json.write(Map.of("text", large))));
    }

    /// The API refuses longer titles; all shapes go through the other fields.
    private Map<String, Object> shortTitle(Map<String, Object> observation) {
        var copy = new LinkedHashMap<>(observation);
        copy.put("title", "Login " + ordinary + " with sk_live_" + marker + "abcdefgh");
        copy.put("subtitle", "<private>" + marker + "</private> " + ordinary);
        return copy;
    }

    private void quiet(int status, Daemon.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).doesNotContain(marker);
    }

    private void throughTheMcpServer(Person person) throws Exception {
        try (McpServer server = person.mcpServer()) {
            var saved = server.call("save_memory", Map.of("text", everything()));
            assertThat(saved.path("isError").asBoolean(false)).as(saved.toString()).isFalse();
            assertThat(saved.toString()).doesNotContain(marker);
            server.call("search", Map.of("query", everything()));
            server.call("save_memory", Map.of("text", Map.of("wrong", everything())));
        }
    }

    private void theSpoolHoldsEventsWithoutTheMarker(Person person) throws IOException {
        List<Path> waiting = spooled(person.mneme().spool());
        assertThat(waiting).hasSizeGreaterThan(EVENTS.size());
        for (Path file : waiting) {
            assertThat(Files.readString(file)).doesNotContain(marker);
        }
    }

    /// Every row as text, because the files of a database hold long values compressed.
    private void theDatabaseHoldsTheOrdinaryContentAlone(Person person) throws Exception {
        var tables = new ArrayList<String>();
        boolean kept = false;
        try (Connection connection = person.database();
                var statement = connection.createStatement()) {
            try (var rows =
                    statement.executeQuery(
                            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            assertThat(tables).contains("mem_events", "mem_observations", "mem_jobs");
            for (String table : tables) {
                try (var rows = statement.executeQuery("SELECT t::text FROM " + table + " t")) {
                    while (rows.next()) {
                        String row = rows.getString(1);
                        assertThat(row).as(table).doesNotContainIgnoringCase(marker);
                        kept |= row.contains(ordinary);
                    }
                }
            }
        }
        assertThat(kept).as("the ordinary content is in the database").isTrue();
    }

    private void noFileHoldsTheMarker(Person person) throws IOException {
        var escaped = new StringBuilder();
        marker.chars().forEach(c -> escaped.append(String.format(Locale.ROOT, "\\u%04x", c)));
        for (Path file : files(person.home())) {
            String content = Files.readString(file, StandardCharsets.ISO_8859_1);
            assertThat(content.contains(marker)).as("the marker is in " + file).isFalse();
            assertThat(content.contains(marker.toLowerCase(Locale.ROOT)))
                    .as("the marker in lower case is in " + file)
                    .isFalse();
            assertThat(content.toLowerCase(Locale.ROOT).contains(escaped))
                    .as("the escaped marker is in " + file)
                    .isFalse();
        }
    }

    private void onlyTheDatabaseFilesHoldTheOrdinaryContent(Person person) throws IOException {
        assertThat(spooled(person.mneme().spool())).isEmpty();
        Path data = person.mneme().postgres().resolve("data");
        boolean inData = false;
        for (Path file : files(person.mneme().root())) {
            // Refused events are kept beside the reason for a person to look at.
            if (file.startsWith(person.mneme().refused())) {
                continue;
            }
            boolean holds = Files.readString(file, StandardCharsets.ISO_8859_1).contains(ordinary);
            if (file.startsWith(data)) {
                inData |= holds;
            } else {
                assertThat(holds).as("ordinary content is in " + file).isFalse();
            }
        }
        assertThat(inData).as("the search of files finds what is there").isTrue();
    }

    /// Everything under the home but the programs, which were there before.
    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/versions/"))
                    .filter(file -> !file.toString().endsWith(".so"))
                    .toList();
        }
    }

    private static List<Path> spooled(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /// All shapes in one text; the private passage without an end comes last.
    private String everything() {
        return String.join(
                "\n",
                "Why " + ordinary + " was chosen:",
                "a <private>" + marker + "</private> b",
                "a <PRIVATE>\n" + marker + "\n</Private> b",
                "a <private >" + marker + "</private > b",
                "token ghp_" + marker + "abcdefghijklmnopqrst",
                "key sk_live_" + marker + "abcdefgh",
                "aws AKIA" + marker,
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE"
                        + marker
                        + "\n-----END RSA PRIVATE KEY-----",
                "curl -H 'Authorization: Bearer " + marker + "abcdefgh.ijkl'",
                "postgres://shop:" + marker + "@db.example/shop",
                "ANTHROPIC_API_KEY=sk-ant-api03-" + marker + "abcdefghijklmnopqrstuvwxyz",
                "end " + ordinary,
                "open <private>" + marker);
    }

    private static String random() {
        var random = new SecureRandom();
        var letters = new StringBuilder();
        for (int i = 0; i < MARKER_LETTERS; i++) {
            letters.append(MARKER_ALPHABET.charAt(random.nextInt(MARKER_ALPHABET.length())));
        }
        return letters.toString();
    }
}
