package dev.mneme.installer.settings;

import dev.mneme.installer.settings.JsonText.ObjectValue;
import dev.mneme.installer.settings.JsonText.Value;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// An entry named `mneme` in an object of a JSON file.
///
/// @param member the object at the top that holds the servers
/// @param comments whether the agent minds comments and trailing commas
/// @param entry as this agent wants it
record JsonConfig(String member, boolean comments, Map<String, Object> entry)
        implements ConfigFormat {

    private static final String NAME = ServerSettings.NAME;

    /// `command`, `args`, `env`, as most agents have it, with what one of them wants beside.
    static Map<String, Object> common(McpServer server, Map<String, Object> before) {
        var entry = new LinkedHashMap<>(before);
        entry.put("command", server.program());
        entry.put("args", server.arguments());
        entry.put("env", server.environment());
        return entry;
    }

    @Override
    public String empty() {
        return "{}\n";
    }

    @Override
    public String put(String text) throws JsonSyntax {
        var edit = new JsonEdit(text, comments);
        Optional<Value> present = edit.at(member, NAME);
        if (present.filter(this::isCurrent).isPresent()) {
            return text;
        }
        Optional<Value> servers = edit.at(member);
        if (servers.isEmpty()) {
            edit.put(member, Map.of(NAME, entry));
        } else if (servers.get() instanceof ObjectValue) {
            edit.put(NAME, entry, member);
        } else {
            throw new JsonSyntax(
                    text, servers.get().start(), "expected an object as value of `" + member + "`");
        }
        return edit.text();
    }

    private boolean isCurrent(Value present) {
        return JsonText.compact(present).equals(JsonOut.ONE_LINE.render(entry, 0));
    }

    @Override
    public String remove(String text, String original) throws JsonSyntax {
        var edit = new JsonEdit(text, comments);
        if (edit.at(member, NAME).isEmpty()) {
            return text;
        }
        edit.removeMember(NAME, member);
        var before = new JsonEdit(original.isBlank() ? empty() : original, comments);
        if (edit.at(ObjectValue.class, member).orElseThrow().members().isEmpty()
                && before.at(member).isEmpty()) {
            edit.removeMember(member);
        }
        return edit.text();
    }

    @Override
    public Optional<String> foreign(String text, Path app) throws JsonSyntax {
        return new JsonEdit(text, comments)
                .at(member, NAME)
                .map(JsonText::compact)
                .filter(entry -> !entry.contains(inJson(app)));
    }

    private static String inJson(Path app) {
        String quoted = JsonOut.quote(app.toString());
        return quoted.substring(1, quoted.length() - 1);
    }
}
