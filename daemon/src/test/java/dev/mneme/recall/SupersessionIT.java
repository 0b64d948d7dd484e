package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.util.Map;
import java.util.stream.StreamSupport;

/// A decision that was changed is history: search finds the newer one, and the older one says why.
@Timeout(120)
final class SupersessionIT {

    private static final String OLDER = "Use SQLite for the event store";
    private static final String NEWER = "Use PostgreSQL instead of SQLite for the event store";

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
    void theOlderOneIsClosedWithItsEvidenceAndCanBeReopened() {
        long older = save("till", OLDER);
        long beside = save("till", "Use SQLite for the price list");
        long elsewhere = save("garden", OLDER);
        long newer = save("till", NEWER);

        JsonNode closed = one(older);
        assertThat(closed.at("/superseded_by").asLong()).isEqualTo(newer);
        assertThat(closed.at("/superseded_because").asString()).isEqualTo("left-behind");
        assertThat(closed.at("/superseded_score").asDouble()).isEqualTo(1);
        assertThat(one(beside).has("closed_at")).isFalse();
        assertThat(one(elsewhere).has("closed_at")).isFalse();
        assertThat(found("till", "event store sqlite"))
                .contains(newer, beside)
                .doesNotContain(older);

        assertThat(daemon.post("/api/observations/" + older + "/reopen", "{}").status())
                .isEqualTo(200);
        assertThat(one(older).has("superseded_because")).isFalse();
        assertThat(found("till", "event store sqlite")).contains(newer, older);
    }

    @Test
    void whatWasClosedComesBackWhenTheNewerOneIsForgotten() {
        long older = save("shop", "Cap the retry backoff at 5 s");
        long newer = save("shop", "Cap the retry backoff at 10 s");
        assertThat(one(older).at("/superseded_because").asString()).isEqualTo("other-value");

        assertThat(daemon.post("/api/forget", "{\"ids\": [" + newer + "]}").status())
                .isEqualTo(200);

        assertThat(one(older).has("closed_at")).isFalse();
        assertThat(found("shop", "retry backoff")).containsExactly(older);
    }

    @Test
    void whatIsPinnedStays() {
        long older = save("pins", "Retry failed uploads");
        daemon.post("/api/observations/" + older + "/pin", "{\"pinned\": true}");
        save("pins", "Do not retry failed uploads");
        assertThat(one(older).has("closed_at")).isFalse();
    }

    private static long save(String project, String text) {
        var answer =
                daemon.post(
                        "/api/memories",
                        Json.write(Map.of("text", text, "project", project, "type", "decision")));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("id").asLong();
    }

    private static JsonNode one(long id) {
        return daemon.get("/api/observations/" + id).json();
    }

    private static java.util.List<Long> found(String project, String query) {
        JsonNode hits =
                daemon.post(
                                "/api/observations/search",
                                Json.write(
                                        Map.of("query", query, "project", project, "mode", "fts")))
                        .json()
                        .at("/observations");
        return StreamSupport.stream(hits.spliterator(), false)
                .map(hit -> hit.get("id").asLong())
                .toList();
    }
}
