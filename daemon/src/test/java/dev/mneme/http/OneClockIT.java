package dev.mneme.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.HookHeaders;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// The queue, sessions, retention and everything else that compares times go by the daemon's clock
/// alone: no statement leaves a time to the database server's.
@Timeout(60)
final class OneClockIT {

    /// When a row came to be, for the curious; compared with nothing.
    private static final Set<String> NOT_COMPARED =
            Set.of(
                    "mem_projects.created_at",
                    "mem_project_keys.created_at",
                    "mem_observations.stored_at",
                    "mem_embedding_models.created_at",
                    "mem_embeddings.created_at");

    @Test
    void noStatementRelysOnTheServersClock() throws Exception {
        try (TestDaemon daemon = TestDaemon.start()) {
            assertThat(dropDefaults(daemon))
                    .contains(
                            "mem_jobs.scheduled_at",
                            "mem_events.received_at",
                            "mem_idempotency_keys.created_at");

            for (String event :
                    List.of(
                            "session-start",
                            "user-prompt-submit",
                            "post-tool-use",
                            "post-tool-use-failure",
                            "stop",
                            "subagent-stop",
                            "post-compact",
                            "session-end")) {
                var answer =
                        daemon.send(
                                daemon.request("/api/hooks/" + event)
                                        .header(HookHeaders.EVENT_ID, UUID.randomUUID().toString())
                                        .POST(
                                                HttpRequest.BodyPublishers.ofString(
                                                        """
                                                        {"session_id":"clock","cwd":"/tmp/none/clock",
                                                         "prompt":"Mend it","tool_name":"Bash",
                                                         "tool_use_id":"t1","tool_input":{"command":"make"}}
                                                        """))
                                        .build());
                assertThat(answer.status()).as(event + ": " + answer.body()).isEqualTo(200);
            }
            var saved =
                    daemon.send(
                            daemon.request("/api/memories")
                                    .header("Idempotency-Key", "clock-1")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"text\":\"Clocks differ.\",\"project\":\"clock\"}"))
                                    .build());
            assertThat(saved.status()).as(saved.body()).isEqualTo(200);
            daemon.settle();

            assertThat(daemon.sql("SELECT count(*) FROM mem_events")).isEqualTo("8");
            assertThat(daemon.sql("SELECT count(*) FROM mem_jobs WHERE state = 'completed'"))
                    .isEqualTo("8");
            assertThat(daemon.sql("SELECT count(*) FROM mem_idempotency_keys")).isEqualTo("1");
        }
    }

    /// From then on a statement that names no time fails.
    private static List<String> dropDefaults(TestDaemon daemon) throws Exception {
        var dropped = new ArrayList<String>();
        try (var connection = daemon.connect();
                var statement = connection.createStatement()) {
            try (var rows =
                    statement.executeQuery(
                            """
                            SELECT table_name, column_name
                            FROM information_schema.columns
                            WHERE table_name LIKE 'mem\\_%'
                                AND column_default LIKE '%now()%'
                                AND table_name NOT LIKE '%history'
                            """)) {
                while (rows.next()) {
                    dropped.add(rows.getString(1) + "." + rows.getString(2));
                }
            }
            dropped.removeAll(NOT_COMPARED);
            for (String column : dropped) {
                int dot = column.indexOf('.');
                statement.execute(
                        "ALTER TABLE "
                                + column.substring(0, dot)
                                + " ALTER COLUMN "
                                + column.substring(dot + 1)
                                + " DROP DEFAULT");
            }
        }
        return dropped;
    }
}
