package dev.mneme.recall;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.daemon.TestDaemon;
import dev.mneme.protocol.Json;
import dev.mneme.protocol.Limits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;

/// What a session is told when it starts: what holds, what touches the work in hand, the latest
/// work; each for a reason that can be asked for afterwards.
@Timeout(120)
final class BriefingStoryIT {

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
    void whatHoldsIsToldHoweverOldItIsAndWhatHasNoReasonIsNot() throws Exception {
        String place = place("holds");
        stored(place, "long-ago", "decision", "Times are stored in UTC", 400);
        stored(place, "long-ago", "feature", "Added the export button", 400);
        stored(place, "yesterday", "feature", "Added the import button", 1);

        String told = started(place, "now", "startup");

        assertThat(told)
                .contains("Times are stored in UTC", "Added the import button")
                .doesNotContain("Added the export button");
        assertThat(reasons("now"))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "Times are stored in UTC", "decision",
                                "Added the import button", "last-session"));
    }

    @Test
    void whatTouchesAChangedFileOrTheBranchIsToldAndSaysSo() throws Exception {
        Path repository = Path.of(place("shop"));
        git(repository, "init", "-q", "-b", "main");
        Files.writeString(repository.resolve("cart.js"), "old");
        Files.writeString(repository.resolve("tax.js"), "old");
        // Older than the commit, as after any checkout.
        for (String file : List.of("cart.js", "tax.js")) {
            Files.setLastModifiedTime(
                    repository.resolve(file),
                    FileTime.from(Instant.now().minus(Duration.ofMinutes(5))));
        }
        git(repository, "add", ".");
        git(repository, "commit", "-q", "-m", "First");
        stored(repository.toString(), "a", "gotcha", "The cart rounds twice", 30, "cart.js");
        stored(repository.toString(), "a", "gotcha", "Tax rates are cached", 30, "tax.js");
        stored(repository.toString(), "b", "change", "Bumped the linter", 1);

        Files.writeString(repository.resolve("cart.js"), "new");
        Files.setLastModifiedTime(
                repository.resolve("cart.js"),
                FileTime.from(Instant.now().plus(Duration.ofSeconds(5))));
        String told = started(repository.toString(), "c", "startup");

        assertThat(told).contains("The cart rounds twice").doesNotContain("Tax rates are cached");
        JsonNode why = daemon.get("/api/sessions/c/told").json().get("told");
        JsonNode cart = named(why, "The cart rounds twice");
        assertThat(cart.get("reason").asString()).isEqualTo("changed-file");
        assertThat(cart.get("evidence").asString()).isEqualTo("cart.js");
        JsonNode receipt = daemon.get("/api/observations/" + cart.get("id") + "/why").json();
        assertThat(receipt.get("told").get(0).get("session_id").asString()).isEqualTo("c");
        assertThat(receipt.get("told").get(0).get("because").asString()).isNotBlank();
    }

    @Test
    void aSessionIsToldAnewOnlyWhatItNoLongerKnows() throws Exception {
        String place = place("again");
        stored(place, "before", "decision", "Keep the queue in PostgreSQL", 3);

        assertThat(started(place, "s", "startup")).contains("Keep the queue");
        assertThat(started(place, "s", "startup")).as("the same hook, registered twice").isEmpty();
        assertThat(started(place, "s", "resume")).as("nothing is new").isEmpty();
        stored(place, "elsewhere", "decision", "Answer in problem+json", 0);
        assertThat(started(place, "s", "resume"))
                .contains("Answer in problem+json")
                .doesNotContain("Keep the queue");
        assertThat(started(place, "s", "compact"))
                .contains("Keep the queue", "Answer in problem+json");
        assertThat(started(place, "s", "resume")).isEmpty();
        assertThat(started(place, "s", "clear"))
                .contains("Keep the queue", "Answer in problem+json");
    }

    @Test
    void aPinnedMemoryComesFirstAndAForgottenOneTakesItsReceiptsAlong() throws Exception {
        String place = place("pins");
        for (int i = 0; i < 60; i++) {
            stored(place, "many", "decision", "Decision number " + i + " " + "x".repeat(300), 10);
        }
        long old = stored(place, "old", "change", "The staging password rotates on Mondays", 300);
        stored(place, "last", "change", "Renamed a folder", 0);
        daemon.post("/api/observations/" + old + "/pin", "{\"pinned\": true}");

        String told = started(place, "p", "startup");

        assertThat(told).contains("rotates on Mondays", "</recalled-memory>");
        assertThat(told.length()).isLessThanOrEqualTo(Limits.SESSION_CONTEXT_CHARS_MAX);
        assertThat(reasons("p")).containsEntry("The staging password rotates on Mondays", "pinned");
        assertThat(daemon.post("/api/forget", "{\"ids\": [" + old + "]}").status()).isEqualTo(200);
        assertThat(reasons("p")).doesNotContainKey("The staging password rotates on Mondays");
        assertThat(daemon.get("/api/observations/" + old + "/why").status()).isEqualTo(404);
    }

    private String place(String name) throws Exception {
        return Files.createDirectories(folder.resolve(name)).toRealPath().toString();
    }

    private static long stored(
            String place, String session, String type, String title, int daysAgo, String... files) {
        var body = new HashMap<String, Object>();
        body.put("session_id", session + "@" + place);
        body.put("project", place);
        body.put("type", type);
        body.put("title", title);
        body.put("files_modified", List.of(files));
        body.put("created_at", Instant.now().minus(Duration.ofDays(daysAgo)).toString());
        TestDaemon.Answer answer = daemon.post("/api/observations", Json.write(body));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("id").asLong();
    }

    /// What the session is told; empty for silence.
    private static String started(String place, String session, String source) {
        TestDaemon.Answer answer =
                daemon.post(
                        "/api/hooks/session-start",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        session,
                                        "cwd",
                                        place,
                                        "source",
                                        source,
                                        "hook_event_name",
                                        "SessionStart")));
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().isEmpty()
                ? ""
                : answer.json().at("/hookSpecificOutput/additionalContext").asString("");
    }

    private static Map<String, String> reasons(String session) {
        var reasons = new HashMap<String, String>();
        daemon.get("/api/sessions/" + session + "/told?limit=100")
                .json()
                .get("told")
                .forEach(
                        one ->
                                reasons.put(
                                        one.get("title").asString(), one.get("reason").asString()));
        return reasons;
    }

    private static JsonNode named(JsonNode told, String title) {
        return StreamSupport.stream(told.spliterator(), false)
                .filter(one -> one.get("title").asString().equals(title))
                .findFirst()
                .orElseThrow();
    }

    private static void git(Path root, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("git"));
        command.addAll(List.of("-c", "user.name=t", "-c", "user.email=t@t"));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(root.toFile()).inheritIO();
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        Process process = builder.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}
