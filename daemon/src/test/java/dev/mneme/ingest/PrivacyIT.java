package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;
import dev.mneme.redaction.ignore.IgnoreRules;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/// What is ignored is counted and not kept; what is paused leaves no trace.
final class PrivacyIT {

    private static final String MARKER = "MARKER-9WKJ";

    /// Every column that can hold something of an event.
    private static final List<String> TABLES =
            List.of(
                    "mem_events",
                    "mem_jobs",
                    "mem_sessions",
                    "mem_user_prompts",
                    "mem_observations",
                    "mem_projects");

    private TestDaemon daemon;
    private Path project;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        daemon = TestDaemon.start();
        project = Files.createDirectory(folder.toRealPath().resolve("shop"));
        Files.createDirectories(project.resolve(".git/objects"));
        Files.createDirectories(project.resolve(".git/refs/heads"));
        Files.writeString(project.resolve(".git/HEAD"), "ref: refs/heads/main\n");
        Files.createDirectory(project.resolve("private"));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void anIgnoredEventIsOneSkippedRowWithoutContent() throws Exception {
        Files.writeString(project.resolve(".mnemeignore"), "private/\n");
        String ignored = bash("s", "toolu_1", "cat private/key", MARKER);

        hook("post-tool-use", ignored, Instant.now());
        hook("post-tool-use", ignored, Instant.now());
        hook(
                "post-tool-use",
                bash("s", "toolu_2", "make", "private/key:1:" + MARKER),
                Instant.now());
        daemon.settle();

        JsonNode jobs = daemon.get("/api/queue?all=true&session=s").json().path("jobs");
        assertThat(jobs).hasSize(2);
        JsonNode job =
                jobs.get(0).path("tool_use_id").asString().equals("toolu_1")
                        ? jobs.get(0)
                        : jobs.get(1);
        assertThat(job.path("state").asString()).isEqualTo("completed");
        assertThat(job.path("outcome").asString()).isEqualTo("skipped");
        assertThat(job.path("skip_reason").asString()).isEqualTo("ignored-path");
        assertThat(job.path("tool_name").asString()).isEqualTo("Bash");
        assertNothingHoldsTheMarker();
        assertThat(daemon.sql("SELECT payload FROM mem_events WHERE tool_use_id = 'toolu_2'"))
                .contains("[ignored path]");
    }

    /// What the hook would have spooled is computed here by the hook's own means.
    @Test
    void keepsOfAnIgnoredEventWhatTheHookWouldHaveSpooled() throws Exception {
        Files.writeString(daemon.home().root().resolve(".mnemeignore"), "*.pem\n");
        for (String command : List.of("cat a.pem", "make")) {
            String event = bash("agree", command, command, "a.pem:1:" + MARKER + "\nkept");
            hook("post-tool-use", event, Instant.now());

            byte[] byHook =
                    new IgnoreRules(daemon.home().root().toFile(), null)
                            .keep(event.getBytes(StandardCharsets.UTF_8))
                            .payload();
            String stored =
                    daemon.sql(
                            "SELECT payload FROM mem_events WHERE tool_use_id = '" + command + "'");
            String left = new String(byHook, StandardCharsets.UTF_8);
            if (left.contains('"' + IgnoreRules.FIELD + '"')) {
                assertThat(stored).as("of an event left out").isEqualTo("null");
            } else {
                assertThat(Json.tree(stored)).isEqualTo(Json.tree(left));
            }
        }
        assertNothingHoldsTheMarker();
    }

    @Test
    void promptsInAnIgnoredFolderAreCountedAndForgotten() throws Exception {
        Files.writeString(project.resolve(".mnemeignore"), "private/\n");
        String cwd = project.resolve("private").toString();

        hook("user-prompt-submit", prompt("in", cwd, MARKER + " one"), Instant.now());
        hook("user-prompt-submit", prompt("in", cwd, MARKER + " two"), Instant.now());
        hook("session-end", prompt("in", cwd, MARKER), Instant.now());
        daemon.settle();

        assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE outcome = 'skipped'"))
                .isEqualTo("3");
        assertThat(daemon.sql("SELECT prompt_count FROM mem_sessions")).isEqualTo("0");
        assertNothingHoldsTheMarker();
    }

    @Test
    void aPausedProjectLeavesNoTraceAndIsTakenUpAgain() throws Exception {
        hook("post-tool-use", bash("before", "toolu_1", "make", "ok"), Instant.now());
        daemon.settle();
        Path elsewhere = Files.createDirectory(project.resolveSibling("elsewhere"));

        JsonNode paused =
                daemon.post("/api/pause", "{\"project\":\"shop\",\"for\":\"30m\"}")
                        .json()
                        .path("paused")
                        .get(0);
        assertThat(paused.path("kind").asString()).isEqualTo("project");
        assertThat(paused.path("name").asString()).isEqualTo("shop");
        assertThat(paused.path("folders").get(0).asString()).isEqualTo(project.toString());
        assertThat(Instant.parse(paused.path("until").asString()))
                .isBetween(Instant.now().plusSeconds(1_700), Instant.now().plusSeconds(1_801));
        assertThat(Files.getPosixFilePermissions(daemon.home().root().resolve("paused")))
                .hasSize(2);

        // In its folder, in a folder below, of a session from before that is elsewhere by now, and
        // of one that began during the pause.
        hook("post-tool-use", bash("before", "toolu_2", "make", MARKER), Instant.now());
        hook(
                "user-prompt-submit",
                prompt("new", project.resolve("private").toString(), MARKER),
                Instant.now());
        hook("user-prompt-submit", prompt("before", elsewhere.toString(), MARKER), Instant.now());
        hook("user-prompt-submit", prompt("new", elsewhere.toString(), MARKER), Instant.now());
        daemon.restart();
        hook("post-tool-use", bash("before", "toolu_3", "make", MARKER), Instant.now());
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("1");
        assertThat(daemon.sql("SELECT count(*) FROM mem_sessions")).isEqualTo("1");
        assertNothingHoldsTheMarker();

        // Another project goes on.
        hook("user-prompt-submit", prompt("other", elsewhere.toString(), "kept"), Instant.now());
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("2");

        assertThat(
                        daemon.post("/api/resume", "{\"project\":\"" + project + "\"}")
                                .json()
                                .path("paused"))
                .isEmpty();
        assertThat(daemon.home().root().resolve("paused")).doesNotExist();
        hook("post-tool-use", bash("before", "toolu_4", "make", "kept"), Instant.now());
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("3");
    }

    @Test
    void aSessionStartIsStillToldWhatIsStored() throws Exception {
        daemon.post(
                "/api/observations",
                Json.write(
                        Map.of(
                                "session_id", "old",
                                "project", project.toString(),
                                "title", "Backoff is capped at 30 s",
                                "type", "decision")));
        daemon.post("/api/pause", "{\"all\":true}");

        String answer =
                hook("session-start", prompt("fresh", project.toString(), ""), Instant.now())
                        .body();

        assertThat(answer).contains("Backoff is capped").contains("capture is paused");
        assertThat(daemon.sql("SELECT count(*) FROM mem_sessions WHERE session_id = 'fresh'"))
                .isEqualTo("0");
        assertThat(hook("stop", prompt("fresh", project.toString(), ""), Instant.now()).body())
                .isEmpty();
    }

    @Test
    void whatHappenedBeforeAPauseIsKeptHoweverLateItArrives() throws Exception {
        Instant before = Instant.now().minusSeconds(60);
        daemon.post("/api/pause", "{\"session_id\":\"late\"}");

        spool(bash("late", "toolu_1", "make", "kept"), before);
        spool(bash("late", "toolu_2", "make", MARKER), Instant.now());
        daemon.settle();

        assertThat(daemon.sql("SELECT string_agg(tool_use_id, ',') FROM mem_events"))
                .isEqualTo("toolu_1");
        assertNothingHoldsTheMarker();
    }

    @Test
    void aProjectFileSwitchesCaptureOff() throws Exception {
        Files.writeString(project.resolve(".mneme"), "capture = off\n");

        hook("post-tool-use", bash("off", "toolu_1", "make", MARKER), Instant.now());
        TestDaemon.Answer queued =
                daemon.post(
                        "/api/queue",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        "off",
                                        "tool_name",
                                        "Bash",
                                        "tool_response_preview",
                                        MARKER,
                                        "cwd",
                                        project.toString())));

        assertThat(queued.json().path("status").asString()).isEqualTo("paused");
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("0");
        assertNothingHoldsTheMarker();
    }

    @Test
    void refusesWhatIsNoPause() {
        assertThat(daemon.post("/api/pause", "{}").status()).isEqualTo(400);
        assertThat(daemon.post("/api/pause", "{\"all\":true,\"session_id\":\"s\"}").status())
                .isEqualTo(400);
        assertThat(daemon.post("/api/pause", "{\"project\":\"nobody\"}").status()).isEqualTo(404);
        assertThat(daemon.post("/api/pause", "{\"all\":true,\"for\":\"soon\"}").status())
                .isEqualTo(400);
        assertThat(daemon.get("/api/pause").json().path("paused")).isEmpty();
    }

    private TestDaemon.Answer hook(String event, String payload, Instant at) {
        TestDaemon.Answer answer =
                daemon.send(
                        daemon.request("/api/hooks/" + event)
                                .header(HookHeaders.STARTED_AT, at.toString())
                                .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                .POST(HttpRequest.BodyPublishers.ofString(payload))
                                .build());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private void spool(String payload, Instant at) throws IOException {
        Path spool = Files.createDirectories(daemon.home().spool());
        UUID id = UUID.randomUUID();
        Path draft = spool.resolve(".tmp-" + id);
        Files.writeString(draft, "mneme-spool 1 post-tool-use " + at + " " + id + "\n" + payload);
        Files.move(draft, spool.resolve("%013d-%s.event".formatted(at.toEpochMilli(), id)));
    }

    private String bash(String session, String toolUse, String command, String output) {
        var event = new LinkedHashMap<String, Object>();
        event.put("session_id", session);
        event.put("cwd", project.toString());
        event.put("hook_event_name", "PostToolUse");
        event.put("tool_name", "Bash");
        event.put("tool_use_id", toolUse);
        event.put("tool_input", Map.of("command", command));
        event.put("tool_response", Map.of("stdout", output));
        return Json.write(event);
    }

    private static String prompt(String session, String cwd, String prompt) {
        return Json.write(Map.of("session_id", session, "cwd", cwd, "prompt", prompt));
    }

    private void assertNothingHoldsTheMarker() throws IOException {
        for (String table : TABLES) {
            assertThat(
                            daemon.sql(
                                    "SELECT count(*) FROM "
                                            + table
                                            + " AS t WHERE t::text LIKE '%"
                                            + MARKER
                                            + "%'"))
                    .as(table)
                    .isEqualTo("0");
        }
        try (Stream<Path> files = Files.walk(daemon.home().root())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(MARKER);
            }
        }
    }
}
