package dev.mneme.bench;

import dev.mneme.bench.RecordedTurn.Hook;
import dev.mneme.domain.HookEvent;
import dev.mneme.domain.PromptKind;
import dev.mneme.protocol.Json;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Sessions of which a data set keeps what was said and the names of files and commands, but
/// neither what the calls answered nor where among the words they stood.
///
/// One of a few prompts is one piece of work and counts as one turn: its prompts first, its ends
/// last, as with logs that lost the order. Of a longer one nobody could say which turn a file
/// belongs to.
final class SessionDigest {

    /// A field that no other recording has.
    static final String MARK = "\"files_edited\"";

    /// More is no longer one piece of work. `turns/README.md` says how the number was found.
    private static final int PROMPTS_MAX = 12;

    /// Sessions of so many were taken first; a longer one that begins like one of them is the same
    /// one, resumed.
    private static final int PROMPTS_FEW = 5;

    /// The hooks are those of one host; this data set holds sessions of another as well.
    private static final String OTHER_HOST = "Gemini CLI";

    /// What the host writes where the model had nothing to answer.
    private static final String NO_ANSWER = "No response requested.";

    /// An edit whose lines are lost still changed the file.
    private static final List<String> LOST_LINES = List.of("-…", "+… …");

    private final ObjectNode session;
    private final String id;
    private final String folder;
    private final List<Hook> prompts = new ArrayList<>();
    private final List<Hook> calls = new ArrayList<>();
    private final List<Hook> summaries = new ArrayList<>();
    private final List<Hook> ends = new ArrayList<>();

    private SessionDigest(ObjectNode session) {
        this.session = session;
        this.id = session.path("session_id").asString("s");
        this.folder = project(session).orElse("/");
    }

    /// @param file the name that the turns are known by
    static List<RecordedTurn> turns(String file, List<RecordedLines.Line> lines) {
        var turns = new ArrayList<RecordedTurn>();
        Set<String> begun = new HashSet<>();
        add(turns, begun, file, lines, 1, PROMPTS_FEW);
        add(turns, begun, file, lines, PROMPTS_FEW + 1, PROMPTS_MAX);
        return turns;
    }

    private static void add(
            List<RecordedTurn> turns,
            Set<String> begun,
            String file,
            List<RecordedLines.Line> lines,
            int promptsMin,
            int promptsMax) {
        for (RecordedLines.Line line : lines) {
            Optional<ObjectNode> session =
                    line.object().filter(one -> isOnePiece(one, promptsMin, promptsMax));
            // A session that was resumed is there twice, the second time as far as it came.
            if (session.isPresent() && begun.add(beginning(session.get()))) {
                turns.add(
                        new RecordedTurn(
                                file,
                                line.number(),
                                line.hash(),
                                new SessionDigest(session.get()).hooks()));
            }
        }
    }

    private static boolean isOnePiece(ObjectNode session, int promptsMin, int promptsMax) {
        long count = prompts(session).size();
        return count >= promptsMin
                && count <= promptsMax
                && !session.path("agent").asString("").equals(OTHER_HOST);
    }

    private static List<JsonNode> prompts(ObjectNode session) {
        var prompts = new ArrayList<JsonNode>();
        for (JsonNode said : session.path("turns")) {
            if (said.path("role").asString("").equals("user")) {
                prompts.add(said);
            }
        }
        return prompts;
    }

    private static String beginning(ObjectNode session) {
        JsonNode first = prompts(session).getFirst();
        return first.path("ts").asString("") + first.path("text").asString("");
    }

    private List<Hook> hooks() {
        String prompt = "";
        String answer = "";
        for (JsonNode said : session.path("turns")) {
            String text = said.path("text").asString("");
            switch (said.path("role").asString("")) {
                case "user", "user_command" -> {
                    if (PromptKind.of(text).beginsTurn()) {
                        exchanged(prompt, answer);
                        prompt = text;
                        answer = "";
                    }
                }
                case "assistant" -> answer = text.equals(NO_ANSWER) ? answer : text;
                case "compact_summary" ->
                        add(
                                summaries,
                                HookEvent.POST_COMPACT,
                                payload(HookEvent.POST_COMPACT).put("compact_summary", text));
                default -> {}
            }
        }
        exchanged(prompt, answer);
        for (JsonNode file : session.path("files_read")) {
            called("Read", "file_path", file);
        }
        for (JsonNode file : session.path("files_edited")) {
            called("Edit", "file_path", file);
        }
        for (JsonNode command : session.path("commands")) {
            called("Bash", "command", command);
        }
        var hooks = new ArrayList<Hook>(prompts);
        hooks.addAll(calls);
        hooks.addAll(summaries);
        hooks.addAll(ends);
        return hooks;
    }

    /// A prompt that nobody answered was never a turn.
    private void exchanged(String prompt, String answer) {
        if (prompt.isEmpty() && answer.isEmpty()) {
            return;
        }
        if (!prompt.isEmpty() && !answer.isEmpty()) {
            add(
                    prompts,
                    HookEvent.USER_PROMPT_SUBMIT,
                    payload(HookEvent.USER_PROMPT_SUBMIT).put("prompt", Transcript.typed(prompt)));
        }
        if (!answer.isEmpty()) {
            add(
                    ends,
                    HookEvent.STOP,
                    payload(HookEvent.STOP).put("last_assistant_message", answer));
        }
    }

    private void called(String tool, String field, JsonNode value) {
        ObjectNode payload = payload(HookEvent.POST_TOOL_USE);
        payload.put("tool_name", tool);
        payload.put("tool_use_id", "call-" + calls.size());
        payload.putObject("tool_input").set(field, value);
        ObjectNode response = payload.putObject("tool_response");
        if (tool.equals("Edit")) {
            ArrayNode lines = response.putArray("structuredPatch").addObject().putArray("lines");
            LOST_LINES.forEach(lines::add);
        }
        add(calls, HookEvent.POST_TOOL_USE, payload);
    }

    private ObjectNode payload(HookEvent kind) {
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("session_id", id);
        payload.put("cwd", folder);
        payload.put("hook_event_name", kind.hostName());
        return payload;
    }

    private static void add(List<Hook> hooks, HookEvent kind, ObjectNode payload) {
        hooks.add(new Hook(kind, payload, Instant.EPOCH));
    }

    /// The folder that turns the commits' names of files into most of the session's.
    private static Optional<String> project(ObjectNode session) {
        Set<String> committed = new HashSet<>();
        for (JsonNode checkpoint : session.path("checkpoints")) {
            checkpoint.path("files_touched").forEach(file -> committed.add(file.asString("")));
        }
        Map<String, Integer> folders = new HashMap<>();
        for (String field : List.of("files_edited", "files_read")) {
            for (JsonNode file : session.path(field)) {
                String path = file.asString("");
                for (String name : committed) {
                    if (path.endsWith("/" + name)) {
                        folders.merge(
                                path.substring(0, path.length() - name.length() - 1),
                                1,
                                Integer::sum);
                    }
                }
            }
        }
        return folders.entrySet().stream()
                .max(
                        Comparator.comparing(Map.Entry<String, Integer>::getValue)
                                .thenComparing(
                                        Map.Entry.<String, Integer>comparingByKey().reversed()))
                .map(Map.Entry::getKey);
    }
}
