package dev.mneme.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;

import dev.mneme.domain.HookEvent;
import dev.mneme.domain.IncomingEvent;
import dev.mneme.migrations.testkit.TestDatabase;
import dev.mneme.store.Database;
import dev.mneme.store.TestPool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Events that arrive together share one look at the disk; none may get a look that is older than
/// itself.
@Timeout(120)
final class SharedLookIT {

    private static final int SENDERS = 12;
    private static final int CHANGES = 40;

    @TempDir Path project;

    /// Others keep sending for the same folder all the while, so that there are always looks under
    /// way that began before a file was changed.
    @Test
    void whatChangedBeforeAnEventWasSentIsSeenWhateverOthersSend() throws Exception {
        try (var testDatabase = TestDatabase.create();
                var pool = pool(testDatabase)) {
            Ingest ingest = SampleIngest.on(new Database(pool), () -> {}, Instant::now);
            var stop = new AtomicBoolean();
            var others = new AtomicInteger();
            var senders = new ArrayList<Thread>();
            for (int i = 0; i < SENDERS; i++) {
                String session = "other-" + i;
                senders.add(
                        Thread.ofVirtual()
                                .start(
                                        () -> {
                                            while (!stop.get()) {
                                                ingest.offer(event(session, "true"));
                                                others.incrementAndGet();
                                            }
                                        }));
            }
            try {
                for (int change = 0; change < CHANGES; change++) {
                    String at = "change " + change;
                    String secret = "hunter-" + UUID.randomUUID();
                    Files.writeString(project.resolve(".mneme"), "capture = off\n");
                    assertThat(ingest.offer(event("own", "true"))).as(at).isEmpty();
                    Files.delete(project.resolve(".mneme"));
                    Files.writeString(project.resolve(".env"), "DB_PASSWORD=" + secret + "\n");
                    assertThat(kept(ingest, "echo " + secret)).as(at).doesNotContain(secret);
                    Files.writeString(project.resolve(".mnemeignore"), "private/\n");
                    assertThat(kept(ingest, "cat private/notes")).as(at).isEmpty();
                    Files.delete(project.resolve(".mnemeignore"));
                    assertThat(kept(ingest, "cat private/notes")).as(at).contains("notes");
                    Files.delete(project.resolve(".env"));
                }
            } finally {
                stop.set(true);
            }
            for (Thread sender : senders) {
                sender.join();
            }
            assertThat(others.get()).as("events of others meanwhile").isGreaterThan(CHANGES);
        }
    }

    /// The command as it is stored; empty where nothing of it is.
    private String kept(Ingest ingest, String command) {
        Optional<Ingest.Accepted> accepted = ingest.offer(event("own", command));
        JsonNode input = accepted.orElseThrow().payload().path("tool_input");
        return input.path("command").asString("");
    }

    private IncomingEvent event(String session, String command) {
        String payload =
                """
                {"session_id":"SESSION","cwd":"FOLDER","tool_name":"Bash","tool_use_id":"ID",
                 "tool_input":{"command":"COMMAND"}}
                """
                        .replace("SESSION", session)
                        .replace("FOLDER", project.toString())
                        .replace("ID", UUID.randomUUID().toString())
                        .replace("COMMAND", command);
        return new IncomingEvent(
                HookEvent.POST_TOOL_USE,
                payload.getBytes(StandardCharsets.UTF_8),
                Instant.now(),
                UUID.randomUUID().toString(),
                IncomingEvent.CLAUDE_CODE,
                true,
                false);
    }

    private static HikariDataSource pool(TestDatabase database) {
        return TestPool.of(database, 4);
    }
}
