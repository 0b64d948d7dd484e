package dev.mneme.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.domain.IncomingEvent;
import dev.mneme.protocol.HookHeaders;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest;
import java.util.List;

/// What goes the way of an event before the first one does leaves nothing behind.
@Timeout(120)
final class RehearsalIT {

    private static final String CALL =
            """
            {"session_id":"s-1","cwd":"/tmp/none/shop","hook_event_name":"PostToolUse",
             "tool_name":"Bash","tool_use_id":"t-1","tool_input":{"command":"make"}}
            """;

    private static final List<String> TABLES =
            List.of("mem_projects", "mem_sessions", "mem_events", "mem_jobs");

    @Test
    void aRehearsedEventReachesTheDatabaseAndStaysNowhere() {
        try (TestDaemon daemon = TestDaemon.start()) {
            assertThat(rehearse(daemon, CALL)).isEqualTo(answer(200, ""));
            assertThat(daemon.sql("SELECT last_value FROM mem_events_id_seq"))
                    .as("the row was made, then taken back")
                    .isEqualTo("1");
            assertThat(daemon.sql("SELECT is_called FROM mem_events_id_seq")).isEqualTo("t");
            assertEmpty(daemon);
            assertThat(daemon.get("/metrics").body())
                    .contains("mneme_events_total{outcome=\"stored\"} 0")
                    .contains("mneme_events_total{outcome=\"paused\"} 0");

            assertThat(rehearse(daemon, "{}").status()).isEqualTo(400);

            assertThat(daemon.post("/api/hooks/post-tool-use", CALL).status()).isEqualTo(200);
            assertThat(daemon.sql("SELECT count(*) FROM mem_events WHERE tool_use_id = 't-1'"))
                    .as("the event itself is no copy of its rehearsal")
                    .isEqualTo("1");
        }
    }

    @Test
    void nothingThatIsRehearsedCountsAsHeldBackWhileCaptureIsPaused() {
        try (TestDaemon daemon = TestDaemon.start()) {
            assertThat(daemon.post("/api/pause", "{\"all\":true}").status()).isEqualTo(200);

            assertThat(rehearse(daemon, CALL).status()).isEqualTo(200);

            assertThat(daemon.get("/metrics").body())
                    .contains("mneme_events_total{outcome=\"paused\"} 0");
        }
    }

    @Test
    void theRehearsalOfAnInstallationStoresNothing() throws Exception {
        try (TestDaemon daemon = TestDaemon.start()) {
            daemon.rehearse();
            assertThat(Long.parseLong(daemon.sql("SELECT last_value FROM mem_events_id_seq")))
                    .as("events that were taken to the database and back")
                    .isGreaterThan(100);
            assertEmpty(daemon);
        }
    }

    private static TestDaemon.Answer rehearse(TestDaemon daemon, String payload) {
        return daemon.send(
                daemon.request("/api/hooks/post-tool-use")
                        .header(HookHeaders.AGENT, IncomingEvent.REHEARSAL)
                        .POST(HttpRequest.BodyPublishers.ofString(payload))
                        .build());
    }

    private static void assertEmpty(TestDaemon daemon) {
        for (String table : TABLES) {
            assertThat(daemon.sql("SELECT count(*) FROM " + table)).as(table).isEqualTo("0");
        }
    }

    private static TestDaemon.Answer answer(int status, String body) {
        return new TestDaemon.Answer(status, body);
    }
}
