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
/// A session of one prompt is one turn. One of several is cut at its prompts where a reader has
/// said in which turn each file was edited (`PlacedEdits`), and is passed over elsewhere: nobody
/// could say which turn a file belongs to.
final class SessionDigest {

    /// A field that no other recording has.
    static final String MARK = "\"files_edited\"";

    /// Sessions of so many prompts were taken first; a longer one that begins like one of them is
    /// the same one, resumed. `turns/README.md` says how the number was found.
    private static final int PROMPTS_FEW = 5;

    /// Nobody has told of longer ones what was edited when.
    private static final int PROMPTS_MAX = 12;

    /// The hooks are those of one host; this data set holds sessions of another as well.
    private static final String OTHER_HOST = "Gemini CLI";

    /// What the host writes where the model had nothing to answer.
    private static final String NO_ANSWER = "No response requested.";

    /// An edit whose lines are lost still changed the file.
    private static final List<String> LOST_LINES = List.of("-…", "+… …");

    /// What was said from a prompt to the next.
    private static final class Exchange {

        private final String prompt;
        private final List<String> said = new ArrayList<>();
        private final List<String> summaries = new ArrayList<>();

        private Exchange(String prompt) {
            this.prompt = prompt;
        }

        private boolean names(String file) {
            String name = file.substring(file.lastIndexOf('/') + 1);
            return prompt.contains(name) || said.stream().anyMatch(text -> text.contains(name));
        }
    }

    private final ObjectNode session;
    private final String id;
    private final String folder;
    private final List<List<String>> placed;
    private int calls;

    private SessionDigest(ObjectNode session, PlacedEdits.Session placed) {
        this.session = session;
        this.placed = placed.turns();
        this.id = session.path("session_id").asString("s");
        this.folder = placed.folder().or(() -> project(session)).orElse("/");
    }

    /// @param file the name that the turns are known by
    static List<RecordedTurn> turns(
            String file, List<RecordedLines.Line> lines, PlacedEdits placed) {
        var turns = new ArrayList<RecordedTurn>();
        Set<String> begun = new HashSet<>();
        for (boolean few : List.of(true, false)) {
            for (RecordedLines.Line line : lines) {
                Optional<ObjectNode> session = line.object().filter(one -> isMeant(one, few));
                // A session that was resumed is there twice, the second time as far as it came.
                if (session.isPresent() && begun.add(beginning(session.get()))) {
                    turns.addAll(
                            new SessionDigest(session.get(), placed.of(line)).turns(file, line));
                }
            }
        }
        return turns;
    }

    private static boolean isMeant(ObjectNode session, boolean few) {
        int count = prompts(session).size();
        return count > 0
                && count <= PROMPTS_MAX
                && count <= PROMPTS_FEW == few
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

    private List<RecordedTurn> turns(String file, RecordedLines.Line line) {
        List<Exchange> exchanges = exchanges();
        if (exchanges.isEmpty()) {
            return List.of();
        }
        if (prompts(session).size() == 1) {
            List<Hook> all = calls(texts("files_read"), texts("files_edited"), texts("commands"));
            return List.of(turn(file, line, 1, exchanges, all));
        }
        var turns = new ArrayList<RecordedTurn>();
        for (int i = 0; i < exchanges.size() && placed.size() == exchanges.size(); i++) {
            List<Hook> calls = calls(firstNamedIn(exchanges, i), placed.get(i), List.of());
            turns.add(turn(file, line, i + 1, exchanges.subList(i, i + 1), calls));
        }
        return turns;
    }

    /// Prompts first and ends last, as with logs that lost the order.
    private RecordedTurn turn(
            String file,
            RecordedLines.Line line,
            int number,
            List<Exchange> exchanges,
            List<Hook> calls) {
        var hooks = new ArrayList<Hook>();
        for (Exchange exchange : exchanges) {
            hooks.add(hook(HookEvent.USER_PROMPT_SUBMIT, "prompt", exchange.prompt));
        }
        hooks.addAll(calls);
        for (Exchange exchange : exchanges) {
            for (String summary : exchange.summaries) {
                hooks.add(hook(HookEvent.POST_COMPACT, "compact_summary", summary));
            }
        }
        for (Exchange exchange : exchanges) {
            hooks.add(hook(HookEvent.STOP, "last_assistant_message", exchange.said.getLast()));
        }
        return new RecordedTurn(file, line.number(), number, line.hash(), hooks);
    }

    private List<Exchange> exchanges() {
        var exchanges = new ArrayList<Exchange>();
        for (JsonNode said : session.path("turns")) {
            String text = said.path("text").asString("");
            switch (said.path("role").asString("")) {
                case "user", "user_command" -> {
                    if (PromptKind.of(text).beginsTurn()) {
                        exchanges.add(new Exchange(Transcript.typed(text)));
                    }
                }
                case "assistant" -> {
                    if (!exchanges.isEmpty() && !text.equals(NO_ANSWER)) {
                        exchanges.getLast().said.add(text);
                    }
                }
                case "compact_summary" -> {
                    if (!exchanges.isEmpty()) {
                        exchanges.getLast().summaries.add(text);
                    }
                }
                default -> {}
            }
        }
        exchanges.removeIf(exchange -> exchange.said.isEmpty());
        return exchanges;
    }

    /// A file counts as read where it is first spoken of.
    private List<String> firstNamedIn(List<Exchange> exchanges, int index) {
        return texts("files_read").stream()
                .filter(
                        file ->
                                exchanges.get(index).names(file)
                                        && exchanges.subList(0, index).stream()
                                                .noneMatch(earlier -> earlier.names(file)))
                .toList();
    }

    private List<String> texts(String field) {
        var texts = new ArrayList<String>();
        session.path(field).forEach(text -> texts.add(text.asString("")));
        return texts;
    }

    private List<Hook> calls(List<String> read, List<String> edited, List<String> commands) {
        var calls = new ArrayList<Hook>();
        read.forEach(file -> calls.add(called("Read", "file_path", file)));
        edited.forEach(file -> calls.add(called("Edit", "file_path", file)));
        commands.forEach(command -> calls.add(called("Bash", "command", command)));
        return calls;
    }

    private Hook called(String tool, String field, String value) {
        ObjectNode payload = payload(HookEvent.POST_TOOL_USE);
        payload.put("tool_name", tool);
        payload.put("tool_use_id", "call-" + calls++);
        payload.putObject("tool_input").put(field, value);
        ObjectNode response = payload.putObject("tool_response");
        if (tool.equals("Edit")) {
            ArrayNode lines = response.putArray("structuredPatch").addObject().putArray("lines");
            LOST_LINES.forEach(lines::add);
        }
        return new Hook(HookEvent.POST_TOOL_USE, payload, Instant.EPOCH);
    }

    private Hook hook(HookEvent kind, String field, String text) {
        return new Hook(kind, payload(kind).put(field, text), Instant.EPOCH);
    }

    private ObjectNode payload(HookEvent kind) {
        ObjectNode payload = Json.mapper().createObjectNode();
        payload.put("session_id", id);
        payload.put("cwd", folder);
        payload.put("hook_event_name", kind.hostName());
        return payload;
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
