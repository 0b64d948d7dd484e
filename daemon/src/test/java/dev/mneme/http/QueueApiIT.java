package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// What people see of the queue, and what they may do to it.
final class QueueApiIT {

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
    void everyCapturedEventIsListedOnceWithWhatBecameOfIt() {
        capture("listed", "Read", "t1");
        capture("listed", "Edit", "t2");
        capture("listed", "Edit", "t2");
        capture("other", "Bash", "t3");
        daemon.settle();

        JsonNode jobs = daemon.get("/api/queue?session=listed&all=true").json().at("/jobs");

        assertThat(texts(jobs, "tool_use_id")).containsExactly("t2", "t1");
        for (JsonNode job : jobs) {
            assertThat(job.at("/event").asString()).isEqualTo("post-tool-use");
            assertThat(job.at("/state").asString()).isEqualTo("completed");
            assertThat(job.at("/outcome").asString()).isIn("remembered", "skipped");
            assertThat(job.at("/skip_reason").isNull())
                    .isEqualTo(job.at("/outcome").asString().equals("remembered"));
            assertThat(job.has("payload")).isFalse();
        }
        assertThat(daemon.get("/api/queue?session=listed").json().at("/jobs").size())
                .as("finished ones only when asked for")
                .isZero();
        assertThat(
                        daemon.get("/api/queue?session=listed&state=completed&limit=1")
                                .json()
                                .at("/jobs")
                                .size())
                .isEqualTo(1);
    }

    /// While the events' table is locked the drain stands still, so that its files can be counted.
    @Test
    void whatWaitsInTheSpoolCountsAsPending() throws Exception {
        try (var connection = daemon.connect();
                var lock = connection.createStatement()) {
            connection.setAutoCommit(false);
            lock.execute("LOCK TABLE mem_events IN ACCESS EXCLUSIVE MODE");
            for (int i = 0; i < 3; i++) {
                Path spool = Files.createDirectories(daemon.home().spool());
                String id = UUID.randomUUID().toString();
                Files.writeString(
                        spool.resolve("000000000000" + i + "-" + id + ".event"),
                        "mneme-spool 1 stop 2026-11-20T12:00:00Z "
                                + id
                                + "\n{\"session_id\":\"spooled\",\"n\":"
                                + i
                                + "}");
            }
            JsonNode queue = daemon.get("/api/health").json().at("/queue");
            assertThat(queue.at("/spooled").asInt()).isEqualTo(3);
            assertThat(queue.at("/pending").asInt()).isEqualTo(3);
            connection.rollback();
        }
        daemon.settle();
        assertThat(jobs("spooled").size()).isEqualTo(3);
        assertThat(daemon.get("/api/health").json().at("/queue/spooled").asInt()).isZero();
    }

    @Test
    void thePayloadIsShownOnlyWhenAskedFor() {
        capture("shown", "Bash", "shown-1");
        daemon.settle();
        JsonNode job = daemon.get("/api/queue?session=shown&all=true").json().at("/jobs/0");
        String path = "/api/queue/" + job.at("/id").asLong();

        assertThat(daemon.get(path).body()).doesNotContain("marker-of-content");
        assertThat(daemon.get(path + "?payload=true").json().at("/payload").asString())
                .contains("marker-of-content");
    }

    @Test
    void aDeadJobIsRetriedAndEnds() throws Exception {
        capture("dead", "Bash", "dead-1");
        capture("dead", "Bash", "dead-2");
        daemon.settle();
        long id = kill("dead-1");
        kill("dead-2");

        assertThat(daemon.get("/api/queue?session=dead").json().at("/jobs").size()).isEqualTo(2);
        assertThat(daemon.post("/api/queue/" + id + "/retry", "").status()).isEqualTo(200);
        daemon.settle();
        assertThat(daemon.get("/api/queue/" + id).json().at("/state").asString())
                .isEqualTo("completed");
        assertThat(daemon.get("/api/queue?session=dead").json().at("/jobs").size())
                .as("what died with it in its turn is retried with it")
                .isZero();
        assertThat(daemon.post("/api/queue/" + id + "/retry", "").status()).isEqualTo(409);
        kill("dead-2");
        assertThat(
                        daemon.post("/api/queue/retry?state=discarded", "")
                                .json()
                                .at("/retried")
                                .asInt())
                .isEqualTo(1);
        daemon.settle();
        assertThat(daemon.get("/api/queue?session=dead").json().at("/jobs").size()).isZero();
    }

    @Test
    void aPurgeRemovesTheJobAndStillKnowsItsEvent() throws Exception {
        capture("purged", "Bash", "purged-1");
        capture("purged", "Bash", "purged-2");
        daemon.settle();
        kill("purged-1");

        assertThat(purge("?state=discarded").at("/purged").asInt()).isEqualTo(1);
        assertThat(purge("?state=completed").at("/purged").asInt()).as("kept a week").isZero();
        assertThat(texts(jobs("purged"), "tool_use_id")).containsExactly("purged-2");

        capture("purged", "Bash", "purged-1");
        assertThat(texts(jobs("purged"), "tool_use_id")).containsExactly("purged-2");
        assertThat(purge("?state=running").at("/code").asString()).isEqualTo("VALUE_INVALID");
        assertThat(purge("").at("/path").asString()).isEqualTo("state");
        assertThat(purge("?state=discarded&older_than=soon").at("/path").asString())
                .isEqualTo("older_than");
    }

    @Test
    void whatDoesNotExistOrIsWrongIsSaid() {
        assertThat(daemon.get("/api/queue/987654").status()).isEqualTo(404);
        assertThat(daemon.get("/api/queue/seven").status()).isEqualTo(400);
        assertThat(daemon.get("/api/queue?state=novel").json().at("/path").asString())
                .isEqualTo("state");
        assertThat(daemon.get("/api/queue?limit=0").status()).isEqualTo(400);
        assertThat(daemon.post("/api/queue/987654/retry", "").status()).isEqualTo(404);
    }

    private static JsonNode purge(String query) {
        return daemon.send(daemon.request("/api/queue" + query).DELETE().build()).json();
    }

    private static JsonNode jobs(String session) {
        return daemon.get("/api/queue?all=true&session=" + session).json().at("/jobs");
    }

    private static void capture(String session, String tool, String toolUseId) {
        var answer =
                daemon.post(
                        "/api/queue",
                        """
                        {"session_id":"%s","tool_name":"%s","tool_use_id":"%s",
                         "tool_input":{"command":"echo marker-of-content"},"cwd":"/tmp/none/q"}
                        """
                                .formatted(session, tool, toolUseId));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    /// As if every attempt had failed.
    private static long kill(String toolUseId) throws Exception {
        try (var connection = daemon.connect();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                """
                                UPDATE mem_jobs
                                SET state = 'discarded', outcome = NULL, skip_reason = NULL,
                                    attempt = max_attempts, last_error = 'test'
                                WHERE event_id = (
                                    SELECT id FROM mem_events WHERE tool_use_id = '%s')
                                RETURNING id
                                """
                                        .formatted(toolUseId))) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(1);
        }
    }

    private static List<String> texts(JsonNode jobs, String field) {
        var texts = new ArrayList<String>();
        for (JsonNode job : jobs) {
            texts.add(job.at("/" + field).asString());
        }
        return texts;
    }
}
