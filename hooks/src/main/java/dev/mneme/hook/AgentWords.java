package dev.mneme.hook;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What other agents tell their hooks, in the words of Claude Code; and the answer in theirs.
///
/// Done here and not in the daemon, so that what is private, ignored or paused is recognised before
/// anything reaches the spool, and so that nothing behind this program knows of other agents. Made
/// from what their documentation says of payloads: a field that is missing is left out, an event
/// that says nothing to keep is dropped.
final class AgentWords {

    /// A payload that is taken apart needs a few times its size; a patch of a whole file is
    /// smaller.
    static final int PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

    static final String CURSOR = "cursor";
    static final String GEMINI = "gemini";
    static final String WINDSURF = "windsurf";
    static final String CLINE = "cline";

    private static final String PROMPT = "user-prompt-submit";
    private static final String TOOL = "post-tool-use";
    private static final String FAILURE = "post-tool-use-failure";
    private static final String STOP = "stop";
    private static final String END = "session-end";

    /// Ours, under the names that an agent gives to tools of servers without naming the server, as
    /// far as nobody else is likely to have one of the name.
    private static final String[] OWN_TOOLS = {
        "get_observations", "save_memory", "create_lesson", "search_lessons", "memory_search_guide"
    };

    /// Others have tools of these names as well: what they answered tells ours.
    private static final String[] COMMON_TOOLS = {"search", "timeline"};

    private static final String OWN_SERVER = "mneme";

    private static final int DAY_CHARS = "2026-11-22".length();

    /// Gemini CLI's fence around what hooks told.
    private static final String CONTEXT_BEGIN = "<hook_context>";

    private static final String CONTEXT_END = "</hook_context>";

    private static final String OWN_PREFIX = "mcp__mneme__";

    /// An event in the words of Claude Code.
    record Said(String event, Payload payload) {}

    private final String agent;
    private final String event;
    private final Map<String, Object> raw;
    private final Map<String, Object> said = new LinkedHashMap<>();

    private AgentWords(String agent, String event, Map<String, Object> raw) {
        this.agent = agent;
        this.event = event;
        this.raw = raw;
    }

    /// Whether payloads of an agent have other words than Claude Code's.
    static boolean areOthers(@Nullable String agent) {
        return agent != null
                && (agent.equals(CURSOR)
                        || agent.equals(GEMINI)
                        || agent.equals(WINDSURF)
                        || agent.equals(CLINE));
    }

    /// Null where there is nothing to keep.
    ///
    /// @param folder where this program runs, for agents that run hooks where their session is
    static @Nullable Said translated(String agent, String event, Payload payload, String folder) {
        if (payload.length() > PAYLOAD_BYTES_MAX) {
            return null;
        }
        String text = new String(payload.copy(PAYLOAD_BYTES_MAX), StandardCharsets.UTF_8);
        Map<String, Object> raw = JsonTree.objectOrNull(text);
        if (raw == null) {
            return null;
        }
        AgentWords words = new AgentWords(agent, event, raw);
        String kept =
                switch (agent) {
                    case CURSOR -> words.cursor();
                    case GEMINI -> words.gemini();
                    case WINDSURF -> words.windsurf(folder);
                    case CLINE -> words.cline();
                    default -> null;
                };
        return kept == null ? null : new Said(kept, new Payload(JsonTree.bytes(words.said)));
    }

    /// What an agent reads of an answer: the context for a session that starts, in its own words.
    /// Null where it wants nothing.
    static byte @Nullable [] answer(String agent, byte @Nullable [] answer) {
        if (agent.equals(GEMINI)) {
            return answer;
        }
        Map<String, Object> own = new LinkedHashMap<>();
        if (agent.equals(CLINE)) {
            own.put("cancel", new JsonTree.Word("false"));
        }
        String context = answer == null ? "" : context(answer);
        if (!context.isEmpty() && !agent.equals(WINDSURF)) {
            own.put(agent.equals(CURSOR) ? "additional_context" : "contextModification", context);
        }
        return own.isEmpty() ? null : JsonTree.bytes(own);
    }

    private static String context(byte[] answer) {
        Map<String, Object> said =
                JsonTree.members(JsonTree.valueOrNull(new String(answer, StandardCharsets.UTF_8)));
        return text(JsonTree.members(said.get("hookSpecificOutput")), "additionalContext");
    }

    // Cursor.

    private @Nullable String cursor() {
        begin(first(text(raw, "conversation_id"), text(raw, "session_id")), cursorFolder());
        String name = text(raw, "hook_event_name");
        return switch (event) {
            case HookCall.SESSION_START -> started("startup");
            case PROMPT -> prompted(text(raw, "prompt"));
            case TOOL -> name.equals("afterFileEdit") ? cursorEdit() : cursorCall();
            case FAILURE -> cursorFailure();
            case STOP -> stopped(text(raw, "text"));
            case END -> ended(text(raw, "reason"));
            default -> null;
        };
    }

    private String cursorFolder() {
        String folder = text(raw, "cwd");
        if (folder.isEmpty() && raw.get("workspace_roots") instanceof List<?> roots) {
            folder = !roots.isEmpty() && roots.get(0) instanceof String root ? root : "";
        }
        return folder;
    }

    /// Cursor tells an edit twice: as a call of a tool, and here with the texts before and after.
    private String cursorEdit() {
        return edited(text(raw, "file_path"), raw.get("edits"));
    }

    private @Nullable String cursorCall() {
        String tool = text(raw, "tool_name");
        if (isCursorEdit(tool)) {
            return null;
        }
        String output = text(raw, "tool_output");
        return called(
                cursorTool(tool, output),
                JsonTree.members(parsed(raw.get("tool_input"))),
                tool.equals("Shell") ? shell(output) : output);
    }

    private static boolean isCursorEdit(String tool) {
        return tool.equals("Write")
                || tool.equals("StrReplace")
                || tool.equals("Edit")
                || tool.equals("MultiEdit");
    }

    private String cursorFailure() {
        return failed(
                cursorTool(text(raw, "tool_name"), text(raw, "error_message")),
                JsonTree.members(parsed(raw.get("tool_input"))),
                text(raw, "error_message"));
    }

    /// Cursor names a server's tool and not always its server.
    private String cursorTool(String tool, String answered) {
        if (tool.equals("Shell")) {
            return "Bash";
        }
        if (!tool.startsWith("MCP:")) {
            return tool;
        }
        String name = tool.substring("MCP:".length());
        String server = first(text(raw, "mcp_server_name"), text(raw, "server_name"));
        int colon = name.indexOf(':');
        if (server.isEmpty() && colon > 0) {
            server = name.substring(0, colon);
            name = name.substring(colon + 1);
        }
        if (server.isEmpty() && isOurs(name, answered)) {
            server = OWN_SERVER;
        }
        return serverTool(server, name);
    }

    /// A tool of a common name is ours when it answered with rows of ours: `#12 2026-11-22`. An
    /// answer without any told nothing that could be remembered again.
    private static boolean isOurs(String tool, String answered) {
        for (String common : COMMON_TOOLS) {
            if (common.equals(tool)) {
                for (int at = answered.indexOf('#'); at >= 0; at = answered.indexOf('#', at + 1)) {
                    if (isRow(answered, at + 1)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /// Whether an id and a day stand here.
    private static boolean isRow(String text, int begin) {
        int at = begin < text.length() && text.charAt(begin) == 'S' ? begin + 1 : begin;
        int day = digitsEnd(text, at) + 1;
        return day > at + 1
                && day + DAY_CHARS <= text.length()
                && text.charAt(day - 1) == ' '
                && digitsEnd(text, day) == day + 4
                && text.charAt(day + 4) == '-'
                && digitsEnd(text, day + 5) == day + 7
                && text.charAt(day + 7) == '-';
    }

    private static int digitsEnd(String text, int begin) {
        int end = begin;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    /// What a command printed: the text itself, or an object that says it beside its exit code.
    private static Map<String, Object> shell(String output) {
        Map<String, Object> told = JsonTree.members(JsonTree.valueOrNull(output));
        String printed = first(text(told, "output"), text(told, "stdout"));
        return commandOutput(told.isEmpty() || printed.isEmpty() ? output : printed);
    }

    // Gemini CLI.

    private @Nullable String gemini() {
        begin(text(raw, "session_id"), text(raw, "cwd"));
        return switch (event) {
            case HookCall.SESSION_START -> started(first(text(raw, "source"), "startup"));
            case PROMPT -> prompted(withoutContext(text(raw, "prompt")));
            case TOOL -> geminiCall();
            case STOP -> stopped(text(raw, "prompt_response"));
            case END -> ended(text(raw, "reason"));
            default -> null;
        };
    }

    /// Before a prompt may stand what hooks told the session, ours among it: nobody typed that, and
    /// what was recalled is not remembered again.
    private static String withoutContext(String prompt) {
        int end = prompt.startsWith(CONTEXT_BEGIN) ? prompt.indexOf(CONTEXT_END) : -1;
        return end < 0 ? prompt : prompt.substring(end + CONTEXT_END.length()).strip();
    }

    private String geminiCall() {
        String tool = text(raw, "tool_name");
        Map<String, Object> input = JsonTree.members(raw.get("tool_input"));
        Map<String, Object> response = JsonTree.members(raw.get("tool_response"));
        String output = said(response.get("llmContent"));
        String error = said(response.get("error"));
        boolean command = tool.equals("run_shell_command");
        if (error.isEmpty() && command && hasFailed(output)) {
            error = output;
        }
        String name = geminiTool(tool);
        if (!input.containsKey("file_path") && input.containsKey("absolute_path")) {
            input.put("file_path", input.get("absolute_path"));
        }
        if (!input.containsKey("path") && input.containsKey("dir_path")) {
            input.put("path", input.get("dir_path"));
        }
        if (!error.isEmpty()) {
            return failed(name, input, error);
        }
        return called(name, input, command ? commandOutput(output) : output);
    }

    private static String geminiTool(String tool) {
        return switch (tool) {
            case "run_shell_command" -> "Bash";
            case "write_file" -> "Write";
            case "replace" -> "Edit";
            case "read_file" -> "Read";
            case "glob" -> "Glob";
            case "search_file_content", "grep_search" -> "Grep";
            case "web_fetch" -> "WebFetch";
            case "google_web_search" -> "WebSearch";
            default ->
                    tool.startsWith("mcp_mneme_")
                            ? OWN_PREFIX + tool.substring("mcp_mneme_".length())
                            : tool;
        };
    }

    /// Its shell tool says how a command ended in a line of its own.
    private static boolean hasFailed(String output) {
        int line = output.lastIndexOf("Exit Code: ");
        if (line < 0 || (line > 0 && output.charAt(line - 1) != '\n')) {
            return false;
        }
        char digit = line + 11 < output.length() ? output.charAt(line + 11) : '0';
        return digit != '0' && digit != '(';
    }

    // Windsurf.

    private @Nullable String windsurf(String folder) {
        Map<String, Object> info = JsonTree.members(raw.get("tool_info"));
        begin(text(raw, "trajectory_id"), first(text(info, "cwd"), folder));
        return switch (text(raw, "agent_action_name")) {
            case "pre_user_prompt" -> prompted(text(info, "user_prompt"));
            case "post_write_code" -> edited(text(info, "file_path"), info.get("edits"));
            case "post_run_command" ->
                    called(
                            "Bash",
                            only("command", text(info, "command_line")),
                            commandOutput(text(info, "stdout")));
            case "post_mcp_tool_use" ->
                    called(
                            serverTool(text(info, "mcp_server_name"), text(info, "mcp_tool_name")),
                            JsonTree.members(info.get("mcp_tool_arguments")),
                            said(info.get("mcp_result")));
            case "post_cascade_response" -> stopped(text(info, "response"));
            default -> null;
        };
    }

    // Cline.

    private @Nullable String cline() {
        String folder = "";
        if (raw.get("workspaceRoots") instanceof List<?> roots && !roots.isEmpty()) {
            folder = said(roots.get(0));
        }
        String task = text(raw, "taskId");
        // A number of milliseconds, which others might use as well.
        begin(task.isEmpty() ? "" : "cline-" + task, folder);
        return switch (text(raw, "hookName")) {
            case "TaskStart" -> started("startup");
            case "TaskResume" -> started("resume");
            case "UserPromptSubmit" ->
                    prompted(text(JsonTree.members(raw.get("userPromptSubmit")), "prompt"));
            case "PostToolUse" -> clineCall(JsonTree.members(raw.get("postToolUse")));
            case "TaskCancel" -> ended("other");
            default -> null;
        };
    }

    private String clineCall(Map<String, Object> call) {
        String tool = text(call, "toolName");
        Map<String, Object> given = JsonTree.members(call.get("parameters"));
        String result = said(call.get("result"));
        if (tool.equals("attempt_completion")) {
            return stopped(first(text(given, "result"), result));
        }
        Map<String, Object> input = new LinkedHashMap<>();
        String name =
                switch (tool) {
                    case "execute_command" -> "Bash";
                    case "write_to_file" -> "Write";
                    case "replace_in_file" -> "Edit";
                    case "read_file" -> "Read";
                    case "search_files" -> "Grep";
                    case "list_files" -> "Glob";
                    case "use_mcp_tool" ->
                            serverTool(text(given, "server_name"), text(given, "tool_name"));
                    default -> tool;
                };
        // What a search names is relative to its path, as with ours.
        boolean ofOneFile = name.equals("Write") || name.equals("Edit") || name.equals("Read");
        for (Map.Entry<String, Object> parameter : given.entrySet()) {
            boolean file = ofOneFile && parameter.getKey().equals("path");
            input.put(file ? "file_path" : parameter.getKey(), parameter.getValue());
        }
        if (call.get("success") instanceof JsonTree.Word success
                && success.text().equals("false")) {
            return failed(name, input, result);
        }
        return called(name, input, name.equals("Bash") ? commandOutput(result) : result);
    }

    // Claude Code's words.

    private void begin(String session, String folder) {
        if (!session.isEmpty()) {
            said.put("session_id", session);
        }
        if (!folder.isEmpty()) {
            said.put("cwd", folder);
        }
    }

    private String started(String source) {
        said.put("hook_event_name", "SessionStart");
        said.put("source", source);
        return HookCall.SESSION_START;
    }

    private @Nullable String prompted(String prompt) {
        if (prompt.isEmpty()) {
            return null;
        }
        said.put("hook_event_name", "UserPromptSubmit");
        said.put("prompt", prompt);
        return PROMPT;
    }

    private String stopped(String answer) {
        said.put("hook_event_name", "Stop");
        if (!answer.isEmpty()) {
            said.put("last_assistant_message", answer);
        }
        return STOP;
    }

    private String ended(String reason) {
        said.put("hook_event_name", "SessionEnd");
        said.put("reason", reason.isEmpty() ? "other" : reason);
        return END;
    }

    private String edited(String file, @Nullable Object edits) {
        Map<String, Object> input = only("file_path", file);
        if (edits instanceof List<?> list) {
            input.put("edits", list);
        }
        return called("MultiEdit", input, only("filePath", file));
    }

    private String called(String tool, Map<String, Object> input, Object response) {
        said.put("hook_event_name", "PostToolUse");
        call(tool, input);
        said.put("tool_response", response);
        return TOOL;
    }

    private String failed(String tool, Map<String, Object> input, String error) {
        said.put("hook_event_name", "PostToolUseFailure");
        call(tool, input);
        said.put("error", error.isEmpty() ? "failed" : error);
        return FAILURE;
    }

    private void call(String tool, Map<String, Object> input) {
        said.put("tool_name", tool.isEmpty() ? agent : tool);
        String id = text(raw, "tool_use_id");
        if (!id.isEmpty()) {
            said.put("tool_use_id", id);
        }
        said.put("tool_input", input);
    }

    private static Map<String, Object> commandOutput(String printed) {
        Map<String, Object> output = only("stdout", printed);
        output.put("stderr", "");
        output.put("interrupted", new JsonTree.Word("false"));
        return output;
    }

    /// Tools of ours go by one name whatever agent calls them: what was recalled is not remembered
    /// again.
    private static String serverTool(String server, String tool) {
        if (server.isEmpty()) {
            for (String own : OWN_TOOLS) {
                if (own.equals(tool)) {
                    return OWN_PREFIX + tool;
                }
            }
        }
        return "mcp__" + (server.isEmpty() ? "server" : server) + "__" + tool;
    }

    private static Map<String, Object> only(String name, Object value) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(name, value);
        return object;
    }

    private static Object parsed(@Nullable Object value) {
        Object inner = value instanceof String text ? JsonTree.valueOrNull(text) : value;
        return inner == null ? "" : inner;
    }

    private static String text(Map<String, Object> object, String name) {
        return object.get(name) instanceof String text ? text : "";
    }

    private static String first(String wanted, String otherwise) {
        return wanted.isEmpty() ? otherwise : wanted;
    }

    /// The text of what may be a text, an object with one, or a list of such.
    private static String said(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Map<?, ?>) {
            Map<String, Object> object = JsonTree.members(value);
            return first(text(object, "text"), text(object, "message"));
        }
        if (value instanceof List<?> list) {
            StringBuilder all = new StringBuilder();
            for (Object element : list) {
                all.append(said(element));
            }
            return all.toString();
        }
        return "";
    }
}
