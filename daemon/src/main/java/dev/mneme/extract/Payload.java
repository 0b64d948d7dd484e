package dev.mneme.extract;

import dev.mneme.domain.CapturedEvent;
import dev.mneme.protocol.Json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A payload as the rules read it. Every accessor answers for any JSON: what is missing or has
/// another shape than expected is empty.
record Payload(CapturedEvent event, JsonNode root) {

    private static final Set<String> TEMPORARY_FOLDERS = Set.of("/tmp", "/var/tmp", "/private/tmp");

    private static final Pattern COLOURS =
            Pattern.compile("\u001b(?:\\[[0-9;?]{0,20}[A-Za-z]|[()][A-Z0-9])");

    /// A text field of a preview that was cut in the middle of its JSON.
    private static final Pattern CUT_FIELD =
            Pattern.compile(
                    "\"(?:stdout|result|content|text)\"\\s*:\\s*\"((?:[^\"\\\\]++|\\\\.)*+)",
                    Pattern.DOTALL);

    /// The payload of an event, or empty when it is not a JSON object.
    static Optional<Payload> of(CapturedEvent event) {
        try {
            JsonNode root = Json.tree(event.payload());
            return root != null && root.isObject()
                    ? Optional.of(new Payload(event, root))
                    : Optional.empty();
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    static String text(JsonNode node) {
        return node.isString() ? node.stringValue() : "";
    }

    String text(String field) {
        return text(root.path(field));
    }

    String tool() {
        String column = event.toolName();
        return column != null && !column.isEmpty() ? column : text("tool_name");
    }

    JsonNode input() {
        return unwrapped(root.path("tool_input"));
    }

    String input(String field) {
        return text(input().path(field));
    }

    /// The structured answer of the tool; in the queue's shape it is a preview, often cut.
    JsonNode response() {
        JsonNode response = root.path("tool_response");
        return unwrapped(response.isMissingNode() ? root.path("tool_response_preview") : response);
    }

    /// All text of the answer: what a command printed, what a tool said.
    String output() {
        JsonNode response = response();
        if (response.isString()) {
            String text = text(response);
            Matcher field = CUT_FIELD.matcher(text);
            return plain(text.startsWith("{") && field.find() ? unescaped(field.group(1)) : text);
        }
        String printed = text(response.path("stdout"));
        String complaints = text(response.path("stderr"));
        if (!printed.isEmpty() || !complaints.isEmpty()) {
            return plain(complaints.isEmpty() ? printed : printed + "\n" + complaints);
        }
        String result = text(response.path("result"));
        return plain(result.isEmpty() ? contentText(response) : result);
    }

    String error() {
        return plain(text("error"));
    }

    String cwd() {
        String column = event.cwd();
        return column != null && !column.isEmpty() ? column : text("cwd");
    }

    String request() {
        String prompt = event.promptText();
        return prompt == null || prompt.startsWith("<task-notification>")
                ? ""
                : Bounds.oneLine(Bounds.cut(prompt, 4 * Bounds.REQUEST_CHARS_MAX));
    }

    /// `While asked to: …`, or nothing when the request is not known.
    String requestLine() {
        String request = request();
        return request.isEmpty()
                ? ""
                : "While asked to: " + Bounds.cut(request, Bounds.REQUEST_CHARS_MAX);
    }

    /// A path below the project root without it, with slashes; any other as given.
    String relative(String path) {
        String file = path.replace('\\', '/');
        String root = cwd().replace('\\', '/');
        while (root.length() > 1 && root.endsWith("/")) {
            root = root.substring(0, root.length() - 1);
        }
        boolean below =
                !root.isEmpty()
                        && file.length() > root.length() + 1
                        && file.charAt(root.length()) == '/'
                        && (isWindows(root)
                                ? file.regionMatches(true, 0, root, 0, root.length())
                                : file.startsWith(root));
        String relative = below ? file.substring(root.length() + 1) : file;
        return relative.startsWith("./") ? relative.substring(2) : relative;
    }

    /// Whether a path lies in a temporary directory outside the project.
    boolean isTemporary(String path) {
        // Who works in the temporary folder itself has no project there.
        String named = TEMPORARY_FOLDERS.contains(cwd()) ? path : relative(path);
        String file = named.toLowerCase(Locale.ROOT);
        return file.startsWith("/tmp/")
                || file.startsWith("/var/tmp/")
                || file.startsWith("/private/tmp/")
                || file.startsWith("/var/folders/")
                || file.startsWith("/private/var/folders/")
                || file.startsWith("/dev/")
                || file.contains("/appdata/local/temp/");
    }

    private static boolean isWindows(String root) {
        return root.length() > 1 && root.charAt(1) == ':';
    }

    /// The texts of a list of content blocks, or of one such list under `content`.
    private static String contentText(JsonNode response) {
        JsonNode blocks = response.isArray() ? response : response.path("content");
        if (blocks.isString()) {
            return text(blocks);
        }
        var joined = new StringBuilder();
        for (JsonNode block : blocks) {
            String text = block.isString() ? text(block) : text(block.path("text"));
            if (!text.isEmpty() && joined.length() < Bounds.SCAN_CHARS_MAX) {
                joined.append(joined.isEmpty() ? "" : "\n").append(text);
            }
        }
        return joined.toString();
    }

    /// Some senders put the JSON of an object into a string.
    private static JsonNode unwrapped(JsonNode node) {
        String text = text(node);
        if (!text.startsWith("{") && !text.startsWith("[")) {
            return node;
        }
        try {
            JsonNode inner = Json.tree(text);
            return inner != null && inner.isContainer() ? inner : node;
        } catch (JacksonException justText) {
            return node;
        }
    }

    private static String unescaped(String escaped) {
        try {
            return text(Json.tree('"' + escaped + '"'));
        } catch (JacksonException brokenEscape) {
            return escaped;
        }
    }

    private static String plain(String text) {
        String bounded = Bounds.scanned(text);
        return bounded.indexOf('\u001b') < 0 ? bounded : COLOURS.matcher(bounded).replaceAll("");
    }
}
