package dev.mneme.forget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// What a person forgets is gone from every place and stays gone, and can be had back.
@Timeout(120)
final class ForgetIT {

    /// Every table that holds what was captured or made of it.
    private static final List<String> LIVING =
            List.of(
                    "mem_projects",
                    "mem_project_keys",
                    "mem_sessions",
                    "mem_events",
                    "mem_user_prompts",
                    "mem_jobs",
                    "mem_observations",
                    "mem_observation_events",
                    "mem_idempotency_keys",
                    "mem_unembedded",
                    "mem_embeddings");

    private TestDaemon daemon;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void anObservationGoesWithItsEventAndComesBackAsItWas() {
        edit("one", "t1", "/tmp/none/shop/src/retry.py", "zebrafish");
        edit("two", "t2", "/tmp/none/shop/src/other.py", "walrus");
        daemon.settle();
        long id = found("zebrafish").getFirst();
        Map<String, String> before = snapshot();

        JsonNode preview = forget(Map.of("ids", List.of(id), "dry_run", true));
        assertThat(preview.at("/counts/observations").asInt()).isEqualTo(1);
        assertThat(preview.at("/counts/events").asInt()).isEqualTo(1);
        assertThat(preview.at("/counts/jobs").asInt()).isEqualTo(1);
        assertThat(preview.at("/titles/0").asString()).startsWith("#" + id + " ");
        assertThat(snapshot()).as("a preview changes nothing").isEqualTo(before);

        JsonNode done = forget(Map.of("ids", List.of(id)));
        assertThat(done.at("/counts")).isEqualTo(preview.at("/counts"));
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(found("zebrafish")).isEmpty();
        assertThat(found("walrus")).hasSize(1);
        assertThat(daemon.get("/api/observations/" + id).status()).isEqualTo(404);
        assertThat(daemon.get("/api/queue?session=one&all=true").json().at("/jobs").size())
                .isZero();

        edit("one", "t1", "/tmp/none/shop/src/retry.py", "zebrafish");
        daemon.settle();
        assertThat(livingRowsWith("zebrafish")).as("a late copy stays out").isEmpty();

        assertThat(restore(done).at("/state").asString()).isEqualTo("restored");
        daemon.settle();
        assertThat(found("zebrafish")).containsExactly(id);
        assertThat(snapshot()).isEqualTo(before);
        assertThat(daemon.sql("SELECT count(*) FROM mem_forgotten_rows")).isEqualTo("0");
        edit("one", "t1", "/tmp/none/shop/src/retry.py", "zebrafish");
        daemon.settle();
        assertThat(found("zebrafish")).as("and is known again").containsExactly(id);
    }

    @Test
    void aSessionGoesWholeWithPromptsSummaryAndQueueAndItsTwinsStayOut() throws Exception {
        prompt("whole", "Why is the zebrafish slow?");
        edit("whole", "t1", "/tmp/none/shop/a.py", "zebrafish");
        hook("stop", "whole", UUID.randomUUID(), Map.of("last_assistant_message", "zebrafish"));
        edit("kept", "t1", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();
        send("PATCH", "/api/sessions/whole", Map.of("summary", "all about zebrafish"));
        Map<String, String> before = snapshot();
        var late = UUID.randomUUID();

        JsonNode done = forget(Map.of("session", "whole"));

        assertThat(done.at("/counts/sessions").asInt()).isEqualTo(1);
        assertThat(done.at("/counts/prompts").asInt()).isEqualTo(1);
        assertThat(done.at("/counts/summaries").asInt()).isEqualTo(1);
        assertThat(done.at("/counts/events").asInt()).isEqualTo(3);
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(livingRowsWith("whole")).isEmpty();
        assertThat(daemon.get("/api/sessions").body()).doesNotContain("whole");

        // A second registration, a spooled copy, a retry: all of them speak of the past.
        spool(
                "post-tool-use",
                Instant.now().minus(Duration.ofMinutes(3)),
                late,
                payload(
                        "whole",
                        Map.of(
                                "tool_name",
                                "Bash",
                                "tool_use_id",
                                "t9",
                                "tool_input",
                                Map.of("command", "echo zebrafish"))));
        hookAt(
                "user-prompt-submit",
                "whole",
                Instant.now().minusSeconds(60),
                UUID.randomUUID(),
                Map.of("prompt", "Why is the zebrafish slow?"));
        awaitDrained();
        daemon.settle();
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(livingRowsWith("whole")).isEmpty();

        restore(done);
        daemon.settle();
        assertThat(snapshot()).isEqualTo(before);
    }

    @Test
    void aLivingSessionGoesOnAndWhatComesBackJoinsIt() {
        prompt("live", "the first zebrafish");
        prompt("live", "the second zebrafish");
        edit("live", "t1", "/tmp/none/shop/a.py", "zebrafish");
        daemon.settle();
        long old = found("zebrafish").getFirst();
        JsonNode done = forget(Map.of("session", "live"));

        prompt("live", "now about the walrus");
        edit("live", "t2", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();
        assertThat(found("walrus")).hasSize(1);
        assertThat(daemon.sql("SELECT prompt_number FROM mem_user_prompts"))
                .as("numbers go on")
                .isEqualTo("3");

        restore(done);
        daemon.settle();
        assertThat(found("zebrafish")).containsExactly(old);
        assertThat(daemon.sql("SELECT count(*) FROM mem_sessions")).isEqualTo("1");
        assertThat(
                        daemon.sql(
                                "SELECT string_agg(prompt_number::text, ',' ORDER BY prompt_number)"
                                        + " FROM mem_user_prompts"))
                .isEqualTo("1,2,3");
        assertThat(daemon.sql("SELECT count(DISTINCT session_id) FROM mem_events")).isEqualTo("1");
        prompt("live", "and once more");
        assertThat(daemon.sql("SELECT prompt_count FROM mem_sessions")).isEqualTo("4");
    }

    @Test
    void theLastMinutesGoFromEverySessionAndOlderOnesStay() {
        editAt(
                "a",
                "t1",
                Instant.now().minus(Duration.ofHours(2)),
                "/tmp/none/shop/a.py",
                "walrus");
        editAt(
                "a",
                "t2",
                Instant.now().minus(Duration.ofMinutes(5)),
                "/tmp/none/shop/a.py",
                "zebrafish");
        editAt(
                "b",
                "t3",
                Instant.now().minus(Duration.ofMinutes(4)),
                "/tmp/none/shop/a.py",
                "zebrafish");
        daemon.settle();
        var missed = UUID.randomUUID();

        JsonNode done = forget(Map.of("last", "30m"));

        assertThat(done.at("/counts/events").asInt()).isEqualTo(2);
        assertThat(done.at("/counts/sessions").asInt()).as("b held nothing else").isEqualTo(1);
        daemon.settle();
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(found("walrus")).as("what is left of the turn").hasSize(1);
        hookAt(
                "post-tool-use",
                "never seen before",
                Instant.now().minus(Duration.ofMinutes(3)),
                missed,
                Map.of(
                        "tool_name",
                        "Bash",
                        "tool_use_id",
                        "t4",
                        "tool_input",
                        Map.of("command", "echo zebrafish")));
        assertThat(livingRowsWith("zebrafish")).as("nor what arrives late").isEmpty();
        assertThat(livingRowsWith("never seen before")).isEmpty();
        restore(done);
        daemon.settle();
        assertThat(found("zebrafish")).hasSize(2);
    }

    @Test
    void aQueryTakesObservationsPromptsAndEventsThatHoldIt() {
        prompt("q", "tell nobody about Projekt \"Seepferd\"");
        edit("q", "t1", "/tmp/none/shop/a.py", "Seepferd");
        hook(
                "post-tool-use",
                "q",
                UUID.randomUUID(),
                Map.of(
                        "tool_name",
                        "Read",
                        "tool_use_id",
                        "t2",
                        "tool_input",
                        Map.of("file_path", "/x/seepferd.txt")));
        edit("another", "t3", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();

        JsonNode done = forget(Map.of("query", "seepferd"));

        assertThat(done.at("/counts/events").asInt()).isEqualTo(3);
        assertThat(done.at("/counts/prompts").asInt()).isEqualTo(1);
        assertThat(livingRowsWith("seepferd")).isEmpty();
        assertThat(found("walrus")).hasSize(1);
        assertThat(forget(Map.of("query", "seepferd")).at("/id").isNull())
                .as("nothing is left to forget")
                .isTrue();
    }

    @Test
    void aPathTakesWhatWasReadOrWrittenThereAndAFolderWhatIsUnderIt() {
        edit("p", "t1", "/tmp/none/shop/src/x.py", "zebrafish");
        edit("p2", "t2", "/tmp/none/shop/src/deep/y.py", "zebrafish");
        edit("p", "t3", "/tmp/none/shop/src2/x.py", "walrus");
        hook(
                "post-tool-use",
                "p",
                UUID.randomUUID(),
                Map.of(
                        "tool_name",
                        "Read",
                        "tool_use_id",
                        "t4",
                        "tool_input",
                        Map.of("file_path", "/tmp/none/shop/src/../src/z.py")));
        daemon.settle();
        daemon.post(
                "/api/observations",
                Json.write(
                        Map.of(
                                "session_id",
                                "p",
                                "project",
                                "/tmp/none/shop",
                                "title",
                                "By hand about zebrafish",
                                "files_read",
                                List.of("src/deep/notes.md"))));

        assertThat(
                        forget(
                                        Map.of(
                                                "path",
                                                "src/x.py",
                                                "project",
                                                "/tmp/none/shop",
                                                "dry_run",
                                                true))
                                .at("/counts/observations")
                                .asInt())
                .isEqualTo(1);
        JsonNode done = forget(Map.of("path", "/tmp/none/shop/src"));

        assertThat(done.at("/counts/observations").asInt()).isEqualTo(3);
        assertThat(done.at("/counts/events").asInt()).isEqualTo(3);
        daemon.settle();
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(livingRowsWith("shop/src/")).isEmpty();
        assertThat(found("walrus")).hasSize(1);
    }

    @Test
    void aProjectGoesWithItsNameAndEvidenceAndComesBackIntoItsSuccessor() {
        edit("s", "t1", "/tmp/none/orchard/a.py", "zebrafish", "/tmp/none/orchard");
        daemon.settle();
        daemon.post(
                "/api/projects/alias", Json.write(Map.of("project", "orchard", "alias", "grove")));
        String oldProject = daemon.sql("SELECT id FROM mem_projects");
        Map<String, String> before = snapshot();

        JsonNode done = forget(Map.of("project", "grove"));
        assertThat(done.at("/counts/projects").asInt()).isEqualTo(1);
        assertThat(livingRowsWith("orchard")).isEmpty();
        assertThat(livingRowsWith("grove")).isEmpty();

        hookAt(
                "post-tool-use",
                "another session",
                Instant.now().minusSeconds(90),
                UUID.randomUUID(),
                Map.of(
                        "cwd",
                        "/tmp/none/orchard",
                        "tool_name",
                        "Bash",
                        "tool_use_id",
                        "t7",
                        "tool_input",
                        Map.of("command", "echo zebrafish")));
        assertThat(livingRowsWith("orchard")).as("late news of it").isEmpty();
        restore(done);
        daemon.settle();
        assertThat(snapshot()).isEqualTo(before);

        JsonNode again = forget(Map.of("project", "orchard"));
        edit("s", "t2", "/tmp/none/orchard/b.py", "walrus", "/tmp/none/orchard");
        daemon.settle();
        restore(again);
        daemon.settle();
        assertThat(daemon.sql("SELECT count(*) FROM mem_projects")).isEqualTo("1");
        assertThat(found("zebrafish")).hasSize(1);
        assertThat(daemon.get("/api/observations?project=" + oldProject).json().size())
                .as("its old number leads to it")
                .isEqualTo(2);
        assertThat(daemon.get("/api/observations?project=grove").json().size()).isEqualTo(2);
    }

    @Test
    void importersAndRepeatedRequestsBringNothingBack() {
        var written =
                new LinkedHashMap<String, Object>(
                        Map.of(
                                "session_id",
                                "import",
                                "project",
                                "shop",
                                "title",
                                "The zebrafish of old",
                                "created_at",
                                "2024-05-01T10:00:00Z"));
        String batch = Json.write(Map.of("observations", List.of(written)));
        long first = daemon.post("/api/observations/batch", batch).json().at("/ids/0").asLong();
        HttpRequest.Builder keyed = daemon.request("/api/memories");
        String memory = Json.write(Map.of("text", "walrus by hand", "project", "shop"));
        keyed.header("Idempotency-Key", "k1").POST(HttpRequest.BodyPublishers.ofString(memory));
        long second = daemon.send(keyed.build()).json().at("/id").asLong();
        daemon.settle();

        forget(Map.of("ids", List.of(first, second)));

        assertThat(daemon.post("/api/observations/batch", batch).json().at("/ids/0").asLong())
                .isZero();
        assertThat(daemon.post("/api/observations", Json.write(written)).status()).isEqualTo(410);
        assertThat(daemon.send(keyed.build()).json().at("/id").asLong()).isEqualTo(second);
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(livingRowsWith("walrus")).isEmpty();
        written.put("title", "Another zebrafish");
        assertThat(daemon.post("/api/observations", Json.write(written)).status())
                .as("what was not forgotten is stored")
                .isEqualTo(200);
    }

    @Test
    void refusedEventsInTheSpoolGoTooAndComeBack() throws Exception {
        prompt("r", "hello");
        var broken = UUID.randomUUID();
        spool("post-tool-use", Instant.now(), broken, "{\"session_id\":\"r\", zebrafish");
        awaitDrained();
        assertThat(files(daemon.home().refused())).hasSize(2);

        JsonNode done = forget(Map.of("session", "r"));

        assertThat(done.at("/counts/spooled").asInt()).isEqualTo(1);
        assertThat(files(daemon.home().refused())).isEmpty();
        restore(done);
        assertThat(Files.readString(files(daemon.home().refused()).getFirst()))
                .contains("zebrafish");
    }

    @Test
    void whatWasShownInAPreviewIsWhatGoes() {
        edit("v", "t1", "/tmp/none/shop/a.py", "zebrafish");
        daemon.settle();
        JsonNode preview = forget(Map.of("session", "v", "dry_run", true));
        edit("v", "t2", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();

        JsonNode done = forget(Map.of("session", "v", "as_of", preview.at("/as_of")));

        assertThat(done.at("/counts/events").asInt()).isEqualTo(1);
        assertThat(done.at("/counts/sessions").asInt()).as("something newer is in it").isZero();
        daemon.settle();
        assertThat(livingRowsWith("zebrafish")).isEmpty();
        assertThat(found("walrus")).as("what is left of the turn").hasSize(1);
        restore(done);
        daemon.settle();
        assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("2");
        assertThat(found("walrus"))
                .as("the turn is whole again, and said once")
                .isEqualTo(found("zebrafish"))
                .hasSize(1);
    }

    @Test
    void whatBelongsToSomethingForgottenLaterWaitsForThat() {
        edit("w", "t1", "/tmp/none/shop/a.py", "zebrafish");
        edit("w", "t2", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();
        JsonNode first = forget(Map.of("ids", found("zebrafish")));
        JsonNode second = forget(Map.of("session", "w"));

        TestDaemon.Answer early = daemon.post("/api/forget/restore", body(first));
        assertThat(early.status()).isEqualTo(409);
        assertThat(early.json().at("/hint").asString())
                .isEqualTo("restore batch " + second.at("/id").asLong() + " first");
        restore(second);
        restore(first);
        daemon.settle();
        assertThat(found("zebrafish")).hasSize(1);
        assertThat(daemon.post("/api/forget/restore", body(first)).status()).isEqualTo(409);
        assertThat(daemon.post("/api/forget/restore", "{\"id\":999}").status()).isEqualTo(404);
    }

    @Test
    void requestsThatSayNothingOrTooMuchAreRefused() {
        assertThat(daemon.post("/api/forget", "{}").status()).isEqualTo(400);
        assertThat(daemon.post("/api/forget", "{\"ids\":[1],\"session\":\"x\"}").status())
                .isEqualTo(400);
        assertThat(daemon.post("/api/forget", "{\"session\":\"nobody\"}").status()).isEqualTo(404);
        assertThat(daemon.post("/api/forget", "{\"project\":\"nobody\"}").status()).isEqualTo(404);
        assertThat(
                        daemon.post("/api/forget", "{\"path\":\"src/x.py\"}")
                                .json()
                                .at("/path")
                                .asString())
                .isEqualTo("path");
        assertThat(daemon.post("/api/forget", "{\"last\":\"soon\"}").status()).isEqualTo(400);
        assertThat(daemon.get("/api/forget").json().at("/forgotten").size()).isZero();
    }

    @Test
    void whatIsErasedAtOnceIsInNoFileOfTheDatabase() {
        edit("now", "t1", "/tmp/none/shop/a.py", "Zqmarkerx");
        prompt("now", "about Zqmarkerx");
        edit("kept", "t2", "/tmp/none/shop/b.py", "walrus");
        daemon.settle();
        execute("ANALYZE mem_events");
        execute("ANALYZE mem_observations");
        assertThat(filesHolding("zqmarkerx")).as("the search finds what is there").isNotEmpty();

        JsonNode done = forget(Map.of("session", "now", "now", true));

        assertThat(done.at("/restorable_until").isNull()).isTrue();
        assertThat(done.at("/unwritten").size()).isZero();
        assertThat(daemon.sql("SELECT count(*) FROM mem_forgotten_rows")).isEqualTo("0");
        assertThat(filesHolding("zqmarkerx")).isEmpty();
        assertThat(found("walrus")).hasSize(1);
        assertThat(daemon.post("/api/forget/restore", body(done)).status()).isEqualTo(409);

        edit("later", "t1", "/tmp/none/shop/c.py", "Zqmarkerx");
        daemon.settle();
        JsonNode kept = forget(Map.of("session", "later"));
        assertThat(daemon.post("/api/forget/erase", body(kept)).status()).isEqualTo(200);
        assertThat(daemon.sql("SELECT count(*) FROM mem_forgotten_rows")).isEqualTo("0");
        assertThat(filesHolding("zqmarkerx")).isEmpty();
        assertThat(daemon.get("/api/forget").json().at("/forgotten/0/state").asString())
                .isEqualTo("erased");
    }

    /// Of these, vectors are made anew, and receipts of what sessions were told go for good.
    @Test
    void everyTableThatHangsOnWhatIsForgottenIsKnownToForgetting() {
        assertThat(
                        daemon.sql(
                                """
                                SELECT string_agg(DISTINCT conrelid::regclass::text, ' '
                                    ORDER BY conrelid::regclass::text)
                                FROM pg_constraint
                                WHERE contype = 'f'
                                    AND confrelid::regclass::text IN (
                                        'mem_projects', 'mem_sessions', 'mem_events',
                                        'mem_observations')
                                """))
                .isEqualTo(
                        "mem_embeddings mem_events mem_jobs mem_lessons mem_observation_events"
                                + " mem_observations mem_project_keys mem_session_summaries"
                                + " mem_sessions mem_told mem_unembedded mem_user_prompts");
    }

    // ---- what happens

    private void edit(String session, String toolUse, String file, String word) {
        edit(session, toolUse, file, word, "/tmp/none/shop");
    }

    private void edit(String session, String toolUse, String file, String word, String cwd) {
        hookAt(
                "post-tool-use",
                session,
                Instant.now(),
                UUID.randomUUID(),
                editPayload(toolUse, file, word, cwd));
    }

    private void editAt(String session, String toolUse, Instant at, String file, String word) {
        hookAt(
                "post-tool-use",
                session,
                at,
                UUID.randomUUID(),
                editPayload(toolUse, file, word, "/tmp/none/shop"));
    }

    private static Map<String, Object> editPayload(
            String toolUse, String file, String word, String cwd) {
        return Map.of(
                "cwd",
                cwd,
                "tool_name",
                "Edit",
                "tool_use_id",
                toolUse,
                "tool_input",
                Map.of(
                        "file_path",
                        file,
                        "old_string",
                        "limit = 1",
                        "new_string",
                        "limit = 5  # the " + word + " asked for more"));
    }

    private void prompt(String session, String text) {
        hook("user-prompt-submit", session, UUID.randomUUID(), Map.of("prompt", text));
    }

    private void hook(String event, String session, UUID id, Map<String, Object> fields) {
        hookAt(event, session, Instant.now(), id, fields);
    }

    private void hookAt(
            String event, String session, Instant at, UUID id, Map<String, Object> fields) {
        TestDaemon.Answer answer =
                daemon.send(
                        daemon.request("/api/hooks/" + event)
                                .header(HookHeaders.STARTED_AT, at.toString())
                                .header(HookHeaders.EVENT_ID, id.toString())
                                .POST(HttpRequest.BodyPublishers.ofString(payload(session, fields)))
                                .build());
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static String payload(String session, Map<String, Object> fields) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", "/tmp/none/shop");
        payload.putAll(fields);
        return Json.write(payload);
    }

    private void spool(String event, Instant at, UUID id, String payload) throws IOException {
        Files.createDirectories(daemon.home().spool());
        String name = "%013d-%s.event".formatted(at.toEpochMilli(), id);
        Path draft = daemon.home().spool().resolve(".tmp-" + name);
        Files.writeString(draft, "mneme-spool 1 " + event + " " + at + " " + id + "\n" + payload);
        Files.move(draft, daemon.home().spool().resolve(name));
    }

    private void awaitDrained() throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!files(daemon.home().spool()).isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Looks.pause();
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    // ---- what is asked

    private JsonNode forget(Map<String, Object> request) {
        TestDaemon.Answer answer = daemon.post("/api/forget", Json.write(request));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private JsonNode restore(JsonNode done) {
        TestDaemon.Answer answer = daemon.post("/api/forget/restore", body(done));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private static String body(JsonNode done) {
        return "{\"id\":" + done.at("/id").asLong() + "}";
    }

    private void send(String method, String path, Object body) {
        assertThat(
                        daemon.send(
                                        daemon.request(path)
                                                .method(
                                                        method,
                                                        HttpRequest.BodyPublishers.ofString(
                                                                Json.write(body)))
                                                .build())
                                .status())
                .isEqualTo(200);
    }

    private List<Long> found(String word) {
        var ids = new ArrayList<Long>();
        daemon.post(
                        "/api/observations/search",
                        Json.write(Map.of("query", word, "mode", "fts", "cross_project", true)))
                .json()
                .at("/observations")
                .forEach(one -> ids.add(one.at("/id").asLong()));
        return ids;
    }

    // ---- what is there

    private List<String> livingRowsWith(String word) {
        var tables = new ArrayList<String>();
        for (String table : LIVING) {
            String rows =
                    daemon.sql(
                            "SELECT count(*) FROM "
                                    + table
                                    + " t WHERE strpos(lower(t::text), lower('"
                                    + word
                                    + "')) > 0");
            if (!rows.equals("0")) {
                tables.add(table);
            }
        }
        return tables;
    }

    /// Every row of every table as text, but for times that a new vector or a note of life has, and
    /// for the transaction that wrote it.
    private Map<String, String> snapshot() {
        var rows = new LinkedHashMap<String, String>();
        for (String table : LIVING) {
            String columns = table.equals("mem_embeddings") ? "observation_id, model_id" : "*";
            rows.put(
                    table,
                    daemon.sql(
                            "SELECT coalesce(jsonb_agg(line ORDER BY line), '[]')"
                                    + " FROM (SELECT to_jsonb(t) - 'changed_in' AS line FROM (SELECT "
                                    + columns
                                    + " FROM "
                                    + table
                                    + ") t) AS lines"));
        }
        return rows;
    }

    private void execute(String sql) {
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /// Files of this database in which bytes stand, read by the server itself.
    private List<String> filesHolding(String marker) {
        var files = new ArrayList<String>();
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute("CHECKPOINT");
            try (var rows =
                    statement.executeQuery(
                            """
                            SELECT file
                            FROM (
                                SELECT 'base/' || oid || '/' || pg_ls_dir('base/' || oid) AS file
                                FROM pg_database
                                WHERE datname = current_database()
                            ) AS files
                            WHERE NOT (pg_stat_file(file, true)).isdir
                                AND position(
                                    convert_to('%1$s', 'UTF8')
                                    IN lower(encode(pg_read_binary_file(file, 0,
                                        (pg_stat_file(file)).size, true), 'escape'))::bytea) > 0
                            """
                                    .formatted(marker))) {
                while (rows.next()) {
                    files.add(rows.getString(1));
                }
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return files;
    }
}
