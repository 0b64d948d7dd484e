package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.queue.FailingDataSource;
import dev.mneme.store.Database;
import dev.mneme.store.StoreException;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/// The n-th statement of a capture fails, for every n until it passes untouched: nothing may be
/// half stored, and the same event sent again must be stored, once.
@Timeout(120)
final class IngestFaultsIT {

    private static final int STATEMENTS_MAX = 100;

    @ParameterizedTest
    @EnumSource(
            value = HookEvent.class,
            names = {"USER_PROMPT_SUBMIT", "POST_TOOL_USE", "SESSION_END"})
    void aFailureOfAnyStatementStoresNothingAndARetryEverything(HookEvent kind) throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase)) {
            for (int n = 1; n <= STATEMENTS_MAX; n++) {
                execute(testDatabase, "TRUNCATE mem_projects CASCADE");
                var failing = new FailingDataSource(pool, n);
                var woken = new AtomicInteger();
                IncomingEvent event = event(kind);
                boolean failed = false;
                try {
                    ingest(failing, woken).accept(event);
                } catch (StoreException injected) {
                    failed = true;
                }
                String at = kind + ", statement " + n;
                if (failed) {
                    for (String table :
                            new String[] {
                                "mem_events",
                                "mem_jobs",
                                "mem_sessions",
                                "mem_user_prompts",
                                "mem_projects",
                                "mem_project_keys"
                            }) {
                        assertThat(count(testDatabase, table)).as(at + ": " + table).isZero();
                    }
                    assertThat(woken).hasValue(0);
                    ingest(pool, woken).accept(event);
                }
                assertThat(failed).as(at).isEqualTo(failing.fired());
                ingest(pool, woken).accept(event);
                assertThat(count(testDatabase, "mem_events")).as(at).isEqualTo(1);
                assertThat(count(testDatabase, "mem_jobs")).as(at).isEqualTo(1);
                assertThat(count(testDatabase, "mem_user_prompts"))
                        .as(at)
                        .isEqualTo(kind == HookEvent.USER_PROMPT_SUBMIT ? 1 : 0);
                assertThat(woken).as(at).hasValue(1);
                if (!failing.fired()) {
                    assertThat(n).as("some statements were really made to fail").isGreaterThan(4);
                    return;
                }
            }
            throw new AssertionError("never passed untouched");
        }
    }

    private static IncomingEvent event(HookEvent kind) {
        String payload =
                """
                {"session_id":"faults","cwd":"/tmp/none/faults","prompt":"Do it","reason":"clear",
                 "tool_name":"Bash","tool_use_id":"t1","tool_input":{"command":"true"}}
                """;
        return new IncomingEvent(
                kind,
                payload.getBytes(StandardCharsets.UTF_8),
                Instant.now(),
                UUID.randomUUID().toString(),
                IncomingEvent.CLAUDE_CODE,
                true,
                false);
    }

    private static Ingest ingest(javax.sql.DataSource source, AtomicInteger woken) {
        return SampleIngest.on(new Database(source), woken::incrementAndGet, Instant::now);
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 3);
    }

    private static void execute(TestDatabase database, String sql) throws SQLException {
        try (var connection = database.connect();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long count(TestDatabase database, String table) throws SQLException {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
