package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import tools.jackson.databind.JsonNode;

import java.util.Set;

/// `/metrics` and what health says of progress.
@Timeout(120)
final class MetricsIT {

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
    void whatHappensIsCountedAndNothingIsSaidOfIt() throws Exception {
        Exposition before = scrape();
        assertThat(before.value("mneme_events_total{outcome=\"stored\"}")).isZero();
        assertThat(before.samples()).doesNotContainKey("mneme_last_success_timestamp_seconds");

        hook("session-start", "{\"session_id\":\"marker-s\",\"source\":\"startup\"}");
        String call =
                """
                {"session_id":"marker-s","tool_name":"Write","tool_use_id":"t-1",
                 "tool_input":{"file_path":"/tmp/marker-folder/Marker.java","content":"class Marker {}"},
                 "cwd":"/tmp/marker-project"}
                """;
        hook("post-tool-use", call);
        hook("post-tool-use", call);
        assertThat(daemon.post("/api/hooks/post-tool-use", "{}").status()).isEqualTo(400);
        hook("stop", "{\"session_id\":\"marker-s\"}");
        assertThat(
                        daemon.post(
                                        "/api/memories",
                                        "{\"text\":\"marker text\",\"project\":\"marker-p\"}")
                                .status())
                .isEqualTo(200);
        daemon.settle();
        search("hybrid");
        search("fts");

        Exposition after = scrape();
        assertThat(after.value("mneme_events_total{outcome=\"stored\"}")).isEqualTo(3);
        assertThat(after.value("mneme_events_total{outcome=\"duplicate\"}")).isEqualTo(1);
        assertThat(after.value("mneme_events_total{outcome=\"refused\"}")).isEqualTo(1);
        assertThat(after.value("mneme_turns_total{outcome=\"handled\"}")).isPositive();
        assertThat(after.value("mneme_searches_total")).isEqualTo(2);
        assertThat(after.value("mneme_search_arms_total{arm=\"words\"}")).isEqualTo(2);
        assertThat(after.value("mneme_search_arms_total{arm=\"meaning\"}")).isEqualTo(1);
        assertThat(after.value("mneme_search_arms_dropped_total{arm=\"words\"}")).isZero();
        assertThat(after.value("mneme_session_starts_total{outcome=\"silent\"}")).isEqualTo(1);
        assertThat(after.value("mneme_database_up")).isEqualTo(1);
        assertThat(after.value("mneme_jobs{state=\"available\"}")).isZero();
        assertThat(after.value("mneme_oldest_job_age_seconds")).isZero();
        assertThat(after.value("mneme_last_success_timestamp_seconds"))
                .isGreaterThanOrEqualTo(after.value("process_start_time_seconds"));
        assertThat(after.value("mneme_observations")).isPositive();
        assertThat(after.value("jvm_memory_used_bytes{area=\"heap\"}")).isPositive();
        assertThat(after.types().keySet())
                .as("what happens adds no series but what was unknown before")
                .containsAll(before.types().keySet());
        assertThat(after.samples().keySet().stream().filter(MetricsIT::isCounter))
                .as("no counter is added by what somebody sends")
                .containsExactlyInAnyOrderElementsOf(
                        before.samples().keySet().stream().filter(MetricsIT::isCounter).toList());
        assertThat(after.samples().keySet().toString().toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("marker");
    }

    @Test
    void modelsAreCountedByBackendAndNotByProject() throws Exception {
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            statement.execute(
                    """
                    INSERT INTO mem_model_costs (
                        day, project_id, backend, model, calls, prompt_tokens, answer_tokens,
                        time_ms, cpu_ms, cost_nanodollars)
                    VALUES
                        ('2026-01-01', 1, 'local', 'some-model', 2, 100, 10, 1, 1, 0),
                        ('2026-01-02', 2, 'local', 'another', 3, 200, 20, 1, 1, 0)
                    """);
        }
        Exposition metrics = scrape();
        assertThat(metrics.value("mneme_model_calls_total{backend=\"local\"}")).isEqualTo(5);
        assertThat(metrics.value("mneme_model_tokens_total{backend=\"local\",direction=\"in\"}"))
                .isEqualTo(300);
        assertThat(metrics.value("mneme_model_tokens_total{backend=\"local\",direction=\"out\"}"))
                .isEqualTo(30);
        assertThat(metrics.samples().keySet().toString()).doesNotContain("some-model", "another");
    }

    @Test
    void healthSaysHowOldTheOldestJobIsAndWhenOneWasLastDone() throws Exception {
        JsonNode fresh = health().at("/progress");
        assertThat(fresh.at("/state").asString()).isEqualTo("idle");
        assertThat(fresh.at("/oldest_job_seconds").isNull()).isTrue();
        assertThat(fresh.at("/last_success_at").isNull()).isTrue();

        hook("post-tool-use", "{\"session_id\":\"own\",\"tool_name\":\"mcp__mneme__search\"}");
        assertThat(health().at("/progress/last_success_at").isNull())
                .as("what is left out when it comes in is no work done")
                .isTrue();

        hook(
                "post-tool-use",
                "{\"session_id\":\"old\",\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"make\"}}");
        daemon.settle();
        assertThat(health().at("/progress/last_success_at").asString()).isNotBlank();
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            assertThat(
                            statement.executeUpdate(
                                    """
                                    UPDATE mem_jobs
                                    SET state = 'retryable', outcome = NULL, skip_reason = NULL,
                                        finalized_at = NULL,
                                        created_at = now() - interval '1 hour',
                                        scheduled_at = now() + interval '1 hour'
                                    WHERE attempt > 0
                                    """))
                    .isEqualTo(1);
        }
        JsonNode waiting = health();
        assertThat(waiting.at("/progress/oldest_job_seconds").asLong()).isBetween(3_590L, 3_800L);
        assertThat(waiting.at("/progress/state").asString())
                .as("this daemon has only just started")
                .isEqualTo("working");
        assertThat(scrape().value("mneme_oldest_job_age_seconds")).isGreaterThan(3_590);
        assertThat(scrape().value("mneme_jobs{state=\"retryable\"}")).isEqualTo(1);
    }

    @Test
    void metricsAskForTheToken() {
        assertThat(daemon.send(daemon.bare("/metrics").GET().build()).status()).isEqualTo(401);
    }

    private static boolean isCounter(String series) {
        return series.contains("_total");
    }

    private Exposition scrape() {
        TestDaemon.Answer answer = daemon.get("/metrics");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        Exposition read = Exposition.read(answer.body());
        assertThat(read.samples().keySet().size()).as("bounded").isLessThan(80);
        assertThat(Set.of("counter", "gauge")).containsAll(read.types().values());
        return read;
    }

    private JsonNode health() {
        return daemon.get("/api/health").json();
    }

    private void hook(String event, String body) {
        TestDaemon.Answer answer = daemon.post("/api/hooks/" + event, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private void search(String mode) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/observations/search",
                        "{\"query\":\"marker class\",\"mode\":\"" + mode + "\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }
}
