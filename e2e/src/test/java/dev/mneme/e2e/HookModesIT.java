package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Why every hook waits: the real client in print mode, once with the hooks as we register them and
/// once with the same hooks as `async`, where the client allows it. What arrives is counted in the
/// database.
@Tag("proof")
final class HookModesIT {

    private static final int SESSIONS = 3;

    /// What the example script makes the client fire, the failed tool call among them.
    private static final List<String> FIRED =
            List.of(
                    "post-tool-use",
                    "post-tool-use",
                    "post-tool-use",
                    "post-tool-use-failure",
                    "session-end",
                    "session-start",
                    "stop",
                    "user-prompt-submit");

    /// A start must answer, and the client runs an end only so.
    private static final List<String> ALWAYS_WAITED_FOR = List.of("SessionStart", "SessionEnd");

    @Test
    void printModeLosesNoEventOfAHookThatIsWaitedFor() throws Exception {
        Optional<RealClaude> found = RealClaude.find();
        if (found.isEmpty()) {
            return;
        }
        Person person = Person.withEmptyHome("home");
        try {
            Ended installed = person.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.toString()).isZero();

            long waitedMs = sessions(person, found.get(), "waited");
            person.daemon().awaitSettled();
            for (int i = 0; i < SESSIONS; i++) {
                assertThat(arrived(person, "waited-" + i)).containsExactlyElementsOf(FIRED);
            }

            makeAsynchronous(person);
            long asyncMs = sessions(person, found.get(), "async");
            person.daemon().awaitSettled();
            var lost = new TreeMap<String, Integer>();
            for (int i = 0; i < SESSIONS; i++) {
                var missing = new ArrayList<>(FIRED);
                arrived(person, "async-" + i).forEach(missing::remove);
                missing.forEach(event -> lost.merge(event, 1, Integer::sum));
            }
            System.out.printf(
                    "proof: hook modes in print mode, %d sessions each: waited for %d ms a session,"
                            + " nothing lost; async %d ms a session, lost %s%n",
                    SESSIONS, waitedMs / SESSIONS, asyncMs / SESSIONS, lost);
        } finally {
            person.leave();
        }
    }

    private static long sessions(Person person, RealClaude claude, String name) throws Exception {
        long startedNanos = System.nanoTime();
        for (int i = 0; i < SESSIONS; i++) {
            Path project = Files.createDirectory(person.folder().resolve(name + "-" + i));
            claude.session(person, project, claude.exampleScript(), "Cap the retry backoff");
        }
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    private static List<String> arrived(Person person, String project) throws Exception {
        return person.texts(
                "SELECT events.kind FROM mem_events AS events"
                        + " JOIN mem_sessions AS sessions ON sessions.id = events.session_id"
                        + " JOIN mem_projects AS projects ON projects.id = sessions.project_id"
                        + " WHERE projects.name = '"
                        + project
                        + "' ORDER BY events.kind");
    }

    private static void makeAsynchronous(Person person) throws IOException {
        JsonNode settings = Json.tree(Files.readString(person.settings()));
        settings.path("hooks")
                .properties()
                .forEach(
                        event -> {
                            if (!ALWAYS_WAITED_FOR.contains(event.getKey())) {
                                event.getValue()
                                        .forEach(
                                                group ->
                                                        group.path("hooks")
                                                                .forEach(HookModesIT::setAsync));
                            }
                        });
        Files.writeString(person.settings(), Json.write(settings));
    }

    private static void setAsync(JsonNode handler) {
        ((ObjectNode) handler).put("async", true);
    }
}
