package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Map;

/// What a person says about a memory counts: other words are found, wrong ones are not.
@Timeout(120)
final class CorrectionsIT {

    private static TestDaemon daemon;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void anEditedMemoryIsFoundByItsNewWordsAloneAndGetsANewVector() {
        long id = saved("The zeppelin hangar opens on Tuesdays", List.of());
        daemon.settle();
        String vector = vectorOf(id);

        JsonNode edited =
                daemon.post(
                                "/api/observations/" + id + "/edit",
                                Json.write(
                                        Map.of(
                                                "title", "The submarine dock opens on Fridays",
                                                "narrative", "Asked the harbour master.",
                                                "type", "gotcha")))
                        .json();
        daemon.settle();

        assertThat(edited.get("title").asString()).isEqualTo("The submarine dock opens on Fridays");
        assertThat(edited.get("type").asString()).isEqualTo("gotcha");
        assertThat(edited.has("edited_at")).isTrue();
        assertThat(found("submarine")).containsExactly(id);
        assertThat(found("zeppelin")).isEmpty();
        assertThat(vectorOf(id)).isNotEqualTo(vector);
    }

    @Test
    void aSecretInAnEditIsNotStored() {
        long id = saved("Where the registry is", List.of());
        daemon.post(
                "/api/observations/" + id + "/edit",
                Json.write(Map.of("narrative", "key sk_live_" + "51HqTz9Kd02mNvBXcQw7")));
        assertThat(daemon.get("/api/observations/" + id).body()).contains("[redacted:stripe-key:");
    }

    @Test
    void aMemoryClosesWhatItSupersedesAndNothingIsSavedWhenThatDoesNotExist() {
        long old = saved("Deploys go through the purple pipeline", List.of());
        long young = saved("Deploys go through the green pipeline", List.of(old));

        assertThat(found("pipeline")).containsExactly(young);
        JsonNode closed = daemon.get("/api/observations/" + old).json();
        assertThat(closed.get("superseded_by").asLong()).isEqualTo(young);

        TestDaemon.Answer refused =
                daemon.post(
                        "/api/memories",
                        Json.write(
                                Map.of(
                                        "text", "Deploys go through the orange pipeline",
                                        "project", "corrections",
                                        "supersedes", List.of(young, 999_999))));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains("supersedes", "999999", "nothing was saved");
        assertThat(found("pipeline")).as("all or nothing").containsExactly(young);
    }

    @Test
    void pinsAreSetTakenAwayAndRefusedForWhatIsClosed() {
        long id = saved("The build needs swap", List.of());
        assertThat(pin(id, true).json().has("pinned_at")).isTrue();
        assertThat(pin(id, false).json().has("pinned_at")).isFalse();
        pin(id, true);

        JsonNode closed = daemon.post("/api/observations/" + id + "/close", "{}").json();
        assertThat(closed.has("pinned_at")).as("what is wrong is told nobody").isFalse();
        assertThat(pin(id, true).status()).isEqualTo(409);
        daemon.post("/api/observations/" + id + "/reopen", "{}");
        assertThat(pin(id, true).status()).isEqualTo(200);
    }

    @Test
    void whatCannotBeIsRefusedWithTheFieldNamed() {
        long id = saved("A memory to be edited badly", List.of());
        String edit = "/api/observations/" + id + "/edit";
        assertThat(daemon.post(edit, "{}").body()).contains("nothing to change");
        assertThat(daemon.post(edit, "{\"title\": \" \"}").body()).contains("\"title\"");
        assertThat(daemon.post(edit, "{\"type\": \"poem\"}").body()).contains("\"type\"");
        assertThat(daemon.post(edit, Json.write(Map.of("narrative", "x".repeat(40_000)))).body())
                .contains("narrative", "40000 bytes");
        assertThat(daemon.post("/api/observations/999999/edit", "{\"title\": \"t\"}").status())
                .isEqualTo(404);
        assertThat(daemon.post("/api/observations/999999/pin", "{\"pinned\": true}").status())
                .isEqualTo(404);
        assertThat(daemon.post("/api/observations/" + id + "/pin", "{}").body())
                .contains("\"pinned\"");
    }

    private static TestDaemon.Answer pin(long id, boolean pinned) {
        return daemon.post(
                "/api/observations/" + id + "/pin", Json.write(Map.of("pinned", pinned)));
    }

    private static long saved(String text, List<Long> supersedes) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/memories",
                        Json.write(
                                Map.of(
                                        "text", text,
                                        "project", "corrections",
                                        "supersedes", supersedes)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("id").asLong();
    }

    /// By words alone, so that a vector's likeness does not count.
    private static List<Long> found(String word) {
        JsonNode hits =
                daemon.post(
                                "/api/observations/search",
                                Json.write(
                                        Map.of(
                                                "query", word,
                                                "project", "corrections",
                                                "mode", "fts")))
                        .json()
                        .get("observations");
        return hits.valueStream().map(hit -> hit.get("id").asLong()).toList();
    }

    private static String vectorOf(long id) {
        return daemon.sql("SELECT embedding FROM mem_embeddings WHERE observation_id = " + id);
    }
}
