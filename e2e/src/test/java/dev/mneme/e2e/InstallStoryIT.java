package dev.mneme.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mneme.protocol.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// A newcomer sets Mneme up with one command, lives with it, and removes it again.
///
/// One story in chapters: each goes on where the one before ended. The home has spaces and a
/// letter outside ASCII in its path, and the shell's umask hides nothing.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class InstallStoryIT {

    /// A search on a busy machine may take longer than a hook waits; then the next prompt asks.
    private static final Duration PROMPT_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration RECOVERY_TIMEOUT = Duration.ofSeconds(40);
    private static final int STARTERS = 8;

    /// A person's own settings: odd indentation, a number no parser keeps, hooks of others, no
    /// newline at the end.
    private static final String ODD_SETTINGS =
            """
            {   "model" : "opus",
            \t"n": 1e400,
              "hooks":{ "Stop":[ {"hooks":[{"type":"command","command":"true"}]} ],
                 "Notification" :[]},
               "permissions": {"allow": [ "Bash(ls:*)" ] } }""";

    private static Person person;
    private static Ended installed;
    private static Map<String, String> realHomeBefore;

    @BeforeAll
    static void installIntoAnEmptyHome() throws Exception {
        realHomeBefore = realHome();
        person = Person.withEmptyHome("a newcömer's home");
        installed = person.mneme("install", "--yes");
    }

    @AfterAll
    static void leave() throws Exception {
        person.leave();
    }

    @Test
    @Order(1)
    void installEndsHealthy() {
        assertThat(installed.exitCode()).as(installed.toString()).isZero();
        assertThat(installed.out().strip().lines().toList())
                .as(installed.toString())
                .contains("healthy")
                .anyMatch(line -> line.startsWith("installed in "))
                .last()
                .asString()
                .as("how to write `mneme` alone, since no shell profile is touched")
                .contains("export PATH=");
        assertThat(installed.out()).doesNotContain("\u001b");
    }

    @Test
    @Order(2)
    void statusNamesDatabaseAndVectors() throws Exception {
        Ended ended = person.mneme("status", "--json");

        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        JsonNode status = Json.tree(ended.out());
        assertThat(status.at("/status").asString()).isEqualTo("healthy");
        assertThat(status.at("/vector/extension").asString()).isEqualTo("available");
        assertThat(status.at("/vector/version").asString()).matches("0\\.[0-9]+\\.[0-9]+");
        assertThat(status.at("/vector/index").asString()).isEqualTo("hnsw");
        assertThat(status.at("/vector/rows").isIntegralNumber()).isTrue();
        assertThat(status.at("/database/provider").asString()).isEqualTo("embedded");
        assertThat(status.at("/daemon/running").asBoolean()).isTrue();
        assertThat(status.at("/daemon/pid").asLong()).isEqualTo(person.daemon().info().pid());
        assertThat(status.at("/claude_code/settings").asString()).isEqualTo("registered");
        assertThat(status.at("/claude_code/mcp").asString()).isEqualTo("registered");
    }

    @Test
    @Order(3)
    void nobodyElseCanReadAnythingUnderAnyUmask() throws Exception {
        assertThat(permissions(person.mneme().root())).isEqualTo("rwx------");
        assertThat(permissions(person.mneme().token())).isEqualTo("rw-------");
        assertThat(openToOthers(person.mneme().root())).isEmpty();
    }

    @Test
    @Order(4)
    void theRealHomeIsUntouched() throws Exception {
        assertThat(realHome()).isEqualTo(realHomeBefore);
    }

    @Test
    @Order(5)
    void startingWhatRunsIsNoError() throws Exception {
        long pid = person.daemon().info().pid();

        Ended ended = person.mneme("start");

        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        assertThat(person.daemon().info().pid()).isEqualTo(pid);
    }

    @Test
    @Order(6)
    void installingAgainChangesNoByteOfTheSettings() throws Exception {
        byte[] settings = Files.readAllBytes(person.settings());
        byte[] servers = Files.readAllBytes(person.home().resolve(".claude.json"));
        long pid = person.daemon().info().pid();

        Ended again = person.mneme("install", "--yes");

        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(Files.readAllBytes(person.settings())).isEqualTo(settings);
        assertThat(Files.readAllBytes(person.home().resolve(".claude.json"))).isEqualTo(servers);
        assertThat(person.daemon().info().pid()).isEqualTo(pid);
    }

    @Test
    @Order(7)
    void whatOneAgentLearnsTheNextIsToldBeforeTheCall() throws Exception {
        String folder = Files.createDirectories(person.folder().resolve("lessons")).toString();
        String push = preToolUse("learner", folder, "git push --force");
        Ended nothing = person.hook("PreToolUse", push);
        assertThat(nothing.exitCode()).as(nothing.toString()).isZero();
        assertThat(nothing.out() + nothing.err()).isEmpty();
        try (McpServer server = person.mcpServer()) {
            JsonNode kept =
                    server.call(
                            "create_lesson",
                            Map.of(
                                    "rule", "Never force-push main: CI deploys from it.",
                                    "severity", "critical",
                                    "project", folder,
                                    "trigger_tool", "Bash",
                                    "trigger_pattern", "push.*--force"));
            assertThat(kept.path("isError").asBoolean(true)).as(kept.toString()).isFalse();
        }
        // On a busy machine an answer may be late for one call; the next session is told as well.
        var told = new AtomicReference<>("");
        var session = new AtomicInteger();
        Await.until(
                "a call is told",
                RECOVERY_TIMEOUT,
                () -> {
                    String name = "told-" + session.incrementAndGet();
                    Ended hook =
                            person.hook("PreToolUse", preToolUse(name, folder, "git push --force"));
                    assertThat(hook.exitCode()).as(hook.toString()).isZero();
                    assertEmptyOrOneObject(hook);
                    told.set(hook.out());
                    return !hook.out().isEmpty();
                });
        JsonNode said = Json.tree(told.get()).at("/hookSpecificOutput");
        assertThat(said.at("/additionalContext").asString()).contains("CI deploys from it");
        assertThat(said.propertyNames()).containsExactly("hookEventName", "additionalContext");
        assertThat(person.hook("PreToolUse", preToolUse("other", folder, "git push")).out())
                .isEmpty();
        Ended listed = person.mneme("lesson", "list", "--project", folder, "--json");
        assertThat(listed.exitCode()).as(listed.toString()).isZero();
        assertThat(Json.tree(listed.out()).at("/lessons/0/trigger_count").asInt()).isPositive();
        assertThat(person.mneme("lesson", "retire", lessonId(listed)).exitCode()).isZero();
        assertThat(person.mneme().lessonsMarker()).doesNotExist();
    }

    private static String lessonId(Ended listed) {
        return Json.tree(listed.out()).at("/lessons/0/id").asString();
    }

    private static String preToolUse(String session, String folder, String command) {
        return Json.write(
                Map.of(
                        "session_id",
                        session,
                        "cwd",
                        folder,
                        "hook_event_name",
                        "PreToolUse",
                        "tool_name",
                        "Bash",
                        "tool_input",
                        Map.of("command", command)));
    }

    @Test
    @Order(8)
    void aKilledDaemonIsStartedByTheNextSessionAndNothingIsLost() throws Exception {
        var saved =
                person.daemon()
                        .post(
                                "/api/memories",
                                Json.write(
                                        Map.of(
                                                "text",
                                                "The gateway listens on 8089 since the proxy took"
                                                        + " 8080.",
                                                "project",
                                                "shop")));
        assertThat(saved.status()).as(saved.body()).isEqualTo(200);
        long killed = person.daemon().info().pid();
        ProcessHandle process = person.daemon().process();
        process.destroyForcibly();
        process.onExit().join();

        Ended hook = person.hook("SessionStart", Payloads.sessionStart(person, "after-the-kill"));

        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        assertEmptyOrOneObject(hook);
        Await.until(
                "a daemon answers again",
                RECOVERY_TIMEOUT,
                () -> person.daemon().health().path("pid").asLong(killed) != killed);
        person.daemon().awaitSettled();
        assertThat(person.daemon().search("why does the gateway listen on 8089").toString())
                .contains("since the proxy took");
        assertThat(
                        person.count(
                                "select count(*) from mem_sessions where session_id = 'after-the-kill'"))
                .isEqualTo(1);
        assertOneOfEach();
    }

    @Test
    @Order(9)
    void theCommandLineFindsShowsAndCorrectsAMemory() throws Exception {
        String place = person.home().resolve("till").toString();
        var saved =
                person.daemon()
                        .post(
                                "/api/memories",
                                Json.write(
                                        Map.of(
                                                "text", "The till closes at six.",
                                                "project", place,
                                                "type", "decision")));
        String id = Json.tree(saved.body()).at("/id").asString();
        person.daemon().awaitSettled();

        Ended found =
                person.mneme("search", "--project", place, "when", "does", "the till", "close");
        assertThat(found.out()).contains("#" + id, "decision", "The till closes at six.");
        assertThat(
                        Json.tree(person.mneme("search", "--all", "--json", "till closes").out())
                                .at("/observations/0/id")
                                .asString())
                .isEqualTo(id);
        assertThat(person.mneme("pin", id).out()).contains("pinned: #" + id);
        assertThat(person.mneme("edit", id, "--title", "The till closes at seven").out())
                .contains("The till closes at seven", ", pinned");

        Ended start =
                person.hook(
                        "SessionStart",
                        Payloads.sessionStart(person, "at-the-till")
                                .replace(person.home().toString(), place));
        assertThat(start.out()).contains("The till closes at seven");
        assertThat(person.mneme("why", id).out())
                .contains("session at-the-till (startup): you pinned it");
        assertThat(person.mneme("why", "--session", "at-the-till").out()).contains("#" + id);

        assertThat(person.mneme("wrong", id).out()).contains("no longer recalled: #" + id);
        assertThat(person.mneme("search", "--project", place, "till").out()).contains("no hits");
        assertThat(person.mneme("wrong", id, "--undo").exitCode()).isZero();
        assertThat(person.mneme("show", id).out()).contains("The till closes at seven");
        Ended unknown = person.mneme("show", "999999");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.err()).contains("cannot show #999999", "hint: ");

        Ended cost = person.mneme("cost");
        assertThat(cost.exitCode()).as(cost.toString()).isZero();
        assertThat(cost.out()).contains("today", "0 calls", "$0.0000");
    }

    /// What git says at the time of an event, not at the time when somebody looks.
    @Test
    @Order(9)
    void aMemoryNamesBranchAndCommitOfItsTime() throws Exception {
        Path quay = Files.createDirectories(person.folder().resolve("quay"));
        git(quay, "init", "-q", "-b", "main");
        git(quay, "commit", "-q", "--allow-empty", "-m", "Begin");
        git(quay, "switch", "-q", "-c", "cranes");
        String commit = git(quay, "rev-parse", "HEAD");
        String file = quay.resolve("crane.py").toString();
        // What comes late on a busy machine has no position: the branch may have changed since.
        var calls = new AtomicInteger();
        Await.until(
                "an event is stored with its branch",
                RECOVERY_TIMEOUT,
                () -> {
                    String call = "crane-" + calls.incrementAndGet();
                    String payload =
                            Payloads.created(person, "at-the-quay", call, file, "LIMIT = 8\n");
                    person.hook(
                            "PostToolUse",
                            payload.replace("\"cwd\":\"" + person.home(), "\"cwd\":\"" + quay));
                    Await.until(
                            "the event is stored",
                            RECOVERY_TIMEOUT,
                            () ->
                                    person.count(
                                                    "select count(*) from mem_events"
                                                            + " where tool_use_id = '"
                                                            + call
                                                            + "'")
                                            == 1);
                    return person.count("select count(*) from mem_events where branch = 'cranes'")
                            > 0;
                });
        person.hook(
                "Stop",
                Json.write(
                        Map.of(
                                "session_id",
                                "at-the-quay",
                                "hook_event_name",
                                "Stop",
                                "cwd",
                                quay.toString(),
                                "last_assistant_message",
                                "The crane lifts eight tons now.")));
        Await.until(
                "the turn's end is stored",
                RECOVERY_TIMEOUT,
                () ->
                        person.count(
                                        "select count(*) from mem_events as events"
                                                + " join mem_sessions as sessions"
                                                + " on sessions.id = events.session_id"
                                                + " where sessions.session_id = 'at-the-quay'"
                                                + " and kind = 'stop'")
                                == 1);
        git(quay, "switch", "-q", "main");
        git(quay, "commit", "-q", "--allow-empty", "-m", "Go on");
        person.daemon().awaitSettled();

        String id =
                person.texts(
                                "select distinct made.observation_id::text"
                                        + " from mem_observation_events as made"
                                        + " join mem_events as events on events.id = made.event_id"
                                        + " where events.branch = 'cranes'")
                        .getFirst();
        JsonNode view = Json.tree(person.daemon().get("/api/observations/" + id).body());
        assertThat(view.path("branch").asString()).as(view.toString()).isEqualTo("cranes");
        assertThat(view.path("commit").asString()).isEqualTo(commit);
        assertThat(person.mneme("show", id).out())
                .contains(", on cranes, at " + commit.substring(0, 9));
        try (McpServer server = person.mcpServer()) {
            assertThat(
                            server.call(
                                            "get_observations",
                                            Map.of("ids", List.of(Long.valueOf(id))))
                                    .toString())
                    .contains("on cranes at " + commit.substring(0, 9));
        }
    }

    private static String git(Path folder, String... words) throws Exception {
        var command =
                new ArrayList<>(List.of("git", "-c", "user.name=dev", "-c", "user.email=dev@shop"));
        command.addAll(List.of(words));
        Ended ended = person.run(command, Map.of(), folder, "", RECOVERY_TIMEOUT);
        assertThat(ended.exitCode()).as(ended.toString()).isZero();
        return ended.out().strip();
    }

    /// Their hooks, as they are written in the agents' own files, and payloads as their
    /// documentation shows them: what happens there is in the same memory.
    @Test
    @Order(9)
    void aPromptBringsWhatAnswersItWhereSomebodyWantsThat() throws Exception {
        String place = person.home().resolve("harbour").toString();
        for (String text :
                List.of(
                        "The harbour crane lifts forty tonnes at most",
                        "Customs forms are printed on yellow paper",
                        "The night watch logs every ship by radio",
                        "Pilots board two miles out",
                        "Fuel is sold at the eastern pier alone",
                        "Fishing boats pay by the metre")) {
            var saved =
                    person.daemon()
                            .post(
                                    "/api/memories",
                                    Json.write(Map.of("text", text, "project", place)));
            assertThat(saved.status()).as(saved.body()).isEqualTo(200);
        }
        assertThat(besideAPrompt(place, "unasked")).isEmpty();

        assertThat(person.mneme("config", "set", "MNEME_PROMPT_HITS", "3").exitCode()).isZero();
        assertThat(person.mneme("restart").exitCode()).isZero();
        var sessions = new ArrayList<String>();
        Await.until(
                "a hook prints the memory before it gives up",
                PROMPT_TIMEOUT,
                () -> {
                    sessions.add("asks-" + sessions.size());
                    return besideAPrompt(place, sessions.getLast()).contains("forty tonnes");
                });
        assertThat(person.mneme("why", "--session", sessions.getLast()).out())
                .contains("forty tonnes", "a prompt asked for what it is about (covered ");
        assertThat(besideAPrompt(place, sessions.getLast())).as("it knows").isEmpty();

        assertThat(person.mneme("config", "unset", "MNEME_PROMPT_HITS").exitCode()).isZero();
        assertThat(person.mneme("restart").exitCode()).isZero();
    }

    private static String besideAPrompt(String place, String session) throws Exception {
        Ended hook =
                person.hook(
                        "UserPromptSubmit",
                        Json.write(
                                Map.of(
                                        "session_id",
                                        session,
                                        "cwd",
                                        place,
                                        "hook_event_name",
                                        "UserPromptSubmit",
                                        "prompt",
                                        "How many tonnes does the harbour crane lift?")));
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        return hook.out().isEmpty()
                ? ""
                : Json.tree(hook.out()).at("/hookSpecificOutput/additionalContext").asString("");
    }

    @Test
    @Order(10)
    void whatOtherAgentsDoIsCapturedThroughTheirHooks() throws Exception {
        String place = Files.createDirectories(person.folder().resolve("of agents")).toString();
        for (String agent : List.of("cursor", "gemini", "windsurf", "cline")) {
            Ended ended = person.mneme("agent-setup", agent);
            assertThat(ended.exitCode()).as(ended.toString()).isZero();
        }
        String cursor =
                "\"conversation_id\":\"of-cursor\",\"workspace_roots\":[\"" + place + "\"],";
        JsonNode cursorHooks = tree(".cursor/hooks.json");
        assertThat(cursorHooks.at("/version").asInt()).isEqualTo(1);
        fired(cursorHooks.at("/hooks/sessionStart/0/command"), "{" + cursor + "\"x\":1}");
        fired(
                cursorHooks.at("/hooks/beforeSubmitPrompt/0/command"),
                "{" + cursor + "\"prompt\":\"Cap it\"}");
        fired(
                cursorHooks.at("/hooks/afterFileEdit/0/command"),
                "{"
                        + cursor
                        + "\"hook_event_name\":\"afterFileEdit\",\"file_path\":\""
                        + place
                        + "/a.ts\",\"edits\":[{\"old_string\":\"1\",\"new_string\":\"2\"}]}");
        fired(
                cursorHooks.at("/hooks/afterAgentResponse/0/command"),
                "{" + cursor + "\"text\":\"Capped it.\"}");

        String gemini = "\"session_id\":\"of-gemini\",\"cwd\":\"" + place + "\",";
        JsonNode geminiHooks = tree(".gemini/settings.json");
        fired(
                geminiHooks.at("/hooks/BeforeAgent/0/hooks/0/command"),
                "{" + gemini + "\"prompt\":\"Run it\"}");
        fired(
                geminiHooks.at("/hooks/AfterTool/0/hooks/0/command"),
                "{"
                        + gemini
                        + "\"tool_name\":\"run_shell_command\",\"tool_input\":{\"command\":\"make\"},"
                        + "\"tool_response\":{\"llmContent\":\"no rule\\nExit Code: 2\"}}");
        fired(
                geminiHooks.at("/hooks/AfterAgent/0/hooks/0/command"),
                "{" + gemini + "\"prompt_response\":\"It has no rule.\"}");

        String windsurf = "\"trajectory_id\":\"of-windsurf\",\"agent_action_name\":";
        JsonNode windsurfHooks = tree(".codeium/windsurf/hooks.json");
        fired(
                windsurfHooks.at("/hooks/pre_user_prompt/0/command"),
                "{" + windsurf + "\"pre_user_prompt\",\"tool_info\":{\"user_prompt\":\"Go\"}}");
        fired(
                windsurfHooks.at("/hooks/post_run_command/0/command"),
                "{"
                        + windsurf
                        + "\"post_run_command\",\"tool_info\":{\"command_line\":\"npm i\",\"cwd\":\""
                        + place
                        + "\"}}");

        Path scripts = person.home().resolve("Documents/Cline/Hooks");
        String cline = "\"taskId\":\"17\",\"workspaceRoots\":[\"" + place + "\"],\"hookName\":";
        Ended start = script(scripts.resolve("TaskStart"), "{" + cline + "\"TaskStart\"}");
        assertThat(Json.tree(start.out()).at("/cancel").asBoolean(true)).isFalse();
        script(
                scripts.resolve("PostToolUse"),
                "{"
                        + cline
                        + "\"PostToolUse\",\"postToolUse\":{\"toolName\":\"write_to_file\","
                        + "\"parameters\":{\"path\":\"b.ts\",\"content\":\"x\"},\"success\":true}}");

        person.daemon().awaitSettled();
        assertThat(
                        person.texts(
                                """
                                SELECT sessions.session_id || ' '
                                    || events.kind || coalesce(' ' || events.tool_name, '')
                                FROM mem_events AS events
                                JOIN mem_sessions AS sessions ON sessions.id = events.session_id
                                WHERE sessions.session_id IN
                                    ('of-cursor', 'of-gemini', 'of-windsurf', 'cline-17')
                                ORDER BY sessions.session_id, events.occurred_at, events.id
                                """))
                .containsExactly(
                        "cline-17 session-start",
                        "cline-17 post-tool-use Write",
                        "of-cursor session-start",
                        "of-cursor user-prompt-submit",
                        "of-cursor post-tool-use MultiEdit",
                        "of-cursor stop",
                        "of-gemini user-prompt-submit",
                        "of-gemini post-tool-use-failure Bash",
                        "of-gemini stop",
                        "of-windsurf user-prompt-submit",
                        "of-windsurf post-tool-use Bash");
        for (String agent : List.of("cursor", "gemini", "windsurf", "cline")) {
            Ended ended = person.mneme("agent-setup", agent, "--remove");
            assertThat(ended.exitCode()).as(ended.toString()).isZero();
        }
        assertThat(person.home().resolve(".cursor")).doesNotExist();
        assertThat(person.home().resolve("Documents")).doesNotExist();
    }

    private static JsonNode tree(String file) throws IOException {
        return Json.tree(Files.readString(person.home().resolve(file)));
    }

    /// A line that the agent gives to a shell.
    private static void fired(JsonNode line, String payload) throws Exception {
        ran(List.of("sh", "-c", line.asString()), payload);
    }

    private static Ended script(Path script, String payload) throws Exception {
        return ran(List.of(script.toString()), payload);
    }

    private static Ended ran(List<String> command, String payload) throws Exception {
        Ended hook = person.run(command, Map.of(), person.home(), payload, Person.HOOK_TIMEOUT);
        assertThat(hook.exitCode()).as(hook.toString()).isZero();
        assertEmptyOrOneObject(hook);
        return hook;
    }

    @Test
    @Order(11)
    void eightStartsAtOnceLeaveOneDaemon() throws Exception {
        Ended stopped = person.mneme("stop");
        assertThat(stopped.exitCode()).as(stopped.toString()).isZero();
        assertThat(person.processes()).isEmpty();

        var starts = new ArrayList<Callable<Ended>>();
        for (int i = 0; i < STARTERS; i++) {
            starts.add(() -> person.mneme("start"));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var start : threads.invokeAll(starts)) {
                assertThat(start.get().exitCode()).as(start.get().toString()).isZero();
            }
        }

        Await.until(
                "those that came second have left",
                RECOVERY_TIMEOUT,
                () -> person.daemons().size() == 1);
        assertOneOfEach();
    }

    /// The embedded server: a backup beside the daemon that serves from it, a restore in its place.
    @Test
    @Order(12)
    void whatWasBackedUpComesBack() throws Exception {
        Path file = person.folder().resolve("all of it.zip");
        Ended backup = person.mneme("backup", file.toString());
        assertThat(backup.exitCode()).as(backup.toString()).isZero();
        assertThat(backup.out()).contains("checked: every row came back as it went in");
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertOneOfEach();
        Ended forgotten = person.mneme("forget", "--query", "gateway", "--now", "--yes");
        assertThat(forgotten.exitCode()).as(forgotten.toString()).isZero();
        assertThat(person.daemon().search("why does the gateway listen on 8089").toString())
                .doesNotContain("since the proxy took");

        Ended restored = person.mneme("restore", "--yes", file.toString());

        assertThat(restored.exitCode()).as(restored.toString()).isZero();
        assertThat(person.daemon().search("why does the gateway listen on 8089").toString())
                .contains("since the proxy took");
        assertThat(openToOthers(person.mneme().root())).isEmpty();
        assertOneOfEach();
        assertThat(person.mneme("backup", "--list").out()).contains("before-restore-");
        assertThat(person.mneme("migrate", "--dry-run").out()).contains("nothing to apply");
        Ended looked = person.mneme("db", "-c", "SELECT count(*) AS projects FROM mem_projects");
        assertThat(looked.exitCode()).as(looked.toString()).isZero();
        assertThat(looked.out()).contains("projects").contains("(1 rows)");
        Ended wrote = person.mneme("db", "-c", "DELETE FROM mem_projects");
        assertThat(wrote.exitCode()).isEqualTo(1);
        assertThat(wrote.out()).contains("read-only transaction");
    }

    @Test
    @Order(13)
    void uninstallRestoresSettingsByteForByteAndKeepsTheMemories() throws Exception {
        Ended first = person.mneme("uninstall", "--yes");
        assertThat(first.exitCode()).as(first.toString()).isZero();
        assertThat(person.settings()).doesNotExist();
        Files.createDirectories(person.settings().getParent());
        Files.writeString(person.settings(), ODD_SETTINGS);

        Ended again = person.mneme("install", "--yes");

        assertThat(again.exitCode()).as(again.toString()).isZero();
        assertThat(person.daemon().search("why does the gateway listen on 8089").toString())
                .contains("since the proxy took");
        assertThat(Files.readString(person.settings())).contains("session-start");

        Ended uninstalled = person.mneme("uninstall", "--yes");

        assertThat(uninstalled.exitCode()).as(uninstalled.toString()).isZero();
        assertThat(Files.readString(person.settings())).isEqualTo(ODD_SETTINGS);
        assertThat(person.mneme().postgres().resolve("data")).isDirectory();
        assertThat(uninstalled.out())
                .contains("kept in `" + person.mneme().root() + "`:")
                .contains("  postgres");
        assertThat(person.processes()).isEmpty();
    }

    @Test
    @Order(14)
    void purgeLeavesNothing() throws Exception {
        Ended purged = person.mneme("uninstall", "--yes", "--purge");

        assertThat(purged.exitCode()).as(purged.toString()).isZero();
        assertThat(person.mneme().root()).doesNotExist();
        assertThat(Person.snapshot(person.home()))
                .isEqualTo(Map.of(".claude/settings.json", ODD_SETTINGS));
        assertThat(person.processes()).isEmpty();
    }

    private static void assertOneOfEach() {
        assertThat(person.daemons()).as("daemons").hasSize(1);
        assertThat(person.databases()).as("database servers").hasSize(1);
    }

    private static void assertEmptyOrOneObject(Ended hook) {
        if (!hook.out().isEmpty()) {
            assertThat(Json.tree(hook.out()).isObject()).as(hook.toString()).isTrue();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    /// What lies open if ever the home's own mode were opened; programs hold nothing private.
    private static List<String> openToOthers(Path root) throws IOException {
        var open = new ArrayList<String>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.filter(p -> !Files.isSymbolicLink(p)).toList()) {
                String name = root.relativize(path).toString();
                if (!permissions(path).endsWith("------")) {
                    open.add(permissions(path) + " " + name);
                }
            }
        }
        return open;
    }

    /// What of ours could lie in the home of whoever runs the tests.
    private static Map<String, String> realHome() throws IOException {
        var found = new TreeMap<String, String>();
        Path home = Path.of(System.getenv().getOrDefault("HOME", System.getProperty("user.home")));
        for (String name : List.of(".mneme", ".claude")) {
            Path folder = home.resolve(name);
            found.put(name, Files.exists(folder) ? "exists" : "absent");
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    files.forEach(file -> found.put(name + "/" + file.getFileName(), ""));
                }
            }
        }
        Path servers = home.resolve(".claude.json");
        found.put(
                ".claude.json",
                Files.exists(servers)
                        ? Files.readString(servers, StandardCharsets.UTF_8)
                        : "absent");
        return found;
    }
}
