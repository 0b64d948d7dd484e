package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.Looks;
import dev.mneme.daemon.TestDaemon;
import dev.mneme.embed.onnx.RandomBert;
import dev.mneme.protocol.HookHeaders;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// What turns and sessions came to is found by search: by words and by meaning, within its filters,
/// with the words that it has now; over HTTP and on a real database.
@Timeout(120)
final class SummarySearchIT {

    private static final Duration NEVER_IDLE = Duration.ofMinutes(10);
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Instant began = Instant.now().minusSeconds(3_000);
    private TestDaemon daemon;

    @BeforeEach
    void tellThreeSessions() {
        daemon = TestDaemon.start(NEVER_IDLE);
        turn(
                "cart",
                "shop",
                0,
                "The cart shows no total. Repair it.",
                "src/cart.js",
                "The sum came after the return, so the amount of the invoice was never computed.");
        turn(
                "login",
                "shop",
                100,
                "Let people sign in with a passkey.",
                "src/login.js",
                "Added passkeys beside passwords, so that people can sign in without typing.");
        turn(
                "garden",
                "farm",
                200,
                "Water the greenhouse at night.",
                "src/pump.js",
                "The pump opens its valve at midnight, because less water evaporates then.");
        settle();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void summariesStandBesideObservationsAsHitsOfTheirOwnKindWithinTheFilters() {
        JsonNode found = search(Map.of("query", "passkey sign in", "cross_project", true));

        assertThat(found.at("/summaries").size()).as("one of each session").isEqualTo(1);
        JsonNode hit = found.at("/summaries/0");
        assertThat(hit.at("/type").asString()).isEqualTo("summary");
        assertThat(hit.at("/session_id").asString()).isEqualTo("login");
        assertThat(hit.at("/request").asString()).contains("passkey");
        assertThat(hit.at("/score").asDouble()).isGreaterThan(0.9);
        assertThat(found.at("/observations/0/title").asString()).contains("passkeys");
        assertThat(found.at("/total").asInt()).isEqualTo(found.at("/observations").size());

        assertThat(told(Map.of("query", "passkey", "project", "farm"))).isEmpty();
        assertThat(told(Map.of("query", "passkey", "session_id", "cart"))).isEmpty();
        assertThat(told(Map.of("query", "passkey", "session_id", "login"))).containsOnly("login");
        assertThat(told(Map.of("query", "passkey", "since", "1h"))).containsOnly("login");
        assertThat(told(Map.of("query", "passkey", "until", "2h"))).isEmpty();
        assertThat(told(Map.of("query", "passkey", "type", List.of("feature")))).isEmpty();
        assertThat(told(Map.of("query", "passkey", "files", List.of("login.js")))).isEmpty();
        assertThat(told(Map.of("query", "passkey", "branch", "main"))).isEmpty();
        assertThat(told(Map.of("query", "zeppelin harbour"))).as("nobody spoke of it").isEmpty();

        JsonNode alone = search(Map.of("query", "passkey", "type", List.of("summary")));
        assertThat(alone.at("/observations").size()).isZero();
        assertThat(alone.at("/summaries/0/session_id").asString()).isEqualTo("login");
        assertThat(alone.at("/summaries/1/session_id").asString())
                .as("of the turn and of the session")
                .isEqualTo("login");
    }

    @Test
    void whoAsksForSummariesBesideAnotherTypeGetsAsManyAsAskedFor() {
        Map<String, Object> both =
                Map.of(
                        "query",
                        "passkey cart pump greenhouse invoice",
                        "cross_project",
                        true,
                        "type",
                        List.of("summary", "feature"));
        var five = new HashMap<>(both);
        five.put("limit", 5);

        assertThat(told(both)).as("of three turns and three sessions").hasSize(6);
        assertThat(told(five)).hasSize(5);
        var unasked = new HashMap<>(both);
        unasked.remove("type");
        unasked.put("query", "passkey");
        assertThat(told(unasked)).as("one of each session that speaks of it").hasSize(1);
    }

    @Test
    void aSummaryIsReadByItsId() {
        JsonNode hit = search(Map.of("query", "passkey")).at("/summaries/0");
        long id = hit.at("/id").asLong();

        JsonNode read =
                daemon.post(
                                "/api/observations/get",
                                Json.write(Map.of("summary_ids", List.of(id, 999_999))))
                        .json();

        assertThat(read.at("/summaries").size()).isEqualTo(1);
        assertThat(read.at("/summaries/0/completed")).isEqualTo(hit.at("/completed"));
        assertThat(read.at("/missing_summaries/0").asLong()).isEqualTo(999_999);
        assertThat(read.at("/observations").size()).isZero();
    }

    @Test
    void whatIsMeantIsFoundWithoutItsWordsAndWithTheWordsOfToday() {
        Map<String, Object> meant =
                Map.of(
                        "query",
                        "irrigation of tomatoes in the evening",
                        "cross_project",
                        true,
                        "mode",
                        "vector",
                        "type",
                        List.of("summary"));
        assertThat(told(meant).getFirst()).isEqualTo("garden");

        turn(
                "cart",
                "shop",
                300,
                "Irrigate the vegetables of the cart's garden in the evening.",
                "src/hose.js",
                "Added a hose, because tomatoes want to be watered.");
        settle();

        assertThat(told(meant).getFirst()).as("the session went on").isEqualTo("cart");
        assertThat(daemon.sql("SELECT count(*) FROM mem_summary_embeddings"))
                .isEqualTo(daemon.sql("SELECT count(*) FROM mem_session_summaries"));
        assertThat(
                        daemon.sql(
                                "SELECT revision FROM mem_session_summaries AS one JOIN"
                                        + " mem_sessions AS s ON s.id = one.session_id WHERE"
                                        + " s.session_id = 'cart' AND turn_id IS NULL"))
                .isEqualTo("2");
    }

    @Test
    void whatIsForgottenIsNotFoundAndComesBackWithItsVector() {
        JsonNode forgotten =
                daemon.post("/api/forget", Json.write(Map.of("session", "login"))).json();
        assertThat(told(Map.of("query", "passkey"))).isEmpty();
        assertThat(daemon.sql("SELECT count(*) FROM mem_summary_embeddings")).isEqualTo("4");

        TestDaemon.Answer restored =
                daemon.post(
                        "/api/forget/restore",
                        Json.write(Map.of("id", forgotten.at("/id").asLong())));
        assertThat(restored.status()).as(restored.body()).isEqualTo(200);
        settle();

        assertThat(told(Map.of("query", "passkey"))).containsOnly("login");
        assertThat(daemon.sql("SELECT count(*) FROM mem_summary_embeddings")).isEqualTo("6");
    }

    @Test
    void anotherModelTakesOverOnlyWhenItKnowsTheSummariesToo() throws IOException {
        new RandomBert(1, 64, true).putOnShelf(daemon.home(), "tiny");
        TestDaemon.Answer used = daemon.post("/api/models/use", "{\"name\":\"tiny\"}");
        assertThat(used.status()).as(used.body()).isEqualTo(200);
        await("the new model", () -> serving().equals("tiny"));

        assertThat(vectorsOf("tiny")).isEqualTo(6);
        await("the former model's vectors to go", () -> vectorsOf("mneme-words-v1") == 0);
        assertThat(told(Map.of("query", "passkey", "mode", "vector", "type", List.of("summary"))))
                .hasSize(4);
    }

    private String serving() {
        return daemon.get("/api/health").json().at("/embeddings/model").asString();
    }

    private long vectorsOf(String model) {
        return Long.parseLong(
                daemon.sql(
                        "SELECT count(*) FROM mem_summary_embeddings AS e JOIN"
                                + " mem_embedding_models AS m ON m.id = e.model_id WHERE m.name = '"
                                + model
                                + "'"));
    }

    /// The sessions of the summaries that a search finds, in the project `shop` unless it says
    /// otherwise.
    private List<String> told(Map<String, ?> request) {
        return search(request)
                .at("/summaries")
                .valueStream()
                .map(hit -> hit.at("/session_id").asString())
                .toList();
    }

    private JsonNode search(Map<String, ?> request) {
        var whole = new HashMap<String, Object>(request);
        whole.putIfAbsent("project", "shop");
        TestDaemon.Answer answer = daemon.post("/api/observations/search", Json.write(whole));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    /// A turn of a prompt, an edit and an answer; `second` is when it began.
    private void turn(
            String session, String project, int second, String asks, String file, String says) {
        String folder = "/srv/none/" + project;
        post("user-prompt-submit", session, folder, second, Map.of("prompt", asks));
        post(
                "post-tool-use",
                session,
                folder,
                second + 1,
                Map.of(
                        "tool_name",
                        "Edit",
                        "tool_use_id",
                        "t-" + second,
                        "tool_input",
                        Map.of(
                                "file_path",
                                folder + "/" + file,
                                "old_string",
                                "return;",
                                "new_string",
                                "return " + second + ";"),
                        "tool_response",
                        Map.of("filePath", folder + "/" + file)));
        post("stop", session, folder, second + 2, Map.of("last_assistant_message", says));
    }

    private void post(
            String event, String session, String folder, int second, Map<String, ?> more) {
        var payload = new HashMap<String, Object>(more);
        payload.put("session_id", session);
        payload.put("cwd", folder);
        HttpRequest request =
                daemon.request("/api/hooks/" + event)
                        .header(HookHeaders.STARTED_AT, began.plusSeconds(second).toString())
                        .POST(HttpRequest.BodyPublishers.ofString(Json.write(payload)))
                        .build();
        assertThat(daemon.send(request).status()).isEqualTo(200);
    }

    private void settle() {
        daemon.settle();
        await(
                "the vectors of summaries",
                () ->
                        daemon.sql(
                                        "SELECT count(*) FROM mem_session_summaries WHERE"
                                                + " embedded_revision IS DISTINCT FROM revision")
                                .equals("0"));
    }

    private static void await(String what, BooleanSupplier reached) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what);
            }
            Looks.pause();
        }
    }
}
