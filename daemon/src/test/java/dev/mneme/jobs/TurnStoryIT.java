package dev.mneme.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.domain.Turn;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What happens between a prompt and its answer is understood as one, over HTTP and on a real
/// database: when a turn counts as over, what comes of it, and what a straggler changes.
@Timeout(120)
final class TurnStoryIT {

    private static final Duration NEVER_IDLE = Duration.ofMinutes(10);
    private static final Duration SOON_IDLE = Duration.ofMillis(300);
    private static final String FOLDER = "/srv/none/turns";
    private static final String PASSING = "npm test -- cart";
    private static final String FAILED =
            "Exit code 1\nFAIL src/cart.test.js\n  TypeError: total is undefined\nTests: 1 failed";

    private final Instant began = Instant.now().minusSeconds(300);
    private final List<TestDaemon> daemons = new ArrayList<>();

    @AfterEach
    void stop() {
        daemons.forEach(TestDaemon::close);
    }

    private TestDaemon daemon() {
        return daemons.getLast();
    }

    @Test
    void anOpenTurnWaitsAndItsEndGivesOneMemoryOfTheFailureAndItsFix() {
        daemons.add(TestDaemon.start(NEVER_IDLE));
        prompt("s", 0, "The cart shows no total. Repair it.");
        failure("s", 1, "t-fails");
        edit("s", 2, "t-edit", "src/cart.js");
        edit("s", 3, "t-more", "src/cart.js");
        passes("s", 4, "t-passes");

        JsonNode health = daemon().get("/api/health").json();
        assertThat(health.at("/queue/pending").asInt()).isZero();
        assertThat(health.at("/queue/scheduled").asInt()).isEqualTo(5);
        assertThat(states("s")).isEqualTo("scheduled scheduled scheduled scheduled scheduled");
        assertThat(observations()).isEqualTo("0");

        answer("s", 5, "The total was never returned, because the sum came after the return.");
        daemon().settle();

        assertThat(titlesOfType("bugfix")).hasSize(1);
        assertThat(originsOf("bugfix"))
                .as("the failure, both edits, the run that passes, and the answer that explains it")
                .isEqualTo("t-edit t-fails t-more t-passes stop");
        assertThat(text("SELECT narrative FROM mem_observations WHERE type = 'bugfix'"))
                .contains("total is undefined", "src/cart.js", "the sum came after the return");
        assertThat(observations()).as("the failure alone is no memory any more").isEqualTo("1");
        assertThat(text("SELECT skip_reason FROM mem_jobs ORDER BY id LIMIT 1"))
                .isEqualTo("not-an-observation");
        everyEventHasOneFinishedJob(6);
    }

    @Test
    void silenceTheNextPromptAndTheEndOfTheSessionCloseATurnToo() {
        daemons.add(TestDaemon.start(NEVER_IDLE));
        prompt("next", 0, "Add a cart");
        edit("next", 1, "n-edit", "src/cart.js");
        prompt("next", 2, "And a list");
        daemon().settle(1);
        assertThat(states("next")).isEqualTo("completed completed scheduled");

        prompt("end", 0, "Add a cart");
        edit("end", 1, "e-edit", "src/cart.js");
        post("session-end", "end", 2, Map.of("reason", "logout"));
        daemon().settle(1);
        assertThat(states("end")).isEqualTo("completed completed completed");

        daemons.add(TestDaemon.start(SOON_IDLE));
        prompt("silent", 0, "Add a cart");
        edit("silent", 1, "s-edit", "src/cart.js");
        daemon().settle();
        assertThat(states("silent")).isEqualTo("completed completed");
        assertThat(text("SELECT event_ids FROM " + ORIGINS)).isEqualTo("s-edit");
    }

    @Test
    void whatComesLateIsUnderstoodWithItsTurnAndNothingIsSaidTwice() {
        daemons.add(TestDaemon.start(SOON_IDLE));
        prompt("s", 0, "The cart shows no total. Repair it.");
        failure("s", 1, "t-fails");
        answer("s", 9, "The total was never returned, because the sum came after the return.");
        daemon().settle();
        assertThat(titlesOfType("bugfix")).isEmpty();
        long before = Long.parseLong(observations());
        assertThat(before).isPositive();

        // From the spool: both happened before the answer.
        edit("s", 2, "t-edit", "src/cart.js");
        passes("s", 4, "t-passes");
        daemon().settle();

        assertThat(originsOf("bugfix")).isEqualTo("t-edit t-fails t-passes stop");
        assertThat(observations()).isEqualTo("1");
        everyEventHasOneFinishedJob(5);

        // The same again changes nothing: neither the memory nor its id.
        String id = text("SELECT max(id) FROM mem_observations");
        post("post-tool-use", "s", 5, tool("Read", "t-read", Map.of("file_path", "a"), Map.of()));
        daemon().settle();
        assertThat(text("SELECT max(id) FROM mem_observations")).isEqualTo(id);
        assertThat(observations()).isEqualTo("1");
    }

    @Test
    void aCallThatTakesLongDoesNotTearItsTurnApart() {
        daemons.add(TestDaemon.start(SOON_IDLE));
        prompt("s", 0, "The cart shows no total. Repair it.");
        failure("s", 1, "t-fails");
        daemon().settle();
        assertThat(states("s")).isEqualTo("completed completed");
        assertThat(observations()).isEqualTo("1");

        edit("s", 200, "t-edit", "src/cart.js");
        passes("s", 201, "t-passes");
        answer("s", 202, "The total was never returned, because the sum came after the return.");
        daemon().settle();

        assertThat(originsOf("bugfix")).isEqualTo("t-edit t-fails t-passes stop");
        assertThat(observations()).isEqualTo("1");
        everyEventHasOneFinishedJob(5);
    }

    @Test
    void aMemoryThatSomebodyClosedDoesNotComeBack() {
        daemons.add(TestDaemon.start(SOON_IDLE));
        prompt("s", 0, "Add a cart");
        edit("s", 1, "t-edit", "src/cart.js");
        daemon().settle();
        String id = text("SELECT max(id) FROM mem_observations");
        assertThat(daemon().post("/api/observations/" + id + "/close", "{}").status())
                .isEqualTo(200);

        post("post-tool-use", "s", 2, tool("Read", "t-read", Map.of("file_path", "a"), Map.of()));
        daemon().settle();

        assertThat(text("SELECT count(*) FROM mem_observations WHERE closed_at IS NULL"))
                .isEqualTo("0");
        assertThat(observations()).isEqualTo("1");
        everyEventHasOneFinishedJob(3);
    }

    @Test
    void aMemoryThatSomebodyPinnedStaysWhenItsTurnGoesOn() {
        daemons.add(TestDaemon.start(SOON_IDLE));
        prompt("s", 0, "The cart shows no total. Repair it.");
        failure("s", 1, "t-fails");
        daemon().settle();
        String id = text("SELECT max(id) FROM mem_observations");
        assertThat(daemon().post("/api/observations/" + id + "/pin", "{\"pinned\": true}").status())
                .isEqualTo(200);

        edit("s", 2, "t-edit", "src/cart.js");
        passes("s", 3, "t-passes");
        answer("s", 4, "The total was never returned, because the sum came after the return.");
        daemon().settle();

        assertThat(text("SELECT pinned_at IS NOT NULL FROM mem_observations WHERE id = " + id))
                .isEqualTo("t");
        everyEventHasOneFinishedJob(5);
    }

    @Test
    void aSessionIsSummarisedFoundAndToldToTheNextOneAndSaidAnewWhenItGoesOn() {
        daemons.add(TestDaemon.start(NEVER_IDLE));
        prompt("s", 0, "The cart shows no total. Repair it.");
        failure("s", 1, "t-fails");
        edit("s", 2, "t-edit", "src/cart.js");
        passes("s", 3, "t-passes");
        answer(
                "s",
                4,
                """
                The total was never returned, because the sum came after the return.

                ## Next steps
                - Test the empty wheelbarrow
                - [x] Say thanks
                """);
        daemon().settle();

        JsonNode said = daemon().get("/api/sessions/s").json();
        assertThat(said.at("/session_summary/request").asString()).contains("shows no total");
        assertThat(said.at("/session_summary/completed").asString())
                .isEqualTo(titlesOfType("bugfix").getFirst());
        assertThat(said.at("/session_summary/next_steps").asString())
                .isEqualTo("Test the empty wheelbarrow");
        assertThat(said.at("/turn_summaries").size()).isEqualTo(1);
        JsonNode hits = daemon().get("/api/summaries?query=wheelbarrows").json();
        assertThat(hits.size()).as("of the turn and of the session").isEqualTo(2);
        assertThat(daemon().get("/api/summaries?query=zeppelin").json().size()).isZero();
        assertThat(briefing("next"))
                .contains("The cart shows no total", "left to do: Test the empty wheelbarrow");

        post("session-end", "s", 5, Map.of("reason", "prompt_input_exit"));
        daemon().settle(1);
        post("session-start", "s", 99, Map.of("source", "resume"));
        prompt("s", 100, "And the empty wheelbarrow?");
        edit("s", 101, "t-empty", "src/barrow.js");
        answer("s", 102, "Added a test for the empty wheelbarrow, so that it stays covered.");
        daemon().settle(1);

        said = daemon().get("/api/sessions/s").json();
        assertThat(said.at("/turn_summaries").size()).isEqualTo(2);
        assertThat(said.at("/session_summary/request").asString())
                .contains("shows no total", "And the empty wheelbarrow?");
        assertThat(said.at("/session_summary/completed").asString().lines()).hasSize(2);
        assertThat(said.at("/session_summary/next_steps").isNull())
                .as("the last turn left nothing to do")
                .isTrue();
        assertThat(briefing("later")).doesNotContain("left to do");
        assertThat(text("SELECT count(*) FROM mem_session_summaries")).isEqualTo("3");
    }

    @Test
    void aTurnThatIsTooLongComesInPartsAndLosesNothing() {
        daemons.add(TestDaemon.start(NEVER_IDLE));
        int calls = Turn.EVENTS_MAX + 50;
        prompt("s", 0, "Add many files");
        for (int n = 0; n < calls; n++) {
            edit("s", 1 + n, "t-" + n, "src/part" + n + ".js");
        }
        answer("s", calls + 1, "Added the parts, because one file had grown too long.");
        daemon().settle();

        everyEventHasOneFinishedJob(calls + 2);
        assertThat(
                        text(
                                """
                                SELECT count(DISTINCT file)
                                FROM mem_observations,
                                    jsonb_array_elements_text(files_modified) AS file
                                """))
                .isNotEqualTo("0");
        assertThat(text("SELECT max(attempt) FROM mem_jobs")).isEqualTo("1");
    }

    private String briefing(String session) {
        return post("session-start", session, 300, Map.of("source", "startup"))
                .json()
                .at("/hookSpecificOutput/additionalContext")
                .asString();
    }

    /// By the tools' ids, the end of the turn as `stop`.
    private static final String ORIGINS =
            """
            (
                SELECT
                    observations.type,
                    string_agg(
                        coalesce(events.tool_use_id, events.kind), ' '
                        ORDER BY events.tool_use_id) AS event_ids
                FROM mem_observations AS observations
                JOIN mem_observation_events AS origins ON origins.observation_id = observations.id
                JOIN mem_events AS events ON events.id = origins.event_id
                WHERE observations.closed_at IS NULL
                GROUP BY observations.id
            ) AS origins
            """;

    private String originsOf(String type) {
        return text("SELECT event_ids FROM " + ORIGINS + " WHERE type = '" + type + "'");
    }

    private List<String> titlesOfType(String type) {
        String titles =
                text(
                        "SELECT string_agg(title, E'\\n') FROM mem_observations WHERE type = '"
                                + type
                                + "'");
        return titles.equals("null") ? List.of() : titles.lines().toList();
    }

    private String states(String session) {
        return text(
                """
                SELECT string_agg(jobs.state, ' ' ORDER BY jobs.id)
                FROM mem_jobs AS jobs
                JOIN mem_sessions AS sessions ON sessions.id = jobs.session_id
                WHERE sessions.session_id = '%s'
                """
                        .formatted(session));
    }

    private String observations() {
        return text("SELECT count(*) FROM mem_observations");
    }

    private void everyEventHasOneFinishedJob(int events) {
        assertThat(text("SELECT count(*) FROM mem_events")).isEqualTo(Integer.toString(events));
        assertThat(text("SELECT count(DISTINCT event_id) FROM mem_jobs WHERE state = 'completed'"))
                .isEqualTo(Integer.toString(events));
        assertThat(
                        text(
                                """
                                SELECT count(*)
                                FROM mem_jobs AS jobs
                                WHERE (jobs.outcome = 'remembered') <> EXISTS (
                                    SELECT
                                    FROM mem_observation_events AS origins
                                    WHERE origins.event_id = jobs.event_id)
                                """))
                .as("jobs whose outcome is not what became of their event")
                .isEqualTo("0");
    }

    private String text(String sql) {
        return daemon().sql(sql);
    }

    private void prompt(String session, int second, String text) {
        post("user-prompt-submit", session, second, Map.of("prompt", text));
    }

    private void failure(String session, int second, String id) {
        Map<String, Object> call = tool("Bash", id, Map.of("command", PASSING), Map.of());
        call.put("error", FAILED);
        post("post-tool-use-failure", session, second, call);
    }

    private void passes(String session, int second, String id) {
        post(
                "post-tool-use",
                session,
                second,
                tool(
                        "Bash",
                        id,
                        Map.of("command", PASSING),
                        Map.of("stdout", "PASS src/cart.test.js\nTests: 1 passed, 1 total")));
    }

    private void edit(String session, int second, String id, String file) {
        post(
                "post-tool-use",
                session,
                second,
                tool(
                        "Edit",
                        id,
                        Map.of(
                                "file_path",
                                FOLDER + "/" + file,
                                "old_string",
                                "return;",
                                "new_string",
                                "return total; // " + id),
                        Map.of("filePath", FOLDER + "/" + file)));
    }

    private void answer(String session, int second, String text) {
        post("stop", session, second, Map.of("last_assistant_message", text));
    }

    private static Map<String, Object> tool(
            String name, String id, Map<String, String> input, Map<String, String> response) {
        var call = new LinkedHashMap<String, Object>();
        call.put("tool_name", name);
        call.put("tool_use_id", id);
        call.put("tool_input", input);
        if (!response.isEmpty()) {
            call.put("tool_response", response);
        }
        return call;
    }

    /// @param second when it happened, after the beginning of the story
    private TestDaemon.Answer post(String event, String session, int second, Map<String, ?> more) {
        var payload = new LinkedHashMap<String, Object>();
        payload.put("session_id", session);
        payload.put("cwd", FOLDER);
        payload.putAll(more);
        HttpRequest request =
                daemon().request("/api/hooks/" + event)
                        .header(HookHeaders.STARTED_AT, began.plusSeconds(second).toString())
                        .POST(HttpRequest.BodyPublishers.ofString(Json.write(payload)))
                        .build();
        TestDaemon.Answer answer = daemon().send(request);
        assertThat(answer.status()).isEqualTo(200);
        return answer;
    }
}
