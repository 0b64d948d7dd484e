package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A memory that is recalled says whether its files are still what they were.
@Timeout(120)
final class FreshnessIT {

    private static TestDaemon daemon;

    @TempDir private static Path folder;

    @BeforeAll
    static void start() {
        daemon = TestDaemon.start();
    }

    @AfterAll
    static void stop() {
        daemon.close();
    }

    @Test
    void whatASessionDidIsComparedWithTheFilesThatItLeft() throws Exception {
        Path place = Files.createDirectory(folder.resolve("shop")).toRealPath();
        Files.writeString(place.resolve("retry.py"), "CAP = 5\n");
        hook(
                "user-prompt-submit",
                Map.of(
                        "session_id", "s",
                        "cwd", place.toString(),
                        "hook_event_name", "UserPromptSubmit",
                        "prompt", "Cap the retry backoff at five seconds"));
        hook(
                "post-tool-use",
                Map.of(
                        "session_id", "s",
                        "cwd", place.toString(),
                        "hook_event_name", "PostToolUse",
                        "tool_name", "Edit",
                        "tool_use_id", "toolu_1",
                        "tool_input",
                                Map.of(
                                        "file_path", place.resolve("retry.py").toString(),
                                        "old_string", "CAP = 30",
                                        "new_string", "CAP = 5"),
                        "tool_response", Map.of("filePath", place.resolve("retry.py").toString())));
        hook(
                "stop",
                Map.of(
                        "session_id",
                        "s",
                        "cwd",
                        place.toString(),
                        "hook_event_name",
                        "Stop",
                        "last_assistant_message",
                        "I capped the retry backoff at five seconds because the gateway"
                                + " bans faster clients."));
        daemon.settle();

        JsonNode fresh = found(place);
        assertThat(fresh.at("/freshness/state").asString()).as(fresh.toString()).isEqualTo("fresh");

        Files.writeString(place.resolve("retry.py"), "CAP = 7\n");
        assertThat(found(place).at("/freshness/state").asString()).isEqualTo("changed");
        assertThat(found(place).at("/freshness/files/0").asString()).isEqualTo("retry.py");
        JsonNode read =
                daemon.post("/api/observations/get", "{\"ids\": [" + fresh.get("id") + "]}").json();
        assertThat(read.at("/observations/0/freshness/state").asString()).isEqualTo("changed");

        var start =
                hook(
                        "session-start",
                        Map.of(
                                "session_id", "next",
                                "cwd", place.toString(),
                                "hook_event_name", "SessionStart",
                                "source", "startup"));
        assertThat(start.toString()).contains("retry.py] (files changed since)");

        Files.delete(place.resolve("retry.py"));
        assertThat(found(place).at("/freshness/state").asString()).isEqualTo("gone");
    }

    @Test
    void aMemoryWithoutFilesOrFromElsewhereHasNoLabel() throws Exception {
        Path place = Files.createDirectory(folder.resolve("garden")).toRealPath();
        Files.writeString(place.resolve("beds.txt"), "two\n");
        store(place.toString(), "Tomatoes drown in five litres", List.of());
        store("a name alone", "Cucumbers climb", List.of("beds.txt"));
        store(place.toString(), "Beds are watered at dawn", List.of("beds.txt"));
        daemon.settle();

        assertThat(search(place.toString(), "tomatoes drown").has("freshness")).isFalse();
        assertThat(search("a name alone", "cucumbers climb").has("freshness")).isFalse();
        assertThat(search(place.toString(), "beds watered").at("/freshness/state").asString())
                .isEqualTo("fresh");
    }

    private static JsonNode found(Path place) {
        return search(place.toString(), "retry backoff");
    }

    private static JsonNode search(String project, String query) {
        return daemon.post(
                        "/api/observations/search",
                        Json.write(Map.of("query", query, "project", project)))
                .json()
                .at("/observations/0");
    }

    private static void store(String project, String title, List<String> files) {
        var answer =
                daemon.post(
                        "/api/observations",
                        Json.write(
                                Map.of(
                                        "session_id", "by hand " + title,
                                        "project", project,
                                        "title", title,
                                        "type", "decision",
                                        "files_modified", files)));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    private static JsonNode hook(String name, Map<String, Object> payload) {
        var answer = daemon.post("/api/hooks/" + name, Json.write(payload));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json();
    }
}
