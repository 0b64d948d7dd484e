package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.daemon.TestDaemon;
import dev.mneme.extract.model.ModelServer;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// A failure that is mended twice becomes a proposal, with what shows it; a person decides.
@Timeout(120)
final class LessonProposalsIT {

    private static final Duration APPEARS_WITHIN = Duration.ofSeconds(20);
    private static final String SHOP = "/srv/none/proposals";

    private static final String SAID_BY_A_MODEL =
            """
            {"skip":"","observations":[{"type":"bugfix","title":"The cart sums up before it returns",\
            "subtitle":"","narrative":"Nobody had called it.","facts":[],"concepts":[],\
            "files_read":[],"files_modified":[],"events":[]}],"summary":{"request":"",\
            "investigated":"","learned":"","completed":"","next_steps":""}}""";

    private final Instant began = Instant.now().minusSeconds(600);
    private TestDaemon daemon;
    private int turns;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start(Duration.ofMinutes(10));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void whatFailsAndIsMendedTwiceIsProposedWithItsEvidence() {
        mended("a", "/srv/none/proposals", 12);
        assertThat(proposals()).as("once is no pattern").isEmpty();

        mended("b", "/srv/none/proposals/web", 340);

        JsonNode proposal = theProposal();
        assertThat(proposal.at("/title").asString()).contains("Maven build", "cannot find symbol");
        assertThat(proposal.at("/rule").asString()).startsWith("Failed in 2 turns: ");
        assertThat(proposal.at("/rule").asString()).contains("What mended it: ");
        assertThat(proposal.at("/state").asString()).isEqualTo("proposed");
        assertThat(proposal.at("/source").asString()).isEqualTo("proposed");
        assertThat(proposal.at("/observation_ids").size()).isEqualTo(2);
        assertThat(proposal.at("/trigger_tool").asString()).isEqualTo("Bash");
        assertThat(proposal.at("/project_name").asString()).isEqualTo("proposals");
        assertThat(ask("b")).as("not told before it is accepted").isEmpty();

        mended("c", SHOP, 7);
        await(() -> theProposal().at("/observation_ids").size() == 3);
        assertThat(proposals()).hasSize(1);

        long id = proposal.at("/id").asLong();
        assertThat(daemon.post("/api/lessons/" + id + "/accept", "{}").status()).isEqualTo(200);
        assertThat(ask("b")).contains("cannot find symbol", "What mended it");
    }

    /// What a model says of a turn is its own; what failed in it and passed afterwards is in the
    /// events.
    @Test
    void whatAModelUnderstoodIsProposedLikeWhatTheRulesDid() {
        daemon.close();
        try (var server = new ModelServer(ModelServer.openAi(SAID_BY_A_MODEL))) {
            daemon =
                    TestDaemon.start(
                            Map.of(
                                    "MNEME_EXTRACTOR", "openai",
                                    "MNEME_OPENAI_URL", server.address() + "/v1",
                                    "MNEME_OPENAI_MODEL", "some-model"));
            mended("a", SHOP, 12);
            mended("b", SHOP, 340);

            JsonNode proposal = theProposal();

            assertThat(daemon.sql("SELECT string_agg(DISTINCT made_by, ',') FROM mem_observations"))
                    .isEqualTo("openai:some-model");
            assertThat(proposal.at("/title").asString())
                    .contains("Maven build", "cannot find symbol");
            assertThat(proposal.at("/rule").asString())
                    .startsWith("Failed in 2 turns: ")
                    .contains("What mended it: The cart sums up before it returns");
            assertThat(proposal.at("/trigger_tool").asString()).isEqualTo("Bash");
        }
    }

    @Test
    void whatIsRejectedIsNotProposedAgain() {
        mended("a", SHOP, 1);
        mended("b", SHOP, 2);
        long id = theProposal().at("/id").asLong();
        daemon.post("/api/lessons/" + id + "/retire", "{}");
        mended("c", SHOP, 3);
        otherFailureIsProposed("other");
        assertThat(state(id)).isEqualTo("retired");

        delete(id);
        mended("d", SHOP, 4);
        otherFailureIsProposed("third");
        assertThat(daemon.sql("SELECT count(*) FROM mem_lessons WHERE title LIKE '%symbol%'"))
                .isEqualTo("0");
    }

    @Test
    void whoeverForgetsTheEvidenceForgetsTheProposal() {
        mended("a", SHOP, 1);
        mended("b", SHOP, 2);
        JsonNode proposal = theProposal();
        long evidence = proposal.at("/observation_ids/0").asLong();

        JsonNode forgotten = daemon.post("/api/forget", "{\"ids\":[" + evidence + "]}").json();

        assertThat(forgotten.at("/counts/lessons").asInt()).isEqualTo(1);
        assertThat(daemon.sql("SELECT count(*) FROM mem_lessons")).isEqualTo("0");
        assertThat(
                        daemon.post(
                                        "/api/forget/restore",
                                        "{\"id\":" + forgotten.at("/id").asLong() + "}")
                                .status())
                .isEqualTo(200);
        assertThat(theProposal().at("/id")).isEqualTo(proposal.at("/id"));
    }

    /// A later failure of another kind is proposed, so whatever came before it has been looked at.
    private void otherFailureIsProposed(String word) {
        mended(word + "-1", SHOP, 1, word + "Missing");
        mended(word + "-2", SHOP, 2, word + "Missing");
        await(
                () ->
                        !daemon.sql(
                                        "SELECT count(*) FROM mem_lessons WHERE state = 'proposed'"
                                                + " AND lower(title) LIKE '%"
                                                + word
                                                + "missing%'")
                                .equals("0"));
    }

    private void mended(String session, String folder, int line) {
        mended(session, folder, line, "symbol");
    }

    /// A turn in which a build fails, is mended and passes.
    private void mended(String session, String folder, int line, String what) {
        int second = 10 * turns++;
        post("session-start", session, folder, second, Map.of("source", "startup"));
        post(
                "user-prompt-submit",
                session,
                folder,
                second + 1,
                Map.of("prompt", "The build fails. Mend it."));
        var failed = tool("Bash", session + "-f", Map.of("command", "mvn -q compile"));
        failed.put(
                "error",
                "Exit code 1\n[ERROR] "
                        + folder
                        + "/src/Cart.java:["
                        + line
                        + ",20] cannot find "
                        + what
                        + " in class Cart");
        post("post-tool-use-failure", session, folder, second + 2, failed);
        var edit =
                tool(
                        "Edit",
                        session + "-e",
                        Map.of(
                                "file_path",
                                folder + "/src/Cart.java",
                                "old_string",
                                "return sum;",
                                "new_string",
                                "return total(); // " + session));
        edit.put("tool_response", Map.of("filePath", folder + "/src/Cart.java"));
        post("post-tool-use", session, folder, second + 3, edit);
        var passes = tool("Bash", session + "-p", Map.of("command", "mvn -q compile"));
        passes.put("tool_response", Map.of("stdout", "", "stderr", ""));
        post("post-tool-use", session, folder, second + 4, passes);
        post(
                "stop",
                session,
                folder,
                second + 5,
                Map.of(
                        "last_assistant_message",
                        "The build failed because `Cart` had no such method. Fixed in Cart.java."));
        daemon.settle();
    }

    private static Map<String, Object> tool(String name, String id, Map<String, String> input) {
        var call = new LinkedHashMap<String, Object>();
        call.put("tool_name", name);
        call.put("tool_use_id", id);
        call.put("tool_input", input);
        return call;
    }

    private void post(
            String event, String session, String folder, int second, Map<String, ?> more) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", SHOP);
        payload.putAll(more);
        HttpRequest request =
                daemon.request("/api/hooks/" + event)
                        .header(HookHeaders.STARTED_AT, began.plusSeconds(second).toString())
                        .POST(HttpRequest.BodyPublishers.ofString(Json.write(payload)))
                        .build();
        TestDaemon.Answer answer = daemon.send(request);
        assertThat(answer.status()).as(folder + answer.body()).isEqualTo(200);
    }

    private String ask(String session) {
        return daemon.post(
                        "/api/hooks/pre-tool-use",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        session,
                                        "cwd",
                                        SHOP,
                                        "tool_name",
                                        "Bash",
                                        "tool_input",
                                        Map.of("command", "mvn -q compile"))))
                .body();
    }

    private JsonNode proposals() {
        return daemon.get("/api/lessons?state=proposed").json();
    }

    private JsonNode theProposal() {
        await(() -> !proposals().isEmpty());
        JsonNode all = proposals();
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private String state(long id) {
        return daemon.get("/api/lessons/" + id).json().at("/state").asString();
    }

    private void delete(long id) {
        assertThat(daemon.send(daemon.request("/api/lessons/" + id).DELETE().build()).status())
                .isEqualTo(200);
    }

    private interface Condition {
        boolean holds();
    }

    private void await(Condition condition) {
        long deadline = System.nanoTime() + APPEARS_WITHIN.toNanos();
        while (System.nanoTime() < deadline) {
            if (condition.holds()) {
                return;
            }
            Looks.pause();
        }
        throw new AssertionError(
                "did not come true: "
                        + daemon.get("/api/lessons?state=all").body()
                        + daemon.sql(
                                "SELECT string_agg(title || ' ' || facts || ' ' || narrative, '|')"
                                        + " FROM mem_observations"));
    }
}
