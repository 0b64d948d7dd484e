package dev.mneme.forget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.util.Map;

/// Lessons are forgotten, counted, restored and erased like everything else that somebody wrote.
@Timeout(120)
final class ForgottenLessonsIT {

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
    void byItsWordsWithAPreviewAndAWayBack() {
        long id = lesson("Feed the pangolin.", "zoo");
        lesson("Feed the others.", "zoo");

        JsonNode preview = forget("{\"query\":\"pangolin\",\"dry_run\":true}");
        assertThat(preview.at("/counts/lessons").asInt()).isEqualTo(1);
        assertThat(count()).isEqualTo("2");

        JsonNode done = forget("{\"query\":\"pangolin\"}");
        assertThat(done.at("/counts/lessons").asInt()).isEqualTo(1);
        assertThat(daemon.get("/api/lessons/" + id).status()).isEqualTo(404);
        assertThat(count()).isEqualTo("1");

        restore(done);
        JsonNode back = daemon.get("/api/lessons/" + id).json();
        assertThat(back.at("/rule").asString()).isEqualTo("Feed the pangolin.");
        assertThat(back.at("/trigger_tool").asString()).isEqualTo("Bash");
        assertThat(back.at("/active").asBoolean()).isTrue();
    }

    @Test
    void withItsProjectAndOneForAllProjectsStays() {
        long id = lesson("Of the zoo.", "zoo");
        long everywhere = lesson("Of all.", "");

        JsonNode done = forget("{\"project\":\"zoo\"}");

        assertThat(done.at("/counts/lessons").asInt()).isEqualTo(1);
        assertThat(done.at("/counts/projects").asInt()).isEqualTo(1);
        assertThat(daemon.get("/api/lessons/" + id).status()).isEqualTo(404);
        assertThat(daemon.get("/api/lessons/" + everywhere).status()).isEqualTo(200);
        restore(done);
        assertThat(daemon.get("/api/lessons/" + id).json().at("/project_name").asString())
                .isEqualTo("zoo");
    }

    @Test
    void withTheSpanOfTimeInWhichItWasWritten() {
        long old = lesson("Written long ago.", "zoo");
        daemon.sql(
                "UPDATE mem_lessons SET created_at = created_at - interval '2 days' WHERE id = "
                        + old
                        + " RETURNING id");
        long fresh = lesson("Written just now.", "zoo");
        forget("{\"last\":\"30m\",\"project\":\"zoo\"}");
        assertThat(daemon.get("/api/lessons/" + fresh).status()).isEqualTo(404);
        assertThat(daemon.get("/api/lessons/" + old).status()).isEqualTo(200);
    }

    @Test
    void erasedAtOnceNothingOfItIsLeft() {
        lesson("About the axolotl.", "zoo");
        JsonNode done = forget("{\"query\":\"axolotl\",\"now\":true}");
        assertThat(done.at("/counts/lessons").asInt()).isEqualTo(1);
        assertThat(daemon.sql("SELECT count(*) FROM mem_forgotten_rows")).isEqualTo("0");
        assertThat(count()).isEqualTo("0");
    }

    private long lesson(String rule, String project) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/lessons",
                        Json.write(
                                Map.of("rule", rule, "project", project, "trigger_tool", "Bash")));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().at("/id").asLong();
    }

    private JsonNode forget(String body) {
        TestDaemon.Answer answer = daemon.post("/api/forget", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }

    private void restore(JsonNode done) {
        assertThat(
                        daemon.post(
                                        "/api/forget/restore",
                                        "{\"id\":" + done.at("/id").asLong() + "}")
                                .status())
                .isEqualTo(200);
    }

    private String count() {
        return daemon.sql("SELECT count(*) FROM mem_lessons");
    }
}
