package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What is ignored or paused, with the daemon up and down, lies nowhere afterwards: not in a file
/// of Mneme, the database's included.
@Tag("proof")
final class PrivacyStoryIT {

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

    private final String marker =
            "privacy" + Long.toUnsignedString(new SecureRandom().nextLong(), 36) + "q";

    @Test
    void whatIsIgnoredOrPausedIsFoundNowhere() throws Exception {
        System.out.println("marker " + marker);
        Person person = Person.withEmptyHome("home");
        try {
            Ended installed = person.mneme("install", "--yes");
            assertThat(installed.exitCode()).as(installed.toString()).isZero();
            Path project = Files.createDirectories(person.folder().resolve("shop"));
            Files.createDirectories(project.resolve(".git/objects"));
            Files.createDirectories(project.resolve(".git/refs/heads"));
            Files.writeString(project.resolve(".git/HEAD"), "ref: refs/heads/main\n");
            Files.createDirectory(project.resolve("private"));
            Files.writeString(project.resolve(".mnemeignore"), "private/\n");

            ignored(person, project, "up");
            paused(person, project, "up");
            assertThat(person.mneme("stop").ok()).isTrue();
            ignored(person, project, "down");
            paused(person, project, "down");
            noFileHoldsTheMarker(person);
            assertThat(person.mneme("start").ok()).isTrue();
            Await.until(
                    "the spool is drained",
                    DRAIN_TIMEOUT,
                    () -> {
                        try (Stream<Path> spooled = Files.list(person.mneme().spool())) {
                            return spooled.noneMatch(f -> f.toString().endsWith(".event"));
                        }
                    });
            person.daemon().awaitSettled();

            for (String session : List.of("up", "down")) {
                JsonNode jobs =
                        Json.tree(
                                        person.mneme(
                                                        "queue",
                                                        "list",
                                                        "--all",
                                                        "--session",
                                                        session,
                                                        "--json")
                                                .out())
                                .path("jobs");
                // Two ignored ones; the paused ones are no rows.
                assertThat(jobs).as(session).hasSize(2);
                assertThat(jobs.get(0).path("skip_reason").asString()).isEqualTo("ignored-path");
            }
            assertThat(person.mneme("stop").ok()).isTrue();
            noFileHoldsTheMarker(person);
        } finally {
            person.leave();
        }
    }

    private void ignored(Person person, Path project, String session) throws Exception {
        fire(
                person,
                "PostToolUse",
                Map.of(
                        "session_id",
                        session,
                        "cwd",
                        project.toString(),
                        "hook_event_name",
                        "PostToolUse",
                        "tool_name",
                        "Read",
                        "tool_use_id",
                        session + "-1",
                        "tool_input",
                        Map.of("file_path", project + "/private/" + marker),
                        "tool_response",
                        Map.of("file", Map.of("content", marker))));
        fire(
                person,
                "PostToolUseFailure",
                Map.of(
                        "session_id",
                        session,
                        "cwd",
                        project.toString(),
                        "hook_event_name",
                        "PostToolUseFailure",
                        "tool_name",
                        "Bash",
                        "tool_use_id",
                        session + "-2",
                        "tool_input",
                        Map.of("command", "cat private/" + marker),
                        "error",
                        marker));
    }

    private void paused(Person person, Path project, String session) throws Exception {
        assertThat(mnemeIn(project, person, "pause").out()).contains("paused: project shop");
        assertThat(
                        Json.tree(mnemeIn(project, person, "status", "--json").out())
                                .at("/paused/0/name"))
                .hasToString("\"shop\"");
        fire(person, "UserPromptSubmit", prompt(session, project));
        fire(person, "Stop", prompt(session, project));
        assertThat(mnemeIn(project, person, "resume").out()).startsWith("resumed: project ");

        mnemeIn(project, person, "pause", "--session", session, "--for", "1h");
        fire(person, "UserPromptSubmit", prompt(session, person.folder()));
        mnemeIn(project, person, "resume", "--session", session);

        mnemeIn(project, person, "pause", "--all");
        fire(person, "UserPromptSubmit", prompt(session + "-other", person.folder()));
        assertThat(mnemeIn(project, person, "resume", "--all").out()).startsWith("resumed: ");
    }

    private Map<String, Object> prompt(String session, Path cwd) {
        return Map.of(
                "session_id", session,
                "cwd", cwd.toString(),
                "prompt", marker,
                "last_assistant_message", marker);
    }

    private static Ended mnemeIn(Path folder, Person person, String... words) throws Exception {
        Ended ended = person.run(Person.launcher(words), Map.of(), folder, "", COMMAND_TIMEOUT);
        assertThat(ended.err()).isEmpty();
        return ended;
    }

    private static void fire(Person person, String event, Map<String, Object> payload)
            throws Exception {
        Ended hook = person.hook(event, Json.write(payload));
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        assertThat(hook.out() + hook.err()).isEmpty();
    }

    private void noFileHoldsTheMarker(Person person) throws Exception {
        try (Stream<Path> files = Files.walk(person.mneme().root())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.toString().contains("/versions/") && !file.toString().endsWith(".so")) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1).contains(marker))
                            .as(file.toString())
                            .isFalse();
                }
            }
        }
    }
}
